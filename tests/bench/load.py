"""Load by load_client, and what it costs the workers."""

import json
import statistics
import subprocess

from kernel import cpu_seconds

STATUS = {"name": "status", "path": "/demo/status"}


def sleeping(ms, **also):
    return {"name": "sleep", "path": f"/demo/sleep?ms={ms}", **also}


def load(run, port, targets, **plan):
    """The report of one load; `plan` as in client/plan.hpp."""
    plan = {"port": port, "targets": targets, "seconds": run.seconds, **plan}
    done = subprocess.run([run.build / "bin/load_client"], input=json.dumps(plan), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def measure(run, responder, port, targets, **plan):
    """A load, with the CPU that each answer cost the responder's workers."""
    workers = responder.workers()
    before = cpu_seconds(workers)
    report = load(run, port, targets, **plan)
    spent = cpu_seconds(workers) - before
    report["answers"] = sum(number for outcome, number in report["outcomes"].items() if outcome.isdigit())
    report["all_per_second"] = sum(report["per_second"].values())
    report["cpu_us"] = spent / max(report["answers"], 1) * 1e6
    return report


def warm(run, responder, target=STATUS):
    for port in responder.ports.values():
        run.expect(f"{responder.name}, first requests", load(run, port, [target], connections=8, seconds=0.2)["outcomes"])


def alternate(rounds, subjects):
    """Calls each subject in turn, so many rounds: whatever the machine does besides, it does to all of them."""
    results = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            results[name].append(subject())
    return results


def median(reports, *path):
    """Of a value that each report has there; None where one has none."""
    values = []
    for report in reports:
        for key in path:
            report = report.get(key) if report is not None else None
        values.append(report)
    return None if None in values or not values else statistics.median(values)


def paired(reports, others, key):
    """The median of the ratios, round by round: what the machine did besides in a round, it did to both."""
    ratios = [one[key] / other[key] for one, other in zip(reports or [], others or []) if other[key]]
    return statistics.median(ratios) if ratios else None


def all_outcomes(reports):
    total = {}
    for report in reports:
        for outcome, number in report["outcomes"].items():
            total[outcome] = total.get(outcome, 0) + number
    return total
