"""The whole course of a pair: from what the mentee stands on to the paper they take to their annual review."""

import pytest
from papers import Paper

from browser.acts import Guest, agree, come_together

pytestmark = pytest.mark.browser

STRENGTH = ("At høre, hvad et møde handler om", "Jeg spurgte, hvad de var bange for at miste.")
GOAL = "At vælge til og fra i tide"
# The middle one first, as they are asked for.
SENTENCES = {
    "level-2": "Jeg siger fra, inden ugen er gået.",
    "level-3": "Jeg beder om betænkningstid.",
    "level-4": "Jeg foreslår selv, hvad der skal vente.",
    "level-1": "Jeg fortryder samme aften.",
    "level-0": "Jeg siger ja, før spørgsmålet er stillet færdigt.",
}
TOO_BIG, STEP = "Sige nej til alt i en måned.", "Sige sætningen højt én gang."
CUE, ACT = "nogen spørger mig på gangen", "siger jeg, at jeg vender tilbage i morgen"
QUESTION = "Hvordan siger jeg fra, uden at det lukker en dør?"
INSIGHT = "Det er rækkefølgen, der er til forhandling."
HERS = "Jeg nåede at tie stille i fem sekunder."
IDEA = "Skriv de tre ting ned, du ikke gør."
OWN_CUE, OWN_ACT = "det er mandag morgen", "viser jeg min leder tre ting, der må vente"
PROMISE = "At sende dig min egen liste."
NEXT_CUE, NEXT_ACT = "jeg åbner kalenderen", "spørger jeg, hvad der må vente"
SINCE = "Det ved jeg nu."
HAPPENED, LEARNED = "To gange på gangen, én gang i telefonen.", "Det er døren, der er svær, ikke nejet."
# Plans as they are drawn: a ring each, half of it filled where it was done in part.
RING, NEXT_RING = (f"M{x} 9a6 6 0 1 1 12 0a6 6 0 1 1 -12 0" for x in (3, 21))
HALF = "M9 3a6 6 0 0 0 0 12z"
# Where the three stand on the scale from advice to questions.
VIEWS = {"wished": "M70 5h0", "mentee": "M67.5 5h0", "mentor": "M30 5h0"}


def paper(guest):
    with guest.page.expect_download() as waiting:
        guest.page.get_by_role("link", name=guest.t("Get it as a PDF")).click()
    return Paper(waiting.value.path().read_bytes())


@pytest.mark.parametrize(
    ("language", "javascript", "width"), [("da", True, 360), ("en", False, 1280)], ids=["danish", "english-no-script"]
)
def test_from_what_one_stands_on_to_the_paper_in_the_hand(house, seat, language, javascript, width):
    options = {"language": language, "javascript": javascript}
    anne = Guest(seat(house, width=width, accept_downloads=True, **options), "Anne", language, scripted=javascript)
    birgitte = Guest(seat(house, **options), "Birgitte", language, scripted=javascript)
    anne.partner, birgitte.partner = "Birgitte", "Anne"
    room = come_together(anne, birgitte)
    agree(anne, birgitte, room)
    what_it_is_to_lead_to(anne, birgitte, room)
    a_meeting(anne, birgitte, room)
    what_became_of_it(anne, birgitte, room)
    for guest in (anne, birgitte):
        the_course_is_seen(guest, room)
    to_the_annual_review(anne, birgitte, room)


def what_it_is_to_lead_to(anne, birgitte, room):
    """A strength, a goal with five sentences, a step that is small enough, and a plan towards it."""
    anne.go(room)
    anne.press("What I stand on")
    anne.press("Name a strength")
    anne.page.locator("#strength").fill(STRENGTH[0])
    anne.page.locator("#moment").fill(STRENGTH[1])
    anne.press("I stand on that")
    anne.look()

    anne.go(room)
    anne.press("Write a goal")
    anne.page.locator("#what").fill(GOAL)
    anne.page.locator("#why").fill("Jeg vil genkende mig selv i min egen uge.")
    for name, sentence in SENTENCES.items():
        anne.page.locator(f"#{name}").fill(sentence)
    anne.tick("now", "-2")
    anne.look()
    anne.press("On to the nearest step")

    # Not sure enough: it is kept in the field, and asked to be smaller.
    anne.page.locator("#step").fill(TOO_BIG)
    anne.tick("sureness", 4)
    anne.press("That is my step")
    anne.reads("Keep it as it is")
    assert anne.page.locator("#step").input_value() == TOO_BIG
    anne.look()
    anne.page.locator("#step").fill(STEP)
    anne.tick("sureness", 8)
    anne.press("That is my step")
    goal = anne.page.url
    anne.sees(STEP)
    assert anne.page.get_by_text(TOO_BIG).count() == 0

    anne.go(f"{room}/actions/new")
    anne.look()
    anne.plan(CUE, ACT, goal=GOAL)
    # What one has written the other reads, and cannot change.
    birgitte.go(room)
    for words in (STEP, ACT):
        birgitte.sees(words)
    birgitte.go(goal)
    birgitte.look()
    assert birgitte.page.locator(".words--hero").inner_text().strip("»«“”") == SENTENCES["level-0"]
    assert birgitte.page.locator("main form").count() == 0


def a_meeting(anne, birgitte, room):
    """They meet: where she is with the goal, what they take with them, an idea made her own, a promise."""
    anne.go(room)
    anne.plan_a_meeting(theme="priorities", place="Gåtur")
    anne.prepare(QUESTION, "Explore together")
    anne.share("Only the question")
    birgitte.go(room)
    birgitte.sees(QUESTION)
    birgitte.press("Go to the meeting")
    birgitte.press("Begin the meeting")
    meeting = birgitte.page.url.split("#")[0]

    # The mentor says how it looks from there; that shows when the mentee has said for themselves.
    birgitte.follow("/scores")
    birgitte.tick("level", 2)
    birgitte.page.locator("#moment").fill("Det så let ud.")
    birgitte.press("That is how I see it")
    anne.go(meeting)
    anne.sees(ACT)
    anne.follow("/scores")
    anne.look()
    assert "Det så let ud." not in anne.page.content()
    anne.tick("level", 1)
    anne.page.locator("#moment").fill("Ingen spurgte hvorfor.")
    anne.press("That is where I am")
    anne.sees("Det så let ud.")
    anne.press("Back to the meeting")

    anne.on_to("Frame", "Conversation", "Time-out", "What we take with us")
    anne.keep_an_insight(INSIGHT)
    birgitte.go(meeting)
    birgitte.sees(INSIGHT)
    birgitte.keep_an_insight(HERS)
    birgitte.on_to("The plan")
    birgitte.page.locator("#offer").fill(IDEA)
    birgitte.press("Offer it")
    anne.go(meeting)
    anne.sees(IDEA)
    anne.look()
    anne.press("Make it mine, in my words")
    assert anne.page.locator("#act").input_value() == ""
    anne.plan(OWN_CUE, OWN_ACT)
    birgitte.go(meeting)
    birgitte.sees(OWN_ACT)
    birgitte.on_to("Promises")
    birgitte.promise(PROMISE)
    anne.go(meeting)
    anne.sees(PROMISE)
    anne.on_to("Next time")
    anne.press("End the meeting")
    anne.mark(4)
    birgitte.go(meeting)
    birgitte.mark(2)


def what_became_of_it(anne, birgitte, room):
    """She says how her plan went and what she learned, an insight becomes the next one, and the promise is kept."""
    anne.go(room)
    with anne.page.expect_navigation():
        anne.page.locator(".plan", has_text=ACT).get_by_role("link").click()
    anne.reads("Towards: %(goal)s", goal=GOAL)
    anne.choose("Partly")
    anne.page.locator("#happened").fill(HAPPENED)
    anne.page.locator("#learned").fill(LEARNED)
    anne.look()
    anne.press("Save how it went")
    anne.go(f"{room}/progress/")
    with anne.page.expect_navigation():
        anne.page.locator(".trail > li", has_text=INSIGHT).get_by_role("link").click()
    anne.sees(INSIGHT)
    anne.plan(NEXT_CUE, NEXT_ACT, goal=GOAL)
    birgitte.go(room)
    birgitte.press("Kept it", exact=False)
    birgitte.go(f"{room}/promises")
    birgitte.sees(PROMISE)
    assert birgitte.page.get_by_role("button", name=birgitte.t("Kept it")).count() == 0


def the_course_is_seen(guest, room):
    """The page of the course, in pictures and the same in tables."""
    page, t = guest.page, guest.t
    guest.go(f"{room}/progress/")
    page.locator("main summary").evaluate_all("(all) => all.forEach((fold) => fold.click())")
    guest.look()
    first, between = page.locator(".held a").inner_text(), t("Between meetings")
    guest.sees(t("One of %(agreed)s meetings held.", agreed=t("six")))

    # The goal: from the lowest sentence to the one above the middle; what the mentor saw stands in the table alone.
    assert page.locator(".goal__level[aria-current=step]").inner_text().endswith(SENTENCES["level-3"])
    assert page.locator(".goal__line .dot").get_attribute("d") == "M5 45h0M15 15h0"
    low, high, highest = t("Much less than expected"), t("Somewhat more"), t("Much more than expected")
    assert table(page, "goals") == [
        [t("At first"), f"{low}\n{SENTENCES['level-0']}", ""],
        [first, f"{high}\n{SENTENCES['level-3']}\nIngen spurgte hvorfor.",
         f"{highest}\n{SENTENCES['level-4']}\nDet så let ud."],
    ]  # fmt: skip

    # The plans: an open ring for what is open, half of one for what was done in part.
    assert page.locator(".course__rows .course__when").all_inner_texts() == [first, between]
    assert marks(page, ".course__rows .marks") == [(RING + NEXT_RING, ""), (RING, HALF)]
    assert table(page, "plans") == [[first, "2", "–"], [between, "–", "1"]]
    became = page.locator(".plan", has_text=ACT)
    assert became.locator(".outcome").inner_text() == t("Partly")
    assert became.locator(".plan__learned").all_inner_texts() == [HAPPENED, LEARNED]

    # Where things began: one plan with both, one with the mentor; the style with her. Her own plan is older.
    assert marks(page, ".course__grid tbody .marks") == [(RING + NEXT_RING, HALF), ("", RING)]
    assert table(page, "direction") == [[first, f"{t('both')} 1, Birgitte 1", t("none"), t("asked for")]]
    assert t("One was the mentee’s own.") in page.locator(".note", has_text=t("Where they came from")).inner_text()

    # What they agreed, and how it went.
    kept = page.locator(".kept").inner_text()
    for sentence in ("One has been held.", "Before the last meeting something was shared."):
        assert t(sentence).lower() in kept.lower()

    # The style: the same three places on the scale, drawn and said.
    asked, gave = t("Explore together"), t("Give advice")
    assert table(page, "styles") == [[first, asked, asked, gave]]
    drawn = {view: page.locator(f".views-over__lines .mark--{view}").get_attribute("d") for view in VIEWS}
    assert drawn == VIEWS

    # The trail: the newest first, what became of it beside it, and by goal.
    assert page.locator(".trail > li > .words").all_inner_texts() == [HERS, INSIGHT]
    theme = t("Priorities and time")
    assert theme in page.locator(".trail > li .said").first.inner_text()
    assert NEXT_ACT in page.locator(".trail > li", has_text=INSIGHT).locator(".trail__became").inner_text()
    page.locator("#goal").select_option(label=GOAL)
    guest.press("Show")
    assert page.locator(".trail > li > .words").all_inner_texts() == [INSIGHT]


def table(page, heading):
    """The cells of the table below a heading, row by row, as somebody reads them."""
    rows = page.locator(f".knot__body:has(> #{heading}) .table tbody tr").all()
    return [[cell.strip() for cell in row.locator("th, td").all_inner_texts()] for row in rows]


def marks(page, picture):
    """[(its lines, its areas)] of the marks in a picture."""
    parts = [[row.locator(f".marks__{part}") for part in ("line", "solid")] for row in page.locator(picture).all()]
    return [tuple(part.get_attribute("d") if part.count() else "" for part in row) for row in parts]


def to_the_annual_review(anne, birgitte, room):
    """She picks, puts one thing otherwise, asks for her mentor's words, and takes the paper with her."""
    anne.go(f"{room}/progress/")
    anne.press("To my annual review")
    anne.look()
    assert anne.page.locator("main input:checked").count() == 0
    for words in (STRENGTH[0], GOAL, INSIGHT, HERS, ACT):
        anne.page.locator("label.choice", has_text=words).first.click()
    anne.press("Take these along")
    with anne.page.expect_navigation():
        anne.page.locator(".piece", has_text=INSIGHT).get_by_role("link").click()
    anne.page.locator("#text").fill(f"{INSIGHT} {SINCE}")
    anne.press("Save")
    anne.look()
    with anne.page.expect_navigation():
        anne.page.locator(".piece", has_text=HERS).get_by_role("button").first.click()
    anne.reads("Not in yet: %(name)s has not answered", name="Birgitte")
    anne.press("See it as it will be")
    anne.look()
    without = paper(anne)
    assert f"{INSIGHT} {SINCE}" in without.text
    assert HERS not in without.text

    birgitte.go(room)
    birgitte.follow("/review/requests")
    birgitte.sees(HERS)
    assert SINCE not in birgitte.page.content()
    birgitte.look()
    birgitte.press("Yes, exactly so", exact=False)
    birgitte.reads("You have said yes.")

    anne.page.reload()
    taken, t, language = paper(anne), anne.t, anne.page.locator("html").get_attribute("lang")
    headings = ("What I stand on", "What I am working towards", "What I have learned", "What I have tried")
    said = (*STRENGTH, GOAL, SENTENCES["level-3"], f"{INSIGHT} {SINCE}", f"{HERS} Birgitte", ACT, LEARNED)
    for words in (t("To my annual review"), "Anne", *map(t, headings), *said):
        assert words in taken.text, words
    # And nothing that she did not pick.
    for words in (IDEA, OWN_ACT, NEXT_ACT, PROMISE, QUESTION, "Det så let ud."):
        assert words not in taken.text, words
    assert (taken.language, taken.sizes, taken.is_accessible) == (language, {(210, 297)}, True)
