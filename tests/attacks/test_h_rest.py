"""H: what lies in the database, moved about by somebody who can write there but holds no key."""

import pytest
from conftest import PASSPHRASES, make_pair

from attacks.world import dump, forms, furnish, ids_of, kinds
from companion import cli, vault
from companion.config import Misconfigured
from companion.db import now
from companion.errors import Sealed
from companion.meetings.models import KEYS, Meeting, Recap
from companion.people.models import Person
from companion.reflections.models import ExperiencedStyle, Insight, Reflection, SharedPreparation
from companion.review.models import ReviewRequest

CANNOT = "This text cannot be opened."
KINDS = {kind.__name__: kind for kind in kinds()}
# What is kept in these stands on no page as a text of its own.
MARKS = {"ExperiencedStyle", "PromptMarks"}
# What led to an agreement stands on no page once there is one.
BEFORE = {"Draft", "Answers", "Signature"}
# These are read by one of the two alone, or not on the way through a meeting; their own tests look at what they say.
ELSEWHERE = {
    *("Pulse", "TalkWish", "MidwayReview", "MidwayNote", "SetAside", "Farewell", "Harvest", "Chemistry"),
    *("ReviewItem", "ReviewRequest"),
}


@pytest.fixture
def furnished(room):
    """One of everything in their room; the meeting, as Anne sees it."""
    meeting = furnish(*room, words="zebraer")
    ExperiencedStyle.mark(Meeting.find(room[1], Meeting.held(room[0]).get().id), 2)
    return meeting


# H2: what somebody who writes in the database can put in the place of what stands there.


def another(kind, row):
    other = kind.select().where(kind.id != row.id, kind.scope == row.scope).first()
    return (other or kind.select().where(kind.id != row.id).first() or of_another_kind(kind, row)).blob


def of_another_kind(kind, row):
    other = next(one for one in kinds() if one is not kind)
    return other.select().where(other.scope == row.scope).first() or other.select().first()


MOVED = {
    "of the same kind": another,
    "of another kind": lambda kind, row: of_another_kind(kind, row).blob,
    "of another room": lambda kind, row: kind.select().where(kind.pair != row.pair_id).first().blob,
    "its own, cut short": lambda kind, row: bytes(row.blob)[:-256],
    "nothing": lambda kind, row: b"",
}


@pytest.mark.parametrize("moved", MOVED)
def test_h2_a_row_with_the_text_of_another_is_closed_and_all_others_open(room, furnished, christian, dorte, moved):
    furnish(*make_pair(christian, dorte), words="zebraer")
    for kind in kinds():
        row = kind.select().where(kind.pair == room[0].id).first()
        kind.update(blob=MOVED[moved](kind, row)).where(kind.id == row.id).execute()
        for pair in room:
            closed = [one.id for each in kinds() for one in each.of(pair) if not one.readable]
            assert closed == ([row.id] if row.scope in pair.keys else []), kind
        kind.update(blob=row.blob).where(kind.id == row.id).execute()


@pytest.mark.parametrize("kind", KINDS)
def test_h2_a_page_says_what_cannot_be_opened_and_shows_the_rest(app, room, furnished, browse, kind):
    blobs = {"Meeting": Recap, "Recap": Meeting}
    KINDS[kind].update(blob=blobs.get(kind, Meeting).get().blob).execute()
    for pair in room:
        said, shown = 0, 0
        for page in pages_through_a_meeting(pair, furnished, browse(pair.person)):
            assert page.status_code == 200
            said += page.text.count(CANNOT)
            shown += page.text.count("zebraer")
        # Reflections are read by whoever wrote them: the mentor wrote one, on the page before a meeting.
        if kind not in ELSEWHERE:
            assert bool(said) == (kind not in MARKS | BEFORE or kind == "ExperiencedStyle")
        assert shown > 20


def pages_through_a_meeting(pair, meeting, client):
    """Every page that shows what was written, with the meeting ahead, at each step, and held."""
    here, ids = f"/pairs/{pair.id}", ids_of(pair)
    Meeting.update(begun_at=None, held_at=None, step=0).where(Meeting.id == meeting.id).execute()
    for path in ("", "/agreement/", f"/prompts/{ids['own_prompt_id']}", f"/actions/{ids['action_id']}", "/prompts/"):
        yield client.get(here + path)
    for path in ("/strengths/", "/goals/", f"/goals/{ids['goal_id']}", "/pulses", "/closing", "/ending"):
        yield client.get(here + path)
    yield client.get(f"{here}/review/{'' if pair.role == 'mentee' else 'requests'}")
    yield client.get(f"{here}/meetings/{meeting.id}")
    yield client.get(f"{here}/meetings/{meeting.id}/preparation?step=since")
    for step in range(len(KEYS)):
        Meeting.update(begun_at=now(), step=step).where(Meeting.id == meeting.id).execute()
        yield client.get(f"{here}/meetings/{meeting.id}")
    Meeting.update(held_at=now()).where(Meeting.id == meeting.id).execute()
    for held in Meeting.held(pair):
        yield client.get(f"{here}/meetings/{held.id}")
    yield client.get(f"{here}/progress/")
    yield client.get(here)


@pytest.mark.parametrize("kind", KINDS)
def test_h2_no_button_changes_or_removes_by_itself_what_cannot_be_opened(room, furnished, browse, kind):
    kind = KINDS[kind]
    blob = (Recap if kind is Meeting else Meeting).get().blob
    kind.update(blob=blob).execute()
    before = {row.id for row in kind.select()}
    for pair in room:
        client = browse(pair.person)
        for page in list(pages_through_a_meeting(pair, furnished, client)):
            for form in forms(page.text):
                if str(pair.id) not in (form.action or "") or form.method != "post" or form.action.endswith("removal"):
                    continue
                typed = {one.given["name"]: one.given.get("value") or "1" for one in form.fields}
                assert client.post(form.action, typed | {"rev": "1"}).status_code < 500, form.action
    after = {row.id: bytes(row.blob) for row in kind.select()}
    assert {row_id for row_id in before if after.get(row_id) != bytes(blob)} <= shared_anew(kind, before)


def shared_anew(kind, before):
    # What was shared before a meeting, or asked for, is made of what the mentee still has, and can be again.
    return before if kind in (SharedPreparation, ReviewRequest) else set()


def test_h2_an_insight_that_cannot_be_opened_is_not_shared_as_nothing(meeting, browse, anne):
    insight = Insight.note(meeting, "words", shared=False)
    Insight.update(blob=Meeting.get().blob).execute()
    path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/insights/{insight.id}/sharing"
    assert browse(anne).post(path).status_code == 409
    assert [row.id for row in Insight.select()] == [insight.id]


def test_h2_what_was_shared_and_cannot_be_opened_can_be_shared_again(room, meeting):
    Reflection.save_text(room[0], meeting, "question", "How?", rev=0, page="")
    SharedPreparation.share(meeting, "question")
    SharedPreparation.update(blob=Meeting.get().blob).execute()
    SharedPreparation.share(meeting, "question")
    assert SharedPreparation.on(Meeting.find(room[1], meeting.id)).question == "How?"


# H5, H6: what a thief of the files can do with the words, and without.


@pytest.mark.parametrize(
    ("words", "secret", "opens"),
    [("right", "right", True), ("wrong", "right", False), ("right", "other", False)],
)
def test_h4_h5_h6_the_files_open_with_the_right_words_and_the_right_secret_only(
    anne, room, meeting, words, secret, opens
):
    slot = anne.slot("passphrase")
    phrase = PASSPHRASES[anne.name] if words == "right" else "lampe skovsti kaffe november sten"
    known = vault._secret()
    vault.init(known if secret == "right" else bytes(32))
    try:
        if not opens:
            with pytest.raises(Sealed):
                vault.open_slot(slot, phrase)
            return
        thief = Person.get_by_id(anne.id)
        thief.vault = vault.open_slot(slot, phrase)
        assert Meeting.find(type(room[0]).opened_by(thief, meeting.pair_id), meeting.id).readable
    finally:
        vault.init(known)


# H8: length.


# H14: the secret beside the database.


@pytest.mark.parametrize("damage", ["missing", "short", "long", "empty", "other"])
def test_h14_with_a_secret_that_is_not_its_own_the_house_stays_shut_and_makes_no_new_one(settings, app, anne, damage):
    path, before = settings.data / "secret", dump()
    kept = path.read_bytes()
    path.unlink()
    contents = {"short": kept[:31], "long": kept + b"x", "empty": b"", "other": bytes(32)}
    if damage in contents:
        path.write_bytes(contents[damage])
    with pytest.raises(Misconfigured) as said:
        cli.prepare(settings)
    assert kept.hex() not in str(said.value)
    if damage == "missing":
        assert not path.exists()
    path.write_bytes(kept)
    cli.prepare(settings)
    assert dump() == before


# H16: the recovery code is on paper.


def test_h16_a_recovery_code_is_on_the_page_that_shows_it_and_nowhere_else(app, settings, browse, caplog, capfd):
    client = browse()
    typed = {"name": "Eva", "email": "eva@example.dk", "choice": "own", "own": "en lampe ved havnen i november"}
    client.post("/sign-up", typed)
    shown = client.get("/recovery-code")
    slot = Person.by_email("eva@example.dk").slot("recovery")
    groups = "".join(one for one in shown.text.split("<kbd>")[1:])
    code = [part.split("</kbd>")[0] for part in shown.text.split("<kbd>")[1:]]
    assert len(code) == 7, groups
    wrong = client.post("/recovery-code", {"first": "0000", "second": "0000"})
    assert wrong.status_code == 422
    client.post("/recovery-code", {"first": code[slot.asked[0] - 1], "second": code[slot.asked[1] - 1]})
    after = "".join(client.get(path).text for path in ("/recovery-code", "/pairs", "/settings", "/"))
    kept = b"".join(file.read_bytes() for file in settings.data.rglob("*") if file.is_file())
    logged = caplog.text + "".join(capfd.readouterr())
    for written in ("-".join(code), "".join(code)):
        assert written not in after + logged
        assert written.encode() not in kept
    assert not any(f">{group}<" in after for group in code)
    assert slot.shown is not None
    assert Person.by_email("eva@example.dk").slot("recovery").shown is None
