"""growth: the API over each database as the data grows: how long one client waits for one row, for searches and for all places, with
1, 10 and 50 times the sample data. What is found by an index stays flat; what lists more takes longer, as there is more to list."""

import subprocess

from app import application, ask, filled, ids_of
from databases import installed
from figures import ms, ratio
from load import all_outcomes, alternate, load, median
from responder import KEPT

SCALES = (1, 10, 50)
ROUTES = {
    "one place": ("GET", "/api/v1/places/{place}", None),
    "its reviews": ("GET", "/api/v1/places/{place}/reviews", None),
    "search: a city": ("POST", "/api/v1/places_search", '{"cities":["{city}"]}'),
    "search: an amenity": ("POST", "/api/v1/places_search", '{"amenities":["{amenity}"]}'),
    "search: {}": ("POST", "/api/v1/places_search", "{}"),
}


def growth(run):
    result = {}
    for name, database in installed(run, run.databases):
        with database() as data, application(run, f"growth-{name}", data.url) as ours:
            result[name] = grown(run, name, data, ours)
    tell(run, result)
    return result


def grown(run, name, data, ours):
    """Milliseconds by route, a value a scale."""
    ids = ids_of(ours)
    rows = {route: [] for route in ROUTES}
    sizes, before = [], 1
    for scale in SCALES[:1 if run.short else None]:
        if scale != before:
            done = subprocess.run([run.build / "bin/hbnb-data", "--database", data.url, "scale", str(scale // before)], capture_output=True,
                                  text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"unable to scale {name}: {done.stderr}")
            before = scale
        reports = alternate(run.rounds, {route: asked(run, ours, ids, *ROUTES[route]) for route in ROUTES})
        for route, of_route in reports.items():
            run.expect(f"growth, {name}, {route}, scale {scale}", all_outcomes(of_route))
            rows[route].append(median(of_route, "targets", "route", "latency", "200", "p50_us"))
        sizes.append(len(ask(ours, "POST", "/api/v1/places_search", {})[1]))
    return {"scales": list(SCALES[:len(sizes)]), "all_places_bytes": sizes, "p50_us": rows}


def asked(run, ours, ids, method, path, body):
    target = {"name": "route", "method": method, "path": filled(path, ids)}
    if body is not None:
        target |= {"body": filled(body, ids), "content_type": "application/json"}
    return lambda: load(run, ours.ports[KEPT], [target], connections=1)


def tell(run, result):
    for name, one in result.items():
        run.table(f"growth: {name}, one client, median in ms; all places are {', '.join(str(size) for size in one['all_places_bytes'])} bytes",
                  ["route"] + [f"x{scale}" for scale in one["scales"]] + ["last/first"],
                  [[route] + [ms(value) for value in values] + [ratio(values[-1], values[0])] for route, values in one["p50_us"].items()])
    for route in ROUTES:
        run.chart(f"Growth: {route}", "ms, median of one client", [f"x{scale}" for scale in SCALES],
                  {name: [value / 1000 for value in one["p50_us"][route] if value] for name, one in result.items()}, log=True)
