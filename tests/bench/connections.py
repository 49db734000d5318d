"""connections: 10 000 idle kept connections on 4 workers with limits.connections: 4096. What they cost, and whether they are still there."""

import resource
import time

from fastcgi import FastcgiConnection
from figures import ratio, tenths, whole
from kernel import cpu_seconds, memory_bytes
from load import STATUS, all_outcomes, measure, median, warm
from responder import KEPT, Container

WORKERS, CLIENTS = 4, 16
POOL = {"limits": {"connections": 4096}, "timeouts": {"idle": "10m"}}


def connections(run):
    number = 500 if run.short else most_connections(run, 10000)
    rounds = []
    with Container(run, WORKERS, pool=POOL) as ours:
        warm(run, ours)
        for _ in range(min(run.rounds, 3)):
            rounds.append(one_round(run, ours, number))
    for key in ("without", "with"):
        run.expect(f"connections, {key} them", all_outcomes([one[key] for one in rounds]))
    result = {"connections": number, "workers": WORKERS, "lost": max(one["lost"] for one in rounds),
              "pss_per_connection": median(rounds, "pss_per_connection"), "idle_cpu_us_per_s": median(rounds, "idle_cpu_us_per_s"),
              **{key: {"per_second": median(rounds, key, "all_per_second"), "cpu_us": median(rounds, key, "cpu_us"),
                       "p99_us": median(rounds, key, "targets", "status", "latency", "200", "p99_us")} for key in ("without", "with")}}
    if result["lost"]:
        run.fail(f"connections: {result['lost']} of {number} idle connections were closed")
    run.table(f"connections: {number} idle kept connections on {WORKERS} workers, then requests of {CLIENTS} clients through nginx",
              ["", "req/s", "CPU us", "p99 us"],
              [[f"{key} them", whole(result[key]["per_second"]), tenths(result[key]["cpu_us"]), whole(result[key]["p99_us"])]
               for key in ("without", "with")] +
              [["with / without", *(ratio(result["with"][key], result["without"][key]) for key in ("per_second", "cpu_us", "p99_us"))]])
    run.say(f"lost: {result['lost']}; workers' memory for each of them: {result['pss_per_connection']:.0f} bytes; "
            f"CPU of all workers while nothing is asked: {result['idle_cpu_us_per_s']:.0f} us a second")
    return result


def most_connections(run, wanted):
    """As many as our descriptors allow: the client holds all of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    possible = min(wanted, hard - 500)
    if possible < wanted:
        run.note(f"connections: {possible} instead of {wanted}: the limit of descriptors is {hard} ({soft} were in force)")
    return possible


def one_round(run, ours, number):
    workers = ours.workers()
    without = measure(run, ours, ours.ports[KEPT], [STATUS], connections=CLIENTS)
    memory = memory_bytes(workers)
    idle, lost = [], 0
    try:
        for _ in range(number):
            idle.append(FastcgiConnection(ours.socket))
            lost += unanswered(idle[-1:])
        grown = memory_bytes(workers)
        resting = cpu_seconds(workers)
        time.sleep(0.1 if run.short else 2)
        resting = (cpu_seconds(workers) - resting) / (0.1 if run.short else 2)
        with_them = measure(run, ours, ours.ports[KEPT], [STATUS], connections=CLIENTS)
        lost += unanswered(idle)
    finally:
        for connection in idle:
            connection.close()
    return {"without": without, "with": with_them, "lost": lost, "pss_per_connection": (grown - memory) / number,
            "idle_cpu_us_per_s": resting * 1e6}


def unanswered(connections):
    lost = 0
    for connection in connections:
        try:
            lost += connection.get("/demo/status") != b'{"status":"OK"}\n'
        except OSError:
            lost += 1
    return lost
