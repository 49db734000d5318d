"""A site of its own for a test: container and nginx in a temporary directory, on free ports of 127.0.0.1, with sample data."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
WAIT_SECONDS = 60
PORTS_TRIED = 5


def eventually(condition, what):
    """Waits for a true value and returns it; the limit is for what never comes."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} has not come in {WAIT_SECONDS} s")
        time.sleep(0.05)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Site:
    """Started by the constructor, ended by stop(), which checks that both ended well. tables: SQL that makes the data instead."""

    def __init__(self, build, tables=None):
        self._build = pathlib.Path(build).resolve()
        self._directory = tempfile.TemporaryDirectory(prefix="hbnb-browser-")
        self.dir = pathlib.Path(self._directory.name)
        self._nginx = None
        self._container = None
        try:
            if tables is not None:
                with contextlib.closing(sqlite3.connect(self.dir / "hbnb.db")) as database:
                    database.executescript(tables)
            self._start_container()
            self._start_nginx()
        except BaseException:
            self.kill()
            raise

    def url(self, path, port=None):
        return f"http://127.0.0.1:{port or self.port}{path}"

    def api(self, method, path, body=None):
        """The answer of the API as what its JSON says; an error status is an exception."""
        request = urllib.request.Request(self.url("/api/v1" + path), method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:
            return json.load(answer)

    def status(self, path):
        try:
            with urllib.request.urlopen(self.url(path), timeout=WAIT_SECONDS) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def stop(self):
        self._end(self._nginx, signal.SIGQUIT)
        self.stop_container()
        said = self._said()
        self._directory.cleanup()
        for word in ("[alert]", "[emerg]", " error ", "Sanitizer"):
            if word in said:
                raise AssertionError(f"{word} in a log:\n{said}")

    def stop_container(self):
        if self._container is not None:
            self._end(self._container, signal.SIGTERM)
            self._container = None

    def kill(self):
        for process in (self._nginx, self._container):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        self._directory.cleanup()

    @staticmethod
    def _end(process, with_signal):
        process.send_signal(with_signal)
        code = process.wait(timeout=WAIT_SECONDS)
        if code != 0:
            raise AssertionError(f"{process.args[0]} ended with {code}")

    def _spawn(self, command):
        with open(self.dir / "output", "ab") as output:
            return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                                    stderr=output)

    def _start_container(self):
        mounts = {"/": {"plugin": str(self._build / "handlers/pages.so"), "config": {"database": self.database}},
                  "/api/v1": {"plugin": str(self._build / "handlers/api.so"), "config": {"database": self.database}}}
        config = {"log": {"error": str(self.dir / "error.log"), "access": str(self.dir / "access.log")},
                  "pools": {"hbnb": {"listen": [{"unix": str(self.dir / "hbnb.sock")}],
                                     "workers": {"min": 2, "max": 2}, "handlers": {"mounts": mounts}}}}
        if os.geteuid() == 0:
            config["user"] = "root"
        (self.dir / "hbnb.yaml").write_text(json.dumps(config))    # JSON is YAML
        self._container = self._spawn([self._build / "bin/hbnb-container", "--config", self.dir / "hbnb.yaml",
                                       "--pid-file", self.dir / "ready"])
        eventually(lambda: (self.dir / "ready").exists() or self._container.poll() is not None, "the container")
        if self._container.poll() is not None:
            raise AssertionError("the container has not come up:\n" + self._said())

    @property
    def database(self):
        return f"sqlite://{self.dir}/hbnb.db"

    def _said(self):
        files = [self.dir / name for name in ("output", "error.log", "nginx.log")]
        return "".join(file.read_text() for file in files if file.exists())

    def _start_nginx(self):
        for name in ("static", "hbnb_static"):
            (self.dir / name).symlink_to(SOURCE / "handlers/hbnb" / name)
        for _ in range(PORTS_TRIED):
            self.port, self.dynamic_port = free_port(), free_port()
            (self.dir / "nginx.conf").write_text(self._nginx_conf())
            self._nginx = self._spawn(["nginx", "-p", f"{self.dir}/", "-c", self.dir / "nginx.conf", "-e",
                                       self.dir / "nginx.log", "-g", "daemon off;"])
            eventually(lambda: self.status("/") == 200 or self._nginx.poll() is not None, "the first page")
            if self._nginx.poll() is None:
                return
        raise AssertionError("nginx has not come up:\n" + self._said())

    def _nginx_conf(self):
        conf, socket_file = SOURCE / "nginx-fastcgi", self.dir / "hbnb.sock"
        temporary = "".join(f"{name}_temp_path {self.dir}/{name};\n"
                            for name in ("client_body", "fastcgi", "proxy", "scgi", "uwsgi"))
        return f"""{"user root;" if os.geteuid() == 0 else ""}
worker_processes 1;
error_log {self.dir}/nginx.log;
pid {self.dir}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    {temporary}
    include "{conf}/http.conf";
    include "{conf}/limits.conf";
    upstream hbnb {{ server "unix:{socket_file}"; include "{conf}/upstream.conf"; }}
    upstream hbnb_again {{ server "unix:{socket_file}"; }}
    {self._server(conf, self.port, "")}
    {self._server(conf, self.dynamic_port, "fastcgi_param HBNB_FRONT dynamic;")}
}}
"""

    @staticmethod
    def _server(conf, port, further):
        files = "".join(f'include "{conf}/{name}.conf";\n' for name in ("params", "errors", "api", "site"))
        return f"server {{\nlisten 127.0.0.1:{port};\n{further}\n{files}}}\n"
