"""The nginx in front of one responder, from the shipped files."""

import os
import signal

from kernel import free_port
from place import SHIPPED
from program import DoesNotStart, Program

PORTS_TRIED = 3
KINDS = ("client_body", "fastcgi", "proxy", "scgi", "uwsgi")


class Nginx:
    """`fronts` has a location's directives by name, `upstreams` what they refer to; `ports` then has a port by name."""

    def __init__(self, directory, fronts, upstreams=""):
        for last in [False] * (PORTS_TRIED - 1) + [True]:
            try:
                self.start(directory, fronts, upstreams)
                return
            except DoesNotStart:    # as when somebody else has taken one of the ports
                if last:
                    raise

    def start(self, directory, fronts, upstreams):
        self.ports = {name: free_port() for name in fronts}
        temporary = "\n".join(f"{kind}_temp_path {directory}/{kind};" for kind in KINDS)
        user = "user root;" if os.geteuid() == 0 else ""
        servers = "\n".join(f"server {{ listen 127.0.0.1:{self.ports[name]} backlog=4096; location / {{ {text} }} }}"
                            for name, text in fronts.items())
        pid = directory / "nginx.pid"
        # One process, as the responder is measured and not nginx; the same buffers for whatever protocol it speaks.
        (directory / "nginx.conf").write_text(
            f"{user} worker_processes 1; daemon off; pid {pid};\n"
            f"error_log {directory}/nginx.log; events {{ worker_connections 8192; }}\n"
            f"http {{ access_log off; keepalive_requests 10000000; {temporary}\ninclude {SHIPPED}/http.conf;\n"
            "uwsgi_buffer_size 16k; uwsgi_buffers 16 8k; proxy_buffer_size 16k; proxy_buffers 16 8k;\n"
            f"{upstreams}\n{servers}\n}}\n")
        self.program = Program(["nginx", "-p", directory, "-c", directory / "nginx.conf", "-e", directory / "nginx.log"],
                               directory / "nginx.output", stop=signal.SIGQUIT)
        # It is written once all ports are nginx's. Whether a port answers would not say whose it is.
        self.program.wait_for(lambda: pid.exists() and pid.read_text().strip())

    def end(self):
        self.program.end()
