"""From what one stands on to a goal with five sentences, a step, and what was said of it at a meeting."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser.acts import Guest
from browser.test_seen import RULES

pytestmark = pytest.mark.browser

SENTENCES = {
    "level-2": "Jeg siger fra, inden ugen er gået.",
    "level-3": "Jeg beder om betænkningstid.",
    "level-4": "Jeg foreslår selv, hvad der skal vente.",
    "level-1": "Jeg fortryder samme aften.",
    "level-0": "Jeg siger ja, før spørgsmålet er stillet færdigt.",
}


def well(guest):
    """Nothing on this page is out of reach, and nothing runs over the edge."""
    if guest.scripted:
        found = Axe().run(guest.page, options=RULES).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], guest.page.url
    width = guest.page.viewport_size["width"]
    assert guest.page.evaluate("document.documentElement.scrollWidth") <= width, guest.page.url


def tick(guest, name, value):
    guest.page.locator(f"label.choice:has(input[name={name}][value='{value}'])").click()


@pytest.mark.parametrize(
    ("language", "javascript", "width"), [("da", True, 360), ("en", False, 1280)], ids=["danish", "english-no-script"]
)
def test_from_a_strength_to_a_goal_that_is_scored(house, seat, language, javascript, width):
    anne = Guest(seat(house, language=language, javascript=javascript, width=width), "Anne", language)
    birgitte = Guest(seat(house, language=language, javascript=javascript), "Birgitte", language)
    # Axe needs a page in which scripts run.
    anne.scripted = birgitte.scripted = javascript
    anne.sign_up()
    anne.write_down_the_code()
    link = anne.invite(birgitte.email)
    room = anne.page.url
    birgitte.go(link)
    birgitte.press("Yes, I would like that")
    birgitte.sign_up(path=None)
    birgitte.write_down_the_code()
    birgitte.press("Yes, I would like that")
    anne.go(room)
    anne.open_the_room()

    # What she stands on: one she knows herself, one that her mentor has seen.
    anne.press("What I stand on")
    anne.press("Name a strength")
    well(anne)
    anne.page.locator("#strength").fill("At høre, hvad et møde handler om")
    anne.page.locator("#moment").fill("Jeg spurgte, hvad de var bange for at miste.")
    anne.press("I stand on that")
    birgitte.go(f"{room}/strengths/")
    birgitte.sees("At høre, hvad et møde handler om")
    birgitte.page.locator("#seen").fill("Du sagde det igen, bare klarere.")
    birgitte.press("Say what I have seen")
    anne.go(f"{room}/strengths/")
    well(anne)
    anne.press("Take it in, in my words")
    anne.page.locator("#strength").fill("At sige tanker, så de kan høres")
    anne.page.locator("#moment").fill("På vores gåtur.")
    anne.press("I stand on that")
    well(anne)
    birgitte.go(f"{room}/strengths/")
    birgitte.sees("At sige tanker, så de kan høres")

    # A goal: the middle sentence first. What is missing is said, and nothing typed is lost.
    anne.go(room)
    anne.press("Write a goal")
    well(anne)
    anne.page.locator("#what").fill("At vælge til og fra i tide")
    anne.page.locator("#why").fill("Jeg vil genkende mig selv i min egen uge.")
    for name, sentence in SENTENCES.items():
        anne.page.locator(f"#{name}").fill(sentence)
    anne.press("On to the nearest step")
    anne.reads("Choose the sentence that fits best.")
    well(anne)
    assert anne.page.locator("#level-2").input_value() == SENTENCES["level-2"]
    tick(anne, "now", "-2")
    anne.press("On to the nearest step")

    # A step that is too big is asked to be smaller.
    well(anne)
    anne.page.locator("#step").fill("Sige nej til alt i en måned.")
    tick(anne, "sureness", "3")
    anne.press("That is my step")
    anne.reads("Keep it as it is")
    well(anne)
    anne.page.locator("#step").fill("Sige sætningen højt én gang.")
    tick(anne, "sureness", "8")
    anne.press("That is my step")
    anne.sees("Sige sætningen højt én gang.")
    well(anne)
    goal = anne.page.url

    # They meet; she says which sentence fits, and the mentor says how it looks from there.
    anne.go(room)
    anne.sees("Sige sætningen højt én gang.")
    anne.plan_a_meeting(theme="priorities", place="Gåtur")
    anne.go(room)
    meeting = anne.page.locator("a[href*='/meetings/']:not([href$='/new'])").first.get_attribute("href")
    meeting = re.match(r"/pairs/[\w-]+/meetings/[\w-]+", meeting)[0]
    anne.go(meeting)
    anne.press("Begin the meeting")
    with anne.page.expect_navigation():
        anne.page.locator("a[href$='/scores']").click()
    well(anne)
    birgitte.go(f"{meeting}/scores")
    tick(birgitte, "level", "2")
    birgitte.page.locator("#moment").fill("Det så let ud.")
    birgitte.press("That is how I see it")
    anne.go(f"{meeting}/scores")
    assert anne.page.get_by_text("Det så let ud.").count() == 0
    tick(anne, "level", "1")
    anne.page.locator("#moment").fill("Ingen spurgte hvorfor.")
    anne.press("That is where I am")
    anne.sees("Det så let ud.")
    well(anne)
    anne.press("Back to the meeting")

    # Both see the sentence, the picture and the same in words; other sentences leave what was said as it was.
    for guest in (anne, birgitte):
        guest.go(goal)
        assert guest.page.locator(".words--hero").inner_text().strip("»«“”") == SENTENCES["level-3"]
        assert guest.page.locator(".goal__line .dot").get_attribute("d") == "M5 45h0M15 15h0"
        guest.page.locator(".goal summary").click()
        assert guest.page.locator(".table--scores tbody tr").count() == 2
        well(guest)
    anne.press("Put it in other words")
    anne.page.locator("#level-3").fill("Jeg siger: »Jeg vender tilbage.«")
    anne.press("Save the words")
    well(anne)
    anne.sees("Jeg siger: »Jeg vender tilbage.«")
    assert anne.page.locator(".words--hero").inner_text().strip("»«“”") == SENTENCES["level-3"]
    birgitte.go(f"{room}/progress/")
    birgitte.sees("At vælge til og fra i tide")
    well(birgitte)

    # It is let go, and what was learned stays.
    anne.page.locator("summary", has_text=anne.t("Reached, or no longer yours?")).click()
    tick(anne, "ending", "let_go")
    anne.page.locator("#learned").fill("Det var rækkefølgen, ikke mængden.")
    anne.press("Close the goal")
    well(anne)
    birgitte.go(f"{room}/goals/")
    birgitte.sees("Det var rækkefølgen, ikke mængden.")
    well(birgitte)
