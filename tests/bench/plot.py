"""The charts of a run as one SVG file: lines, or lying bars."""

import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM, COLUMNS = 620, 330, 64, 150, 40, 48, 2
COLORS = {"container": "#c62828", "limit": "#424242", "php-fpm": "#1565c0", "uwsgi": "#2e7d32", "gunicorn": "#ef6c00",
          "without slow ones": "#424242", "one-shot": "#ad1457", "hand-off off": "#6a1b9a", "sqlite": "#c62828", "mysql": "#1565c0", "postgresql": "#2e7d32", "aim": "#9e9e9e"}
OURS = COLORS["container"]


def svg_of(charts, title):
    rows = (len(charts) + COLUMNS - 1) // COLUMNS
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH * COLUMNS}" height="{HEIGHT * rows + 40}" '
             'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>',
             words(12, 24, title, size=16)]
    for number, chart in enumerate(charts):
        x, y = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT + 40
        draw = lines if chart["lines"] else bars
        parts.append(f'<g transform="translate({x},{y})">{words(LEFT, 20, chart["title"], size=14)}{draw(chart)}</g>')
    return "\n".join(parts) + "\n</svg>\n"


def words(x, y, text, size=12, anchor="start", color="#222", turn=None):
    turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{color}"{turned}>{escape(text)}</text>'


def axis_of(chart):
    """The axis' marks, and which part of it a value is: from 0, or in decades."""
    values = [value for values in chart["series"].values() for value in values if value]
    most, least = max(values, default=1), min(values, default=1)
    if chart["log"]:
        low, high = math.floor(math.log10(least)), math.ceil(math.log10(most))
        high += low == high
        return [10 ** power for power in range(low, high + 1)], lambda value: (math.log10(max(value, 10 ** low)) - low) / (high - low)
    decade = 10 ** math.floor(math.log10(most))
    top = next(decade * part for part in (1, 2, 2.5, 4, 5, 6, 8, 10) if decade * part >= most)
    return [top * quarter / 4 for quarter in range(5)], lambda value: value / top


def lines(chart):
    marks, part_of = axis_of(chart)
    bottom = HEIGHT - BOTTOM

    def y_of(value):
        return bottom - (bottom - TOP) * part_of(value)

    parts = [words(14, (TOP + bottom) / 2, chart["unit"], anchor="middle", turn=-90)]
    for mark in marks:
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y_of(mark):.1f}" y2="{y_of(mark):.1f}" stroke="#ddd"/>')
        parts.append(words(LEFT - 6, y_of(mark) + 4, f"{mark:g}", anchor="end"))
    step = (WIDTH - LEFT - RIGHT) / max(len(chart["labels"]), 1)
    places = [LEFT + step * (number + 0.5) for number in range(len(chart["labels"]))]
    parts += [words(x, HEIGHT - BOTTOM + 18, label, anchor="middle") for x, label in zip(places, chart["labels"])]
    for number, (name, values) in enumerate(chart["series"].items()):
        color = COLORS.get(name, OURS)
        points = [(x, y_of(value)) for x, value in zip(places, values) if value]
        parts.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="'
                     + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in points]
        parts.append(words(WIDTH - RIGHT + 12, TOP + 12 + 18 * number, name, color=color))
    return "".join(parts)


def bars(chart):
    """Lying, a row a label, in it a bar a name."""
    _, part_of = axis_of(chart)
    names, left, height = list(chart["series"]), 250, (HEIGHT - TOP - 20) / max(len(chart["labels"]), 1)
    parts = []
    for row, label in enumerate(chart["labels"]):
        y = TOP + row * height
        parts.append(words(left - 6, y + height / 2 + 4, label, size=min(12, int(height)), anchor="end"))
        for number, name in enumerate(names):
            value, thick = chart["series"][name][row], height * 0.8 / len(names)
            if not value:
                continue
            long, top = (WIDTH - left - 60) * part_of(value), y + height * 0.1 + number * thick
            color = COLORS.get(name, OURS)
            parts.append(f'<rect x="{left}" y="{top:.1f}" width="{long:.1f}" height="{thick:.1f}" fill="{color}"/>')
            parts.append(words(left + long + 4, top + thick / 2 + 4, f"{value:.3g}", size=min(12, max(8, int(thick))), color=color))
    about = [chart["unit"], *(["/".join(names)] if len(names) > 1 else []), *(["logarithmic"] if chart["log"] else [])]
    parts.append(words(left, HEIGHT - 8, ", ".join(about)))
    return "".join(parts)
