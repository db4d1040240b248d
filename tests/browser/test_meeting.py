"""A meeting held together: two people at two screens, and what one does with the other."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from browser.acts import Guest
from browser.conftest import House, words
from companion.meetings.models import AWAY_AFTER, HERE_EVERY

pytestmark = pytest.mark.browser
t = words("da")
QUESTION = "Hvordan siger jeg, at jeg har for meget?"
KEYS = [
    "Since last time",
    "Frame",
    "Conversation",
    "Time-out",
    "What we take with us",
    "The plan",
    "Promises",
    "Next time",
]
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
# The page asks every two seconds.
SOON = 4_000
expect.set_options(timeout=10_000)


@pytest.fixture(scope="module")
def table(tmp_path_factory, chromium):
    """A house of its own with the two of the demo in it, each signed in once: `table.keys` opens a new seat."""
    house = House(tmp_path_factory.mktemp("table"), command="demo")
    house.keys = []
    for email, phrase in re.findall(r"^ {2}\S+ +(\S+@\S+) +(.+)$", house.said(), re.MULTILINE):
        context = chromium.new_context(base_url=house.url, locale="da-DK")
        page = context.new_page()
        page.goto("/sign-in")
        page.locator("#email").fill(email)
        page.locator("#passphrase").fill(phrase)
        page.locator(".action").click()
        page.wait_for_url("**/pairs/*")
        house.room = page.url
        house.keys.append(context.storage_state())
        context.close()
    yield house
    house.stop()
    house.log.close()


@pytest.fixture
def anne(table, seat):
    return sit_down(table, seat, 0, width=360, height=740)


@pytest.fixture
def birgitte(table, seat):
    return sit_down(table, seat, 1)


def sit_down(table, seat, which, **options):
    name, partner = ("Anne", "Birgitte") if which == 0 else ("Birgitte", "Anne")
    guest = Guest(seat(table, language="da", storage_state=table.keys[which], **options), name, "da")
    guest.partner, guest.room = partner, table.room
    return guest


@pytest.fixture
def meeting(anne):
    """The address of a meeting that begins about now; over when the test is."""
    known = meetings_in(anne)
    ask = anne.page.context.request
    moment = datetime.now(ZoneInfo("Europe/Copenhagen"))
    form = {"day": f"{moment:%Y-%m-%d}", "time": f"{moment:%H:%M}", "minutes": "60", "form": "open"}
    ask.post(f"{anne.room}/meetings/", form=form, headers=FROM_HERE)
    (new,) = meetings_in(anne) - known
    yield f"{anne.room}/meetings/{new}"
    ask.post(f"{anne.room}/meetings/{new}/holding", headers=FROM_HERE)


def meetings_in(guest):
    room = guest.page.context.request.get(guest.room).text()
    return set(re.findall(r"/meetings/([0-9a-f-]{36})", room))


@pytest.fixture
def both(anne, birgitte, meeting):
    """Both at the meeting, which is going on."""
    birgitte.go(meeting)
    birgitte.press("Begin the meeting")
    anne.go(meeting)
    expect(birgitte.page.locator(".presence")).to_have_text("Anne er her", timeout=SOON)
    return anne, birgitte


def field(guest, label):
    return guest.page.get_by_label(t(label), exact=True)


def saved(guest, label):
    """The field with this label says that it is saved."""
    status = guest.page.locator(".field", has=field(guest, label)).locator(".saved")
    expect(status).to_have_text(re.compile(r"\d"))


def place(guest):
    """How far down the screen whatever has the focus stands."""
    return guest.page.evaluate("document.activeElement.getBoundingClientRect().top")


def caret(guest):
    return guest.page.evaluate("(field => [field.id, field.selectionStart])(document.activeElement)")


def go_to(step, *guests):
    """The line at a step, at once, and everybody there."""
    address = guests[0].page.url.split("#")[0]
    ask = guests[0].page.context.request
    ask.post(f"{address}/steps/{KEYS.index(step)}", headers=FROM_HERE)
    for guest in guests:
        guest.go(address)
        is_at(guest, step)


def with_keys(guest, sentence, *, key="Enter", leads=False, **names):
    """Tab to what is called so, and press."""
    label, page = guest.t(sentence, **names), guest.page
    called = "(e => [e.innerText, e.labels?.[0]?.innerText].map((name) => (name ?? '').trim()))(document.activeElement)"
    for _ in range(80):
        page.keyboard.press("Tab")
        if any(name.startswith(label) for name in page.evaluate(called)):
            break
    else:
        raise AssertionError(f"{label} cannot be reached")
    if leads:
        with page.expect_navigation():
            page.keyboard.press(key)
    elif key:
        page.keyboard.press(key)


def is_at(guest, step):
    expect(guest.page.locator("#now .knot__when strong")).to_have_text(t(step), timeout=SOON)


def test_one_prepares_the_other_takes_three_minutes_by_keyboard_and_both_see_it_begin(anne, birgitte, meeting):
    anne.go(meeting + "/preparation?step=what")
    anne.press("Something hard")
    anne.answer("Min leder lagde mere på bordet.", "On to “%(name)s”", name=t("Feelings"))
    for step in ("Hard and good", "Why", "Otherwise", "My question"):
        anne.answer("Jeg ved det ikke endnu.", "On to “%(name)s”", name=t(step))
    anne.page.locator("textarea[name=text]").fill(QUESTION)
    anne.choose("Explore together")
    anne.press("On to “%(name)s”", name=t("Now what?"))
    anne.answer("Jeg går derfra med én sætning.", "On to sharing")
    anne.share("Only the question")
    anne.go(meeting)

    # The mentor, without a mouse.
    birgitte.go(meeting)
    with_keys(birgitte, "Your three minutes before", leads=True)
    birgitte.sees(QUESTION)
    assert "Min leder lagde mere" not in birgitte.page.content()
    with_keys(birgitte, "In this meeting I will …", key=None)
    birgitte.page.keyboard.type("Spørge, før jeg fortæller.")
    saved(birgitte, "In this meeting I will …")
    with_keys(birgitte, "Choose")
    expect(birgitte.page.locator(".prompts--chosen .prompt")).to_have_count(1)
    chosen = birgitte.page.locator(".prompts--chosen .prompt__question").inner_text()
    assert birgitte.page.evaluate("document.activeElement.closest('#choice') !== null")
    birgitte.page.keyboard.press("Shift+Tab")
    with_keys(birgitte, "To the meeting", leads=True)
    with_keys(birgitte, "Begin the meeting", leads=True)

    # It has begun with the mentee too, and each sees that the other is here.
    is_at(anne, "Since last time")
    expect(anne.page.locator(".presence")).to_have_text("Birgitte er her")
    expect(birgitte.page.locator(".presence")).to_have_text("Anne er her", timeout=SOON)
    for step in ("Frame", "Conversation"):
        with_keys(birgitte, "On to “%(name)s”", leads=True, name=t(step))
        is_at(anne, step)
    anne.sees(QUESTION)
    anne.sees(chosen)


def test_what_one_writes_comes_to_the_other_who_writes_on(both):
    anne, birgitte = both
    mine = field(anne, "Your own note")
    mine.click()
    before = place(anne)
    field(birgitte, "Recap").fill("Begyndt, ikke færdigt.\n\nFire gange sagt fra.")
    saved(birgitte, "Recap")
    text = "Jeg lægger mærke til, at hun venter, før hun svarer. "
    anne.page.keyboard.type(text, delay=50)
    expect(field(anne, "Recap")).to_have_value("Begyndt, ikke færdigt.\n\nFire gange sagt fra.")
    assert mine.input_value() == text
    assert place(anne) == pytest.approx(before, abs=1.5)
    assert caret(anne) == [mine.get_attribute("id"), len(text)]

    # The other way round, into a form that does not save itself.
    go_to("What we take with us", birgitte, anne)
    taking = birgitte.page.locator("#insight")
    taking.click()
    before = place(birgitte)
    field(anne, "Recap").fill("Det, vi tager med.")
    saved(anne, "Recap")
    birgitte.page.keyboard.type("At vente er også at svare.", delay=100)
    expect(field(birgitte, "Recap")).to_have_value("Det, vi tager med.")
    assert taking.input_value() == "At vente er også at svare."
    assert place(birgitte) == pytest.approx(before, abs=1.5)
    assert caret(birgitte) == ["insight", 26]
    anne.page.locator("#insight").click()
    anne.page.keyboard.type("Mig og ")
    before = place(anne)
    birgitte.keep_an_insight("At vente er også at svare.")
    anne.sees("At vente er også at svare.")
    anne.page.keyboard.type("min kalender.")
    assert anne.page.locator("#insight").input_value() == "Mig og min kalender."
    # What came in above it has not moved it under her fingers.
    assert place(anne) == pytest.approx(before, abs=1.5)


def test_both_in_one_field_at_once_see_both_texts_and_keep_both(both):
    anne, birgitte = both
    for guest in both:
        field(guest, "Recap").click()
    anne.page.keyboard.type("Annes linje.")
    saved(anne, "Recap")
    # Her caret stands in the field: nothing is put there under her hands.
    birgitte.page.keyboard.type("Birgittes linje.")
    conflict = birgitte.page.locator(".conflict")
    expect(conflict.locator(".compare__side .words")).to_have_text(["Birgittes linje.", "Annes linje."])
    assert field(birgitte, "Recap").input_value() == "Birgittes linje."
    # The other's page goes on meanwhile; hers waits for her to choose.
    birgitte.page.locator("[name=both]").fill("Annes linje.\nBirgittes linje.")
    conflict.locator("button[value=both]").click()
    saved(birgitte, "Recap")
    anne.page.evaluate("document.activeElement.blur()")
    for guest in both:
        expect(field(guest, "Recap")).to_have_value("Annes linje.\nBirgittes linje.")


def test_whoever_loses_the_connection_while_writing_loses_nothing_else(both):
    anne, birgitte = both
    offline = anne.page.locator("#offline")
    field(anne, "Recap").click()
    anne.page.keyboard.type("Før tunnelen, ")
    anne.page.context.set_offline(True)
    anne.page.keyboard.type("i tunnelen ")
    expect(offline).to_have_text(t("No connection just now. What you write is kept in this page."))
    expect(anne.page.locator(".saved").first).to_have_text(t("Kept in this page, sent when you are online"))
    birgitte.press("On to “%(name)s”", name=t("Frame"))
    birgitte.press("Back to “%(name)s”", name=t("Since last time"))
    anne.page.context.set_offline(False)
    anne.page.keyboard.type("og efter.")
    saved(anne, "Recap")
    expect(offline).to_be_hidden()
    expect(field(birgitte, "Recap")).to_have_value("Før tunnelen, i tunnelen og efter.")
    assert field(anne, "Recap").input_value() == "Før tunnelen, i tunnelen og efter."


@pytest.mark.parametrize("caller", [0, 1], ids=["anne", "birgitte"])
def test_a_time_out_is_called_while_the_other_is_writing(both, caller):
    one, other = both[caller], both[1 - caller]
    go_to("Conversation", one, other)
    recap = field(other, "Recap")
    recap.click()
    other.page.keyboard.type("Midt i en ")
    one.press("Call a time-out now")
    card = one.page.locator("#now-card .words").inner_text()
    said = other.page.locator("#said")
    expect(said).to_contain_text(t("%(name)s has called a time-out.", name=one.name), timeout=SOON)
    expect(said).to_contain_text(card)
    other.page.keyboard.type("sætning.")
    assert recap.input_value() == "Midt i en sætning."
    assert said.bounding_box()["y"] > recap.bounding_box()["y"]
    said.get_by_role("button", name=t("Go along")).click()
    is_at(other, "Time-out")
    expect(other.page.locator("#now-card .words")).to_have_text(card)
    expect(other.page.locator("#now-card")).to_be_in_viewport()
    other.press("Back to “%(name)s”", name=t("Conversation"))
    is_at(one, "Conversation")
    for guest in both:
        expect(field(guest, "Recap")).to_have_value("Midt i en sætning.")


def test_what_has_a_button_of_its_own_is_kept_before_the_page_goes_along(both):
    anne, birgitte = both
    go_to("What we take with us", birgitte, anne)
    anne.page.locator("#insight").click()
    anne.page.keyboard.type("Halvt skrevet.")
    birgitte.on_to("The plan")
    said = anne.page.locator("#said")
    expect(said).to_contain_text(t("%(name)s has moved on to “%(step)s”.", name="Birgitte", step=t("The plan")))
    assert said.get_by_role("button").count() == 0
    assert anne.page.locator("#insight").input_value() == "Halvt skrevet."
    anne.page.get_by_role("button", name=t("Keep for myself")).click()
    is_at(anne, "The plan")
    assert "Halvt skrevet." not in birgitte.page.content()


def test_they_wrap_up_end_take_it_back_and_each_sees_the_others_view_when_both_have_said(both):
    anne, birgitte = both
    go_to("The plan", birgitte, anne)
    anne.plan("det er mandag morgen", "viser jeg listen")
    expect(birgitte.page.locator("#plans")).to_contain_text("viser jeg listen", timeout=SOON)
    birgitte.on_to("Promises")
    is_at(anne, "Promises")
    birgitte.promise("At sende min egen liste.")
    expect(anne.page.locator("#promises")).to_contain_text("At sende min egen liste.", timeout=SOON)
    anne.promise("At skrive til dig bagefter.")
    expect(birgitte.page.locator("#promises")).to_contain_text("At skrive til dig bagefter.", timeout=SOON)
    anne.on_to("Next time")
    is_at(birgitte, "Next time")
    anne.press("End the meeting")
    # It has ended with the other too, who says that it had not.
    expect(birgitte.page.locator("#ended")).to_be_visible(timeout=SOON)
    birgitte.press("It was not over yet")
    is_at(anne, "Next time")
    anne.press("End the meeting")
    expect(birgitte.page.locator("#style")).to_be_visible(timeout=SOON)
    birgitte.mark(2)
    # What she said is nowhere in the other's page before the other has said too.
    anne.page.reload()
    assert anne.page.locator("#style input:checked, .views").count() == 0
    anne.mark(5)
    for guest in both:
        for name, style in (("Anne", "Hand over the floor"), ("Birgitte", "Give advice")):
            expect(guest.page.locator(".views > div", has_text=name)).to_contain_text(t(style), timeout=SOON)


def test_a_page_nobody_looks_at_does_not_ask(both, meeting):
    anne, _birgitte = both
    page = anne.page
    asked = []
    page.context.on("request", lambda request: asked.append(request.url) if "/static/" not in request.url else None)
    page.clock.install()
    page.goto(meeting)
    look_away = """(away) => {
        Object.defineProperty(document, "hidden", { configurable: true, value: away });
        Object.defineProperty(document, "visibilityState", { configurable: true, value: away ? "hidden" : "visible" });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(look_away, True)
    page.wait_for_load_state("networkidle")
    asked.clear()
    page.clock.run_for(120_000)
    assert asked == []
    with page.expect_request("**/latest"), page.expect_request("**/presence"):
        page.evaluate(look_away, False)


def test_a_page_somebody_looks_at_says_so_often_enough_and_no_oftener_than_is_written(both, meeting):
    page, said = both[0].page, []
    page.context.on("request", lambda request: said.append(request.url) if request.url.endswith("/presence") else None)
    page.clock.install()
    page.goto(meeting)
    page.wait_for_load_state("networkidle")
    said.clear()
    page.clock.run_for(240_000)
    every = timedelta(seconds=240 / len(said))
    assert every > HERE_EVERY
    # One may get lost.
    assert 2 * every < AWAY_AFTER


def test_two_at_one_screen_see_nothing_private_there(both):
    anne, birgitte = both
    field(birgitte, "Your own note").fill("Kun til mig selv.")
    saved(birgitte, "Your own note")
    birgitte.press("We share this screen")
    assert "Kun til mig selv." not in birgitte.page.content()
    assert field(birgitte, "Your own note").count() == 0
    expect(anne.page.locator(".presence")).to_have_text("I sidder begge ved skærmen hos Birgitte", timeout=SOON)
    birgitte.press("One screen each")
    expect(field(birgitte, "Your own note")).to_have_value("Kun til mig selv.")
    expect(anne.page.locator(".presence")).to_have_text("Birgitte er her", timeout=SOON)


@pytest.fixture
def by_page_loads(table, seat):
    """Both where no script runs: Anne on her phone, Birgitte at a desk."""
    phone = sit_down(table, seat, 0, width=360, height=740, javascript=False)
    desk = sit_down(table, seat, 1, javascript=False)
    phone.scripted = desk.scripted = False
    return phone, desk


def writes(guest, label, text):
    field(guest, label).fill(text)
    with guest.page.expect_navigation():
        guest.save(label)


def test_two_hold_a_whole_meeting_without_a_script(by_page_loads, meeting):
    anne, birgitte = by_page_loads

    # Before: something on the agenda by each of them.
    anne.go(meeting)
    anne.look()
    anne.page.locator("#agenda-new").fill("Kalenderen i uge 48")
    anne.press("Add")
    birgitte.go(meeting)
    chosen = birgitte.intend("Spørge, før jeg fortæller.")
    birgitte.press("To the meeting")
    birgitte.sees("Kalenderen i uge 48")
    birgitte.press("Begin the meeting")

    # Since last time: what one writes the other sees on looking, and what both write at once is lost to neither.
    anne.go(meeting)
    is_at(anne, "Since last time")
    anne.look()
    writes(anne, "Recap", "Begyndt, ikke færdigt.")
    writes(anne, "Your own note", "Jeg er træt i dag.")
    birgitte.press("See what is new")
    assert field(birgitte, "Recap").input_value() == "Begyndt, ikke færdigt."
    assert "Jeg er træt i dag." not in birgitte.page.content()
    writes(birgitte, "Recap", "Begyndt, ikke færdigt. Fire gange sagt fra.")
    writes(anne, "Recap", "Begyndt, ikke færdigt. Og det er nok.")
    sides = anne.page.locator(".conflict .compare__side .words")
    assert [said.strip() for said in sides.all_inner_texts()] == [
        "Begyndt, ikke færdigt. Og det er nok.",
        "Begyndt, ikke færdigt. Fire gange sagt fra.",
    ]
    anne.look()
    anne.page.locator("[name=both]").fill("Fire gange sagt fra, og det er nok.")
    anne.press("Save this text")
    birgitte.press("See what is new")
    assert field(birgitte, "Recap").input_value() == "Fire gange sagt fra, og det er nok."

    # Either moves the line on, and back; whoever presses from a page that is behind does not move it twice.
    birgitte.on_to("Frame")
    anne.on_to("Frame")
    is_at(anne, "Frame")
    anne.on_to("Conversation")
    birgitte.press("See what is new")
    is_at(birgitte, "Conversation")
    birgitte.press("Back to “%(name)s”", name=t("Frame"))
    birgitte.on_to("Conversation")

    # The conversation: what was on the agenda, a time-out that the other comes to, and back.
    for topic in ("Kalenderen i uge 48", chosen):
        with anne.page.expect_navigation():
            item = anne.page.locator(".prompts--meeting > li", has_text=topic)
            item.get_by_role("button", name=t("We got to it")).click()
    anne.look()
    birgitte.press("See what is new")
    assert birgitte.page.locator(".prompt--used").count() == 2
    birgitte.press("Call a time-out now")
    card = birgitte.page.locator("#now-card .words").inner_text()
    anne.press("See what is new")
    anne.reads("%(name)s has called a time-out", name="Birgitte")
    assert anne.page.locator("#now-card .words").inner_text() == card
    anne.look()
    anne.press("Back to “%(name)s”", name=t("Conversation"))

    # At one screen for a while: nothing private is on it.
    writes(anne, "Your own note", "Kun til mig selv.")
    anne.press("We share this screen")
    assert "Kun til mig selv." not in anne.page.content()
    birgitte.press("See what is new")
    birgitte.reads("You are both at %(name)s’s screen", name="Anne")
    anne.press("One screen each")
    assert field(anne, "Your own note").input_value() == "Kun til mig selv."
    anne.on_to("What we take with us")

    # The wrap-up in four steps.
    anne.keep_an_insight("Det er rækkefølgen, der er til forhandling.")
    birgitte.press("See what is new")
    birgitte.sees("Det er rækkefølgen, der er til forhandling.")
    birgitte.page.locator("#insight").fill("Jeg talte for meget.")
    birgitte.press("Keep for myself")
    birgitte.sees("Jeg talte for meget.")
    anne.press("See what is new")
    assert "Jeg talte for meget." not in anne.page.content()
    birgitte.on_to("The plan")
    anne.press("See what is new")
    anne.plan("det er mandag morgen", "viser jeg listen")
    anne.look()
    birgitte.press("See what is new")
    birgitte.sees("viser jeg listen")
    birgitte.on_to("Promises")
    birgitte.promise("At sende min egen liste.")
    anne.press("See what is new")
    anne.sees("At sende min egen liste.")
    anne.promise("At skrive til dig bagefter.")
    anne.on_to("Next time")
    anne.look()
    if anne.page.get_by_role("button", name=t("Save the date")).count():
        anne.press("Save the date")

    # The end, taken back by the other, and the end; how it was is seen when both have said.
    anne.press("End the meeting")
    birgitte.go(meeting)
    birgitte.press("It was not over yet")
    anne.go(meeting)
    is_at(anne, "Next time")
    anne.press("End the meeting")
    anne.look()
    anne.mark(5)
    birgitte.go(meeting)
    assert birgitte.page.locator("#style input:checked, .views").count() == 0
    birgitte.mark(2)
    for guest in (birgitte, anne):
        guest.go(meeting)
        guest.look()
        views = guest.page.locator(".views dd").all_inner_texts()[-2:]
        assert [said.strip() for said in views] == [t("Hand over the floor"), t("Give advice")]
        assert "Fire gange sagt fra, og det er nok." in guest.page.content()
        for said in ("viser jeg listen", "At sende min egen liste.", "At skrive til dig bagefter."):
            guest.sees(said)

    # Afterwards each writes for themselves.
    form = anne.page.locator("#looking-back form").first
    form.locator("textarea").fill("Jeg holdt fast.")
    with anne.page.expect_navigation():
        form.get_by_role("button").click()
    assert form.locator("textarea").input_value() == "Jeg holdt fast."
    birgitte.go(meeting)
    for private in ("Jeg holdt fast.", "Jeg er træt i dag.", "Kun til mig selv."):
        assert private not in birgitte.page.content()
