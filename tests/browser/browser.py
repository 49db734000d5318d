"""Chromium without a window, for one test program at a time. It reaches 127.0.0.1 and nothing else."""

import os

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

WAIT_SECONDS = 60
DESKTOP = (1280, 900)
PHONE = (390, 844)


class Browser:
    def __init__(self):
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        switches = ["headless=new", "disable-dev-shm-usage", "disable-gpu", "disable-background-networking",
                    "disable-component-update", "disable-sync", "no-first-run", "hide-scrollbars",
                    "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                    # It has a mouse, whatever this machine has.
                    "blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4"]
        if os.geteuid() == 0:
            switches.append("no-sandbox")    # it does not start as root otherwise
        for switch in switches:
            options.add_argument("--" + switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.resize(DESKTOP)

    def quit(self):
        self.driver.quit()

    def resize(self, size):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": size[0], "height": size[1], "deviceScaleFactor": 1,
                                     "mobile": size == PHONE})
        self.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": size == PHONE})

    def open(self, url):
        self.console()    # what an earlier page said
        self.driver.get(url)

    def console(self):
        """What the page has said in the console since it was last asked."""
        return [line["message"] for line in self.driver.get_log("browser")]

    def wait(self, condition, what):
        return WebDriverWait(self.driver, WAIT_SECONDS).until(lambda _: condition(), what)

    def all(self, selector, within=None):
        return (within or self.driver).find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector, within=None):
        return (within or self.driver).find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        """As the document has it, whatever of it is seen."""
        return self.one(selector).get_property("textContent")

    def hover(self, element):
        ActionChains(self.driver).move_to_element(element).perform()

    def leave(self):
        """The mouse goes to where nothing is."""
        ActionChains(self.driver).move_to_element_with_offset(self.one("footer"), 0, 0).perform()

    def press(self, key):
        ActionChains(self.driver).send_keys(key).perform()

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def picture(self, path):
        self.driver.save_screenshot(str(path))
