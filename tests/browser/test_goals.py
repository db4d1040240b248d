"""From what one stands on to a goal with five sentences, a step, and what was said of it at a meeting."""

import re

import pytest

from browser.acts import Guest, come_together

pytestmark = pytest.mark.browser

SENTENCES = {
    "level-2": "Jeg siger fra, inden ugen er gået.",
    "level-3": "Jeg beder om betænkningstid.",
    "level-4": "Jeg foreslår selv, hvad der skal vente.",
    "level-1": "Jeg fortryder samme aften.",
    "level-0": "Jeg siger ja, før spørgsmålet er stillet færdigt.",
}


@pytest.mark.parametrize(
    ("language", "javascript", "width"), [("da", True, 360), ("en", False, 1280)], ids=["danish", "english-no-script"]
)
def test_from_a_strength_to_a_goal_that_is_scored(house, seat, language, javascript, width):
    anne = Guest(
        seat(house, language=language, javascript=javascript, width=width), "Anne", language, scripted=javascript
    )
    birgitte = Guest(seat(house, language=language, javascript=javascript), "Birgitte", language, scripted=javascript)
    room = come_together(anne, birgitte)

    # What she stands on: one she knows herself, one that her mentor has seen.
    anne.press("What I stand on")
    anne.press("Name a strength")
    anne.look()
    anne.page.locator("#strength").fill("At høre, hvad et møde handler om")
    anne.page.locator("#moment").fill("Jeg spurgte, hvad de var bange for at miste.")
    anne.press("I stand on that")
    birgitte.go(f"{room}/strengths/")
    birgitte.sees("At høre, hvad et møde handler om")
    birgitte.page.locator("#seen").fill("Du sagde det igen, bare klarere.")
    birgitte.press("Say what I have seen")
    anne.go(f"{room}/strengths/")
    anne.look()
    anne.press("Take it in, in my words")
    anne.page.locator("#strength").fill("At sige tanker, så de kan høres")
    anne.page.locator("#moment").fill("På vores gåtur.")
    anne.press("I stand on that")
    anne.look()
    birgitte.go(f"{room}/strengths/")
    birgitte.sees("At sige tanker, så de kan høres")

    # A goal: the middle sentence first. What is missing is said, and nothing typed is lost.
    anne.go(room)
    anne.press("Write a goal")
    anne.look()
    anne.page.locator("#what").fill("At vælge til og fra i tide")
    anne.page.locator("#why").fill("Jeg vil genkende mig selv i min egen uge.")
    for name, sentence in SENTENCES.items():
        anne.page.locator(f"#{name}").fill(sentence)
    anne.press("On to the nearest step")
    anne.reads("Choose the sentence that fits best.")
    anne.look()
    assert anne.page.locator("#level-2").input_value() == SENTENCES["level-2"]
    anne.tick("now", "-2")
    anne.press("On to the nearest step")

    # A step that is too big is asked to be smaller.
    anne.look()
    anne.page.locator("#step").fill("Sige nej til alt i en måned.")
    anne.tick("sureness", "3")
    anne.press("That is my step")
    anne.reads("Keep it as it is")
    anne.look()
    anne.page.locator("#step").fill("Sige sætningen højt én gang.")
    anne.tick("sureness", "8")
    anne.press("That is my step")
    anne.sees("Sige sætningen højt én gang.")
    anne.look()
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
    anne.look()
    birgitte.go(f"{meeting}/scores")
    birgitte.tick("level", "2")
    birgitte.page.locator("#moment").fill("Det så let ud.")
    birgitte.press("That is how I see it")
    anne.go(f"{meeting}/scores")
    assert anne.page.get_by_text("Det så let ud.").count() == 0
    anne.tick("level", "1")
    anne.page.locator("#moment").fill("Ingen spurgte hvorfor.")
    anne.press("That is where I am")
    anne.sees("Det så let ud.")
    anne.look()
    anne.press("Back to the meeting")

    # Both see the sentence, the picture and the same in words; other sentences leave what was said as it was.
    for guest in (anne, birgitte):
        guest.go(goal)
        assert guest.page.locator(".words--hero").inner_text().strip("»«“”") == SENTENCES["level-3"]
        assert guest.page.locator(".goal__line .dot").get_attribute("d") == "M5 45h0M15 15h0"
        guest.page.locator(".goal summary").click()
        assert guest.page.locator(".table--scores tbody tr").count() == 2
        guest.look()
    anne.press("Put it in other words")
    anne.page.locator("#level-3").fill("Jeg siger: »Jeg vender tilbage.«")
    anne.press("Save the words")
    anne.look()
    anne.sees("Jeg siger: »Jeg vender tilbage.«")
    assert anne.page.locator(".words--hero").inner_text().strip("»«“”") == SENTENCES["level-3"]
    birgitte.go(f"{room}/progress/")
    birgitte.sees("At vælge til og fra i tide")
    birgitte.look()

    # It is let go, and what was learned stays.
    anne.page.locator("summary", has_text=anne.t("Reached, or no longer yours?")).click()
    anne.tick("ending", "let_go")
    anne.page.locator("#learned").fill("Det var rækkefølgen, ikke mængden.")
    anne.press("Close the goal")
    anne.look()
    birgitte.go(f"{room}/goals/")
    birgitte.sees("Det var rækkefølgen, ikke mængden.")
    birgitte.look()
