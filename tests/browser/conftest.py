"""A real server, a real browser, and people in it."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from gettext import GNUTranslations
from pathlib import Path
from time import monotonic, sleep

import pytest
from playwright.sync_api import sync_playwright

from browser.chromium import find

ROOT = Path(__file__).parents[2]
COMPANION = Path(sys.executable).with_name("companion")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class House:
    """`companion serve` in a process of its own, on a folder of its own."""

    def __init__(self, folder, *, command="serve", **environ):
        self.folder, self.command, self.environ = folder, command, environ
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = open(folder / "log", "a+b")  # noqa: SIM115 (closed with the house)
        self.start()

    @property
    def database(self):
        return self.folder / "data" / "companion.db"

    def database_of_demo(self):
        return next(self.folder.glob("companion-demo-*/companion.db"))

    def start(self):
        environ = os.environ | {
            "COMPANION_OPERATOR": "Vestby Kommune",
            "COMPANION_DATA": str(self.folder / "data"),
            "COMPANION_BIND": f"127.0.0.1:{self.port}",
            "PORT": str(self.port),
            "TMPDIR": str(self.folder),
            **self.environ,
        }
        self.process = subprocess.Popen(
            [COMPANION, self.command], cwd=self.folder, env=environ, stdout=self.log, stderr=subprocess.STDOUT
        )
        wait_for(self.url + "/promise", self.process)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(20)

    def kill(self):
        """As when the power goes: the parent and its workers at once."""
        workers = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        for pid in (str(self.process.pid), *workers):
            os.kill(int(pid), signal.SIGKILL)
        self.process.wait(20)

    def said(self):
        self.log.seek(0)
        return self.log.read().decode()


def wait_for(url, process):
    deadline = monotonic() + 30
    while monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            sleep(0.05)
    raise RuntimeError("the server did not answer")


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A house of each file's own: who signs up after twenty others from the same address is made to wait."""
    house = House(tmp_path_factory.mktemp("house"))
    yield house
    house.stop()
    house.log.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo, with [(e-mail, passphrase)] of its two people."""
    house = House(tmp_path_factory.mktemp("demo"), command="demo")
    house.people = re.findall(r"^ {2}\S+ +(\S+@\S+) +(.+)$", house.said(), re.MULTILINE)
    yield house
    house.stop()
    house.log.close()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=find(), args=sandbox)
        yield browser
        browser.close()


@pytest.fixture
def seat(chromium):
    """seat(house, language=…, …) is a page of a new browser; whatever it does that it should not fails the test."""
    contexts, complaints = [], []

    def sit(house, *, language="en", javascript=True, width=1280, height=860, theme="light", **options):
        context = chromium.new_context(
            base_url=house.url,
            locale={"da": "da-DK", "en": "en-GB"}[language],
            timezone_id="Europe/Copenhagen",
            java_script_enabled=javascript,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            **options,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        context.on("request", lambda request: off_origin(request, house, complaints))
        context.on("weberror", lambda error: complaints.append(f"error: {error.error}"))
        context.on("console", lambda message: from_console(message, complaints))
        return context.new_page()

    yield sit
    for context in contexts:
        context.close()
    assert complaints == []


def off_origin(request, house, complaints):
    if not request.url.startswith((house.url, "data:")):
        complaints.append(f"left the origin: {request.url}")


def from_console(message, complaints):
    expected = (
        "Failed to load resource",
        "Response Status Error Code",
        "net::ERR",
        "htmx:sendError",
        "htmx:afterRequest",
    )
    if message.type == "error" and not any(part in message.text for part in expected):
        complaints.append(f"console: {message.text}")


def words(language):
    """t("an English sentence", name=…) in `language`, as the compiled catalogue has it."""
    path = ROOT / "locales" / language / "LC_MESSAGES" / "messages.mo"
    with open(path, "rb") as file:
        catalogue = GNUTranslations(file)

    def t(sentence, **names):
        said = catalogue.gettext(sentence)
        return said % names if names else said

    return t
