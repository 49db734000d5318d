"""app: the routes of the AirBnB application over SQLite with its own sample data: CPU of the workers per request, as a multiple of what the
limit responder takes for its answer in the same run. With hbnb-data the same again on 50 times as many rows."""

import json
import subprocess
import urllib.error
import urllib.request
from contextlib import ExitStack

from figures import ratio, tenths, whole
from load import all_outcomes, alternate, measure, median
from responder import KEPT, Container, LimitResponder

WORKERS, CLIENTS, SCALE = 2, 8, 50
# What is asked, and the most it may cost; {state} and the like are ids of the sample data.
ROUTES = (
    ("GET /api/v1/status", None, 2),
    ("GET /api/v1/states", None, 15),
    ("GET /api/v1/states/{state}", None, 12),
    ("GET /api/v1/cities/{city}", None, 12),
    ("GET /api/v1/places/{place}", None, 12),
    ("GET /api/v1/stats", None, 15),
    ("POST /api/v1/places_search", {"amenities": ["{amenity}"]}, 150),
    ("POST /api/v1/places_search", {}, 500),
    ("GET /states_list", None, None),
    ("GET /hbnb", None, None),
    ("GET /2-hbnb", None, 500),
    ("GET /4-hbnb", None, 80),
)
ONE_ROW = ("status", "{state}", "{city}", "{place}")    # these cost the same however many rows there are


def app(run):
    with ExitStack() as running:
        limit = running.enter_context(LimitResponder(run, WORKERS))
        ours = running.enter_context(application(run, "app"))
        routes = list(there(run, ours))
        result = {"routes": rows_of(run, ours, limit, routes)}
        if (run.build / "bin/hbnb-data").exists() and not run.short:
            large = running.enter_context(application(run, "app-scaled"))
            scale(run, large)
            few = [route for route in there(run, large) if any(word in route["pattern"] for word in ONE_ROW)]
            result["scaled"] = rows_of(run, large, limit, few)
        elif not run.short:
            run.note(f"app: nothing is measured on {SCALE} times as many rows, as there is no hbnb-data")
    tell(run, result)
    return result


def application(run, name, url=None):
    """Without a URL over a file of its own."""
    database = {"database": url or f"sqlite://{run.directory_for(name)}/hbnb.db"}
    mounts = {mount: {"plugin": str(run.build / "handlers" / plugin), "config": database}
              for mount, plugin in (("/", "pages.so"), ("/api/v1", "api.so"))}
    # A server on a busy disk takes its time to make the tables.
    return Container(run, WORKERS, name, pool={"timeouts": {"start": "60s"}}, mounts=mounts)


def scale(run, ours):
    """Its first answer says that it has made the database, with the sample data in it."""
    database = ours.config["pools"]["bench"]["handlers"]["mounts"]["/"]["config"]["database"]
    ask(ours, "GET", "/api/v1/status")
    done = subprocess.run([run.build / "bin/hbnb-data", "--database", database, "scale", str(SCALE)], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"unable to scale the data: {done.stderr}")


def ask(ours, method, path, body=None):
    """Status and body."""
    request = urllib.request.Request(f"http://127.0.0.1:{ours.ports[KEPT]}{path}", method=method,
                                     data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def all_ids(ours, path):
    status, body = ask(ours, "GET", path)
    return [row["id"] for row in json.loads(body)] if status == 200 else []


def ids_of(ours):
    """Of each kind one, the first that has the next below it; what cannot be found out is left out, and so are the routes that need it."""
    ids = {"amenity": all_ids(ours, "/api/v1/amenities")[:1]}
    for state in all_ids(ours, "/api/v1/states"):
        for city in all_ids(ours, f"/api/v1/states/{state}/cities"):
            ids |= {"state": [state], "city": [city], "place": all_ids(ours, f"/api/v1/cities/{city}/places")[:1]}
            if ids["place"]:
                break
        if ids.get("place"):
            break
    return {kind: known[0] for kind, known in ids.items() if known}


def filled(text, ids):
    for name, value in ids.items():
        text = text.replace("{" + name + "}", value)
    return text


def there(run, ours):
    """The routes that answer 200; each of the others is a failure, and not measured."""
    ids = ids_of(ours)
    for pattern, body, aim in ROUTES:
        method, path = filled(pattern, ids).split(" ")
        text = None if body is None else filled(json.dumps(body), ids)
        name = pattern if body is None else f"{pattern} {'one amenity' if body else '{}'}"
        unknown = "{" in path or "{amenity}" in (text or "")
        status, answer = (404, b"") if unknown else ask(ours, method, path, None if text is None else json.loads(text))
        if status != 200:
            run.fail(f"app: {name} is missing: " + ("no id for it could be asked for" if unknown else f"it answers {status}"))
            continue
        target = {"name": name, "method": method, "path": path}
        if text is not None:
            target |= {"body": text, "content_type": "application/json"}
        yield {"name": name, "pattern": pattern, "aim": aim, "bytes": len(answer), "target": target}


def rows_of(run, ours, limit, routes):
    def subject(responder, target):
        return lambda: measure(run, responder, responder.ports[KEPT], [target], connections=CLIENTS)

    subjects = {"limit": subject(limit, {"name": "limit", "path": "/"})}
    subjects |= {route["name"]: subject(ours, route["target"]) for route in routes}
    reports = alternate(run.rounds, subjects)
    for name, of_name in reports.items():
        run.expect(f"app, {name}", all_outcomes(of_name))
    least = median(reports["limit"], "cpu_us")
    return [{"name": route["name"], "bytes": route["bytes"], "aim": route["aim"],
             "per_second": median(reports[route["name"]], "all_per_second"), "cpu_us": median(reports[route["name"]], "cpu_us"),
             "of_limit": median(reports[route["name"]], "cpu_us") / least} for route in routes]


def tell(run, result):
    for key, title in (("routes", "app: the sample data"), ("scaled", f"app: {SCALE} times as many rows")):
        if key in result:
            run.table(f"{title}, {WORKERS} workers, {CLIENTS} clients; the limit responder's CPU for its answer is 1",
                      ["route", "bytes", "req/s", "CPU us", "/ limit", "aim"],
                      [[row["name"], row["bytes"], whole(row["per_second"]), tenths(row["cpu_us"]), tenths(row["of_limit"]),
                        "-" if row["aim"] is None else f"<= {row['aim']}"] for row in result[key]])
    once = {row["name"]: row["cpu_us"] for row in result["routes"]}
    for row in result.get("scaled", []):
        run.say(f"{row['name']}: {ratio(row['cpu_us'], once.get(row['name']))} of the CPU with fewer rows")
    run.chart("The application: CPU per request", "limit responder = 1", [row["name"] for row in result["routes"]],
              {"measured": [row["of_limit"] for row in result["routes"]], "aim": [row["aim"] for row in result["routes"]]}, lines=False, log=True)
