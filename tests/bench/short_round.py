"""short_round.py BUILD: all benchmarks once, short. Fails where an answer was not what it should be, or an output is missing or empty."""

import json
import pathlib
import sys
import tempfile
import xml.etree.ElementTree

import bench


def check(output):
    written = json.loads((output / "figures.json").read_text())
    assert list(written["results"]) == list(bench.BENCHMARKS), list(written["results"])
    assert all(written["results"].values())
    text = (output / "figures.txt").read_text()
    for name in bench.BENCHMARKS:
        assert f"\n{name}: " in text, f"{name} has printed no table"
    picture = xml.etree.ElementTree.parse(output / "figures.svg").getroot()
    assert picture.tag.endswith("svg") and len(picture) > len(bench.BENCHMARKS)


def main(build):
    with tempfile.TemporaryDirectory() as directory:
        if bench.main(["--short", "--build", build, "--output", directory]) != 0:
            return 1
        check(pathlib.Path(directory))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
