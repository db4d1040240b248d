"""The first round, from nothing to an if–then plan both can see: two people, two browsers."""

import re

import pytest

from browser.acts import Guest, say_yes

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
    room = say_yes(anne, birgitte)
    birgitte.reads("You have said yes.")
    anne.go(room)
    anne.reads("%(name)s has said yes.", name="Birgitte")
    anne.open_the_room()

    # They agree on terms.
    anne.begin_the_agreement()
    anne.fill_in_the_cards()
    anne.be_ready()
    birgitte.go(room)
    birgitte.begin_the_agreement()
    birgitte.fill_in_the_cards()
    birgitte.be_ready()
    birgitte.sees("At sige fra i tide.")
    birgitte.say_yes()
    anne.go(room)
    anne.press("Read it and say yes")
    anne.say_yes()

    # A meeting, prepared in ten minutes; the mentor reads what was shared, and nothing else, and chooses a question.
    anne.go(room)
    anne.plan_a_meeting(theme="hard-talks", place="Kantinen")
    anne.prepare(QUESTION, "Explore together")
    anne.share("Only the question")
    birgitte.go(room)
    birgitte.sees(QUESTION)
    chosen = birgitte.intend("Spørge, før jeg fortæller.")
    birgitte.sees(QUESTION)
    assert birgitte.page.get_by_text("Jeg siger ja, før jeg har tænkt.").count() == 0

    # They meet: it is begun by one, and the other is there too.
    birgitte.press("To the meeting")
    meeting = birgitte.page.url.split("#")[0]
    birgitte.press("Begin the meeting")
    anne.go(meeting)
    birgitte.on_to("Frame")
    anne.go(meeting)
    anne.on_to("Conversation")
    birgitte.go(meeting)
    birgitte.sees(chosen)
    birgitte.press("Call a time-out now")
    anne.go(meeting)
    anne.reads("%(name)s has called a time-out", name="Birgitte")
    anne.press("Back to “%(name)s”", name=anne.t("Conversation"))
    anne.page.locator(".bench__desk textarea").first.fill("Rækkefølgen kan forhandles.")
    if not javascript:
        anne.save("Recap")
    else:
        anne.page.locator(".saved", has_text=re.compile(r"\d")).first.wait_for()

    # They wrap up in four steps: what each takes along, the mentee's plan, promises, the next date.
    anne.on_to("What we take with us")
    anne.keep_an_insight("Det er rækkefølgen, der er til forhandling.")
    birgitte.go(meeting)
    birgitte.sees("Det er rækkefølgen, der er til forhandling.")
    birgitte.on_to("The plan")
    birgitte.page.locator("#offer").fill("Skriv de tre ting ned, du ikke gør.")
    birgitte.press("Offer it")
    anne.go(meeting)
    anne.press("Make it mine, in my words")
    anne.plan("det er mandag morgen", "viser jeg min leder de tre ting, jeg ikke gør")
    assert anne.page.url == meeting
    birgitte.go(meeting)
    birgitte.sees("viser jeg min leder de tre ting, jeg ikke gør")
    birgitte.on_to("Promises")
    birgitte.promise("At sende dig min egen liste.")
    anne.go(meeting)
    anne.promise("At skrive, når samtalen har været der.")
    anne.sees("At sende dig min egen liste.")
    anne.on_to("Next time")
    anne.press("Save the date")

    # The end, which can be undone; then each says how it was, and sees the other's view when both have.
    anne.press("End the meeting")
    anne.press("It was not over yet")
    anne.press("End the meeting")
    both = anne.t("Two views of one conversation. Neither is wrong.")
    anne.mark(4)
    assert both not in anne.page.content()
    birgitte.go(meeting)
    assert birgitte.page.locator(".views").count() == 0
    assert birgitte.page.locator("#style input:checked").count() == 0
    birgitte.mark(2)
    for guest in (birgitte, anne):
        guest.go(meeting)
        guest.sees(both)
        views = guest.page.locator(".views dd").all_inner_texts()[-2:]
        assert views == [guest.t("Explore together"), guest.t("Give advice")]

    # Both see it; the mentor cannot change it.
    for guest in (anne, birgitte):
        guest.go(room)
        guest.sees("viser jeg min leder de tre ting, jeg ikke gør")
        guest.go(f"{room}/progress/")
        guest.sees("Det er rækkefølgen, der er til forhandling.")
        guest.sees("viser jeg min leder")

    # The next preparation begins with it.
    anne.go(room)
    anne.press("Prepare in ten minutes")
    anne.sees("viser jeg min leder de tre ting, jeg ikke gør")
    anne.sees("Det er rækkefølgen, der er til forhandling.")
    with anne.page.expect_navigation():
        anne.page.locator(".plan__meta a").first.click()
    anne.choose("Partly")
    anne.page.locator("#learned").fill("To af tre.")
    anne.press("Save how it went")
    birgitte.go(f"{room}/progress/")
    birgitte.sees("To af tre.")

    # They talk on a walk, and write it down afterwards.
    anne.go(room)
    anne.plan_a_meeting(theme="priorities", place="Gåtur")
    anne.press("Go to the meeting")
    anne.press("Write it down afterwards, in two minutes")
    anne.page.locator("#recap").fill("Om at vælge fra, mens vi gik.")
    anne.page.locator("#insight").fill("Luft hjælper.")
    anne.page.locator(".choice:has(input[name=who][value=both])").click()
    anne.page.locator("#promise").fill("At gå en tur til.")
    anne.page.locator("label.scale__step:has(input[value='5'])").click()
    anne.press("We have held it")
    meeting = anne.page.url
    birgitte.go(meeting)
    for words in ("Om at vælge fra, mens vi gik.", "Luft hjælper.", "At gå en tur til."):
        birgitte.sees(words)
    assert birgitte.page.locator(".views").count() == 0
