"""Where things are."""

import pathlib

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
SHIPPED = TOP / "nginx-fastcgi"
PEERS = HERE / "peers"
