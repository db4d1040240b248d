"""The course of a pair as it grows: one meeting, six and forty, on small screens and large, by day and by night."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import PASSPHRASES, agree, make_pair, make_person, plan_meeting

from browser.acts import Guest
from browser.conftest import House
from browser.test_seen import RULES
from companion import cli, config, db
from companion.actions.models import Action, Offer, Promise
from companion.db import at, now
from companion.meetings.models import AgendaItem, Meeting
from companion.reflections.models import ExperiencedStyle, Insight, Reflection, SharedPreparation

pytestmark = pytest.mark.browser

COURSES = {1: ("Anne Holm", "Birgitte Lund"), 6: ("Christian Bang", "Dorte Ravn"), 40: ("Birgitte Lund", "Dorte Ravn")}
THEMES = ("priorities", "hard-talks", "network", "")
OUTCOMES = ("done", "partly", "not_done", "let_go", "changed", "done")


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    """A house with three pairs in it, and {number of meetings: id of the pair}."""
    folder = tmp_path_factory.mktemp("courses")
    settings = config.read({"COMPANION_OPERATOR": "Vestby Kommune", "COMPANION_DATA": str(folder / "data")})
    cli.prepare(settings)
    db.connect(settings.database)
    db.open_connection()
    # By day, here and in Copenhagen, summer and winter.
    start = now().replace(hour=18)
    with at(start - timedelta(days=800)):
        people = {name: make_person(name) for name in PASSPHRASES}
        rooms = {held: make_pair(*map(people.get, names)) for held, names in COURSES.items()}
    for held, room in rooms.items():
        with db.db.atomic():
            fill(room, held, start)
    db.close_connection()
    db.db.close_all()
    house = House(folder)
    house.pairs = {held: room[0].id for held, room in rooms.items()}
    yield house
    house.stop()
    house.log.close()


def fill(room, meetings, start):
    """A course of so many meetings, the last one three days ago."""
    agree(*room)
    for n in range(meetings):
        days = 3 + 14 * (meetings - 1 - n)
        with at(start - timedelta(days=days + 6)):
            meeting = prepared(*room, n)
        with at(start - timedelta(days=days)):
            plan = held(*room, meeting, n)
        with at(start - timedelta(days=days - 2)):
            became(plan, OUTCOMES[n % len(OUTCOMES)])
            for earlier in Action.open_in(room[0])[:-2]:
                earlier.let_go("It was not advice I lacked.")


def prepared(mine, hers, n):
    """The meeting number `n` of a course, six days before it: its agenda, and at most of them a style asked for."""
    theme = THEMES[n % len(THEMES)]
    meeting = plan_meeting(mine, days=6, **({"form": "theme", "theme": theme} if theme else {}))
    for k in range(n % 3 + 1):
        AgendaItem.put((meeting, Meeting.find(hers, meeting.id))[k % 2], f"Topic {k}")
    style = None if n % 4 == 3 else 5 - n % 3
    Reflection.save_text(mine, meeting, "question", "How?", rev=0, page="", style=style)
    SharedPreparation.share(meeting, "question")
    return meeting


def held(mine, hers, meeting, n):
    """What they took from it: two insights, an idea, a promise, and a plan that came from one of them or from none."""
    meeting.hold()
    theirs = Meeting.find(hers, meeting.id)
    for one, style in ((meeting, 2 + n % 3), (theirs, 3 + n % 3)):
        ExperiencedStyle.mark(one, style)
    words = f"What is urgent is seldom mine, and what is mine has no deadline ({n})."
    insight = Insight.note(meeting, words, shared=True)
    Insight.note(theirs, "I kept quiet for five seconds. That is when it came.", shared=True)
    offer = Offer.find(mine, Offer.make(hers, "Ask a colleague for advice when the calendar is full.", theirs).id)
    if n % 3 < 2:
        (offer.park, offer.decline)[n % 3]()
    Promise.make(hers, "I send you the list.", theirs).close("kept", "Sent on the same day.")
    came_from = ({"meeting": meeting}, {"insight": insight}, {"offer": offer})[n % 3]
    typed = {"cue": f"I am asked for something new ({n})", "act": "I say: “I will come back tomorrow”"}
    return Action.plan(mine, typed, **came_from)


def became(plan, outcome):
    if outcome == "changed":
        plan.replan({"cue": "I am asked in a doorway", "act": "I say: “Tomorrow”"}, "The corridor is where it happens.")
    elif outcome == "let_go":
        plan.let_go("It no longer matters.")
    else:
        plan.complete(outcome, "I look for the moment now.", "Four Fridays of five.")


def sit_down(page, who):
    page.goto("/sign-in")
    page.locator("#email").fill(f"{who.split()[0].lower()}@example.dk")
    page.locator("#passphrase").fill(PASSPHRASES[who])
    page.locator(".action").click()
    page.wait_for_url("**/pairs**")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("held", COURSES)
def test_a_course_is_readable_whatever_its_length(courses, seat, held, width, theme):
    page = sit_down(seat(courses, width=width, theme=theme), COURSES[held][0])
    for address in ("progress/", "progress/?all=1", "offers", "promises"):
        page.goto(f"/pairs/{courses.pairs[held]}/{address}")
        page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.locator(".action").count() <= 1


def test_a_picture_says_nothing_that_its_table_does_not(courses, seat):
    page = sit_down(seat(courses), COURSES[40][0])
    page.goto(f"/pairs/{courses.pairs[40]}/progress/")
    rows = page.locator(".course__rows li").count()
    assert rows == page.locator(".table--counts tbody tr").count() == 12
    # Nobody hears the picture, and everybody can open the table by keyboard.
    assert page.locator(".course[aria-hidden=true]").count() == page.locator(".course").count() == 2
    fold = page.locator("details:has(.table--counts) summary")
    fold.focus()
    page.keyboard.press("Enter")
    assert page.locator(".table--counts").is_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_an_insight_becomes_a_plan_that_changes_is_done_and_is_seen_on_the_trail(courses, seat, javascript):
    page = sit_down(seat(courses, javascript=javascript, width=360), "Christian Bang")
    guest, room = Guest(page, "Christian", "en"), f"/pairs/{courses.pairs[6]}"
    words = f"at the door, {'with' if javascript else 'without'} a script"
    guest.go(f"{room}/progress/")
    guest.press("Make a plan out of it", exact=False)
    guest.reads("What was taken away, and shared")
    guest.page.locator("#cue").fill("I am asked for more")
    guest.page.locator("#act").fill("I count to ten in my head, aloud, in the meeting")
    guest.choose("Not quite yet")
    guest.press("Make it my plan")
    guest.sees("Which small part of it comes first?")
    guest.page.locator("#act").fill("I breathe once")
    guest.press("Make it my plan")
    plan = guest.page.locator(".plan", has_text="I breathe once").last
    with guest.page.expect_navigation():
        plan.get_by_role("link", name="Say how it went", exact=False).click()
    guest.press("Go on with a changed plan")
    guest.page.locator("#learned").fill("It happens at the door.")
    guest.page.locator("#cue").fill(words)
    guest.press("Go on with this plan")
    guest.sees("It happens at the door.")
    guest.choose("Done")
    guest.page.locator("#happened").fill("Twice.")
    guest.page.locator("#learned").fill("One breath is enough.")
    guest.press("Save how it went")
    for who in ("Christian Bang", "Dorte Ravn"):
        reader = sit_down(seat(courses, javascript=javascript), who)
        reader.goto(f"{room}/progress/")
        became = reader.locator(".trail__became", has_text=words)
        assert became.locator(".outcome").all_inner_texts() == ["Changed", "Done"]
        assert reader.get_by_text("One breath is enough.").count() >= 1
