"""From what was written in the room to the paper in the hand: in Danish, and in English without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import PASSPHRASES, make_pair, make_person, plan_meeting
from papers import Paper

from browser.acts import Guest
from browser.conftest import House
from browser.test_seen import RULES
from companion import cli, config, create_app, db
from companion.actions.models import Action
from companion.meetings.models import Meeting
from companion.reflections.models import Insight

pytestmark = pytest.mark.browser
MINE = "Det, der haster, er sjældent mit."
THEIRS = "Jeg nåede at tie stille i fem sekunder."
OWN = "Jeg vil gerne have én dag om ugen uden møder."


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """A house where Anne and Birgitte have met once; `room` is where."""
    folder = tmp_path_factory.mktemp("review")
    settings = config.read({"COMPANION_OPERATOR": "Vestby Kommune", "COMPANION_DATA": str(folder / "data")})
    cli.prepare(settings)
    create_app(settings)
    mine, hers = make_pair(make_person("Anne Holm"), make_person("Birgitte Lund"))
    meeting = plan_meeting(mine, days=-1)
    meeting.hold()
    Insight.note(meeting, MINE, shared=True)
    Insight.note(Meeting.find(hers, meeting.id), THEIRS, shared=True)
    Action.plan(mine, {"cue": "jeg bliver spurgt", "act": "venter jeg til i morgen"})
    db.close_connection()
    db.db.close_all()
    house = House(folder)
    house.room = f"/pairs/{mine.id}"
    yield house
    house.stop()
    house.log.close()


@pytest.fixture
def sit(furnished, seat):
    """sit(name, language, …): one of the two, signed in."""

    def sit(name, language, **options):
        guest = Guest(seat(furnished, language=language, **options), name.split()[0], language)
        guest.phrase = PASSPHRASES[name]
        guest.email = f"{guest.name.lower()}@example.dk"
        guest.sign_in()
        other = guest.page.get_by_role("button", name={"da": "På dansk", "en": "In English"}[language], exact=True)
        if other.count():
            with guest.page.expect_navigation():
                other.click()
        return guest

    return sit


def axe(guest):
    found = Axe().run(guest.page, options=RULES).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def paper(guest):
    with guest.page.expect_download() as waiting:
        guest.page.get_by_role("link", name=guest.t("Get it as a PDF")).click()
    assert waiting.value.suggested_filename == "review.pdf"
    return Paper(waiting.value.path().read_bytes())


@pytest.mark.parametrize(("language", "javascript"), [("da", True), ("en", False)])
def test_from_the_room_to_the_paper(furnished, sit, language, javascript):
    anne = sit("Anne Holm", language, javascript=javascript, accept_downloads=True)
    anne.go(f"{furnished.room}/progress/")
    anne.press("To my annual review")
    if javascript:
        axe(anne)
    assert anne.page.locator("input:checked").count() == 0
    for words in (MINE, THEIRS):
        anne.page.locator("label.choice", has_text=words).first.click()
    anne.press("Take these along")
    anne.fill("What I want to talk about", OWN)
    anne.press("Add it")
    with anne.page.expect_navigation():
        anne.page.locator(".piece", has_text=MINE).get_by_role("link").click()
    anne.page.locator("#text").fill(f"{MINE} Det ved jeg nu.")
    anne.press("Save")
    with anne.page.expect_navigation():
        label = anne.t("Move up")
        anne.page.locator(".piece", has_text=OWN).get_by_role("button", name=label).click()
    with anne.page.expect_navigation():
        anne.page.locator(".piece", has_text=THEIRS).get_by_role("button").first.click()
    anne.reads("Not in yet: %(name)s has not answered", name="Birgitte Lund")
    anne.press("See it as it will be")
    if javascript:
        axe(anne)
    first = paper(anne)
    assert f"{MINE} Det ved jeg nu." in first.text
    assert THEIRS not in first.text

    birgitte = sit("Birgitte Lund", language, javascript=javascript)
    birgitte.go(furnished.room)
    with birgitte.page.expect_navigation():
        birgitte.page.locator("main a[href$='/review/requests']").click()
    birgitte.sees(THEIRS)
    if javascript:
        axe(birgitte)
    birgitte.press("Yes, exactly so", exact=False)
    birgitte.reads("You have said yes.")

    anne.page.reload()
    second = paper(anne)
    for words in (MINE, OWN, f"{THEIRS} Birgitte Lund", anne.t("To my annual review"), anne.t("What I have learned")):
        assert words in second.text, words
    assert (second.language, second.sizes, second.is_accessible) == (language, {(210, 297)}, True)
    # For whoever comes next: nothing is picked again.
    anne.go(f"{furnished.room}/review/")
    while anne.page.locator(".piece").count():
        with anne.page.expect_navigation():
            leave = anne.page.locator("form[action$='/removal'] button").first
            leave.click()
