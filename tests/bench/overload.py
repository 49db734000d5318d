"""overload: twice of what 4 workers can do, for 10 s: 400 requests of 20 ms a second. How much is still answered (goodput), how long
the accepted wait, and how soon the others get their 503."""

from contextlib import ExitStack

from figures import ms, ratio, tenths
from load import all_outcomes, alternate, load, median, sleeping, warm
from peer import PhpFpm, installed
from responder import KEPT, NEW, Container, container_knows

WORKERS, SLEEP_MS, RATE = 4, 20, 400
CAPACITY = WORKERS / SLEEP_MS * 1000
ROOM = {"waiting": {"age_max": "500ms"}}
SHED = ("200", "503")


def overload(run):
    seconds, settled = (0.6, 0.3) if run.short else (10, 2)
    with ExitStack() as running:
        subjects, allowed = {}, {}

        def add(name, responder, way, outcomes):
            subjects[name] = lambda: load(run, responder.ports[way], [sleeping(SLEEP_MS)], connections=4096, rate=RATE, seconds=seconds,
                                          skip_seconds=settled, patience_seconds=30)
            allowed[name] = outcomes

        ours = running.enter_context(Container(run, WORKERS, pool=ROOM))
        warm(run, ours)
        add("container", ours, KEPT, SHED if container_knows(run, "waiting.length_max") else ("200",))
        for peer in installed(run, PhpFpm):
            php = running.enter_context(peer(run, WORKERS))
            add(php.name, php, NEW, ("200", "502", "504", "unanswered"))    # what its backlog does not take is 502
        reports = alternate(min(run.rounds, 1 if run.short else 3), subjects)
    for name, of_name in reports.items():
        run.expect(f"overload, {name}", all_outcomes(of_name), allowed[name])
    result = {"workers": WORKERS, "capacity": CAPACITY, "offered": RATE, "of": {name: figures(of_name) for name, of_name in reports.items()}}
    run.table(f"overload: {RATE}/s offered for {seconds} s, capacity {CAPACITY:.0f}/s, age_max 500 ms; from second {settled} on",
              ["who", "goodput/s", "/ capacity", "200 p50 ms", "200 p99 ms", "503/s", "503 p50 ms", "503 p99 ms"],
              [[name, tenths(of["goodput"]), ratio(of["goodput"], CAPACITY), ms(of["200"]["p50_us"]), ms(of["200"]["p99_us"]),
                tenths(of["shed_per_second"]), ms(of["503"]["p50_us"]), ms(of["503"]["p99_us"])] for name, of in result["of"].items()])
    run.chart("Twice of what 4 workers can do: latency of what is answered with 200", "ms", ["p50", "p90", "p99"],
              {name: [of["200"][f"{p}_us"] and of["200"][f"{p}_us"] / 1000 for p in ("p50", "p90", "p99")]
               for name, of in result["of"].items()}, lines=False)
    return result


def figures(reports):
    def latency(status):
        return {key: median(reports, "targets", "sleep", "latency", status, key) for key in ("p50_us", "p90_us", "p99_us")}

    return {"goodput": median(reports, "per_second", "200"), "shed_per_second": median(reports, "per_second", "503"),
            "200": latency("200"), "503": latency("503"), "outcomes": all_outcomes(reports)}
