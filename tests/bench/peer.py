"""The peers: those whose packages are installed. Their configurations, and why they are so, are in peers/."""

import os
import shutil
import signal

from place import PEERS
from responder import KEPT, NEW, Responder, fastcgi_fronts, upstream


class Peer(Responder):
    program = None    # without it the peer is left out

    def environment(self, **also):
        values = {"DIRECTORY": self.directory, "PEERS": PEERS, "USER": "root" if os.geteuid() == 0 else "", **also}
        return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **{f"BENCH_{name}": str(value) for name, value in values.items()}}


class PhpFpm(Peer):
    """With `connections`, so many children of its own wait on connections that nginx keeps."""
    program = "php-fpm8.2"

    def __init__(self, run, workers=1, connections=None):
        super().__init__(run, "php-fpm")
        self.number, self.connections = workers, connections

    def start(self):
        sockets = self.start_pools("php-fpm.conf", [KEPT, NEW])
        fronts = fastcgi_fronts(*sockets, SCRIPT)
        if not self.connections:
            del fronts[KEPT]
        self.front(fronts, upstream(KEPT, sockets[0]))

    def start_pools(self, file, pools):
        sockets = [self.directory / f"{pool}.sock" for pool in pools]
        as_root = ["-R"] if os.geteuid() == 0 else []
        self.start_program([self.program, *as_root, "-y", PEERS / file], sockets,
                           self.environment(WORKERS=self.number, CONNECTIONS=self.connections or 1), stop=signal.SIGQUIT)
        return sockets


SCRIPT = f"fastcgi_param SCRIPT_FILENAME {PEERS}/php$uri.php;"


class PhpFpmThatGrows(PhpFpm):
    """Each way of growing is a front of its own, with a connection for each request."""
    pools = ["dynamic", "shipped", "ondemand"]

    def start(self):
        sockets = self.start_pools("php-fpm-burst.conf", self.pools)
        self.front({pool: fastcgi_fronts(socket, socket, SCRIPT)[NEW] for pool, socket in zip(self.pools, sockets)})


class Uwsgi(Peer):
    program = "uwsgi"

    def __init__(self, run, workers):
        super().__init__(run, "uwsgi")
        self.number = workers

    def start(self):
        socket = self.directory / "uwsgi.sock"
        self.start_program([self.program, "--ini", PEERS / "uwsgi.ini"], [socket], self.environment(WORKERS=self.number))
        self.front({NEW: f"include {PEERS}/uwsgi_params.conf; uwsgi_pass unix:{socket};"})


class Gunicorn(Peer):
    program = "gunicorn"

    def __init__(self, run, workers):
        super().__init__(run, "gunicorn")
        self.number = workers

    def start(self):
        sockets = {way: self.directory / f"{way}.sock" for way in (KEPT, NEW)}
        for way, socket in sockets.items():
            self.start_program([self.program, "--config", PEERS / "gunicorn.conf.py"], [socket],
                               self.environment(WORKERS=self.number, WAY=way))
        headers = 'proxy_set_header Host $host; proxy_http_version 1.1; proxy_set_header Connection "";'
        self.front({KEPT: f"{headers} proxy_pass http://{KEPT};", NEW: f"proxy_pass http://unix:{sockets[NEW]};"},
                   upstream(KEPT, sockets[KEPT]))


def installed(run, *peers):
    """Those of them that can be started, and a note in the report about each of the others."""
    there = []
    for peer in peers:
        if shutil.which(peer.program):
            there.append(peer)
        else:
            run.note(f"{peer.__name__} is left out: {peer.program} is not installed")
    return there
