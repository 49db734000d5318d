"""small: a small JSON answer (/demo/status). 2 workers each, 1 to 256 clients in a closed loop, connections of nginx kept and new."""

from contextlib import ExitStack

from figures import hundredths, mib, tenths, whole
from kernel import memory_bytes
from load import STATUS, all_outcomes, alternate, measure, median, paired, warm
from peer import Gunicorn, PhpFpm, Uwsgi, installed
from responder import KEPT, NEW, Container, LibfcgiResponder, LimitResponder

WORKERS = 2
CLIENTS = (1, 4, 16, 64, 256)
OURS, LIMIT, LIBFCGI = "container", "limit", "libfcgi"


def small(run):
    with ExitStack() as running:
        responders = [Container(run, WORKERS), LimitResponder(run, WORKERS), LibfcgiResponder(run, WORKERS),
                      Container(run, WORKERS, "with access log", access_log=True)]
        for peer in installed(run, PhpFpm, Uwsgi, Gunicorn):
            responders.append(peer(run, WORKERS, *([max(CLIENTS)] if peer is PhpFpm else [])))
        for responder in responders:
            warm(run, running.enter_context(responder))
        memory = memory_bytes(responders[0].workers())
        rows = [row_of(run, responders, way, clients) for way in (KEPT, NEW) for clients in run.some(CLIENTS)]
        grown = memory_bytes(responders[0].workers())
    result = {"workers": WORKERS, "rows": rows, "pss_before": memory / WORKERS, "pss_after": grown / WORKERS, "alone": alone(run)}
    tell(run, result)
    return result


def alone(run):
    """One worker beside one process of the limit responder. Who of several accepts a connection is the kernel's choice of a moment, and
    few clients cost more where they are served by two that take turns to sleep: here the same is on both sides."""
    with ExitStack() as running:
        responders = [Container(run, 1), LimitResponder(run, 1)]
        for responder in responders:
            warm(run, running.enter_context(responder))
        return [row_of(run, responders, KEPT, clients) for clients in run.some(CLIENTS)]


def row_of(run, responders, way, clients):
    there = {responder.name: responder for responder in responders if way in responder.ports}
    if (way, clients) != (KEPT, 64) and not run.short:
        there.pop("with access log", None)
    reports = alternate(run.rounds, {
        name: lambda responder=responder: measure(run, responder, responder.ports[way], [STATUS], connections=clients)
        for name, responder in there.items()})
    for name, of_name in reports.items():
        run.expect(f"small, {name}, {way}, {clients} clients", all_outcomes(of_name))
    ours = reports[OURS]
    return {"way": way, "clients": clients, "of": {
        name: {"per_second": median(of_name, "all_per_second"), "cpu_us": median(of_name, "cpu_us"),
               "ours_times_its_throughput": paired(ours, of_name, "all_per_second"),
               "ours_times_its_cpu": paired(ours, of_name, "cpu_us")} for name, of_name in reports.items()}}


def per_second(row, name):
    return row["of"].get(name, {}).get("per_second")


def throughput_ratio(rows, row, name):
    """Ours to the other's. Over kept connections a peer may use whichever way is better for it: there it is the smaller one of
    the same round's, and of the medians where its better way is the other one."""
    same = row["of"].get(name, {}).get("ours_times_its_throughput")
    if row["way"] == NEW or name == LIMIT:
        return same
    new = next(other for other in rows if other["way"] == NEW and other["clients"] == row["clients"])
    ratios = [same, per_second(row, OURS) / per_second(new, name) if per_second(new, name) else None]
    return min((value for value in ratios if value), default=None)


def tell(run, result):
    rows = result["rows"]
    peers = [name for name in ("php-fpm", "uwsgi", "gunicorn") if any(name in row["of"] for row in rows)]
    run.table(f"small: throughput of ours ({WORKERS} workers each), and as a multiple of the others' "
              "(peers beside kept connections: their better way)",
              ["connections", "clients", "req/s", "/ limit", *(f"/ {name}" for name in peers)],
              [[row["way"], row["clients"], whole(per_second(row, OURS)),
                *(hundredths(throughput_ratio(rows, row, name)) for name in (LIMIT, *peers))] for row in rows])
    names = [OURS, LIMIT, *peers]
    with_libfcgi = [OURS, LIMIT, LIBFCGI, *peers]
    run.table("small: CPU us of the workers per request (limit: the least that a FastCGI responder can do; libfcgi: the least that one "
              "can do which has libfcgi decode its requests)", ["connections", "clients", *with_libfcgi, "ours / limit", "ours / libfcgi"],
              [[row["way"], row["clients"], *(tenths(row["of"].get(name, {}).get("cpu_us")) for name in with_libfcgi),
                *(hundredths(row["of"][name]["ours_times_its_cpu"]) for name in (LIMIT, LIBFCGI))] for row in rows])
    run.table("small: one worker beside one process of the limit responder, connections kept",
              ["clients", "CPU us", "limit's", "CPU / limit", "throughput / limit"],
              [[row["clients"], *(tenths(row["of"][name]["cpu_us"]) for name in (OURS, LIMIT)),
                *(hundredths(row["of"][LIMIT][key]) for key in ("ours_times_its_cpu", "ours_times_its_throughput"))] for row in result["alone"]])
    for row in rows:
        logged = row["of"].get("with access log")
        if logged and row["way"] == KEPT:
            run.say(f"without the access log: {hundredths(logged['ours_times_its_throughput'])} times the throughput of the same with it, "
                    f"{hundredths(logged['ours_times_its_cpu'])} of its CPU")
    run.say(f"memory of each of our workers (PSS): {mib(result['pss_before'])} MiB before, {mib(result['pss_after'])} MiB after")
    for way in (KEPT, NEW):
        of_way = [row for row in rows if row["way"] == way]
        run.chart(f"small JSON, connections {way}", "requests/s", [f"{row['clients']} clients" for row in of_way],
                  {name: [per_second(row, name) for row in of_way] for name in names if any(name in row["of"] for row in of_way)})
