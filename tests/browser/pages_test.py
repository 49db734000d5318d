#!/usr/bin/python3
"""What a person does on the pages, in a real browser. Arguments: the build directory, and one for the pictures; then unittest's."""

import pathlib
import sys
import unittest

from selenium.webdriver.common.keys import Keys

from browser import DESKTOP, PHONE, Browser
from served_site import Site

BUILD = PICTURES = None
DYNAMIC = ["0", "1", "2", "3", "4", "100", "101"]


def setUpModule():
    global BROWSER, SITE
    SITE = Site(BUILD)
    BROWSER = Browser()


def tearDownModule():
    BROWSER.quit()
    SITE.stop()


def names_of(places):
    return sorted(place["name"] for place in places)


def search(**wanted):
    return SITE.api("POST", "/places_search", wanted)


class PagesTest(unittest.TestCase):
    """Opens pages at desktop width; at a test's end the console is empty."""

    def setUp(self):
        BROWSER.resize(DESKTOP)
        self.expected_in_console = []

    def tearDown(self):
        for line in BROWSER.console():
            self.assertTrue(any(part in line for part in self.expected_in_console), line)

    def open(self, path):
        BROWSER.open(SITE.url(path))

    def open_with_places(self, n):
        self.open(f"/{n}-hbnb")
        everything = len(search())
        BROWSER.wait(lambda: len(BROWSER.all("section.places > article")) == everything, "all places")

    def choose(self, area, *names):
        """Clicks on names in one of the two lists, which the mouse opens first."""
        BROWSER.hover(BROWSER.one(f".filters > {area}"))
        for label in BROWSER.all(f".filters > {area} .popover label"):
            if label.text.rstrip(":") in names:
                label.click()
        BROWSER.leave()

    def heading(self, area):
        return BROWSER.text(f".filters > {area} h4")

    def search(self):
        """Clicks on the button and waits until its answer is shown, on the same page."""
        BROWSER.run("window.same_page = true; document.querySelectorAll('section.places > *:not(h1)')"
                    ".forEach((old) => old.classList.add('old'))")
        BROWSER.one(".filters button").click()
        BROWSER.wait(lambda: BROWSER.all("section.places > article, section.places > .notice") and
                     not BROWSER.all("section.places > .old"), "the places found")
        self.assertTrue(BROWSER.run("return window.same_page"))

    def shown(self):
        return sorted(BROWSER.run("return Array.from(document.querySelectorAll('section.places .title_box > h2'))"
                                  ".map((name) => name.textContent)"))

    # ---- How the pages look ---------------------------------------------------------------------------------------

    def pages(self):
        state = SITE.api("GET", "/states")[0]["id"]
        for n in DYNAMIC:
            yield f"{n}-hbnb", f"/{n}-hbnb"
        for name in ("", "hbnb", "hbnb_filters", "states_list", "cities_by_states", "states", "number_template/89",
                     "number_odd_or_even/89", "number/89", "airbnb-onepage/", "c/is_fun", "python"):
            yield name.strip("/").replace("/", "-") or "start", "/" + name
        yield "state", f"/states/{state}"
        yield "state-missing", "/states/nobody"
        for n in ("0", "1", "2", "3", "4", "5", "6", "7", "8", "100", "101", "102", "103"):
            yield f"static-{n}", f"/hbnb_static/{n}-index.html"
        yield "static", "/hbnb_static/"

    def wait_for_places(self, path):
        if any(path == f"/{n}-hbnb" for n in ("3", "4", "100", "101")):
            BROWSER.wait(lambda: BROWSER.all("section.places > article"), "places")
        if BROWSER.all("#api_status"):
            BROWSER.wait(lambda: BROWSER.all("#api_status.available"), "the API's dot")

    def check_fits(self, path):
        wider = BROWSER.run("return document.documentElement.scrollWidth - window.innerWidth")
        self.assertLessEqual(wider, 0, f"{path} is wider than the screen")

    def check_is_ours_alone(self, path, port=None):
        for address in BROWSER.run("return performance.getEntriesByType('resource').map((one) => one.name)"):
            self.assertTrue(address.startswith(SITE.url("/", port)), f"{path} asks {address}")

    def test_every_page_fits_its_screen_asks_nobody_else_and_the_console_stays_empty(self):
        for name, path in self.pages():
            for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
                with self.subTest(path=path, width=width):
                    BROWSER.resize(size)
                    self.open(path)
                    self.wait_for_places(path)
                    BROWSER.picture(PICTURES / f"{name}-{width}.png")
                    if not path.endswith(("/0-index.html", "/1-index.html", "/2-index.html")):
                        self.check_fits(path)
                    self.check_is_ours_alone(path)
                    self.assertEqual(BROWSER.console(), [])

    def test_the_page_finds_all_it_needs_where_it_came_from_on_the_port_of_its_application_server_too(self):
        for path in ("/", "/2-hbnb"):
            for port in (SITE.port, SITE.dynamic_port):
                with self.subTest(path=path, port=port):
                    BROWSER.open(SITE.url(path, port))
                    dot = BROWSER.wait(lambda: BROWSER.all("#api_status.available"), "the API's dot")[0]
                    self.assertEqual(dot.value_of_css_property("background-color"), "rgba(255, 84, 95, 1)")
                    self.check_is_ours_alone(path, port)
                    self.assertEqual(BROWSER.console(), [])

    def test_what_is_missing_is_a_page_that_says_so(self):
        for name, path in (("missing-page", "/nowhere"), ("missing-file", "/static/nothing.png")):
            for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
                BROWSER.resize(size)
                self.open(path)
                self.assertEqual(BROWSER.one("h1").text, "Not Found")
                BROWSER.picture(PICTURES / f"{name}-{width}.png")
        self.expected_in_console = ["status of 404"]
        BROWSER.one(".message a").click()
        self.assertEqual(BROWSER.driver.current_url, SITE.url("/"))

    def test_code_that_somebody_slips_into_a_page_does_not_run(self):
        self.open("/2-hbnb")
        BROWSER.run("document.body.append(Object.assign(document.createElement('script'), {text: 'window.slipped = 1'}))")
        self.assertIsNone(BROWSER.run("return window.slipped"))
        self.expected_in_console = ["Content Security Policy"]

    def test_the_measures_are_those_of_the_site(self):
        self.open("/2-hbnb")
        look = lambda selector, name: BROWSER.run(
            "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]", selector, name)
        box = lambda selector: BROWSER.one(selector).rect
        self.assertEqual((box("header")["height"], box("footer")["height"], look("footer", "position")), (70, 60, "fixed"))
        self.assertEqual((box(".logo")["x"], box(".logo")["width"], box(".logo")["height"]), (20, 142, 60))
        self.assertEqual((box(".filters")["width"], box(".filters")["height"]), (1000, 70))
        self.assertEqual((box(".filters button")["height"], look(".filters button", "backgroundColor")),
                         (48, "rgb(255, 90, 95)"))
        self.assertEqual((look("article", "width"), look("article", "padding"), look("article", "margin")),
                         ("390px", "20px", "20px"))
        self.assertGreaterEqual(box(".price_by_night")["width"], 60)
        self.assertEqual((box(".information > div")["width"], look(".information", "height")), (100, "80px"))

    # ---- What they do ----------------------------------------------------------------------------------------------

    def test_the_dot_is_red_when_the_api_answers_and_grey_when_it_does_not(self):
        colour = lambda: BROWSER.one("#api_status").value_of_css_property("background-color")
        self.open("/2-hbnb")
        BROWSER.wait(lambda: BROWSER.all("#api_status.available"), "the API's dot")
        self.assertEqual(colour(), "rgba(255, 84, 95, 1)")
        dot, width = BROWSER.one("#api_status").rect, DESKTOP[0]
        self.assertEqual((dot["width"], dot["height"], width - dot["x"] - dot["width"]), (40, 40, 30))
        self.assertAlmostEqual(dot["y"] + dot["height"] / 2, 35, delta=1)
        BROWSER.driver.execute_cdp_cmd("Network.enable", {})
        BROWSER.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/api/v1/status/"]})
        try:
            self.open("/2-hbnb")
            BROWSER.wait(lambda: BROWSER.one("#api_status").get_attribute("title") == "The API does not answer", "grey")
            self.assertEqual(colour(), "rgba(204, 204, 204, 1)")
        finally:
            BROWSER.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
        self.expected_in_console = ["ERR_BLOCKED_BY_CLIENT"]

    def test_a_list_opens_under_the_mouse_and_closes_behind_it(self):
        self.open("/2-hbnb")
        for area in (".locations", ".amenities"):
            popover = BROWSER.one(f".filters > {area} .popover")
            self.assertFalse(popover.is_displayed())
            BROWSER.hover(BROWSER.one(f".filters > {area}"))
            self.assertTrue(popover.is_displayed())
            self.assertLessEqual(popover.rect["height"], 300)
            BROWSER.picture(PICTURES / f"list-{area.strip('.')}-desktop.png")
            BROWSER.leave()
            self.assertFalse(popover.is_displayed())

    def test_a_list_closes_behind_the_mouse_after_a_click_too_and_opens_for_the_keyboard(self):
        self.open("/101-hbnb")
        self.choose(".amenities", SITE.api("GET", "/amenities")[0]["name"])
        self.assertFalse(BROWSER.one(".filters > .amenities .popover").is_displayed())
        BROWSER.one(".filters > .locations h3").click()
        self.assertTrue(BROWSER.one(".filters > .locations .popover").is_displayed())
        BROWSER.leave()
        self.assertFalse(BROWSER.one(".filters > .locations .popover").is_displayed())
        self.open("/101-hbnb")
        BROWSER.press(Keys.TAB)
        self.assertTrue(BROWSER.one(".filters > .locations .popover").is_displayed())
        BROWSER.press(Keys.TAB)
        BROWSER.press(Keys.SPACE)
        state = sorted(SITE.api("GET", "/states"), key=lambda one: one["name"])[0]
        self.assertEqual(self.heading(".locations"), state["name"])
        self.assertTrue(BROWSER.one(".filters > .locations .popover").is_displayed())

    def test_the_names_of_the_checked_amenities_stand_in_their_heading(self):
        amenities = sorted(one["name"] for one in SITE.api("GET", "/amenities"))
        for n in ("1", "2", "3", "4", "100", "101"):
            with self.subTest(page=n):
                self.open(f"/{n}-hbnb")
                self.assertEqual(self.heading(".amenities"), "\u00a0")
                self.choose(".amenities", amenities[0], amenities[2])
                self.assertEqual(self.heading(".amenities"), f"{amenities[0]}, {amenities[2]}")
                self.choose(".amenities", amenities[0])
                self.assertEqual(self.heading(".amenities"), amenities[2])
                self.choose(".amenities", amenities[2])
                self.assertEqual(self.heading(".amenities"), "\u00a0")

    def test_a_box_stands_ten_pixels_left_of_its_name(self):
        self.open("/100-hbnb")
        for area in (".locations", ".amenities"):
            BROWSER.hover(BROWSER.one(f".filters > {area}"))
            label = BROWSER.one(f"{area} .popover label").rect
            box = BROWSER.one(f"{area} .popover input").rect
            self.assertAlmostEqual(label["x"] - box["x"] - box["width"], 10, delta=0.6)

    def test_places_that_the_script_fetches_look_as_those_of_the_server_without_the_owner(self):
        articles = ("return Array.from(document.querySelectorAll('section.places > article')).map((one) => {"
                    "one = one.cloneNode(true); one.querySelectorAll('.user, .reviews').forEach((gone) => gone.remove());"
                    "return one.innerHTML.replace(/\\s*\\n\\s*/g, ''); })")
        self.open("/2-hbnb")
        from_server = BROWSER.run(articles)
        self.assertGreater(len(from_server), 10)
        for n in ("3", "4", "100", "101"):
            self.open_with_places(n)
            self.assertEqual(BROWSER.run(articles), from_server, n)

    def test_search_shows_the_places_that_have_all_the_checked_amenities(self):
        self.open_with_places("4")
        everything, amenities = search(), SITE.api("GET", "/amenities")
        pairs = ((a, b) for a in amenities for b in amenities if a["name"] < b["name"])
        found = next(pair for pair in pairs
                     if 0 < len(search(amenities=[one["id"] for one in pair])) < len(everything))
        self.choose(".amenities", found[0]["name"], found[1]["name"])
        self.search()
        self.assertEqual(self.shown(), names_of(search(amenities=[one["id"] for one in found])))
        BROWSER.picture(PICTURES / "search-amenities-desktop.png")
        self.choose(".amenities", found[0]["name"], found[1]["name"])
        self.search()
        self.assertEqual(self.shown(), names_of(everything))

    def test_search_that_finds_nothing_says_so(self):
        nobody_has = SITE.api("POST", "/amenities", {"name": "Moat"})
        try:
            self.open_with_places("4")
            self.choose(".amenities", "Moat")
            self.search()
            self.assertEqual(self.shown(), [])
            self.assertEqual(BROWSER.text("section.places > .notice"), "No place has all of that.")
        finally:
            SITE.api("DELETE", "/amenities/" + nobody_has["id"])

    def test_search_shows_the_places_of_the_checked_states_and_cities(self):
        states = sorted(SITE.api("GET", "/states"), key=lambda one: one["name"])
        city = sorted(SITE.api("GET", f"/states/{states[1]['id']}/cities"), key=lambda one: one["name"])[0]
        amenity = SITE.api("GET", "/amenities")[0]
        for n in ("100", "101"):
            with self.subTest(page=n):
                self.open_with_places(n)
                self.choose(".locations", states[0]["name"], city["name"])
                self.assertEqual(self.heading(".locations"), f"{states[0]['name']}, {city['name']}")
                self.search()
                here = {"states": [states[0]["id"]], "cities": [city["id"]]}
                self.assertEqual(self.shown(), names_of(search(**here)))
                self.assertLess(len(self.shown()), len(search()))
                BROWSER.picture(PICTURES / f"search-states-{n}-desktop.png")
                self.choose(".amenities", amenity["name"])
                self.search()
                self.assertEqual(self.shown(), names_of(search(amenities=[amenity["id"]], **here)))
                self.choose(".locations", states[0]["name"], city["name"])
                self.assertEqual(self.heading(".locations"), "\u00a0")

    def place_with_reviews(self):
        """Its article, and the reviews as the API has them."""
        for place in sorted(search(), key=lambda one: one["name"]):
            reviews = SITE.api("GET", f"/places/{place['id']}/reviews")
            if len(reviews) > 1 and [one["name"] for one in search()].count(place["name"]) == 1:
                for article in BROWSER.all("section.places > article"):
                    if BROWSER.one(".title_box h2", article).text == place["name"]:
                        return article, reviews
        raise AssertionError("no place with reviews")

    def test_reviews_are_shown_and_hidden_by_a_click_or_a_key(self):
        self.open_with_places("101")
        article, reviews = self.place_with_reviews()
        switch = BROWSER.one(".reviews > span", article)
        self.assertEqual((BROWSER.one(".reviews > h2", article).text, switch.text), ("Reviews", "show"))
        for click in (switch.click, lambda: switch.send_keys(Keys.ENTER)):
            click()
            self.assertEqual(switch.text, "hide")
            BROWSER.wait(lambda: len(BROWSER.all(".reviews > ul > li", article)) == len(reviews), "its reviews")
            shown = [(BROWSER.one("h3", item).text, BROWSER.one("p", item).text)
                     for item in BROWSER.all(".reviews li", article)]
            self.assertEqual([text for _, text in shown], [one["text"] for one in reviews])
            user = SITE.api("GET", "/users/" + reviews[0]["user_id"])
            self.assertRegex(shown[0][0], f"^From {user['first_name']} {user['last_name']} the "
                                          r"[123]?\d(st|nd|rd|th) [A-Z][a-z]+ 20\d\d$")
            BROWSER.run("arguments[0].scrollIntoView({block: 'center'})", BROWSER.one(".reviews", article))
            BROWSER.picture(PICTURES / "reviews-desktop.png")
            click()
            self.assertEqual(switch.text, "show")
            self.assertEqual(BROWSER.all(".reviews > ul", article), [])

    def test_what_people_write_is_text_on_every_page(self):
        evil = "<img src=x onerror=\"window.slipped = 1\"> & 'co'"
        state = SITE.api("POST", "/states", {"name": evil})
        city = SITE.api("POST", f"/states/{state['id']}/cities", {"name": evil})
        user = SITE.api("POST", "/users", {"email": "a@b", "password": "x", "first_name": evil, "last_name": evil})
        amenity = SITE.api("POST", "/amenities", {"name": evil})
        place = SITE.api("POST", f"/cities/{city['id']}/places",
                         {"user_id": user["id"], "name": evil, "description": evil + "<BR />next<br"})
        SITE.api("POST", f"/places/{place['id']}/reviews", {"user_id": user["id"], "text": evil})
        try:
            for n in ("2", "101"):
                self.open_with_places(n)
                article = [one for one in BROWSER.all("section.places > article")
                           if BROWSER.one("h2", one).get_property("textContent") == evil][0]
                self.assertEqual(BROWSER.one(".description", article).text, evil + "\nnext")
                self.choose(".amenities", evil)
                self.assertEqual(self.heading(".amenities"), evil)
            self.choose(".locations", evil)
            self.assertEqual(self.heading(".locations"), f"{evil}, {evil}")
            BROWSER.one(".reviews > span", article).click()
            BROWSER.wait(lambda: BROWSER.all(".reviews li", article), "the review")
            self.assertIn(f"From {evil} {evil} the ", BROWSER.one(".reviews li h3", article).text)
            self.assertEqual(BROWSER.one(".reviews li p", article).text, evil)
            self.assertEqual(BROWSER.all("img"), [])
            self.assertIsNone(BROWSER.run("return window.slipped"))
        finally:
            for path in ("/states/" + state["id"], "/users/" + user["id"], "/amenities/" + amenity["id"]):
                SITE.api("DELETE", path)

    def test_on_a_telephone_a_tap_opens_the_lists_and_the_search_finds(self):
        BROWSER.resize(PHONE)
        self.open_with_places("101")
        state = sorted(SITE.api("GET", "/states"), key=lambda one: one["name"])[0]
        BROWSER.one(".filters > .locations").click()
        popover = BROWSER.one(".filters > .locations .popover")
        self.assertTrue(popover.is_displayed())
        self.assertGreater(popover.rect["width"], 300)
        BROWSER.picture(PICTURES / "list-locations-phone.png")
        BROWSER.one(f"label[for='state-{state['id']}']").click()
        self.assertEqual(self.heading(".locations"), state["name"])
        BROWSER.one(".filters > .amenities").click()
        self.assertFalse(popover.is_displayed())
        BROWSER.picture(PICTURES / "list-amenities-phone.png")
        self.search()
        self.assertEqual(self.shown(), names_of(search(states=[state["id"]])))
        article = BROWSER.one("section.places > article")
        BROWSER.one(".reviews > span", article).click()
        BROWSER.wait(lambda: BROWSER.all(".reviews li", article), "its reviews")
        BROWSER.picture(PICTURES / "search-phone.png")


NULLS = """
    create table places (id varchar(60) primary key, created_at datetime, updated_at datetime, city_id varchar(60),
                         user_id varchar(60), name varchar(128), description varchar(1024), number_rooms int,
                         number_bathrooms int, max_guest int, price_by_night int, latitude float, longitude float);
    create table reviews (id varchar(60) primary key, created_at datetime, updated_at datetime, text varchar(1024),
                          place_id varchar(60), user_id varchar(60));
    insert into places (id, name) values ('1', null), ('2', 'B'), ('3', null), ('4', 'A');
    insert into reviews (id, place_id) values ('1', '1');
"""


class NullsTest(unittest.TestCase):
    def test_a_database_full_of_nulls_is_shown_as_far_as_it_goes(self):
        site = Site(BUILD, NULLS)
        try:
            BROWSER.resize(DESKTOP)
            BROWSER.open(site.url("/101-hbnb"))
            BROWSER.wait(lambda: len(BROWSER.all("section.places > article")) == 4, "all places")
            articles = BROWSER.all("section.places > article")
            self.assertEqual([BROWSER.one("h2", one).text for one in articles], ["", "", "A", "B"])
            self.assertEqual([BROWSER.one("." + name, articles[0]).text for name in
                              ("price_by_night", "max_guest", "number_rooms", "number_bathrooms")],
                             ["$0", "0 Guests", "0 Bedrooms", "0 Bathrooms"])
            BROWSER.one(".reviews > span", articles[0]).click()
            BROWSER.wait(lambda: BROWSER.all(".reviews li", articles[0]), "its review")
            self.assertEqual(BROWSER.one(".reviews li", articles[0]).text, "From somebody")
            self.assertEqual(BROWSER.console(), [])
            BROWSER.picture(PICTURES / "nulls-desktop.png")
            site.stop()
        finally:
            site.kill()


class AwayTest(unittest.TestCase):
    def test_while_the_container_is_away_pages_say_so(self):
        site = Site(BUILD)
        try:
            BROWSER.resize(DESKTOP)
            BROWSER.open(site.url("/4-hbnb"))
            BROWSER.wait(lambda: BROWSER.all("section.places > article"), "places")
            site.stop_container()
            BROWSER.one(".filters button").click()
            BROWSER.wait(lambda: BROWSER.all("section.places > .notice"), "the notice")
            self.assertEqual(BROWSER.text("section.places > .notice"), "The places did not come. Please try again.")
            for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
                BROWSER.resize(size)
                BROWSER.open(site.url("/"))
                self.assertEqual(BROWSER.one("h1").text, "Away for a moment")
                BROWSER.picture(PICTURES / f"away-{width}.png")
            site.stop()
        finally:
            site.kill()
            BROWSER.console()


if __name__ == "__main__":
    BUILD, PICTURES = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    PICTURES.mkdir(parents=True, exist_ok=True)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
