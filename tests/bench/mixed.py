"""mixed: 1 % of the requests sleep 50 ms, at random; 8 workers. How long do the others wait, at fixed rates (open loop)? And how much of
what the pool can do goes through when clients wait for their answers (closed loop)?"""

from contextlib import ExitStack

from figures import ms, ratio, whole
from load import STATUS, all_outcomes, alternate, measure, median, sleeping, warm
from peer import PhpFpm, installed
from responder import KEPT, NEW, Container, container_knows

WORKERS, SLOW_PART, SLOW_MS = 8, 0.01, 50
LOADS = (0.1, 0.25, 0.5)    # of the pool's capacity
CLIENTS = (16, 64)
CONNECTIONS = 1000          # of the open loop: fewer than waiting.length_max, so that nobody is shed
PATIENT = {"waiting": {"age_max": "60s"}}
FAST_ONLY = [STATUS]
MIXED = [{**STATUS, "weight": 1 - SLOW_PART}, sleeping(SLOW_MS, weight=SLOW_PART)]


def mixed(run):
    with ExitStack() as running:
        ours = running.enter_context(Container(run, WORKERS, pool=PATIENT))
        warm(run, ours)
        ways = {"without slow ones": (ours, KEPT, FAST_ONLY), "container": (ours, KEPT, MIXED), "one-shot": (ours, NEW, MIXED)}
        if container_knows(run, "waiting.length_max"):
            without = running.enter_context(Container(run, WORKERS, "no-hand-off", pool={"waiting": {"length_max": 0, **PATIENT["waiting"]}}))
            warm(run, without)
            ways["hand-off off"] = (without, KEPT, MIXED)
        for peer in installed(run, PhpFpm):
            php = running.enter_context(peer(run, WORKERS))
            ways["php-fpm"] = (php, NEW, MIXED)
        capacity = capacity_of(run, ours)
        result = {"workers": WORKERS, "capacity": capacity,
                  "open": [open_row(run, ways, part, part * capacity) for part in (LOADS[:1] if run.short else LOADS)],
                  "closed": [closed_row(run, ways, clients) for clients in run.some(CLIENTS)]}
    tell(run, result)
    return result


def capacity_of(run, ours):
    """Workers divided by the mean service time: what a fast request costs in CPU, and the part that sleeps."""
    cpu_us = measure(run, ours, ours.ports[KEPT], FAST_ONLY, connections=16)["cpu_us"]
    return WORKERS / (cpu_us / 1e6 + SLOW_PART * SLOW_MS / 1000)


def possible(fast_per_second):
    """What the best of containers could answer in a closed loop on this machine, where nginx and client can drive so many fast
    requests a second and no more: they drive none while all workers sleep, and the workers cannot all sleep all the time, as
    only requests that come through make them. Workers asleep are the servers of Erlang's loss system, and what comes while
    one of them is free is its load."""
    load = fast_per_second * SLOW_PART * SLOW_MS / 1000
    lost = 1.0
    for servers in range(1, WORKERS + 1):
        lost = load * lost / (servers + load * lost)
    return fast_per_second * (1 - lost)


def measured(run, ways, what, **plan):
    reports = alternate(run.rounds, {
        name: lambda way=way: measure(run, way[0], way[0].ports[way[1]], way[2], **plan) for name, way in ways.items()})
    for name, of_name in reports.items():
        run.expect(f"mixed, {name}, {what}", all_outcomes(of_name))
    return reports


def open_row(run, ways, part, rate):
    reports = measured(run, ways, f"{rate:.0f}/s", rate=rate, connections=CONNECTIONS, patience_seconds=30)
    return {"part": part, "rate": rate, "of": {
        name: {key: median(of_name, "targets", "status", "latency", "200", key) for key in ("p50_us", "p99_us", "p999_us")}
        for name, of_name in reports.items()}, "client_late_p99_us": median(reports["container"], "client", "lateness", "p99_us")}


def closed_row(run, ways, clients):
    reports = measured(run, ways, f"{clients} clients", connections=clients)
    per_second = {name: median(of_name, "all_per_second") for name, of_name in reports.items()}
    return {"clients": clients, "per_second": per_second, "possible": possible(per_second["without slow ones"])}


def tell(run, result):
    capacity, names = result["capacity"], list(result["open"][0]["of"])
    run.table(f"mixed: latency of the fast requests in ms, 1 % of all sleep {SLOW_MS} ms, {WORKERS} workers, open loop "
              f"(capacity {capacity:.0f}/s)",
              ["who", "of capacity", "req/s", "p50", "p99", "p99.9"],
              [[name, f"{row['part']:.0%}", whole(row["rate"]), *(ms(row["of"][name][key]) for key in ("p50_us", "p99_us", "p999_us"))]
               for row in result["open"] for name in names])
    run.table("mixed: throughput in a closed loop, as a part of the capacity (without slow ones: what nginx, client and workers can do "
              "on this machine; possible: what that lets the best of containers do, by Erlang's loss formula)",
              ["clients", *names, "possible", "container / possible"],
              [[row["clients"], *(ratio(row["per_second"][name], capacity) for name in names), ratio(row["possible"], capacity),
                ratio(row["per_second"]["container"], row["possible"])] for row in result["closed"]])
    run.chart(f"1 % of requests sleep {SLOW_MS} ms: p99 of the others", "ms", [f"{row['rate']:.0f}/s" for row in result["open"]],
              {name: [row["of"][name]["p99_us"] and row["of"][name]["p99_us"] / 1000 for row in result["open"]] for name in names},
              log=True)
