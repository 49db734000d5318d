"""unkept: nginx makes a connection for each request, over a Unix socket and over TCP, to a pool of 4 workers of which a quarter is used:
3 requests at once, the next 3 when those are long answered. A thread is always free, so nobody has to wait."""

import http.client
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from load import all_outcomes, alternate, warm
from responder import NEW, NEW_TCP, Container

WORKERS, AT_ONCE, SLEEP_MS = 4, 3, 50
EVERY_S = AT_ONCE * SLEEP_MS / 1000    # so one of the four is busy on the average
TICK_MS = 50                           # the manager's: who waits for longer has been seen waiting


def unkept(run):
    groups = 3 if run.short else 67
    with Container(run, WORKERS, tcp=True) as ours:
        warm(run, ours)
        reports = alternate(min(run.rounds, 3), {way: lambda way=way: one(ours.ports[way], groups) for way in (NEW, NEW_TCP)})
    for way, of_way in reports.items():
        run.expect(f"unkept, {way}", all_outcomes(of_way))
    waits = {way: sorted(wait for report in of_way for wait in report["waits_ms"]) for way, of_way in reports.items()}
    result = {"workers": WORKERS, "request_ms": SLEEP_MS, "of": {way: figures(of_way) for way, of_way in waits.items()}}
    run.table(f"unkept: requests of {SLEEP_MS} ms, {AT_ONCE} at once on {WORKERS} free workers, a quarter of their time used; waited, in ms",
              ["connections", "requests", "p50", "p99", "most", f"over {TICK_MS} ms"],
              [[way, of["requests"], *(f"{of[key]:.1f}" for key in ("p50_ms", "p99_ms", "max_ms")), of["over_a_tick"]]
               for way, of in result["of"].items()])
    run.chart("A quarter of the pool used, a connection for each request: waiting", "ms", ["p50", "p99"],
              {way: [of["p50_ms"], of["p99_ms"]] for way, of in result["of"].items()}, lines=False)
    return result


def figures(waits):
    return {"requests": len(waits), "p50_ms": waits[len(waits) // 2], "p99_ms": waits[len(waits) * 99 // 100], "max_ms": waits[-1],
            "over_a_tick": sum(wait > TICK_MS for wait in waits)}


def one(port, groups):
    with ThreadPoolExecutor(AT_ONCE) as clients:
        answers = []
        for _ in range(groups):
            began = time.monotonic()
            together = threading.Barrier(AT_ONCE)
            answers += clients.map(lambda _: ask(port, together), range(AT_ONCE))
            time.sleep(max(0, began + EVERY_S - time.monotonic()))
    return {"outcomes": Counter(status for status, _ in answers), "waits_ms": [wait for _, wait in answers]}


def ask(port, together):
    """Status, and by how much longer than its handler's sleep it took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    together.wait()
    began = time.monotonic()
    connection.request("GET", f"/demo/sleep?ms={SLEEP_MS}")
    answer = connection.getresponse()
    answer.read()
    wait = (time.monotonic() - began) * 1000 - SLEEP_MS
    connection.close()
    return str(answer.status), wait
