"""Who answers behind nginx: the base of all, the container, and the least a FastCGI responder can do."""

import json
import os
import subprocess

from kernel import children_of, free_port
from nginx import Nginx
from place import SHIPPED
from program import Program, Started

LINES_TOLD = 10    # of each log, where something has failed
KEPT, NEW = "kept", "new"    # nginx keeps its connections to the responder, or makes one for each request
NEW_TCP = "new, TCP"         # one for each request, over TCP


def upstream(name, socket):
    return f"upstream {name} {{ server unix:{socket}; include {SHIPPED}/upstream.conf; }}\n"


def fastcgi_fronts(kept_socket, new_socket, also=""):
    params = f"include {SHIPPED}/params.conf; {also}"
    return {KEPT: f"{params} fastcgi_pass {KEPT};", NEW: f"{params} fastcgi_pass unix:{new_socket}; fastcgi_keep_conn off;"}


class Responder(Started):
    """A context: started when it is entered. `ports` has nginx's port for each way of connecting; `workers()` are the
    processes whose CPU counts."""

    def __init__(self, run, name):
        self.run, self.name = run, name
        self.directory = run.directory_for(name)
        self.programs = []
        self.nginx = None
        self.failures_before = len(run.failures)

    def start_program(self, command, sockets, environment=None, **options):
        program = Program(command, self.directory / f"output-{len(self.programs)}", environment, **options)
        self.programs.append(program)
        program.wait_for(lambda: all(socket.exists() for socket in sockets))

    def front(self, fronts, upstreams=""):
        self.nginx = Nginx(self.directory, fronts, upstreams)

    @property
    def ports(self):
        return self.nginx.ports

    def workers(self):
        return [child for program in self.programs for child in children_of(program.pid)]

    def end(self):
        ended = [program for program in self.programs if program.process.poll() is not None]
        if self.nginx:
            self.nginx.end()
        for program in self.programs:
            program.end()
        for program in ended:
            said = program.log.read_text(errors="replace").splitlines()[-1:]
            self.run.fail(f"{self.name}: has ended on its own with {program.process.returncode}: {''.join(said)}")
        if len(self.run.failures) > self.failures_before:
            self.tell_logs()

    def tell_logs(self):
        """Why, as far as these know it; their directory goes with the run."""
        for log in ("output-0", "error.log", "nginx.log"):
            if (self.directory / log).exists():
                for line in (self.directory / log).read_text(errors="replace").splitlines()[-LINES_TOLD:]:
                    self.run.say(f"{self.name}, {log}: {line}")


class LimitResponder(Responder):
    program = "limit_responder"

    def __init__(self, run, workers, name="limit"):
        super().__init__(run, name)
        self.number = workers

    def start(self):
        socket = self.directory / "responder.sock"
        self.start_program([self.run.build / "bin" / self.program, socket, self.number], [socket])
        self.front(fastcgi_fronts(socket, socket), upstream(KEPT, socket))


class LibfcgiResponder(LimitResponder):
    """The least that one can do which has libfcgi decode its requests."""
    program = "libfcgi_responder"

    def __init__(self, run, workers):
        super().__init__(run, workers, "libfcgi")


class Container(Responder):
    """`pool` has settings beside the benchmarks' own, as the YAML has them; `mounts` the plugins. With `tcp` it listens on
    `address` as well."""

    def __init__(self, run, workers, name="container", pool=None, mounts=None, access_log=False, tcp=False):
        super().__init__(run, name)
        self.address = ("127.0.0.1", free_port()) if tcp else None
        least, most = workers if isinstance(workers, tuple) else (workers, workers)
        self.socket = self.directory / "responder.sock"
        self.config = {
            "control": str(self.directory / "control.sock"),
            "log": {"error": str(self.directory / "error.log"),
                    "access": str(self.directory / "access.log") if access_log else "off"},
            "pools": {"bench": {
                "listen": [{"unix": str(self.socket)}, *([{"tcp": "%s:%d" % self.address}] if tcp else [])],
                "workers": {"min": least, "max": most},
                "handlers": {"mounts": mounts or {"/demo": {"plugin": str(run.build / "handlers/demo.so")}}},
                **(pool or {})}}}
        if os.geteuid() == 0:
            self.config["user"] = "root"

    def write_config(self):
        file = self.directory / "hbnb.yaml"
        file.write_text(json.dumps(self.config, indent=2))    # JSON is YAML
        return file

    def start(self):
        file = self.write_config()
        self.start_program([self.run.build / "bin/hbnb-container", "--config", file], [self.socket])
        fronts = fastcgi_fronts(self.socket, self.socket)
        if self.address:
            fronts[NEW_TCP] = fronts[NEW].replace(f"unix:{self.socket}", "%s:%d" % self.address)
        self.front(fronts, upstream(KEPT, self.socket))


def container_knows(run, key):
    """Whether this build has the setting."""
    command = [run.build / "bin/hbnb-container", "--help-config"]
    return key in subprocess.run(command, check=True, capture_output=True, text=True).stdout
