"""The charts of a run as one SVG file: a line a name, or bars where there is one name only or labels are long."""

from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM, COLUMNS = 620, 330, 64, 150, 40, 48, 2
COLORS = ("#c62828", "#1565c0", "#2e7d32", "#ef6c00", "#6a1b9a", "#00838f", "#5d4037")


def svg_of(charts, title):
    rows = (len(charts) + COLUMNS - 1) // COLUMNS
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH * COLUMNS}" height="{HEIGHT * rows + 40}" '
             'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>',
             words(12, 24, title, size=16)]
    for number, chart in enumerate(charts):
        x, y = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT + 40
        draw = lines if len(chart["series"]) > 2 else bars
        parts.append(f'<g transform="translate({x},{y})">{words(LEFT, 20, chart["title"], size=14)}{draw(chart)}</g>')
    return "\n".join(parts) + "\n</svg>\n"


def words(x, y, text, size=12, anchor="start", color="#222", turn=None):
    turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{color}"{turned}>{escape(text)}</text>'


def largest(chart):
    """The next round number above all values."""
    most = max((value for values in chart["series"].values() for value in values if value), default=1)
    step = 1
    while step < most:
        step *= 10
    while step > most and step / 10 < most:
        for part in (0.2, 0.25, 0.4, 0.5, 0.6, 0.8, 1):
            if step * part >= most:
                return step * part
        break
    while step / 10 >= most:
        step /= 10
    return step


def frame(chart, most, height=HEIGHT):
    """Axis and grid, and how a value becomes a height."""
    bottom = height - BOTTOM

    def y_of(value):
        return bottom - (bottom - TOP) * value / most

    parts = [words(14, (TOP + bottom) / 2, chart["unit"], anchor="middle", turn=-90)]
    for quarter in range(5):
        value = most * quarter / 4
        y = y_of(value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(words(LEFT - 6, y + 4, f"{value:g}", anchor="end"))
    return parts, y_of


def lines(chart):
    parts, y_of = frame(chart, largest(chart))
    step = (WIDTH - LEFT - RIGHT) / max(len(chart["labels"]), 1)
    places = [LEFT + step * (number + 0.5) for number in range(len(chart["labels"]))]
    parts += [words(x, HEIGHT - BOTTOM + 18, label, anchor="middle") for x, label in zip(places, chart["labels"])]
    for number, (name, values) in enumerate(chart["series"].items()):
        color = COLORS[number % len(COLORS)]
        points = [(x, y_of(value)) for x, value in zip(places, values) if value is not None]
        parts.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="'
                     + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in points]
        parts.append(words(WIDTH - RIGHT + 12, TOP + 12 + 18 * number, name, color=color))
    return "".join(parts)


def bars(chart):
    """Lying, a row a label; one pair of bars where there are two names."""
    most, names = largest(chart), list(chart["series"])
    left, height = 250, (HEIGHT - TOP - 20) / max(len(chart["labels"]), 1)
    parts = []
    for row, label in enumerate(chart["labels"]):
        y = TOP + row * height
        parts.append(words(left - 6, y + height / 2 + 4, label, size=min(12, int(height)), anchor="end"))
        for number, name in enumerate(names):
            value, thick = chart["series"][name][row], height * 0.8 / len(names)
            if value is None:
                continue
            long, top = (WIDTH - left - 60) * value / most, y + height * 0.1 + number * thick
            parts.append(f'<rect x="{left}" y="{top:.1f}" width="{long:.1f}" height="{thick:.1f}" fill="{COLORS[number]}"/>')
            parts.append(words(left + long + 4, top + thick / 2 + 4, f"{value:.3g}", size=min(12, max(8, int(thick))), color=COLORS[number]))
    parts.append(words(left, HEIGHT - 8, f"{chart['unit']}" + (": " + ", ".join(names) if len(names) > 1 else "")))
    return "".join(parts)
