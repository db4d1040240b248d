"""Taking it along, looking for a word, and leaving, as people do it in a browser."""

import json
import re
import zipfile

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser.acts import Guest
from browser.test_seen import RULES, tab_to
from browser.test_writing import sit_down

pytestmark = pytest.mark.browser

ASKED = re.compile(r"^(?!.*/static/)").match


def search(guest):
    return guest.room + "/search"


def is_accessible(page):
    """Axe finds nothing; it needs JavaScript itself."""
    assert Axe().run(page, options=RULES).response["violations"] == []


def in_danish(guest):
    guest.page.get_by_role("button", name="På dansk").click()
    guest.page.wait_for_load_state()
    return Guest(guest.page, guest.name, "da")


def test_it_is_taken_along_and_read_in_danish(demo, seat, tmp_path):
    guest = sit_down(demo, seat, 0)
    phrase, room = guest.phrase, guest.room
    guest = in_danish(guest)
    page = guest.page
    page.locator(".menu summary").click()
    guest.press("Settings")
    guest.press("Take it along")
    page.locator("#passphrase").fill("ikke den rigtige adgangskode")
    guest.press("Make the file")
    guest.reads("That is not the passphrase you have now.")
    is_accessible(page)
    page.locator("#passphrase").fill(phrase)
    with page.expect_download() as download:
        page.locator(".action").click()
    assert re.fullmatch(r"companion-\d{4}-\d\d-\d\d\.zip", download.value.suggested_filename)
    download.value.save_as(tmp_path / "taken.zip")
    with zipfile.ZipFile(tmp_path / "taken.zip") as taken:
        assert taken.testzip() is None
        data = json.loads(taken.read("export.json"))
        meetings = taken.read("rum-1/2-møder.md").decode()
    assert data["person"]["name"] == "Anne"
    assert "Jeg siger ja for at slippe for stilheden bagefter." in meetings
    assert "### Indsigter" in meetings
    page.goto(room + "/export")
    page.locator("#passphrase").fill(phrase)
    with page.expect_download():
        page.locator(".action").click()
    page.goto("/settings")
    page.get_by_role("button", name="In English").click()


def test_a_word_is_found_as_one_types_and_leaves_no_trace(demo, seat):
    guest = sit_down(demo, seat, 0)
    page = guest.page
    page.locator(".menu summary").click()
    guest.press("Search in the room")
    assert page.url == search(guest)
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.url)) if ASKED(request.url) else None)
    page.locator("#q").focus()
    page.keyboard.type("SLIPPE sti")
    page.locator(".hits mark", has_text="sti").first.wait_for()
    assert page.evaluate("document.activeElement.id") == "q"
    is_accessible(page)
    page.keyboard.type("qqq")
    guest.reads("Nothing here with those words.")
    assert {method for method, _url in asked} == {"POST"}
    assert not [url for url in (page.url, *(url for _method, url in asked)) if "slippe" in url.lower()]
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


@pytest.mark.parametrize("javascript", [True, False])
def test_the_keyboard_alone_finds_a_word_and_goes_to_where_it_stands(demo, seat, javascript):
    guest = sit_down(demo, seat, 1, javascript=javascript)
    page = guest.page
    page.goto(search(guest))
    tab_to(page, "INPUT")
    page.keyboard.type("haster sjældent")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.locator(".hits mark").first.wait_for()
    assert page.locator("#q").input_value() == "haster sjældent"
    # Past the button, to the first of what was found.
    tab_to(page, "A")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    guest.sees("sjældent")


@pytest.mark.parametrize("javascript", [True, False])
def test_somebody_leaves_and_the_other_is_told(house, seat, javascript):
    anne = Guest(seat(house, javascript=javascript), "Anne", "en")
    birgitte = Guest(seat(house, language="da", javascript=javascript, width=360), "Birgitte", "da")
    anne.sign_up()
    anne.write_down_the_code()
    link = anne.invite(birgitte.email)
    birgitte.go(link)
    birgitte.page.locator("a[href*='/sign-up']").first.click()
    birgitte.sign_up(path=None)
    birgitte.write_down_the_code()
    with birgitte.page.expect_navigation():
        birgitte.page.locator("form[action$='/acceptance'] button").click()
    anne.go("/pairs")
    anne.page.locator("h2 a").first.click()
    anne.open_the_room()
    room = anne.page.url
    # Until she has been in it the room holds nothing for her that could stay.
    birgitte.go(room)
    anne.go("/settings")
    anne.press("Erase me")
    if javascript:
        is_accessible(anne.page)
    anne.page.locator("label.choice:has(input[value=go])").click()
    anne.page.locator("#passphrase").fill(anne.phrase)
    anne.press("Erase me")
    anne.reads("Say that you know it cannot be undone.")
    if javascript:
        is_accessible(anne.page)
    assert anne.page.locator("input[value=go]").is_checked()
    anne.page.locator("label.choice:has(#understood)").click()
    anne.page.locator("#passphrase").fill(anne.phrase)
    anne.press("Erase me")
    anne.reads("You are no longer here.")
    anne.go(room)
    assert anne.page.locator("#passphrase").count() == 1
    birgitte.go(room)
    birgitte.page.locator(".notice__title", has_text="Tidligere mentee forlod Companion").wait_for()
    if javascript:
        is_accessible(birgitte.page)
    birgitte.press("Take your copy")
    birgitte.page.locator("#passphrase").fill(birgitte.phrase)
    with birgitte.page.expect_download():
        birgitte.page.locator(".action").click()
