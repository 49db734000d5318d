"""The routes of handlers/demo that the benchmarks ask for, in Flask; `application` for uWSGI and Gunicorn."""

import time

from flask import Flask, Response, request

application = Flask("demo")
PIECE = b"x" * 65536


@application.get("/demo/status")
def status():
    return Response('{"status":"OK"}\n', mimetype="application/json")


@application.get("/demo/sleep")
def sleep():
    ms = int(request.args["ms"])
    time.sleep(ms / 1000)
    return Response(f"slept {ms} ms\n", mimetype="text/plain")


@application.get("/demo/bytes")
def some_bytes():
    size = int(request.args["n"])
    pieces = (PIECE[:size - at] for at in range(0, size, len(PIECE)))
    return Response(pieces, mimetype="application/octet-stream", headers={"Content-Length": str(size)})


@application.post("/demo/sink")
def sink():
    total = 0
    while piece := request.stream.read(65536):
        total += len(piece)
    return Response(f'{{"bytes":{total}}}\n', mimetype="application/json")
