"""burst: 40 requests of one second at once, on an idle pool that may grow to 40: when the last one is answered. Ideal is 1 s."""

from load import all_outcomes, alternate, load, median, sleeping, warm
from peer import PhpFpmThatGrows, installed
from responder import NEW, Container

REQUESTS = 40


def burst(run):
    rounds, length_ms = (1, 200) if run.short else (min(run.rounds, 3), 1000)
    subjects = {"container": lambda: one(run, Container(run, (2, REQUESTS)), NEW, length_ms)}
    for peer in installed(run, PhpFpmThatGrows):
        for pool in peer.pools:
            subjects[f"php-fpm {pool}"] = lambda peer=peer, pool=pool: one(run, peer(run), pool, length_ms)
    reports = alternate(rounds, subjects)
    for name, of_name in reports.items():
        run.expect(f"burst, {name}", all_outcomes(of_name))
    last = {name: median(of_name, "last_answer_s") for name, of_name in reports.items()}
    run.table(f"burst: {REQUESTS} requests of {length_ms / 1000:g} s at once, on an idle pool of at most {REQUESTS}",
              ["who", "last answer s", "/ ours"],
              [[name, f"{seconds:.2f}", f"{seconds / last['container']:.1f}"] for name, seconds in last.items()])
    run.chart(f"{REQUESTS} requests of {length_ms / 1000:g} s at once", "last answer, s", list(last), {"last answer": list(last.values())},
              lines=False)
    return {"requests": REQUESTS, "request_s": length_ms / 1000, "last_answer_s": last}


def one(run, responder, port, length_ms):
    """Started anew each time: nothing of the last burst is left."""
    with responder:
        warm(run, responder)
        return load(run, responder.ports[port], [sleeping(length_ms)], connections=REQUESTS, rate=1e6, requests=REQUESTS,
                    seconds=1, patience_seconds=60)
