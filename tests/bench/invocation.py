"""One call of tests/bench/run: what was asked for, where things go, and what is to be said at the end."""

import pathlib
import tempfile


class Invocation:
    def __init__(self, options):
        self.build = pathlib.Path(options.build).resolve()
        self.short = options.short
        self.databases = options.database    # [] for all that are installed
        self.rounds = 1 if self.short else options.rounds
        self.seconds = 0.3 if self.short else options.seconds
        self.temporary = tempfile.TemporaryDirectory(prefix="hbnb-bench-", ignore_cleanup_errors=True)
        self.text = []        # what was printed
        self.notes = []
        self.failures = []    # an answer that nobody should get
        self.charts = []

    def directory_for(self, name):
        return pathlib.Path(tempfile.mkdtemp(prefix=name.replace(" ", "-") + "-", dir=self.temporary.name))

    def say(self, line=""):
        self.text.append(line)
        print(line, flush=True)

    def note(self, line):
        if line not in self.notes:
            self.notes.append(line)
            self.say(f"note: {line}")

    def fail(self, line):
        self.failures.append(line)
        self.say(f"FAILED {line}")

    def expect(self, who, outcomes, allowed=("200",)):
        """Every request has one of these outcomes (load_client's: a status, or why there was none)."""
        others = {outcome: number for outcome, number in outcomes.items() if outcome not in allowed}
        if others or not outcomes:
            self.fail(f"{who}: allowed is {' or '.join(allowed)}, there were {outcomes or 'no answers'}")

    def table(self, title, head, rows):
        """The first column is words, the others are numbers as they shall be printed."""
        cells = [[str(cell) for cell in row] for row in (head, *rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
        self.say(f"\n{title}")
        for row in cells:
            self.say("  ".join([row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]).rstrip())

    def chart(self, title, unit, labels, series, lines=True, log=False):
        """For the plot: a line (or bars) a name in `series`, a value a label."""
        self.charts.append({"title": title, "unit": unit, "labels": [str(label) for label in labels], "series": series,
                            "lines": lines, "log": log})

    def some(self, values):
        """All of them, or in a short run the middle one."""
        return [values[len(values) // 2]] if self.short else list(values)
