"""A FastCGI client of few words: small GETs, one after the other on a kept connection."""

import re
import socket
import struct


def record(kind, content=b""):
    return struct.pack("!BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def get_request(path, params=None, keeps=True):
    """`params`: all of them, instead of the few that a GET of `path` needs."""
    path, _, query = path.partition("?")
    params = params or {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query,
                        "SERVER_PROTOCOL": "HTTP/1.1"}
    pairs = b"".join(bytes([len(name), len(value)]) + name.encode() + value.encode() for name, value in params.items())
    return record(1, struct.pack("!HB5x", 1, keeps)) + record(4, pairs) + record(4) + record(5)


class FastcgiConnection:
    """To a Unix socket's path, or to a (host, port)."""

    def __init__(self, to):
        is_tcp = isinstance(to, tuple)
        self.socket = socket.socket(socket.AF_INET if is_tcp else socket.AF_UNIX)
        self.socket.connect(to if is_tcp else str(to))    # waits where the backlog is full; with a time limit it would not
        self.socket.settimeout(60)

    def get(self, path):
        """The body; raises OSError where the connection has ended."""
        self.send(path)
        return self.receive()[1]

    def send(self, path, params=None, keeps=True):
        self.socket.sendall(get_request(path, params, keeps))

    def receive(self):
        """Status and body; raises OSError where the connection has ended."""
        received, answer = b"", b""
        while True:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionResetError("closed before the answer's end")
            received += piece
            while len(received) >= 8:
                _, kind, _, size, padding, _ = struct.unpack("!BBHHBB", received[:8])
                if len(received) < 8 + size + padding:
                    break
                answer += received[8:8 + size] if kind == 6 else b""
                received = received[8 + size + padding:]
                if kind == 3:
                    head, _, body = answer.partition(b"\r\n\r\n")
                    status = re.search(rb"^Status: (\d+)", head, re.M)
                    return status.group(1).decode() if status else "200", body

    def close(self):
        self.socket.close()
