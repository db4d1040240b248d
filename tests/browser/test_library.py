"""The library in a browser: searching as one types, marking where it stands, the keyboard, no JavaScript, paper."""

import re

import pytest

from browser.test_seen import tab_to
from browser.test_writing import sit_down

pytestmark = pytest.mark.browser


# Everything but pictures and styles.
LEADS = re.compile(r"^(?!.*/static/)").match


def prompts(guest):
    return guest.room + "/prompts/"


def test_searching_as_one_types_finds_without_taking_the_focus_or_leaving_a_trace(demo, seat):
    guest = sit_down(demo, seat, 0)
    page = guest.page
    page.goto(prompts(guest))
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.url)) if LEADS(request.url) else None)
    page.locator("#q").focus()
    page.keyboard.type("kontakte")
    page.locator("#found .prompt").first.wait_for()
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type(" folk")
    page.locator("#prompt-contacting-strangers").wait_for()
    page.keyboard.type(" qqqq")
    page.locator("#found .empty").wait_for()
    assert page.locator("#q").input_value() == "kontakte folk qqqq"
    assert {method for method, _url in asked} == {"POST"}
    assert not [url for url in (page.url, *(url for _method, url in asked)) if "kontakte" in url]
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


@pytest.mark.parametrize("javascript", [True, False])
def test_the_keyboard_marks_a_favourite_and_puts_one_aside_and_takes_both_back(demo, seat, javascript):
    guest = sit_down(demo, seat, 0, javascript=javascript)
    page = guest.page
    page.goto(prompts(guest) + "all?theme=balance")
    prompt = page.locator(".prompt__marks").first.get_attribute("id").removeprefix("marks-")

    def press(name):
        button = page.locator(f"#{name}-{prompt}")
        button.focus()
        if javascript:
            with page.expect_response("**/prompts/**"):
                page.keyboard.press("Enter")
            page.locator(".htmx-request, .htmx-swapping, .htmx-settling").first.wait_for(state="detached")
            # Whoever uses the keyboard is still where they were.
            assert page.evaluate("document.activeElement.id") == f"{name}-{prompt}"
        else:
            with page.expect_navigation():
                page.keyboard.press("Enter")
            assert re.search(rf"theme=balance#prompt-{prompt}|only=aside#", page.url)

    press("favourite")
    assert page.locator(f"#favourite-{prompt}").get_attribute("aria-pressed") == "true"
    press("favourite")
    assert page.locator(f"#favourite-{prompt}").get_attribute("aria-pressed") == "false"
    press("aside")
    page.goto(prompts(guest) + "all?theme=balance")
    assert page.locator(f"#prompt-{prompt}").count() == 0
    page.goto(prompts(guest) + "all?only=aside")
    press("aside")
    page.goto(prompts(guest) + "all?theme=balance")
    assert page.locator(f"#prompt-{prompt}").count() == 1


def test_without_javascript_the_mentor_searches_reads_writes_and_chooses(demo, seat):
    guest = sit_down(demo, seat, 1, javascript=False)
    page = guest.page
    page.goto(prompts(guest))
    page.locator("#q").fill("Kontakte folk")
    guest.press("Search")
    page.locator("#prompt-contacting-strangers a").click()
    page.locator("h1.words--hero").wait_for()
    with page.expect_navigation():
        page.locator(".action").click()
    guest.reads("To the agenda")
    guest.press("Take it off the agenda")
    page.goto(prompts(guest) + "own/new")
    page.locator("#words").fill("Hvad har du lært af at lade være?")
    page.locator("#theme").select_option("network")
    guest.choose("Share experience")
    guest.press("Save")
    guest.sees("Hvad har du lært af at lade være?")
    guest.press("Change or remove it")
    guest.press("Remove it")
    assert page.url == prompts(guest)


def test_the_keyboard_alone_goes_from_the_table_to_a_prompt(demo, seat):
    guest = sit_down(demo, seat, 0)
    page = guest.page
    page.goto(prompts(guest))
    cell = page.locator(".themes__count").first
    stand = int(re.search(r"\d+", cell.inner_text()).group())
    cell.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    for _ in range(2):
        tab_to(page, "A")
    assert page.locator(".prompt").count() == stand


def test_cards_are_ten_to_a_sheet(demo, seat):
    guest = sit_down(demo, seat, 0)
    page = guest.page
    page.goto(prompts(guest) + "cards?theme=network")
    cards = page.locator(".card").count()
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))
    assert sheets == -(-cards // 10)
