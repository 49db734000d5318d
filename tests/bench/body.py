"""body: 1 KiB to 10 MiB, down (/demo/bytes) and up (/demo/sink), 8 clients. The bytes a second, and the CPU of the workers for a MiB."""

from contextlib import ExitStack

from figures import ratio, tenths
from load import all_outcomes, alternate, measure, median, warm
from peer import Gunicorn, PhpFpm, Uwsgi, installed
from responder import KEPT, NEW, Container

WORKERS, CLIENTS = 2, 8
SIZES = (1 << 10, 32 << 10, 1 << 20, 10 << 20)
OURS = "container"


def body(run):
    with ExitStack() as running:
        responders = [Container(run, WORKERS), *(peer(run, WORKERS) for peer in installed(run, PhpFpm, Uwsgi, Gunicorn))]
        for responder in responders:
            warm(run, running.enter_context(responder))
        rows = [row_of(run, responders, direction, size) for direction in ("down", "up") for size in run.some(SIZES)]
    names = [responder.name for responder in responders]
    run.table(f"body: MiB/s through nginx, {CLIENTS} clients, {WORKERS} workers each, and ours as a multiple",
              ["direction", "size", *names, *(f"/ {name}" for name in names[1:])],
              [[row["direction"], size_text(row["size"]), *(tenths(row["of"][name]["mib_per_second"]) for name in names),
                *(ratio(row["of"][OURS]["mib_per_second"], row["of"][name]["mib_per_second"]) for name in names[1:])] for row in rows])
    run.table("body: CPU us of the workers per MiB", ["direction", "size", *names],
              [[row["direction"], size_text(row["size"]), *(tenths(row["of"][name]["cpu_us_per_mib"]) for name in names)]
               for row in rows])
    for direction in ("down", "up"):
        of_direction = [row for row in rows if row["direction"] == direction]
        run.chart(f"Bodies {direction}", "MiB/s", [size_text(row["size"]) for row in of_direction],
                  {name: [row["of"][name]["mib_per_second"] for row in of_direction] for name in names})
    return {"workers": WORKERS, "clients": CLIENTS, "rows": rows}


def row_of(run, responders, direction, size):
    target = {"name": "body", "path": f"/demo/bytes?n={size}"}
    if direction == "up":
        target = {"name": "body", "method": "POST", "path": "/demo/sink", "body_bytes": size}
    reports = alternate(run.rounds, {
        responder.name: lambda responder=responder: measure(run, responder, responder.ports[way_of(responder)], [target],
                                                            connections=CLIENTS) for responder in responders})
    row = {"direction": direction, "size": size, "of": {}}
    for name, of_name in reports.items():
        run.expect(f"body, {name}, {direction}, {size_text(size)}", all_outcomes(of_name))
        row["of"][name] = {"mib_per_second": median(of_name, "all_per_second") * size / 2**20,
                           "cpu_us_per_mib": median(of_name, "cpu_us") / size * 2**20}
    return row


def way_of(responder):
    return KEPT if KEPT in responder.ports else NEW


def size_text(size):
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"
