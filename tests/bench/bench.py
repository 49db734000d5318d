"""The benchmarks behind tests/bench/run: starts who is compared, loads them in turn, prints tables of ratios, writes JSON and a plot."""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys

from app import app
from body import body
from burst import burst
from connections import connections
from databases import DATABASES
from growth import growth
from instructions import instructions
from invocation import Invocation
from late import late
from mixed import mixed
from overload import overload
from place import TOP
from plot import svg_of
from program import DoesNotStart
from small import small
from unkept import unkept

BENCHMARKS = {benchmark.__name__: benchmark for benchmark in (
    small, mixed, body, connections, overload, burst, late, unkept, app, growth, instructions)}


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="tests/bench/run", add_help=False)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--database", action="append", default=[], choices=DATABASES)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--build", default=TOP / "build/release")
    parser.add_argument("--output", default=TOP / "build/bench")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]}: there are {', '.join(BENCHMARKS)}")
    return options


def write(run, results, output):
    output = pathlib.Path(output)
    output.mkdir(parents=True, exist_ok=True)
    (output / "figures.json").write_text(json.dumps({"results": results, "notes": run.notes, "failures": run.failures}, indent=2) + "\n")
    (output / "figures.txt").write_text("\n".join(run.text) + "\n")
    (output / "figures.svg").write_text(svg_of(run.charts, f"tests/bench/run: medians of {run.rounds} rounds of {run.seconds:g} s"))
    if shutil.which("rsvg-convert"):
        subprocess.run(["rsvg-convert", "-o", output / "figures.png", output / "figures.svg"], check=True)
    print(f"\nwritten: {', '.join(str(file) for file in sorted(output.glob('figures.*')))}")


def main(arguments):
    options = options_of(arguments)
    run = Invocation(options)
    results = {}
    for name in options.names or BENCHMARKS:
        try:
            results[name] = BENCHMARKS[name](run)
        except (DoesNotStart, OSError, RuntimeError) as error:    # the others are worth having
            run.fail(f"{name}: {type(error).__name__}: {error}")
    write(run, results, options.output)
    for failure in run.failures:    # once more, where they are found
        print(f"FAILED {failure}")
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
