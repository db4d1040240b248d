"""What is typed is never lost: saved while typing, offline, over a locked room, with two at once, through a crash."""

import re
import sqlite3
from contextlib import closing

import pytest

from browser.acts import Guest
from browser.conftest import House, words

pytestmark = pytest.mark.browser
FIELD = "textarea[data-writing]"
t = words("en")


@pytest.fixture
def anne(demo, seat):
    return sit_down(demo, seat, 0)


@pytest.fixture
def birgitte(demo, seat):
    return sit_down(demo, seat, 1)


def sit_down(demo, seat, which, **options):
    guest = Guest(seat(demo, **options), ("Anne", "Birgitte")[which], "en")
    guest.email, guest.phrase = demo.people[which]
    guest.go("/sign-in")
    guest.page.locator("#email").fill(guest.email)
    guest.page.locator("#passphrase").fill(guest.phrase)
    guest.page.locator(".action").click()
    guest.page.wait_for_url("**/pairs/*")
    guest.room = guest.page.url
    if guest.page.locator("html").get_attribute("lang") != "en":
        guest.page.get_by_role("button", name="In English").click()
        guest.page.wait_for_load_state()
    return guest


def preparing(guest, step="what"):
    guest.go(guest.room)
    with guest.page.expect_navigation():
        guest.page.locator("a[href$='/preparation']").first.click()
    guest.go(guest.page.url.split("?")[0] + f"?step={step}")
    return guest.page.locator(FIELD)


def says(page, sentence):
    page.locator(".saved", has_text=sentence).wait_for()


def says_saved(page):
    page.locator(".saved", has_text=re.compile(r"^Saved \d")).first.wait_for()


def lock(house, email):
    """Thirty quiet minutes go by."""
    with closing(sqlite3.connect(house.database_of_demo())) as db, db:
        db.execute(
            "UPDATE session SET seen_at = datetime(seen_at, '-31 minutes') "
            "WHERE person_id = (SELECT id FROM person WHERE email = ?)",
            (email,),
        )


def test_a_field_saves_itself_after_a_rest_and_says_so(anne):
    field = preparing(anne)
    field.fill("Jeg sagde ja.")
    says(anne.page, "Not saved yet")
    says_saved(anne.page)
    anne.page.reload()
    assert field.input_value() == "Jeg sagde ja."


@pytest.mark.parametrize("leaving", ["by its button", "by a link"])
def test_a_save_that_is_overtaken_on_its_way_does_not_come_back(anne, leaving):
    field, page = preparing(anne, "so_what"), anne.page
    here, held = page.url, []
    # The first save is under way; the page is left meanwhile, and what it says by then comes first.
    page.route(
        re.compile(r"/preparation/so_what$"),
        lambda route: held.append(route.request) if not held else route.continue_(),
    )
    field.fill("Begyndt på")
    says(page, "Saving …")
    field.fill("Begyndt på, og skrevet færdigt.")
    if leaving == "by its button":
        anne.press("On to “%(name)s”", name=anne.t("My question"))
    else:
        page.goto(anne.room)
        page.wait_for_function(
            "async (page) => (await (await fetch(page)).text()).includes('skrevet færdigt')", arg=here
        )
    headers = {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    late = page.context.request.post(held[0].url, data=held[0].post_data, headers=headers)
    assert late.status == 200
    page.unroute_all()
    anne.go(here)
    assert field.input_value() == "Begyndt på, og skrevet færdigt."


def test_what_is_typed_offline_is_kept_in_the_page_and_sent_when_the_net_is_back(anne):
    field = preparing(anne)
    anne.page.context.set_offline(True)
    field.fill("Skrevet i toget.")
    says(anne.page, "Kept in this page")
    anne.page.context.set_offline(False)
    says_saved(anne.page)
    anne.page.reload()
    assert field.input_value() == "Skrevet i toget."


def test_leaving_at_once_saves_too(anne):
    field = preparing(anne)
    here = anne.page.url
    field.fill("Lige før jeg gik.")
    # What is sent on leaving outlives its page, and may arrive after the next one was asked for.
    for _ in range(5):
        anne.go("/settings")
        anne.go(here)
        if field.input_value() == "Lige før jeg gik.":
            return
    raise AssertionError("it was not saved")


def test_too_much_is_refused_with_a_sentence_and_kept(anne):
    field = preparing(anne)
    field.fill("x" * 10_001)
    anne.page.locator(".trouble", has_text="10,000").wait_for()
    assert len(field.input_value()) == 10_001
    field.fill("Kort igen.")
    says_saved(anne.page)
    anne.page.locator(".trouble", has_text="10,000").wait_for(state="detached")


def test_a_locked_room_is_unlocked_where_one_is(anne, birgitte, demo):
    field = preparing(anne)
    lock(demo, anne.email)
    field.fill("Skrevet, mens rummet låste sig.")
    key = anne.page.locator("[data-unlock]")
    key.wait_for()
    key.fill(birgitte.phrase)
    anne.page.get_by_role("button", name=t("Unlock and save")).click()
    anne.page.locator(".trouble", has_text=t("That is not the passphrase for this address. Try once more.")).wait_for()
    assert field.input_value() == "Skrevet, mens rummet låste sig."
    key.fill(anne.phrase)
    key.press("Enter")
    says_saved(anne.page)
    anne.page.reload()
    assert field.input_value() == "Skrevet, mens rummet låste sig."


def test_without_script_a_locked_room_carries_what_was_typed(demo, seat):
    anne = sit_down(demo, seat, 0, javascript=False)
    field = preparing(anne, "so_what")
    here = anne.page.url
    field.fill("Uden script, efter at rummet låste sig.")
    lock(demo, anne.email)
    anne.page.locator(".action").click()
    anne.sees("Uden script, efter at rummet låste sig.")
    anne.page.locator("#unlock").fill(anne.phrase)
    anne.page.locator(".action").click()
    anne.go(here)
    assert field.input_value() == "Uden script, efter at rummet låste sig."


@pytest.mark.parametrize(
    ("keep", "stands"), [("mine", "fra andet vindue"), ("theirs", "fra første vindue"), ("both", "begge sammen")]
)
def test_two_windows_of_one_writer_get_both_texts(anne, keep, stands):
    field = preparing(anne)
    other = anne.page.context.new_page()
    other.goto(anne.page.url)
    field.fill(f"fra første vindue {keep}")
    says_saved(anne.page)
    other.locator(FIELD).fill(f"fra andet vindue {keep}")
    other.locator(".conflict").wait_for()
    assert other.locator(".compare__side .words").all_inner_texts() == [
        f"fra andet vindue {keep}",
        f"fra første vindue {keep}",
    ]
    if keep == "both":
        other.locator("[name=both]").fill("begge sammen")
    other.locator(f".conflict button[value={keep}]").click()
    says_saved(other)
    other.reload()
    assert other.locator(FIELD).input_value().startswith(stands)


def test_two_people_in_one_recap_get_both_texts(anne, birgitte):
    anne.go(anne.room)
    with anne.page.expect_navigation():
        anne.page.locator("a[href$='/plan']").first.click()
    anne.page.locator("#day").evaluate("(field) => (field.value = new Date().toISOString().slice(0, 10))")
    anne.page.locator("#time").evaluate("(field) => (field.value = new Date().toTimeString().slice(0, 5))")
    anne.press("Save the meeting")
    with anne.page.expect_navigation():
        anne.page.locator("a[href*='/meetings/']", has_text="Move or cancel").click()
    meeting = anne.page.url.removesuffix("/plan")
    anne.go(meeting)
    anne.press("Begin the meeting")
    birgitte.go(meeting)
    for guest, text in ((anne, "Annes opsamling"), (birgitte, "Birgittes opsamling")):
        guest.page.locator(FIELD).first.fill(text)
        guest.page.wait_for_timeout(1500)
    birgitte.page.locator(".conflict", has_text="Anne saved while you were typing.").wait_for()
    birgitte.page.locator("[name=both]").fill("Annes og Birgittes opsamling")
    birgitte.page.locator(".conflict button[value=both]").click()
    says_saved(birgitte.page)
    anne.page.reload()
    assert anne.page.locator(FIELD).first.input_value() == "Annes og Birgittes opsamling"


def test_what_was_said_to_be_saved_survives_a_crash(tmp_path, seat):
    house = House(tmp_path)
    try:
        anne = Guest(seat(house), "Anne", "en")
        anne.sign_up()
        anne.write_down_the_code()
        anne.invite("birgitte@example.dk")
        room = anne.page.url
        field = anne.page.locator(FIELD)
        field.fill("Mine første tanker.")
        says_saved(anne.page)
        house.kill()
        field.fill("Mine første tanker, og flere.")
        says(anne.page, "Kept in this page")
        house.start()
        says_saved(anne.page)
        anne.go(room)
        assert field.input_value() == "Mine første tanker, og flere."
    finally:
        house.stop()
        house.log.close()
