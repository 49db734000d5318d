"""Gunicorn as it is fastest here, and fair: README.md says why."""

import os

BENCH = os.environ["BENCH_DIRECTORY"]

bind = f"unix:{BENCH}/{os.environ['BENCH_WAY']}.sock"
workers = int(os.environ["BENCH_WORKERS"])
backlog = 4096
chdir = os.environ["BENCH_PEERS"]
wsgi_app = "flask_demo"
worker_tmp_dir = "/dev/shm"
accesslog = None
loglevel = "warning"
# `sync` closes after each answer. To keep connections it takes `gthread`, whose threads answer whoever asks.
if os.environ["BENCH_WAY"] == "kept":
    worker_class = "gthread"
    threads = 4
    keepalive = 75
    worker_connections = 4096
