"""late: 40 clients connect to an idle pool of 2 to 40 and send their request of one second afterwards: when the last one is answered,
beside as many that connect and send in one go."""

import time
from collections import Counter

from fastcgi import FastcgiConnection
from figures import hundredths
from load import all_outcomes, alternate, median, paired, warm
from responder import Container

REQUESTS, SILENT_S = 40, 0.2
UNIX, TCP = "Unix", "TCP"
LATE, TOGETHER = "late", "together"


def late(run):
    length_ms = 200 if run.short else 1000
    reports = alternate(run.rounds, {(to, order): lambda to=to, order=order: one(run, to, order, length_ms)
                                     for to in (UNIX, TCP) for order in (LATE, TOGETHER)})
    for (to, order), of_both in reports.items():
        run.expect(f"late, {to}, {order}", all_outcomes(of_both))
    last = {to: {order: median(reports[to, order], "last_answer_s") for order in (LATE, TOGETHER)} for to in (UNIX, TCP)}
    ratios = {to: paired(reports[to, LATE], reports[to, TOGETHER], "last_answer_s") for to in (UNIX, TCP)}
    run.table(f"late: {REQUESTS} clients connect to an idle pool of at most {REQUESTS}, and send requests of {length_ms / 1000:g} s later",
              ["over", "last answer s", "sent at once", "late / at once"],
              [[to, hundredths(last[to][LATE]), hundredths(last[to][TOGETHER]), hundredths(ratios[to])] for to in (UNIX, TCP)])
    run.chart(f"{REQUESTS} requests of {length_ms / 1000:g} s, sent later and at once", "last answer, s", list(last),
              {order: [last[to][order] for to in last] for order in (LATE, TOGETHER)}, lines=False)
    return {"requests": REQUESTS, "request_s": length_ms / 1000, "last_answer_s": last, "late_to_together": ratios}


def one(run, to, order, length_ms):
    """Started anew each time: nothing of the last clients is left."""
    with Container(run, (2, REQUESTS), tcp=True) as ours:
        warm(run, ours)
        address = ours.address if to == TCP else ours.socket
        connections = []
        try:
            if order == LATE:
                connections += [FastcgiConnection(address) for _ in range(REQUESTS)]
                time.sleep(SILENT_S)
            began = time.monotonic()
            for number in range(REQUESTS):
                if order == TOGETHER:
                    connections.append(FastcgiConnection(address))
                connections[number].send(f"/demo/sleep?ms={length_ms}")
            outcomes = Counter(connection.receive()[0] for connection in connections)
            return {"last_answer_s": time.monotonic() - began, "outcomes": outcomes}
        finally:
            for connection in connections:
                connection.close()
