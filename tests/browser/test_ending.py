"""How it goes on and how it ends, in two browsers: a match, a pause, a harvest, and a room that is gone on its day."""

import os
import subprocess
import sys

import pytest

from browser.acts import Guest, come_together, meet
from browser.conftest import House

pytestmark = pytest.mark.browser

MARKER = "zqxjkvw7"
TICK = """
from datetime import timedelta
from companion import clock, config
from companion.db import at, now
with at(now() + timedelta(days=200)):
    raise SystemExit(clock.tick(config.read()))
"""


@pytest.fixture
def own_house(tmp_path):
    house = House(tmp_path)
    yield house
    house.stop()
    house.log.close()


def half_a_year_on(house):
    """What the house does by itself, as if it were so late."""
    environ = os.environ | {"COMPANION_OPERATOR": "Vestby Kommune", "COMPANION_DATA": str(house.folder / "data")}
    subprocess.run([sys.executable, "-c", TICK], env=environ, check=True, timeout=60)


def test_from_the_first_meeting_to_a_room_that_is_gone(own_house, seat):
    anne = Guest(seat(own_house, language="da", width=360), "Anne", "da")
    birgitte = Guest(seat(own_house, language="en", javascript=False), "Birgitte", "en", scripted=False)
    room = come_together(anne, birgitte)
    meet(anne, room)

    # Is it a match? Each answers apart, and learns only that they go on.
    for guest, answer in ((anne, "A good fit"), (birgitte, "Still finding out")):
        guest.go(room)
        guest.press("Answer for yourself")
        guest.choose(answer)
        if guest is anne:
            anne.look()
        guest.press("Keep my answer")
    anne.go(f"{room}/chemistry")
    anne.reads("You have both answered, and you go on.")
    assert birgitte.t("A good fit") not in birgitte.page.locator("main").inner_text()

    # A pause by the one, ended by the other.
    birgitte.go(f"{room}/ending")
    birgitte.press("Pause until then")
    anne.go(room)
    anne.sees("Birgitte har sat forløbet på pause")
    anne.look()
    anne.go(f"{room}/ending")
    anne.look()
    anne.press("Go on")
    birgitte.go(room)
    birgitte.sees("You go on: Anne said so")

    # Said, read by the other, and taken back.
    anne.go(f"{room}/exit")
    anne.look()
    anne.page.locator("#words").fill(f"{MARKER} Nu er det nok.")
    anne.press("Tell %(name)s, and stop", name="Birgitte")
    birgitte.go(room)
    birgitte.sees("Nu er det nok.")
    anne.go(f"{room}/ending")
    anne.look()
    anne.press("Take it back")
    birgitte.go(room)
    assert birgitte.page.get_by_text("Nu er det nok.").count() == 0

    # Both close it: what each takes along is kept as it is typed, and read by the other when both are ready.
    anne.go(f"{room}/closing")
    field = anne.page.locator("form[action$='/harvest/learned']")
    field.locator("textarea").fill(f"{MARKER} At spørge først.")
    field.locator(".saved", has_text=anne.t("Saved %(clock)s", clock="")).wait_for()
    anne.look()
    anne.press("Read it through, and share it")
    anne.sees("At spørge først.")
    anne.look()
    anne.press("I am ready to share it")
    anne.look()
    birgitte.go(f"{room}/closing")
    birgitte.reads("%(name)s is ready.", name="Anne")
    assert birgitte.page.get_by_text("At spørge først.").count() == 0
    field = birgitte.page.locator("form[action$='/harvest/thanks']")
    field.locator("textarea").fill("For the silence.")
    with birgitte.page.expect_navigation():
        field.get_by_role("button").click()
    birgitte.press("Read it through, and share it")
    birgitte.press("I am ready to share it")
    birgitte.sees("At spørge først.")
    birgitte.go(f"{room}/meetings/new")
    anne.go(f"{room}/closing")
    anne.sees("For the silence.")
    anne.look()
    anne.press("Close the mentorship")
    anne.reads("You have closed it together.")
    anne.look()

    # From here it is read, and what is typed into a page that was open is not lost.
    birgitte.page.locator("#place").fill("The canteen, once more")
    birgitte.page.locator("#theme").select_option("hard-talks")
    birgitte.page.locator("#day").fill("2027-01-04")
    birgitte.page.locator("#time").fill("12:00")
    birgitte.press("Save the meeting")
    birgitte.sees("The mentorship has ended.")
    birgitte.sees("The canteen, once more")

    # On its day it is gone, for both, and no word of it is left.
    half_a_year_on(own_house)
    for guest in (anne, birgitte):
        guest.sign_in()
        assert guest.page.goto(room).status == 404
    kept = b"".join(path.read_bytes() for path in (own_house.folder / "data").glob("companion.db*"))
    assert MARKER.encode() not in kept
    assert bytes.fromhex(room.rpartition("/")[2].replace("-", "")) not in kept
    assert (own_house.folder / "data" / "tombstones").read_text().startswith(room.rpartition("/")[2].replace("-", ""))
