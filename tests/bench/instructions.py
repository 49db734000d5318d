"""instructions: what a small request (/demo/status) costs the thread that answers it, in its own instructions (valgrind's callgrind).

Nearly the same on a busy machine. Two lengths of runs of different lengths, and their difference, so that the start does not count. No nginx: the
requests have the parameters of the shipped params.conf, or the same without REQUEST_START and REQUEST_ID, which older
configurations do not send."""

import re
import shutil

from fastcgi import FastcgiConnection
from place import SHIPPED
from responder import KEPT, NEW, Container

FEW, MANY = 500, 2500
RUNS = 4    # of each length
SHORT = (50, 150)
SENT = {
    "$server_protocol": "HTTP/1.1", "$server_name": "_", "$server_addr": "127.0.0.1", "$server_port": "80",
    "$remote_addr": "127.0.0.1", "$remote_port": "45678", "$scheme": "http", "$request_method": "GET",
    "$request_uri": "/demo/status", "$uri": "/demo/status", "$request_id": "0123456789abcdef0123456789abcdef",
    "$msec": "1700000000.123"}    # where nothing stands here, nginx has nothing for this request either
HEADERS = {"HTTP_HOST": "127.0.0.1", "HTTP_USER_AGENT": "load_client", "HTTP_ACCEPT": "*/*"}
SHIPPED_PARAMS, WITHOUT = "shipped", "without start and id"


def shipped_params():
    lines = re.findall(r"^fastcgi_param\s+(\S+)\s+(\S+?)( if_not_empty)?;", (SHIPPED / "params.conf").read_text(), re.M)
    given = {name: SENT.get(value, "") if value.startswith("$") else value.strip('"') for name, value, _ in lines}
    optional = {name for name, _, if_not_empty in lines if if_not_empty}
    return {**{name: value for name, value in given.items() if value or name not in optional}, **HEADERS}


def params_of(which):
    params = shipped_params()
    return params if which == SHIPPED_PARAMS else {
        name: value for name, value in params.items() if name not in ("REQUEST_START", "REQUEST_ID")}


class UnderCallgrind(Container):
    """One worker of one thread. `totals()`, once it has ended: what each of its threads has done."""

    def __init__(self, run, access_log):
        super().__init__(run, 1, "callgrind", access_log=access_log)

    def start(self):
        worker = self.directory / "hbnb-worker"
        worker.write_text("#!/bin/sh\nexec valgrind -q --tool=callgrind --separate-threads=yes "
                          f"--callgrind-out-file={self.directory}/counted {self.run.build}/bin/hbnb-worker \"$@\"\n")
        worker.chmod(0o755)
        self.start_program([self.run.build / "bin/hbnb-container", "--worker", worker, "--config", self.write_config()], [self.socket])

    def totals(self):
        files = sorted(self.directory.glob("counted-*"))
        return [int(re.search(r"^(?:totals|summary): (\d+)", file.read_text(), re.M).group(1)) for file in files]


def count(run, requests, way, which, access_log):
    with UnderCallgrind(run, access_log) as container:
        connection = None
        for _ in range(requests):
            connection = connection if connection and way == KEPT else FastcgiConnection(container.socket)
            connection.send("/demo/status", params_of(which), keeps=way == KEPT)
            status, _ = connection.receive()
            run.expect(f"instructions, {way}", {status: 1})
            if way == NEW:
                connection.close()
    return container.totals()


def a_request(run, *of):
    """Of each length the least of the runs: at its end a thread goes round in its loop until the worker has ended, for as long as
    valgrind lets it. Of the thread that does the most more: others do what they do by the clock."""
    lengths = SHORT if run.short else (FEW, MANY)
    few, many = ([min(totals) for totals in zip(*(count(run, requests, *of) for _ in range(1 if run.short else RUNS)))]
                 for requests in lengths)
    return max(more - less for less, more in zip(few, many)) / (lengths[1] - lengths[0])


def instructions(run):
    if not shutil.which("valgrind"):
        run.note("valgrind is not installed: instructions are not counted")
        return {"rows": []}
    rows = [{"way": way, "params": which, "access_log": log, "instructions": a_request(run, way, which, log)}
            for way in run.some((KEPT, NEW)) for which in run.some((WITHOUT, SHIPPED_PARAMS)) for log in run.some((False, True))]
    run.table("instructions: of a small request (/demo/status), without the kernel's",
              ["connections", "parameters", "access log", "instructions"],
              [[row["way"], row["params"], "file" if row["access_log"] else "off", f"{row['instructions']:.0f}"] for row in rows])
    return {"rows": rows}
