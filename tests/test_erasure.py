"""Leaving for good: what is mine goes at once and from every byte, what we shared as was agreed and chosen."""

from datetime import timedelta

import pytest
from acting import at_once
from attacks.world import dump, elements, forms, furnish, kinds, routes
from conftest import agree, make_pair, plan_meeting

from companion import i18n
from companion.db import at, now
from companion.erasure.models import GO, STAY, erase, forget, prospects
from companion.errors import Ended, Invalid, Missing
from companion.pairs.models import READABLE_AT_LEAST, HandOver, Invitation, Pair, RoomKey, months_later
from companion.people.attempts import Attempt
from companion.people.models import KeySlot, Person, RestartLink, Session
from companion.reflections.models import Insight, Reflection

SECRET = "zebraer i entreen"


def today():
    return i18n.local(now()).date()


def leave(client, passphrase, **choices):
    return client.post("/erasure", {"understood": "1", "passphrase": passphrase} | choices)


@pytest.fixture
def pair_of():
    """pair_of(room) is the pair as the database has it now, or None."""
    return lambda room: Pair.get_or_none(Pair.id == room[0].id)


# What goes.


def everything_kept(settings):
    return b"".join(path.read_bytes() for path in settings.data.rglob("companion.db*"))


def test_nothing_of_the_person_is_left_in_any_byte_of_the_database(
    app, settings, room, anne, birgitte, browse, passphrase
):
    furnish(*room)
    meeting = plan_meeting(room[0])
    for n in range(30):
        Insight.note(meeting, f"{SECRET} {n} " * 40, shared=False)
    private = [bytes(row.blob) for cls in kinds() for row in cls.select().where(cls.scope == anne.id)]
    keys = [bytes(slot.blob) for slot in KeySlot.select().where(KeySlot.person == anne)]
    keys += [bytes(slot.verifier) for slot in KeySlot.select().where(KeySlot.person == anne)]
    keys += [bytes(key.blob) for key in RoomKey.select().where(RoomKey.person == anne)]
    keys += [bytes(anne.identity), bytes(anne.public_key)]
    anne.settle(name="Anne Qxzvholm", language="en", timezone="Europe/Copenhagen")
    Invitation.to_room(birgitte, anne.email, "mentee")
    RestartLink.make(anne)
    client = browse(anne)
    sessions = [bytes(session.blob) for session in Session.select().where(Session.person == anne)]
    traces = [*private, *keys, *sessions, b"Qxzvholm", anne.email.encode()]
    before = everything_kept(settings)
    assert [trace for trace in traces if trace[:16] not in before] == []
    assert leave(client, passphrase_of(passphrase, "anne")).status_code == 303
    after = everything_kept(settings)
    assert [trace for trace in traces if any(trace[n : n + 16] in after for n in range(0, len(trace) - 15, 16))] == []
    assert b"Qxzvholm" not in after
    assert anne.email.encode() not in after


def passphrase_of(passphrase, name):
    return {"anne": "lampe skovsti kaffe november brev", "birgitte": "havn cykel tålmod rugbrød stjerne"}[name]


def test_the_search_through_the_bytes_finds_what_is_only_deleted(settings, room, meeting, anne):
    """Without overwriting and writing back, the same search would find something: it looks in the right place."""
    kept = Insight.note(meeting, SECRET, shared=False)
    kept.delete_instance()
    assert bytes(kept.blob)[:64] in everything_kept(settings)


def test_the_person_their_keys_sessions_and_tries_are_gone_and_nobody_elses(room, anne, birgitte, browse):
    furnish(*room)
    for person in (anne, birgitte):
        Attempt.begin("sign-in", person.email, "127.0.0.1")
        Attempt.begin("invite", "eva@example.dk", str(person.id))
        Session.start(person, "Test")
        RestartLink.make(person)
    erase(anne, {})
    assert {person.name for person in Person.select()} == {"Birgitte Lund", "Christian Bang", "Dorte Ravn"}
    for cls in (KeySlot, Session, RestartLink, RoomKey):
        assert {row.person_id for row in cls.select()} & {anne.id} == set(), cls
        assert cls.select().where(cls.person == birgitte).exists(), cls
    assert Attempt.select().count() == 2
    for cls in kinds():
        assert not cls.select().where(cls.scope == anne.id).exists(), cls
    assert Reflection.select().where(Reflection.scope == birgitte.id).exists()


def test_signing_in_is_over_everywhere_at_once(room, anne, browse, passphrase):
    here, elsewhere = browse(anne), browse(anne)
    answer = leave(here, passphrase(anne))
    assert (answer.status_code, answer.location) == (303, "/?erased=1")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Du er her ikke længere." in here.get(answer.location).text
    for client in (here, elsewhere):
        assert client.get("/pairs").location.startswith("/sign-in")
        assert client.post("/pairs", {"email": "x"}).status_code == 401
    answer = browse().post("/sign-in", {"email": "anne@example.dk", "passphrase": passphrase(anne)})
    assert answer.status_code == 422


def test_the_same_address_can_sign_up_anew_and_finds_nothing(room, anne, birgitte):
    erase(anne, {})
    again = Person.sign_up(name="Anne", email="anne@example.dk", passphrase="lampe skovsti kaffe brev", language="da")
    assert Pair.of(again) == []


# What stays.


def test_the_other_reads_on_takes_it_along_and_is_told(room, anne, birgitte, browse, passphrase, pair_of):
    meeting = furnish(*room, words=SECRET)
    erase(anne, {room[0].id: STAY})
    pair = pair_of(room)
    assert pair.left_at.date() == now().date()
    assert pair.mentee_id is None
    client = browse(birgitte)
    html = client.get(f"/pairs/{pair.id}").text
    assert f"Former mentee left Companion on {i18n_day(pair.left_at)}." in html
    assert i18n_day(pair.delete_on) in html
    assert SECRET in client.get(f"/pairs/{pair.id}/meetings/{meeting.id}").text
    answer = client.post(f"/pairs/{pair.id}/export", {"passphrase": passphrase(birgitte)})
    assert answer.mimetype == "application/zip"
    assert SECRET in client.post(f"/pairs/{pair.id}/search", {"q": "zebraer"}).text.replace("</mark>", "").replace(
        "<mark>", ""
    )
    assert "Anne" not in html


def i18n_day(moment):
    day = moment if not hasattr(moment, "hour") else i18n.local(moment).date()
    return f"{day.day} {day:%B}"


def test_every_page_of_the_room_can_still_be_read_by_the_one_who_is_left(app, room, anne, birgitte, browse):
    from attacks.world import address, ids_of

    furnish(*room)
    erase(anne, {})
    pair = Pair.opened_by(birgitte, room[0].id)
    client = browse(birgitte)
    for rule in routes(app, "GET"):
        if "pair_id" in rule.arguments:
            assert client.get(address(rule, ids_of(pair))).status_code < 500, rule


@pytest.mark.parametrize(("agreed", "months"), [("0", 0), ("3", 3), ("6", 6), (None, 3)])
@pytest.mark.parametrize("choice", [STAY, GO, None, "nonsense"])
def test_it_stays_as_long_as_was_agreed_or_goes_as_soon_as_the_other_has_had_time(
    room, anne, pair_of, agreed, months, choice
):
    if agreed:
        agree(*room, data_after=agreed)
    erase(anne, {room[0].id: choice} if choice else {})
    soonest = today() + READABLE_AT_LEAST
    stays = months_later(today(), months) if months else soonest
    assert pair_of(room).delete_on == (soonest if choice == GO else stays)
    assert pair_of(room).ended_at.date() == now().date()
    assert pair_of(room).ended_by is None


def test_a_day_that_was_told_already_is_never_put_off(room, anne, pair_of):
    told = today() + timedelta(days=20)
    Pair.update(ended_at=now() - timedelta(days=70), delete_on=told).execute()
    (prospect,) = prospects(anne)
    assert (prospect.stays_until, prospect.goes_on) == (told, today() + READABLE_AT_LEAST)
    erase(anne, {})
    assert pair_of(room).delete_on == told
    assert pair_of(room).ended_at < now() - timedelta(days=60)


def test_an_end_that_lay_ahead_comes_now(room, anne, pair_of):
    Pair.update(ended_at=now() + timedelta(days=1), delete_on=today() + timedelta(days=100)).execute()
    erase(anne, {})
    assert pair_of(room).ended_at <= now()


def test_the_one_who_is_left_takes_the_room_with_them(room, anne, birgitte, pair_of):
    furnish(*room)
    erase(anne, {})
    (prospect,) = prospects(birgitte)
    assert prospect.stays_until is None
    erase(birgitte, {})
    assert pair_of(room) is None
    assert [cls.kind for cls in kinds() if cls.select().exists()] == []


def test_a_room_of_ones_own_goes_at_once(anne, pair_of):
    invitation, _token = Invitation.to_room(anne, "eva@example.dk", "mentor")
    Reflection.save_text(Pair.opened_by(anne, invitation.pair_id), None, "arrival", SECRET, rev=0, page="")
    erase(anne, {})
    for cls in (Pair, Invitation, Reflection):
        assert not cls.select().exists(), cls


def test_other_rooms_are_not_touched(room, anne, christian, dorte):
    other = make_pair(christian, dorte)
    furnish(*other)
    pairs = [row for row in dump()["pair"] if row[0] == other[0].id.bytes]
    counts = {cls: cls.select().where(cls.pair == other[0].id).count() for cls in kinds()}
    erase(anne, {})
    assert [row for row in dump()["pair"] if row[0] == other[0].id.bytes] == pairs
    assert {cls: cls.select().where(cls.pair == other[0].id).count() for cls in kinds()} == counts


# Rooms that are not open yet.


def invited(inviter, guest, *, accept):
    invitation, token = Invitation.to_room(inviter, guest.email, "mentor")
    if accept:
        Invitation.find(token).accept(guest, token)
    return invitation, token


@pytest.mark.parametrize("accept", [True, False])
def test_when_the_invited_goes_the_invitation_is_taken_back_and_names_nobody(anne, birgitte, browse, accept):
    invitation, token = invited(anne, birgitte, accept=accept)
    erase(birgitte, {})
    kept = Invitation.get_by_id(invitation.id)
    assert (kept.state, kept.email, kept.accepted_by) == ("revoked", "", None)
    pair = Pair.get_by_id(invitation.pair_id)
    assert (pair.mentor_id, pair.left_at, pair.delete_on) == (None, None, None)
    client = browse(anne)
    assert "The one you invited has left Companion." in client.get(f"/pairs/{pair.id}").text
    assert client.post(f"/pairs/{pair.id}/invitation/renewal").status_code == 422
    assert client.post(f"/pairs/{pair.id}/opening").status_code == 422
    assert "A room without the other" in client.get("/pairs").text
    assert client.get(f"/invitation/{token}").status_code == 200
    with pytest.raises(Invalid):
        kept.renew(anne)


def test_when_the_inviter_goes_the_other_keeps_their_first_thoughts_and_is_told(anne, birgitte, browse, passphrase):
    invitation, token = invited(anne, birgitte, accept=True)
    pair_id = invitation.pair_id
    Reflection.save_text(Pair.opened_by(birgitte, pair_id), None, "arrival", SECRET, rev=0, page="")
    erase(anne, {})
    assert not Invitation.select().where(Invitation.pair == pair_id).exists()
    client = browse(birgitte)
    assert "Former mentee left Companion on" in client.get(f"/pairs/{pair_id}").text
    assert Pair.get_by_id(pair_id).delete_on == today() + READABLE_AT_LEAST
    answer = client.post(f"/pairs/{pair_id}/export", {"passphrase": passphrase(birgitte)})
    assert answer.status_code == 200
    for path in ("opening", "invitation/renewal", "invitation/revocation"):
        assert client.post(f"/pairs/{pair_id}/{path}").status_code == 404
    assert browse().get(f"/invitation/{token}").status_code == 404


def test_a_room_whose_key_was_never_picked_up_says_so_and_goes_soon(anne, birgitte, browse):
    invitation, token = invited(anne, birgitte, accept=True)
    Invitation.latest_of(Pair.get_by_id(invitation.pair_id)).confirm(anne)
    erase(anne, {invitation.pair_id: STAY})
    assert not HandOver.select().exists()
    assert Pair.get_by_id(invitation.pair_id).delete_on == today() + READABLE_AT_LEAST
    assert "Former mentee left Companion on" in browse(birgitte).get(f"/pairs/{invitation.pair_id}").text


def test_an_invitation_to_the_house_goes_with_whoever_used_it(app):
    invitation, token = Invitation.to_house("eva@example.dk")
    eva = Person.sign_up(name="Eva Juhl", email="eva@example.dk", passphrase="bakke saft lygte spade", language="en")
    Invitation.find(token).use(eva)
    erase(eva, {})
    assert not Invitation.select().exists()


# Once more, twice, at once.


def test_forgetting_needs_no_key_and_can_be_done_twice(room, anne, pair_of):
    furnish(*room)
    stranger = Person.get_by_id(anne.id)
    forget(stranger)
    told = pair_of(room).left_at
    before = dump()
    forget(stranger)
    assert dump() == before
    assert pair_of(room).left_at == told
    assert pair_of(room).delete_on == today() + READABLE_AT_LEAST


def test_of_two_who_leave_at_once_the_room_goes_with_the_last(room, anne, birgitte, pair_of):
    for _ in range(3):
        furnish(*room)
        erased = at_once(lambda: erase(anne, {}), lambda: erase(birgitte, {}))
        assert erased == [None, None]
        assert pair_of(room) is None
        assert {person.name for person in Person.select()} == {"Christian Bang", "Dorte Ravn"}
        break


def test_leaving_twice_at_once_from_two_windows_is_leaving_once(app, room, anne, browse, passphrase, pair_of):
    clients = [browse(anne), browse(anne)]
    answers = at_once(*(lambda client=client: leave(client, passphrase(anne)).status_code for client in clients))
    assert set(answers) <= {303, 401}
    assert 303 in answers
    assert pair_of(room).left_at


def test_what_the_other_is_writing_meanwhile_is_either_kept_or_refused_never_half(room, meeting, anne, birgitte):
    hers = Pair.opened_by(birgitte, room[0].id)

    written = []

    def write():
        for n in range(20):
            Insight.note(type(meeting).find(hers, meeting.id), f"{n}", shared=True)
            written.append(f"{n}")

    erased, refused = at_once(lambda: erase(anne, {}), write)
    assert (erased, type(refused)) in ((None, type(None)), (None, Ended))
    assert [row.text for row in Insight.of(hers).order_by(Insight.created_at)] == written


# The way to it.


def test_the_page_says_what_becomes_of_each_room(room, anne, dorte, browse):
    agree(*room, data_after="6")
    make_pair(dorte, anne)
    Invitation.to_room(anne, "eva@example.dk", "mentor")
    html = browse(anne).get("/erasure").text
    (form,) = [form for form in forms(html) if form.action == "/erasure"]
    radios = [field.given for field in form.fields if field.given.get("type") == "radio"]
    assert [(one["value"], "checked" in one) for one in radios] == [("stay", True), ("go", False)] * 2
    assert i18n_day(months_later(today(), 6)) in html
    assert html.count("It is deleted on") == 2
    assert "The room nobody else is in goes with you." in html


def test_a_choice_is_one_only_where_there_are_two_days(room, anne, browse):
    agree(*room, data_after="0")
    html = browse(anne).get("/erasure").text
    assert not [field for form in forms(html) for field in form.fields if field.given.get("type") == "radio"]
    assert f"can be read until {i18n_day(today() + READABLE_AT_LEAST)}" in html


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Say that you know it cannot be undone."),
        ({"passphrase": "lampe skovsti kaffe november brev"}, "Say that you know it cannot be undone."),
        ({"understood": "1"}, "That is not the passphrase you have now."),
        ({"understood": "1", "passphrase": "havn cykel tålmod rugbrød stjerne"}, "That is not the passphrase"),
    ],
)
def test_nothing_goes_before_it_is_said_with_the_passphrase(room, anne, browse, typed, sentence):
    client = browse(anne)
    client.get("/erasure")
    before = dump(but={"attempt"})
    answer = client.post("/erasure", typed | {f"room-{room[0].id}": GO})
    assert answer.status_code == 422
    assert sentence in answer.text
    (form,) = [form for form in forms(answer.text) if form.action == "/erasure"]
    chosen = [field.given["value"] for field in form.fields if field.given.get("type") == "radio" and
              "checked" in field.given]  # fmt: skip
    assert chosen == [GO]
    assert dump(but={"attempt"}) == before


def test_guessing_is_slowed_as_at_the_door(room, anne, browse, passphrase):
    client = browse(anne)
    statuses = [leave(client, "wrong").status_code for _ in range(8)]
    assert statuses[:5] == [422] * 5
    assert statuses[-1] == 429
    assert leave(client, passphrase(anne)).status_code == 429
    assert Person.get_or_none(Person.id == anne.id)
    with at(now() + timedelta(minutes=20)):
        assert leave(client, passphrase(anne)).status_code == 303


@pytest.mark.parametrize("alone", [False, True])
def test_what_was_on_its_way_from_another_window_is_not_kept_afterwards(room, meeting, anne, birgitte, alone):
    on_its_way, there = Pair.opened_by(anne, room[0].id), Insight.note(meeting, SECRET, shared=False)
    if alone:
        erase(birgitte, {})
    erase(anne, {})
    for late in (
        lambda: Reflection.save_text(on_its_way, meeting, "note", SECRET, rev=0, page=""),
        lambda: Insight.note(meeting, SECRET, shared=False),
        lambda: there.change(text=SECRET),
    ):
        with pytest.raises(Missing):
            late()
    assert not [cls for cls in kinds() if cls.select().where(cls.scope == anne.id).exists()]


def test_a_room_of_others_named_in_the_form_is_not_heard(room, anne, christian, dorte, browse, passphrase):
    other = make_pair(christian, dorte)
    leave(browse(anne), passphrase(anne), **{f"room-{other[0].id}": GO})
    assert Pair.get_by_id(other[0].id).delete_on is None


def test_the_settings_lead_to_both(anne, browse):
    links = [one.given.get("href") for one in elements(browse(anne).get("/settings").text) if one.tag == "a"]
    assert {"/export", "/erasure"} <= set(links)
