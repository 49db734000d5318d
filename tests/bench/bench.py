"""The benchmarks behind tests/bench/run: starts who is compared, loads them in turn, prints ratios."""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "build" / "release"
WORKERS = 2


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"bench: {what} does not come up")
        time.sleep(0.02)


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds(pids):
    """What the kernel has counted for all threads of these processes."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
            total += int(task.read_text().split()[0])
    return total / 1e9


def memory_bytes(pids):
    total = 0
    for pid in pids:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += int(re.search(r"^Pss: +(\d+) kB", text, re.M).group(1)) * 1024
    return total


class Program:
    """A process of ours, ended with the object."""

    def __init__(self, command, log):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=open(log, "wb"), stderr=subprocess.STDOUT)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Responder:
    """Somebody who answers FastCGI on a socket: `workers()` are the processes whose CPU counts."""

    def __init__(self, name, directory, path):
        self.name, self.path = name, path
        self.directory = pathlib.Path(directory) / name
        self.directory.mkdir()
        self.socket = self.directory / "responder.sock"

    def start(self, command):
        self.program = Program(command, self.directory / "output")
        wait_for(self.socket.exists, self.name)
        self.nginx = Nginx(self.directory, self.socket)

    def workers(self):
        return children_of(self.program.process.pid)

    def end(self):
        self.nginx.end()
        self.program.end()


class Container(Responder):
    def __init__(self, directory, workers=WORKERS, access_log=False):
        super().__init__("container", directory, "/demo/status")
        user = "user: root\n" if os.geteuid() == 0 else ""
        log = self.directory / "access.log" if access_log else "off"
        (self.directory / "hbnb.yaml").write_text(
            f"{user}control: {self.directory}/control.sock\n"
            f"log: {{ error: {self.directory}/error.log, access: {log} }}\n"
            f"pools:\n  bench:\n    listen: [ {{ unix: {self.socket} }} ]\n"
            f"    workers: {{ min: {workers}, max: {workers} }}\n"
            f"    handlers: {{ mounts: {{ /demo: {{ plugin: {BUILD}/handlers/demo.so }} }} }}\n")
        self.start([BUILD / "bin/hbnb-container", "--config", self.directory / "hbnb.yaml"])


class LimitResponder(Responder):
    def __init__(self, directory, workers=WORKERS):
        super().__init__("limit", directory, "/")
        self.start([BUILD / "bin/limit_responder", self.socket, str(workers)])


class Nginx:
    """One for each responder, with the shipped files; `kept` and `new` are two ports: connections kept, and one a request."""

    def __init__(self, directory, responder):
        shipped = TOP / "nginx-fastcgi"
        self.kept, self.new = free_port(), free_port()
        temporary = "\n".join(f"{kind}_temp_path {directory}/{kind};"
                              for kind in ("client_body", "fastcgi", "proxy", "scgi", "uwsgi"))
        user = "user root;" if os.geteuid() == 0 else ""
        params = f"include {shipped}/params.conf; location / {{"
        (directory / "nginx.conf").write_text(
            f"{user} worker_processes 1; daemon off; pid {directory}/nginx.pid; error_log {directory}/nginx.log;\n"
            f"events {{ worker_connections 4096; }}\nhttp {{ access_log off; keepalive_requests 1000000; {temporary}\n"
            f"include {shipped}/http.conf;\n"
            f"upstream kept {{ server unix:{responder}; include {shipped}/upstream.conf; }}\n"
            f"server {{ listen 127.0.0.1:{self.kept}; {params} fastcgi_pass kept; }} }}\n"
            f"server {{ listen 127.0.0.1:{self.new}; {params} fastcgi_pass unix:{responder}; fastcgi_keep_conn off; }} }}\n}}\n")
        self.program = Program(["nginx", "-p", directory, "-c", directory / "nginx.conf", "-e", directory / "nginx.log"],
                               directory / "nginx.output")
        wait_for(lambda: self.answers(self.new), "nginx")

    @staticmethod
    def answers(port):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False

    def end(self):
        self.program.end(signal.SIGQUIT)


def load(port, path, clients, seconds):
    """wrk's throughput, and how many answers were no 2xx or none at all."""
    text = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", f"http://127.0.0.1:{port}{path}"],
                          check=True, capture_output=True, text=True).stdout
    requests, took = re.search(r"(\d+) requests in ([\d.]+)s", text).groups()
    failed = sum(int(number) for number in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
    failed += sum(int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", text))
    return int(requests), float(took), failed


def measure(responder, port, clients, seconds):
    pids = responder.workers()
    before = cpu_seconds(pids)
    requests, took, failed = load(port, responder.path, clients, seconds)
    return {"requests": requests, "per_second": requests / took, "failed": failed,
            "cpu_us": (cpu_seconds(pids) - before) / requests * 1e6}


def median_of(rounds, key):
    return statistics.median(one[key] for one in rounds)


def small(directory, rounds, seconds):
    responders = [Container(directory), LimitResponder(directory)]
    for responder in responders:    # everybody warm
        load(responder.nginx.kept, responder.path, 16, 1)
    before = memory_bytes(responders[0].workers())
    rows, answered, failed = [], 0, 0
    for connections in ("kept", "new"):
        for clients in (1, 16, 64):
            results = {responder.name: [] for responder in responders}
            for _ in range(rounds):
                for responder in responders:
                    port = getattr(responder.nginx, connections)
                    results[responder.name].append(measure(responder, port, clients, seconds))
            row = {"connections": connections, "clients": clients}
            for name, runs in results.items():
                row[name] = {key: median_of(runs, key) for key in ("per_second", "cpu_us")}
            answered += sum(run["requests"] for run in results["container"])
            failed += sum(run["failed"] for run in results["container"])
            rows.append(row)
    after = memory_bytes(responders[0].workers())
    for responder in responders:
        responder.end()
    print(f"\nsmall: {WORKERS} workers each, medians of {rounds} rounds of {seconds} s; the limit responder is 1")
    print(f"{'connections':<12}{'clients':>8}{'req/s':>10}{'of limit':>10}{'CPU us':>8}{'of limit':>10}")
    for row in rows:
        ours, limit = row["container"], row["limit"]
        print(f"{row['connections']:<12}{row['clients']:>8}{ours['per_second']:>10.0f}"
              f"{ours['per_second'] / limit['per_second']:>10.2f}{ours['cpu_us']:>8.1f}{ours['cpu_us'] / limit['cpu_us']:>10.2f}")
    print(f"the container answered {answered} requests, {failed} of them not with 2xx; "
          f"its workers' memory (PSS) went from {before / WORKERS / 2**20:.1f} to {after / WORKERS / 2**20:.1f} MiB each")
    return {"rows": rows, "answered": answered, "failed": failed, "pss_before": before, "pss_after": after}


BENCHMARKS = {"small": small}


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run", add_help=False)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]}: there are {', '.join(BENCHMARKS)}")
    results = {}
    for name in options.names or BENCHMARKS:
        directory = tempfile.mkdtemp(prefix="hbnb-bench-")
        try:
            results[name] = BENCHMARKS[name](directory, options.rounds, options.seconds)
        finally:
            shutil.rmtree(directory, ignore_errors=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
