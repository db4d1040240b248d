"""The first round, from nothing to an if–then plan both can see: two people, two browsers."""

import pytest

from browser.acts import Guest

pytestmark = pytest.mark.browser

QUESTION = "Hvordan siger jeg, at jeg har for meget?"


@pytest.mark.parametrize(
    ("language", "javascript", "phone"), [("da", True, 360), ("en", False, 1280)], ids=["danish", "english-no-script"]
)
def test_two_people_finish_a_first_round(house, seat, language, javascript, phone):
    anne = Guest(seat(house, language=language, javascript=javascript, width=phone), "Anne", language)
    birgitte = Guest(seat(house, language=language, javascript=javascript), "Birgitte", language)
    anne.partner, birgitte.partner = "Birgitte", "Anne"

    # Both sign up, and the room opens.
    anne.sign_up()
    anne.write_down_the_code()
    link = anne.invite(birgitte.email)
    room = anne.page.url
    birgitte.go(link)
    birgitte.press("Yes, I would like that")
    birgitte.sign_up(path=None)
    birgitte.write_down_the_code()
    birgitte.press("Yes, I would like that")
    birgitte.reads("You have said yes.")
    anne.go(room)
    anne.reads("%(name)s has said yes.", name="Birgitte")
    anne.open_the_room()

    # They agree on terms.
    anne.propose("At sige fra i tide.")
    birgitte.go(room)
    birgitte.say_yes()
    birgitte.sees("At sige fra i tide.")

    # A meeting, prepared in ten minutes; the mentor reads what was shared, and nothing else.
    anne.go(room)
    anne.plan_a_meeting(theme="hard-talks", place="Kantinen")
    anne.prepare(QUESTION, "Explore together")
    anne.share("Only the question")
    birgitte.go(room)
    birgitte.sees(QUESTION)
    birgitte.go(f"{room}/prompts/")
    birgitte.sees(QUESTION)
    assert birgitte.page.get_by_text("Jeg siger ja, før jeg har tænkt.").count() == 0
    first = birgitte.page.locator(".prompts--offer .prompt__question").first.inner_text()
    choose = birgitte.page.locator(".prompts--offer .prompt button").first
    choose.click()
    birgitte.page.locator(".prompts--chosen .prompt__question", has_text=first).wait_for()

    # They meet, and the mentee leaves with a plan.
    birgitte.press("To the agenda")
    birgitte.press("Begin the meeting")
    birgitte.hold_the_meeting()
    birgitte.page.locator("#offer").fill("Skriv de tre ting ned, du ikke gør.")
    birgitte.press("Offer it")
    anne.go(birgitte.page.url)
    anne.keep_an_insight("Det er rækkefølgen, der er til forhandling.")
    anne.press("Make it mine, in my words")
    anne.plan("det er mandag morgen", "viser jeg min leder de tre ting, jeg ikke gør")

    # Both see it; the mentor cannot change it.
    for guest in (anne, birgitte):
        guest.go(room)
        guest.sees("viser jeg min leder de tre ting, jeg ikke gør")
        guest.go(f"{room}/progress/")
        guest.sees("Det er rækkefølgen, der er til forhandling.")
        guest.sees("viser jeg min leder")

    # The next preparation begins with it.
    anne.go(room)
    anne.plan_a_meeting(theme="priorities", place="Gåtur", hours=48)
    anne.press("Prepare in ten minutes")
    anne.sees("viser jeg min leder de tre ting, jeg ikke gør")
    with anne.page.expect_navigation():
        anne.page.locator(".plan__meta a").first.click()
    anne.choose("Partly")
    anne.page.locator("#learned").fill("To af tre.")
    anne.press("Save how it went")
    birgitte.go(f"{room}/progress/")
    birgitte.sees("To af tre.")
