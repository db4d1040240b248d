"""People: making a key, the two ways in, starting anew, sessions, settings."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from acting import at_once, form_in, letters, link_in
from conftest import PASSPHRASES, make_pair, plan_meeting
from hypothesis import given
from hypothesis import strategies as st

from companion import i18n, vault
from companion.db import at, now
from companion.errors import Invalid, Missing, Sealed
from companion.meetings.models import Meeting
from companion.pairs.models import Invitation, Pair, RoomKey
from companion.people import passphrases
from companion.people.gate import COOKIE
from companion.people.models import KeySlot, Person, RestartLink, Session, read_email, read_name
from companion.reflections.models import Insight, Reflection

EN = {"Accept-Language": "en"}
OWN = "regnen faldt skråt over Bispetorv"


def new_person(**typed):
    given = {"name": "Emil Krogh", "email": "emil@example.dk", "passphrase": OWN, "language": "en"}
    return Person.sign_up(**given | typed)


# Names and addresses.


@pytest.mark.parametrize(
    "name",
    ["Ib", "Åse-Marie Ø. Jørgensen", "李", "محمد علي", "O’Brien", "X Æ A-12", "Null", "🦊", "Ⅳ", "d'Été", "x" * 100],
)
def test_any_name_somebody_can_see_and_say_is_a_name(name):
    assert read_name(f"  {name} ") == name


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "\u202e\u2066", "Anne\nHolm", "Anne\x00", "\ud800", "x" * 101])
def test_what_nobody_can_see_or_say_is_no_name(name):
    with pytest.raises(Invalid) as refused:
        read_name(name)
    assert refused.value.field == "name"


def test_one_way_of_writing_an_address_is_the_same_as_another(app):
    new_person(email=" Emil@Example.DK ")
    assert Person.by_email("emil@example.dk").name == "Emil Krogh"
    assert read_email("rene\u0301@example.dk") == read_email("REN\u00c9@example.dk")


@pytest.mark.parametrize(
    "address",
    ["", "emil", "emil@", "@example.dk", "emil@example", "emil@.dk", "emil@example.", "a@b@c.dk", "e mil@example.dk",
     "emil@example.dk,anne@example.dk", "Emil <emil@example.dk>", "emil@example.dk\nBcc: x@y.dk", "e" * 250 + "@a.dk"],
)  # fmt: skip
def test_what_no_letter_can_be_sent_to_is_no_address(address):
    with pytest.raises(Invalid) as refused:
        read_email(address)
    assert refused.value.field == "email"


# Passphrases.


def check(phrase):
    passphrases.check(phrase, name="Emil Krogh", email="emil.krogh@vestby.dk")


@pytest.mark.parametrize(
    "phrase", [OWN, "fem små ord er nok", "ЭтоМояТайнаяФраза", "雨" * 9 + "山川草木花鳥", "x1" * 3 + "abcdefghijk"]
)
def test_a_sentence_of_ones_own_is_a_passphrase(phrase):
    check(phrase)


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("", "15 characters"),
        ("fjorten tegn!!", "15 characters"),
        ("a  b  c  d  e  f", "15 characters"),
        ("x" * 201, "200 characters"),
        ("ø" * 199 + "🦊" * 200, "200 characters"),
        ("aaaaaaaaaaaaaaaa", "first to be guessed"),
        ("abcabcabcabcabcabc", "first to be guessed"),
        ("passwordpassword", "first to be guessed"),
        ("Password Password 123", "first to be guessed"),
        ("qwertyuiop asdfghjkl", "first to be guessed"),
        ("emil krogh 1987 emil", "your own name"),
        ("emil.krogh@vestby.dk", "your own name"),
        ("EMIL KROGH VESTBY abc", "your own name"),
    ],
)
def test_what_would_be_guessed_is_no_passphrase(phrase, says):
    with pytest.raises(Invalid, match=says) as refused:
        check(phrase)
    assert refused.value.field == "passphrase"


@pytest.mark.parametrize("language", ["da", "en"])
def test_five_words_are_offered_in_the_readers_language(language):
    known = set((passphrases.WORDS / f"{language}.txt").read_text(encoding="utf-8").split())
    words = passphrases.offer(language).split()
    assert len(words) == 5
    assert set(words) <= known


def test_no_two_people_are_offered_the_same_words():
    assert len({passphrases.offer("da") for _ in range(50)}) == 50


@pytest.mark.parametrize("language", ["da", "en"])
def test_what_the_house_offers_it_also_takes(language):
    for _ in range(200):
        passphrases.check(passphrases.offer(language), name="Bo Li", email="bo@li.dk")


# Signing up.


def test_a_new_person_has_two_ways_into_one_vault(app):
    emil = new_person()
    code = emil.slot("recovery").code(emil.vault)
    by_phrase = vault.open_slot(emil.slot("passphrase"), OWN)
    by_code = vault.open_slot(emil.slot("recovery"), code)
    assert by_phrase.key == by_code.key == emil.vault.key


def test_a_taken_address_says_so(anne):
    with pytest.raises(Invalid, match="already an account") as refused:
        new_person(email="ANNE@example.dk")
    assert refused.value.field == "email"


def test_of_two_who_take_an_address_at_once_one_gets_it(app):
    made = at_once(new_person, new_person)
    assert sorted(type(one).__name__ for one in made) == ["Invalid", "Person"]
    assert Person.select().count() == 1
    assert KeySlot.select().count() == 2


def test_an_unknown_language_or_time_zone_falls_back_to_danish_and_copenhagen(app):
    emil = new_person(language="tlh", timezone="Mars/Olympus")
    assert (emil.language, emil.timezone) == ("da", "Europe/Copenhagen")


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_door_offers_words_in_the_language_of_the_browser(browse, language):
    page = browse().get("/sign-up", headers={"Accept-Language": language}).text
    known = set((passphrases.WORDS / f"{language}.txt").read_text(encoding="utf-8").split())
    assert set(form_in(page, "/sign-up").fields["offered"].split()) <= known
    assert f'<html lang="{language}"' in page


def test_signing_up_with_the_words_offered_leads_to_the_code_and_to_the_rooms(browse):
    client = browse()
    form = form_in(client.get("/sign-up", headers=EN).text, "/sign-up")
    form.fields |= {"name": "Emil Krogh", "email": "emil@example.dk"}
    answer = client.post(form.action, form.fields, headers=EN)
    assert (answer.status_code, answer.location) == (303, "/recovery-code")
    page = client.get("/recovery-code").text
    groups = re.findall(r"<kbd>(\w{4})</kbd>", page)
    asked = [int(n) for n in re.findall(r'<label[^>]*for="(?:first|second)">\D*(\d)', page)]
    typed = dict(zip(("first", "second"), (groups[n - 1] for n in asked), strict=True))
    answer = client.post("/recovery-code", form_in(page, "/recovery-code").fields | typed)
    assert (answer.status_code, answer.location) == (303, "/pairs")
    assert not any(group in client.get("/recovery-code").text for group in groups)
    assert Person.sign_in("emil@example.dk", form.fields["offered"]).name == "Emil Krogh"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"email": "emil"}, "email"),
        ({"email": "anne@example.dk"}, "email"),
        ({"own": "for kort"}, "passphrase"),
        ({"own": "", "choice": ""}, "passphrase"),
    ],
)
def test_a_refused_sign_up_keeps_what_was_typed_but_never_the_passphrase(anne, browse, typed, field):
    given = {"name": "Emil Krogh", "email": "emil@example.dk", "language": "en", "choice": "own", "own": OWN,
             "offered": "en to tre fire fem"}  # fmt: skip
    answer = browse().post("/sign-up", given | typed, headers=EN)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    kept = form_in(answer.text, "/sign-up").fields
    for name in ("name", "email", "language", "offered"):
        assert kept[name] == (given | typed)[name]
    assert OWN not in answer.text
    assert Person.select().count() == 4


def test_five_others_keep_the_name_and_the_address(browse):
    given = {"name": "Emil Krogh", "email": "emil@example.dk", "language": "en", "choice": "offered", "offered": "a b"}
    answer = browse().post("/sign-up/passphrase", given, headers=EN)
    kept = form_in(answer.text, "/sign-up").fields
    assert answer.status_code == 200
    assert (kept["name"], kept["email"]) == ("Emil Krogh", "emil@example.dk")
    assert len(kept["offered"].split()) == 5


def test_where_only_the_invited_may_sign_up_others_are_refused(settings, anne, app, browse):
    object.__setattr__(settings, "signup", "invited")
    given = {"name": "Emil Krogh", "email": "emil@example.dk", "language": "en", "choice": "own", "own": OWN}
    assert browse().get("/sign-up").status_code == 403
    assert browse().post("/sign-up", given).status_code == 403
    _invitation, token = Invitation.to_house("emil@example.dk")
    form = form_in(browse().get(f"/sign-up?invitation={token}").text, "/sign-up")
    assert form.fields["email"] == "emil@example.dk"
    assert browse().post("/sign-up", form.fields | given).status_code == 303
    assert Person.by_email("emil@example.dk")
    # It lets in one.
    assert browse().get(f"/sign-up?invitation={token}").status_code == 403
    assert browse().post("/sign-up", form.fields | given | {"email": "erik@example.dk"}).status_code == 403
    assert not Person.by_email("erik@example.dk")


# The recovery code.


@given(st.uuids())
def test_two_different_groups_are_asked_for(slot_id):
    first, second = KeySlot(id=slot_id).asked
    assert 1 <= first < second <= 7


def test_the_code_is_shown_until_two_groups_have_been_typed_back(app, browse):
    emil = new_person()
    code = emil.slot("recovery").code(emil.vault)
    client = browse(emil)
    for _ in range(2):
        page = client.get("/recovery-code").text
        assert all(f"<kbd>{group}</kbd>" in page for group in code.split("-"))
    slot = emil.slot("recovery")
    groups = [code.split("-")[n - 1] for n in slot.asked]
    answer = client.post("/recovery-code", {"first": groups[1], "second": groups[0]})
    assert answer.status_code == 422
    assert form_in(answer.text, "/recovery-code").fields["first"] == groups[1]
    assert emil.slot("recovery").shown
    assert client.post("/recovery-code", {"first": groups[0], "second": groups[1]}).status_code == 303
    assert emil.slot("recovery").shown is None
    assert code.split("-")[0] not in client.get("/recovery-code").text


def test_letters_that_look_like_digits_are_read_as_the_digits(app):
    emil = new_person()
    while True:
        slot = emil.slot("recovery")
        groups = [slot.code(emil.vault).split("-")[n - 1] for n in slot.asked]
        if "0" in "".join(groups) and "1" in "".join(groups):
            break
        emil.renew_code()
    slot.confirm(emil.vault, [f" {group} ".lower().replace("0", "o").replace("1", "l") for group in groups])
    assert emil.slot("recovery").shown is None


def test_confirming_a_code_that_is_on_paper_is_harmless(anne):
    anne.slot("recovery").confirm(anne.vault, ("", ""))
    assert anne.slot("recovery").shown is None


def test_the_rooms_remind_of_a_code_that_is_not_on_paper(app, browse, anne):
    assert "/recovery-code" in browse(new_person()).get("/pairs").text
    assert "/recovery-code" not in browse(anne).get("/pairs").text


def test_a_new_code_asks_for_the_passphrase(anne, browse):
    before = anne.slot("recovery").id
    answer = browse(anne).post("/settings/code", {"current": "not the one she has"})
    assert answer.status_code == 422
    assert "That is not the passphrase you have now." in answer.text
    assert anne.slot("recovery").id == before


def test_a_new_code_ends_the_old_one(anne, browse):
    before = anne.slot("recovery").id
    client = browse(anne)
    assert client.post("/settings/code", {"current": PASSPHRASES["Anne Holm"]}).location == "/recovery-code"
    assert anne.slot("recovery").id != before
    assert anne.slot("recovery").code(anne.vault).split("-")[0] in client.get("/recovery-code").text


def test_two_new_codes_at_once_leave_one(anne):
    for _ in range(5):
        assert at_once(anne.renew_code, anne.renew_code) == [None, None]
        assert KeySlot.select().where(KeySlot.person == anne, KeySlot.kind == "recovery").count() == 1


# In and out.


def test_the_right_words_open_the_door(anne, browse, passphrase):
    client = browse()
    form = form_in(client.get("/sign-in").text, "/sign-in")
    answer = client.post("/sign-in", form.fields | {"email": " ANNE@example.dk", "passphrase": passphrase(anne)})
    assert (answer.status_code, answer.location) == (303, "/pairs")
    assert client.get("/pairs").status_code == 200


def test_words_are_read_whatever_the_spaces_between_them(anne, passphrase):
    typed = "  " + passphrase(anne).replace(" ", "   ") + "\n"
    assert Person.sign_in(anne.email, typed).vault.key == anne.vault.key


def test_wrong_words_and_an_unknown_address_get_the_same_answer(anne, browse):
    wrong = browse().post("/sign-in", {"email": "anne@example.dk", "passphrase": OWN}, headers=EN)
    nobody = browse().post("/sign-in", {"email": "erik@example.dk", "passphrase": OWN}, headers=EN)
    assert wrong.status_code == nobody.status_code == 422
    assert wrong.text == nobody.text.replace("erik@", "anne@")
    assert form_in(wrong.text, "/sign-in").fields["email"] == "anne@example.dk"
    assert OWN not in wrong.text


def test_after_five_misses_the_door_asks_for_patience(anne, browse, passphrase):
    client, wrong = browse(), {"email": anne.email, "passphrase": OWN}
    right = {"email": anne.email, "passphrase": passphrase(anne)}
    for _ in range(5):
        assert client.post("/sign-in", wrong).status_code == 422
    refused = client.post("/sign-in", right)
    assert refused.status_code == 429
    wait = int(refused.headers["Retry-After"])
    with at(now() + timedelta(seconds=wait)):
        assert client.post("/sign-in", right).status_code == 303


def test_the_right_words_forgive_the_misses_before_them(anne, browse, passphrase):
    for _ in range(3):
        for _miss in range(4):
            assert browse().post("/sign-in", {"email": anne.email, "passphrase": OWN}).status_code == 422
        right = {"email": anne.email, "passphrase": passphrase(anne)}
        assert browse().post("/sign-in", right).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/settings", "/settings"),
        ("/pairs/new?role=mentor", "/pairs/new?role=mentor"),
        ("//evil.example/x", "/pairs"),
        ("/\\evil.example", "/pairs"),
        ("https://evil.example", "/pairs"),
        ("/settings\r\nX: y", "/pairs"),
        ("/sign-out", "/pairs"),
        ("/sign-in", "/pairs"),
        ("settings", "/pairs"),
        ("", "/pairs"),
    ],
)
def test_the_door_leads_on_to_pages_of_this_house_only(anne, browse, passphrase, wanted, reached):
    given = {"email": anne.email, "passphrase": passphrase(anne), "next": wanted}
    assert browse().post("/sign-in", given).location == reached


def test_who_asks_for_a_page_while_signed_out_comes_back_to_it(anne, browse, passphrase):
    client = browse()
    door = client.get("/pairs/new")
    assert door.location == "/sign-in?next=/pairs/new"
    form = form_in(client.get(door.location).text, "/sign-in")
    answer = client.post("/sign-in", form.fields | {"email": anne.email, "passphrase": passphrase(anne)})
    assert answer.location == "/pairs/new"


def test_signing_out_ends_the_session_and_not_only_the_cookie(anne, browse):
    client = browse(anne)
    cookie = client.client.get_cookie(COOKIE, domain="127.0.0.1").value
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.client.get_cookie(COOKIE, domain="127.0.0.1") is None
    client.client.set_cookie(COOKIE, cookie, domain="127.0.0.1", secure=True)
    assert client.get("/settings").location.startswith("/sign-in")
    assert Session.of(cookie) is None


def test_signing_out_twice_is_harmless(anne, browse):
    client = browse(anne)
    for status in (303, 401):
        assert client.post("/sign-out").status_code == status


@pytest.mark.parametrize(
    ("quiet", "alive"),
    [
        (timedelta(minutes=29, seconds=59), True),
        (timedelta(minutes=30, seconds=1), False),
        (timedelta(minutes=-4), True),
        (timedelta(minutes=-6), False),
    ],
)
def test_a_session_locks_itself_after_thirty_quiet_minutes(anne, quiet, alive):
    session, token = Session.start(anne, "Firefox, Linux")
    with at(now() + quiet):
        assert Session.of(token).alive == alive


def test_a_session_ends_after_twelve_hours_however_busy(anne, browse):
    client, start = browse(anne), now()
    for minutes in range(20, 12 * 60, 20):
        with at(start + timedelta(minutes=minutes)):
            assert client.get("/settings").status_code == 200
    with at(start + timedelta(hours=12, minutes=1)):
        assert client.get("/settings").status_code == 303


def test_a_session_says_what_it_was_started_with(anne, browse):
    client = browse()
    given = {"email": anne.email, "passphrase": PASSPHRASES[anne.name]}
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client.post("/sign-in", given, headers={"User-Agent": agent})
    assert "Firefox, Linux" in client.get("/settings").text


def test_an_old_cost_is_renewed_when_its_owner_is_there(anne, passphrase, monkeypatch):
    monkeypatch.setitem(vault.ARGON2, "passes", 3)
    again = Person.sign_in(anne.email, passphrase(anne))
    assert again.vault.key == anne.vault.key
    assert anne.slot("passphrase").passes == 3


def test_an_old_cost_renewed_by_two_at_once_opens_for_both(anne, passphrase, monkeypatch):
    monkeypatch.setitem(vault.ARGON2, "passes", 3)
    both = at_once(*[lambda: Person.sign_in(anne.email, passphrase(anne)).vault.key] * 2)
    assert both == [anne.vault.key] * 2


# Recovery with the code.


def written_down(person):
    """A code of theirs that is on paper."""
    person.renew_code()
    return person.slot("recovery").code(person.vault)


def test_the_code_opens_everything_and_is_replaced(anne):
    code = written_down(anne)
    _session, token = Session.start(anne, "")
    back = Person.recover("Anne@example.dk", code.lower().replace("-", " "), OWN)
    assert back.vault.key == anne.vault.key
    assert Person.sign_in(anne.email, OWN).vault.key == anne.vault.key
    with pytest.raises(Sealed):
        Person.sign_in(anne.email, PASSPHRASES[anne.name])
    with pytest.raises(Sealed):
        Person.recover(anne.email, code, OWN)
    assert not Session.of(token).alive
    assert back.slot("recovery").code(back.vault) != code


def test_a_code_used_by_two_at_once_opens_for_one(anne):
    for _ in range(5):
        code = written_down(anne)
        use = [lambda p=phrase, c=code: Person.recover(anne.email, c, p) for phrase in (OWN, OWN[::-1])]
        assert sorted(type(one).__name__ for one in at_once(*use)) == ["Person", "Sealed"]


def test_a_mistyped_code_is_told_from_a_wrong_one(anne):
    code = written_down(anne)
    slip = code[:-1] + ("A" if code[-1] != "A" else "B")
    with pytest.raises(Invalid) as refused:
        Person.recover(anne.email, slip, OWN)
    assert refused.value.field == "code"
    with pytest.raises(Sealed):
        Person.recover(anne.email, vault.new_code(), OWN)


def test_a_poor_new_passphrase_does_not_use_up_the_code(anne):
    code = written_down(anne)
    with pytest.raises(Invalid):
        Person.recover(anne.email, code, "for kort")
    assert Person.recover(anne.email, code, OWN).vault.key == anne.vault.key


def test_recovering_through_the_door_shows_the_new_code(anne, browse):
    code = written_down(anne)
    client = browse()
    form = form_in(client.get("/forgot").text, "/forgot")
    answer = client.post("/forgot", form.fields | {"email": anne.email, "code": code, "passphrase": OWN})
    assert (answer.status_code, answer.location) == (303, "/recovery-code")
    fresh = Person.sign_in(anne.email, OWN)
    assert fresh.slot("recovery").code(fresh.vault).split("-")[3] in client.get("/recovery-code").text


@pytest.mark.parametrize("typed", [{"email": "erik@example.dk"}, {"code": "ABCD"}, {"passphrase": "for kort"}, {}])
def test_a_refused_recovery_keeps_address_and_code(anne, browse, typed):
    code = written_down(anne) if typed else vault.new_code()
    given = {"email": anne.email, "code": code, "passphrase": OWN} | typed
    answer = browse().post("/forgot", given)
    assert answer.status_code == 422
    kept = form_in(answer.text, "/forgot").fields
    assert (kept["email"], kept["code"], kept["passphrase"]) == (given["email"], given["code"], "")
    assert given["passphrase"] not in answer.text
    assert Person.sign_in(anne.email, PASSPHRASES[anne.name])


# A new start, for whoever lost both.


def ask_for_letter(client, address):
    form = form_in(client.get("/forgot").text, "/forgot/letter")
    return client.post("/forgot/letter", form.fields | {"email": address})


def test_a_letter_is_promised_to_known_and_unknown_addresses_alike(anne, browse, settings):
    known, unknown = (ask_for_letter(browse(), f"{name}@example.dk") for name in ("anne", "erik"))
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("anne@", "erik@") == unknown.text
    (letter,) = letters(settings)
    assert letter["To"] == anne.email


def test_the_letter_for_a_new_start_carries_a_link_and_no_name(anne, browse, settings):
    ask_for_letter(browse(), anne.email)
    (letter,) = letters(settings)
    assert browse().get(link_in(letter)).status_code == 200
    assert "Anne" not in letter.get_content()
    assert letter["From"] == settings.mail_from


def test_a_letter_to_no_address_is_refused_with_what_was_typed(browse, settings):
    answer = ask_for_letter(browse(), "anne")
    assert answer.status_code == 422
    assert form_in(answer.text, "/forgot/letter").fields["email"] == "anne"
    assert letters(settings) == []


def test_a_new_start_gives_an_empty_vault_under_the_same_address(anne, browse):
    client, path = browse(), f"/restart/{RestartLink.make(anne)}"
    form = form_in(client.get(path).text, path)
    answer = client.post(path, form.fields)
    assert (answer.status_code, answer.location) == (303, "/recovery-code")
    new = Person.sign_in(anne.email, form.fields["offered"])
    assert new.id != anne.id
    assert new.vault.key != anne.vault.key
    assert (new.name, new.language) == (anne.name, anne.language)
    assert "/recovery-code" in client.get("/pairs").text


def test_a_refused_new_start_keeps_the_words_offered_and_the_link(anne, browse):
    path = f"/restart/{RestartLink.make(anne)}"
    given = {"choice": "own", "own": "for kort", "offered": "lampe skovsti kaffe november brev"}
    answer = browse().post(path, given)
    assert answer.status_code == 422
    assert form_in(answer.text, path).fields["offered"] == given["offered"]
    assert RestartLink.person_of(path.removeprefix("/restart/")) == anne


def test_the_link_for_a_new_start_works_once(anne, browse):
    path, given = f"/restart/{RestartLink.make(anne)}", {"choice": "own", "own": OWN}
    assert browse().post(path, given).status_code == 303
    assert browse().get(path).status_code == 404
    assert browse().post(path, given).status_code == 404
    assert Person.select().where(Person.name == "Anne Holm").count() == 2


def test_a_new_start_at_once_on_two_pages_is_one(anne, browse):
    token, clients = RestartLink.make(anne), [browse(), browse()]
    given = {"choice": "own", "own": OWN}
    answers = at_once(*[lambda c=client: c.post(f"/restart/{token}", given).status_code for client in clients])
    assert sorted(answers) == [303, 404]
    assert Person.select().where(Person.name == "Anne Holm").count() == 2


def test_the_link_for_a_new_start_lasts_thirty_minutes(anne):
    token = RestartLink.make(anne)
    with at(now() + timedelta(minutes=29, seconds=58)):
        assert RestartLink.person_of(token) == anne
    with at(now() + timedelta(minutes=30)), pytest.raises(Missing):
        RestartLink.person_of(token)


def test_a_newer_link_for_a_new_start_ends_the_older(anne):
    older, newer = RestartLink.make(anne), RestartLink.make(anne)
    assert RestartLink.person_of(newer) == anne
    with pytest.raises(Missing):
        RestartLink.person_of(older)


@pytest.mark.parametrize("token", ["x", "A" * 43, "æ"])
def test_an_invented_link_starts_nothing(browse, token):
    assert browse().get(f"/restart/{token}").status_code == 404


def test_whoever_started_anew_is_kept_sealed_for_ninety_days(anne):
    _session, cookie = Session.start(anne, "")
    anne.start_anew(passphrase=OWN)
    old = Person.get_by_id(anne.id)
    assert (old.email, old.delete_on) == (None, (now() + timedelta(days=90)).date())
    assert old.retired_at
    assert Session.of(cookie) is None
    with at(now() + timedelta(days=89)):
        Person.forget_retired()
        assert Person.get_or_none(id=anne.id)
    with at(now() + timedelta(days=90)):
        Person.forget_retired()
    assert Person.get_or_none(id=anne.id) is None
    assert not KeySlot.select().where(KeySlot.person == anne.id).exists()
    assert Person.by_email("anne@example.dk")


def test_after_a_new_start_the_partner_still_reads_the_room_and_can_invite_again(room, meeting, anne, birgitte, browse):
    Insight.note(meeting, "Det begynder i skuldrene.", shared=True)
    new = anne.start_anew(passphrase=OWN)
    assert browse(new).get(f"/pairs/{room[0].id}").status_code == 404
    assert str(room[0].id) not in browse(new).get("/pairs").text
    hers = Pair.opened_by(birgitte, room[0].id)
    assert [row.text for row in Insight.of(hers)] == ["Det begynder i skuldrene."]
    assert browse(birgitte).get(f"/pairs/{hers.id}").status_code == 200
    again, _hers = make_pair(new, birgitte)
    assert again.is_open


def test_when_the_retired_is_gone_their_words_are_still_told_from_the_partners(room, meeting, anne, birgitte, browse):
    Insight.note(meeting, "Det begynder i skuldrene.", shared=True)
    Insight.note(Meeting.find(room[1], meeting.id), "Jeg tav i fem sekunder.", shared=True)
    anne.start_anew(passphrase=OWN)
    with at(now() + timedelta(days=90)):
        Person.forget_retired()
    hers = Pair.opened_by(birgitte, room[0].id)
    assert (hers.voice_of(anne.id), hers.voice_of(birgitte.id)) == ("mentee", "mentor")
    assert (hers.name_of(anne.id), hers.name_of(birgitte.id)) == (hers.mentee_name, "Birgitte Lund")
    for page in ("", "/progress/", "/agreement/", f"/meetings/{meeting.id}"):
        assert browse(birgitte).get(f"/pairs/{hers.id}{page}").status_code == 200


def test_a_room_whose_key_somebody_lost_says_so_on_their_page(room, anne, birgitte, browse):
    RoomKey.delete().where(RoomKey.person == birgitte).execute()
    client = browse(birgitte)
    answer = client.get(f"/pairs/{room[0].id}")
    assert answer.status_code == 200
    assert "does not open with your key" in answer.text
    assert client.get(f"/pairs/{room[0].id}/agreement/").location == f"/pairs/{room[0].id}"
    assert browse(anne).get(f"/pairs/{room[0].id}/agreement/").status_code == 200


# Settings.


def test_name_language_and_time_zone_are_ones_own_to_choose(anne, browse):
    client = browse(anne)
    form = form_in(client.get("/settings").text, "/settings")
    assert form.fields == {"name": "Anne Holm", "language": "en", "timezone": "Europe/Copenhagen"}
    chosen = {"name": "Anne H. Sørensen", "language": "da", "timezone": "America/Nuuk"}
    assert client.post("/settings", chosen).location == "/settings"
    again = Person.get_by_id(anne.id)
    assert {name: getattr(again, name) for name in chosen} == chosen
    assert '<html lang="da"' in client.get("/settings").text


@pytest.mark.parametrize("typed", [{"name": "  "}, {"language": "sv"}, {"timezone": "Mars/Olympus"}])
def test_refused_settings_say_why_and_keep_what_was_typed(anne, browse, typed):
    given = {"name": "Anne S.", "language": "en", "timezone": "Europe/Oslo"} | typed
    answer = browse(anne).post("/settings", given)
    assert answer.status_code == 422
    (field,) = typed
    assert f'id="{field}-error"' in answer.text
    if field != "name":
        assert form_in(answer.text, "/settings").fields["name"] == "Anne S."
    assert Person.get_by_id(anne.id).name == "Anne Holm"


@pytest.mark.parametrize("zone", ["Europe/Copenhagen", "America/Argentina/Buenos_Aires", "Pacific/Chatham"])
def test_every_zone_offered_is_one_that_can_be_chosen(anne, zone):
    assert zone in i18n.timezones()
    anne.settle(name="Anne", language="en", timezone=zone)
    assert Person.get_by_id(anne.id).timezone == zone


def test_a_new_passphrase_ends_every_other_session(anne, browse, passphrase):
    here, there = browse(anne), browse(anne)
    before = here.client.get_cookie(COOKIE, domain="127.0.0.1").value
    form = form_in(here.get("/settings").text, "/settings/passphrase")
    answer = here.post("/settings/passphrase", form.fields | {"old": passphrase(anne), "passphrase": OWN})
    assert answer.status_code == 303
    assert here.get("/settings").status_code == 200
    assert there.get("/settings").status_code == 303
    # Here, too, whoever has copied the cookie is out.
    assert Session.of(before) is None
    assert Person.sign_in(anne.email, OWN)
    with pytest.raises(Sealed):
        Person.sign_in(anne.email, passphrase(anne))


@pytest.mark.parametrize(
    ("typed", "field"), [({"old": "noget helt andet"}, "old"), ({"passphrase": "kort"}, "passphrase")]
)
def test_a_refused_new_passphrase_changes_nothing_and_repeats_nothing(anne, browse, passphrase, typed, field):
    given = {"old": passphrase(anne), "passphrase": OWN} | typed
    answer = browse(anne).post("/settings/passphrase", given)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert given["old"] not in answer.text
    assert OWN not in answer.text
    assert Person.sign_in(anne.email, passphrase(anne))


def test_of_two_new_passphrases_at_once_one_is_taken_and_the_other_told(anne, passphrase):
    old, session = passphrase(anne), Session.start(anne, "")[0]
    for n in range(5):
        new = (f"{OWN} {n}", f"{n} {OWN[::-1]}")
        change = [lambda p=phrase, o=old: anne.change_passphrase(o, p, keep=session) for phrase in new]
        both = at_once(*change)
        assert sorted(type(one).__name__ for one in both) == ["Invalid", "NoneType"]
        old = new[both.index(None)]
        assert Person.sign_in(anne.email, old).vault.key == anne.vault.key


# Sessions.


def test_the_sessions_of_a_person_are_theirs_to_see_and_end(anne, browse):
    here, there = browse(anne), browse(anne)
    page = here.get("/settings").text
    for session in (here.session, there.session):
        assert f"/settings/sessions/{session.id}/end" in page
    assert here.post(f"/settings/sessions/{there.session.id}/end").status_code == 303
    assert str(there.session.id) not in here.get("/settings").text
    assert there.get("/settings").status_code == 303


def test_ending_the_session_one_is_in_is_signing_out(anne, browse):
    client = browse(anne)
    assert client.post(f"/settings/sessions/{client.session.id}/end").location == "/"
    assert client.get("/settings").status_code == 303


def test_nobody_ends_the_session_of_another(anne, dorte, browse):
    client = browse(anne)
    assert browse(dorte).post(f"/settings/sessions/{client.session.id}/end").status_code == 404
    assert browse(dorte).post(f"/settings/sessions/{uuid4()}/end").status_code == 404
    assert client.get("/settings").status_code == 200


@pytest.fixture
def writing(room, anne, browse):
    """(client, path, fields): Anne writes a note while her session is ended elsewhere."""
    meeting = plan_meeting(room[0])
    client = browse(anne)
    page = client.get(f"/pairs/{room[0].id}/meetings/{meeting.id}/preparation?step=what").text
    path = f"/pairs/{room[0].id}/meetings/{meeting.id}/preparation/what"
    fields = form_in(page, path).fields | {"text": "Jeg sagde ja, før jeg havde tænkt."}
    Session.end_one(anne, client.session.id)
    return client, path, fields


def noted(anne, path):
    pair = Pair.opened_by(anne, UUID(path.split("/")[2]))
    return [row.text for row in Reflection.of(pair)]


@pytest.mark.parametrize("htmx", [True, False])
def test_an_ended_session_keeps_what_was_typed_and_saves_it_when_unlocked(writing, anne, passphrase, htmx):
    client, path, fields = writing
    locked = client.post(path, fields, htmx=htmx)
    assert locked.status_code == 401
    assert 'name="unlock"' in locked.text
    if not htmx:
        assert form_in(locked.text, path).fields == fields | {"unlock": ""}
    saved = client.post(path, fields | {"unlock": passphrase(anne)}, htmx=htmx)
    assert saved.status_code == (200 if htmx else 303)
    assert noted(anne, path) == [fields["text"]]
    assert client.get("/settings").status_code == 200


@pytest.mark.parametrize("htmx", [True, False])
def test_the_wrong_passphrase_does_not_unlock_and_loses_nothing(writing, anne, birgitte, passphrase, htmx):
    client, path, fields = writing
    for wrong in (OWN, passphrase(birgitte)):
        answer = client.post(path, fields | {"unlock": wrong}, htmx=htmx)
        assert answer.status_code == 401
        assert wrong not in answer.text
        assert htmx or form_in(answer.text, path).fields["text"] == fields["text"]
    assert noted(anne, path) == []


def test_without_any_session_the_text_is_shown_to_copy(writing, browse):
    _client, path, fields = writing
    answer = browse().post(path, fields)
    assert answer.status_code == 401
    assert fields["text"] in answer.text
    assert 'name="unlock"' not in answer.text


def test_a_day_later_nobody_remembers_who_was_writing(writing, anne, birgitte, passphrase):
    client, path, fields = writing
    with at(now() + timedelta(days=1, minutes=1)):
        Session.start(birgitte, "")
        answer = client.post(path, fields | {"unlock": passphrase(anne)})
    assert answer.status_code == 401
    assert fields["text"] in answer.text


# Languages.


def test_the_browsers_language_counts_until_one_is_chosen(browse):
    client = browse()
    assert '<html lang="en"' in client.get("/", headers=EN).text
    answer = client.post("/language", {"language": "da", "next": "/promise"}, headers=EN)
    assert (answer.status_code, answer.location) == (303, "/promise")
    assert '<html lang="da"' in client.get("/", headers=EN).text


def test_without_a_choice_the_house_speaks_danish(browse):
    for accepted in ("", "sv, de;q=0.8"):
        assert '<html lang="da"' in browse().get("/", headers={"Accept-Language": accepted}).text


def test_a_persons_own_language_goes_where_they_go(anne, browse):
    assert browse(anne).post("/language", {"language": "da"}).status_code == 303
    assert Person.get_by_id(anne.id).language == "da"
    assert '<html lang="da"' in browse(anne).get("/pairs", headers=EN).text


@pytest.mark.parametrize("language", ["", "sv", "../da"])
def test_a_language_the_house_does_not_speak_is_refused(anne, browse, language):
    assert browse(anne).post("/language", {"language": language}).status_code == 400
    assert Person.get_by_id(anne.id).language == "en"


def test_choosing_a_language_leads_nowhere_else(browse):
    answer = browse().post("/language", {"language": "en", "next": "//evil.example"})
    assert answer.location == "/"


def test_the_danish_house_says_a_danish_sentence(anne, browse):
    anne.choose("da")
    assert "Indstillinger" in browse(anne).get("/settings").text
