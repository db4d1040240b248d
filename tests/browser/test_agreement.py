"""The agreement in two browsers and two languages: drafted apart, settled, signed, printed, changed."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser.acts import Guest, meet, say_yes
from browser.test_seen import RULES

pytestmark = pytest.mark.browser

HERS = {
    "mentor_offer": "Twenty years of too many balls in the air.",
    "success_sign": "Anne goes home on time.",
    "meeting_count": "8",
    "interval": "4",
    "contact_between": "free",
    "midway": "2",
}


class Signatory(Guest):
    """Somebody whose every page is looked at."""

    def press(self, sentence, exact=True, **names):
        self.look()
        super().press(sentence, exact, **names)


@pytest.fixture
def two(house, seat):
    """Anne in Danish on a phone, Birgitte in English at a desk, and the address of their open room."""
    anne = Signatory(seat(house, language="da", width=360), "Anne", "da")
    birgitte = Signatory(seat(house, language="en"), "Birgitte", "en")
    anne.partner, birgitte.partner = "Birgitte", "Anne"
    return anne, birgitte, say_yes(anne, birgitte)


def test_from_blind_drafts_to_a_signed_page_and_a_change_of_two_clauses(two):
    anne, birgitte, room = two

    # Before the room is open each can begin alone, and it is saved as it goes.
    birgitte.go(f"{room}/agreement/cards/A")
    birgitte.unfold()
    birgitte.pick(purpose_kind="both", mentor_offer=HERS["mentor_offer"])
    birgitte.page.locator(".saved", has_text=re.compile(r"\d\d:\d\d")).wait_for()
    birgitte.go(room)
    birgitte.look()
    anne.go(room)
    anne.open_the_room()

    # Apart.
    anne.begin_the_agreement()
    anne.fill_in_the_cards(success_sign="Jeg siger nej til noget godt.", midway="2")
    anne.be_ready()
    anne.reads("%(name)s sees this when you have both answered", name="Birgitte")
    birgitte.go(f"{room}/agreement/")
    birgitte.sees("Anne is ready and waits for you.")
    assert "Jeg siger nej" not in birgitte.page.content()
    birgitte.go(f"{room}/agreement/cards/A")
    assert birgitte.page.locator("[name=mentor_offer]").input_value() == HERS["mentor_offer"]
    birgitte.fill_in_the_cards(**HERS)
    assert "Jeg siger nej" not in birgitte.page.content()
    birgitte.be_ready()

    # Side by side: four differences, the rest agreed.
    for guest in (anne, birgitte):
        guest.go(f"{room}/agreement/")
        guest.look()
        assert guest.page.locator(".compare").count() == 4
        guest.sees("Jeg siger nej til noget godt.")
        guest.sees(HERS["success_sign"])
    assert anne.page.locator(".compare [lang=en]", has_text=HERS["success_sign"]).count() == 1

    # Clause by clause: hers, his own kept, a third, and a counter-proposal.
    anne.settle("meeting_count", "theirs")
    anne.settle("contact_between", "mine")
    anne.settle("success_sign", "third", success_sign="Jeg går hjem til tiden, fordi jeg har valgt.")
    anne.settle("interval", "third", interval="2")
    assert anne.page.locator(".compare").count() == 3
    birgitte.go(f"{room}/agreement/")
    birgitte.settle("contact_between", "theirs")
    birgitte.settle("success_sign", "theirs")
    birgitte.settle("interval", "third", interval="8")
    anne.go(f"{room}/agreement/clauses/interval")
    anne.look()
    assert anne.page.locator(".knot--past .words").all_inner_texts() == [
        anne.t("About two weeks"),
        anne.t("About eight weeks"),
    ]
    anne.go(room)
    anne.press("See where you differ")
    anne.settle("interval", "theirs")

    # Both say yes, each to the same words in their own language.
    anne.say_yes()
    anne.go(room)
    anne.reads("You have said yes. Now it waits for %(name)s.", name="Birgitte")
    birgitte.go(room)
    birgitte.press("Read it and say yes")
    birgitte.say_yes()
    prints = []
    for guest, meetings in ((anne, "Otte møder"), (birgitte, "Eight meetings")):
        guest.go(f"{room}/agreement/")
        guest.look()
        guest.sees(meetings)
        prints.append(guest.page.locator(".sheet__print .num").inner_text())
    assert prints[0] == prints[1]

    # On paper the sheet stands alone, in two or three pages of A4.
    for guest, other in ((anne, "på engelsk"), (birgitte, "in Danish")):
        printed(guest, other)

    # Midway: three questions for the two of them. The one would keep it as it is, the other proposes other words.
    for _ in range(2):
        meet(anne, room)
    anne.go(room)
    anne.press("Midway review: is it still right?")
    unsaid = anne.page.locator("form[action$='/midway/notes/unsaid']")
    unsaid.locator("textarea").fill("Halvfems minutter er længe.")
    unsaid.locator(".saved", has_text=re.compile(r"\d")).wait_for()
    anne.look()
    birgitte.go(room)
    birgitte.press("Midway review: is it still right?")
    birgitte.sees("Halvfems minutter er længe.")
    birgitte.press("I would keep it as it is")
    birgitte.reads("You would keep the agreement as it is")
    anne.go(room)
    anne.reads("%(name)s would keep the agreement as it is.", name="Birgitte")
    anne.press("Midway review: is it still right?")
    anne.reads("%(name)s would keep it as it is", name="Birgitte")
    anne.press("Propose other words")
    for guest in (birgitte, anne):
        guest.go(room)
        assert guest.page.locator("#midway").count() == 0
        guest.go(f"{room}/midway")
        guest.look()
        guest.reads("It led to proposing other words.")
        guest.sees("Halvfems minutter er længe.")
        assert guest.page.locator("main textarea").count() == 0

    # A change of two clauses; the rest stands.
    anne.go(f"{room}/agreement/")
    anne.press("Propose a change")
    anne.look()
    anne.settle("meeting_length", "third", meeting_length="60")
    anne.press("Change other clauses too")
    anne.settle("notes", "third", notes="none")
    birgitte.go(room)
    birgitte.page.get_by_role("link", name="Two changes to the agreement wait for you.").click()
    birgitte.settle("meeting_length", "theirs")
    birgitte.settle("notes", "theirs")
    birgitte.say_yes()
    anne.go(f"{room}/agreement/")
    assert anne.page.locator("del").all_inner_texts() == ["90 minutter", anne.t("Each their own, and a recap we share")]
    anne.say_yes()
    anne.page.get_by_role("link", name=anne.t("what changed")).click()
    anne.page.locator("h1").wait_for()
    anne.look()
    assert anne.page.locator("ins").all_inner_texts() == ["60 minutter", anne.t("None")]


def printed(guest, other_language):
    page = guest.page
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF-")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 4
    page.emulate_media(media="print")
    assert not page.locator(".masthead").is_visible()
    assert not page.locator(".thread").first.is_visible()
    assert not page.locator(".footer").is_visible()
    words = page.locator("#sheet").inner_text()
    for said in ("At sige fra i tide.", HERS["mentor_offer"], other_language, "Anne", "Birgitte"):
        assert said in words
    assert page.locator(".signature").count() == 2
    page.emulate_media(media="screen")


def test_two_windows_of_one_person_and_one_that_was_signed_out_lose_nothing(two):
    anne, _birgitte, room = two
    card = f"{room}/agreement/cards/A"
    one, two_ = anne.page, anne.page.context.new_page()
    for window in (one, two_):
        window.goto(card)
    one.locator("[name=mentee_aim]").fill("I det første vindue.")
    one.locator(".saved", has_text=re.compile(r"\d")).wait_for()
    two_.locator("[name=mentee_aim]").fill("I det andet vindue.")
    two_.locator(".conflict").wait_for()
    assert {"I det første vindue."} <= set(two_.locator(".conflict dd").all_inner_texts())
    found = Axe().run(two_, options=RULES).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    with two_.expect_navigation():
        two_.locator(".conflict button[value=mine]").click()
    assert two_.locator("[name=mentee_aim]").input_value() == "I det andet vindue."
    # Signed out elsewhere while she writes: what she wrote stays where it stands, and she is told.
    two_.context.clear_cookies()
    two_.locator("[name=mentee_aim]").fill("Skrevet for låst dør.")
    two_.locator(".trouble .notice").wait_for()
    assert two_.locator("[name=mentee_aim]").input_value() == "Skrevet for låst dør."


def test_without_javascript_a_card_is_saved_by_its_button(two, seat, house):
    anne, _birgitte, room = two
    page = seat(house, language="da", javascript=False, width=360)
    guest = Guest(page, "Anne", "da")
    guest.email = anne.email
    guest.sign_in()
    guest.go(f"{room}/agreement/cards/A")
    guest.page.locator("details.draft__rest > summary").click()
    guest.pick(purpose_kind="career", mentee_aim="Uden script.", out_of_scope="pay")
    guest.press("On to “%(name)s”", name=guest.t("Practicalities"))
    guest.go(f"{room}/agreement/cards/A")
    assert guest.page.locator("[name=mentee_aim]").input_value() == "Uden script."
    assert guest.page.locator("[name=out_of_scope][value=pay]").is_checked()
