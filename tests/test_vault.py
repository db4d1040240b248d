"""Keys and sealing: what opens, and everything that must not."""

import base64
import copy
import itertools
import string
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion import vault
from companion.actions.models import Action
from companion.db import now
from companion.errors import Busy, Sealed
from companion.meetings.models import Meeting
from companion.pairs.models import HandOver, Invitation, Pair, RoomKey
from companion.people.models import KeySlot, Person, Session
from companion.people.passphrases import check

KEY = bytes(range(32))
WORDS = "lampe skovsti kaffe november brev"
SECRET = b"s" * 32


@pytest.fixture(autouse=True)
def _secret():
    vault.init(SECRET)


@pytest.fixture
def anybody():
    return vault.Vault.new(uuid4())


def slot_of(owner, secret=WORDS, kind="passphrase"):
    slot_id = uuid4()
    columns = vault.new_slot(kind, secret, owner, slot_id)
    return SimpleNamespace(id=slot_id, person_id=owner.person_id, **columns)


# What is sealed.


@given(st.binary(max_size=20_000))
@settings(max_examples=60, deadline=None)
def test_what_is_sealed_comes_back_as_it_was(text):
    assert vault.unseal(KEY, vault.seal(KEY, text, "row", 1), "row", 1) == text


@pytest.mark.parametrize("length", [0, 1, 251, 252, 253, 4091, 4092, 4093, 100_000, vault.LONGEST_TEXT])
def test_every_length_comes_back_as_it_was(length):
    text = bytes(length - 1) + b"\x80" if length else b""
    assert vault.unseal(KEY, vault.seal(KEY, text), *()) == text


def test_more_than_fits_is_refused_before_it_is_sealed():
    with pytest.raises(ValueError, match="too long"):
        vault.seal(KEY, bytes(vault.LONGEST_TEXT + 1))


def test_the_same_text_never_looks_the_same_twice():
    blobs = [vault.seal(KEY, b"the same") for _ in range(200)]
    assert len({blob[1:25] for blob in blobs}) == len({blob[57:73] for blob in blobs}) == 200


def test_another_key_opens_nothing():
    with pytest.raises(Sealed):
        vault.unseal(bytes(32), vault.seal(KEY, b"words"))


@pytest.mark.parametrize("nothing", [None, b"", b"\x01", bytes(57), b"\x01" + bytes(76), b"\x02" + bytes(400)])
def test_what_was_never_sealed_does_not_open(nothing):
    with pytest.raises(Sealed):
        vault.unseal(KEY, nothing)


def test_every_bit_of_a_sealed_text_counts():
    blob = vault.seal(KEY, b"words", "row")
    for place, bit in itertools.product(range(len(blob)), range(8)):
        changed = bytearray(blob)
        changed[place] ^= 1 << bit
        with pytest.raises(Sealed):
            vault.unseal(KEY, bytes(changed), "row")


def test_every_byte_of_a_sealed_text_is_needed():
    blob = vault.seal(KEY, b"words", "row")
    for length in range(len(blob)):
        with pytest.raises(Sealed):
            vault.unseal(KEY, blob[:length], "row")
    with pytest.raises(Sealed):
        vault.unseal(KEY, blob + b"\0", "row")


def test_a_text_sealed_under_two_keys_at_once_opens_under_neither():
    # The head, with its commitment, is what one key made; the body what another did.
    blob, other = vault.seal(KEY, b"words"), vault.seal(bytes(32), b"words")
    mixed = blob[: vault.HEAD] + other[vault.HEAD :]
    for key in (KEY, bytes(32)):
        with pytest.raises(Sealed):
            vault.unseal(key, mixed)


def test_the_commitment_alone_is_enough_to_refuse():
    blob = vault.seal(KEY, b"words")
    commitment = bytes(vault.COMMITMENT)
    with pytest.raises(Sealed):
        vault.unseal(KEY, blob[: 1 + vault.SALT] + commitment + blob[vault.HEAD :])


def test_padding_that_hides_something_is_refused():
    padded = bytearray(vault.pad(b"words"))
    padded[-1] = 1
    for bad in (bytes(padded), b"", b"\0\0", (2**32 - 1).to_bytes(4, "big") + bytes(252)):
        with pytest.raises(Sealed):
            vault.unpad(bad)


@pytest.mark.parametrize(("short", "long"), [(0, 200), (0, 252), (253, 508)])
def test_length_does_not_tell_an_empty_note_from_one_of_two_hundred_characters(short, long):
    assert len(vault.seal(KEY, bytes(short))) == len(vault.seal(KEY, bytes(long)))


def test_padding_never_costs_more_than_an_eighth_beyond_the_first_pages():
    for length in range(5_000, vault.LONGEST_TEXT, 4_999):
        assert len(vault.pad(bytes(length))) - length <= length / 4 + 4


# What a text is bound to.

CONTEXT = {
    "kind": ("reflection", "recap"),
    "id": (uuid4(), uuid4()),
    "scope": (uuid4(), uuid4()),
    "epoch": (1, 2),
    "rev": (3, 4),
    "author": (uuid4(), uuid4()),
}


@pytest.mark.parametrize("changed", CONTEXT)
def test_a_row_opens_only_where_it_stands(changed):
    context = {name: values[0] for name, values in CONTEXT.items()}
    blob = vault.seal(KEY, b"words", "row", *context.values())
    assert vault.unseal(KEY, blob, "row", *context.values()) == b"words"
    with pytest.raises(Sealed):
        vault.unseal(KEY, blob, "row", *(context | {changed: CONTEXT[changed][1]}).values())


@pytest.mark.parametrize("one", [("ab", "c"), (1, "1"), (b"x", "x"), ("asb",), ("a", "")])
@pytest.mark.parametrize("other", [("a", "bc"), ("1", 1), ("x", b"x"), ("", "a"), ("a", "b")])
def test_different_contexts_never_look_alike(one, other):
    assert vault.encode(*one) != vault.encode(*other)


@pytest.mark.parametrize("odd", [None, True, 1.0, ["a"]])
def test_only_plain_values_stand_in_a_context(odd):
    with pytest.raises(TypeError):
        vault.encode(odd)


def test_a_short_key_is_no_key():
    with pytest.raises(ValueError, match="too short"):
        vault.derive(b"short", "anything")


@pytest.fixture
def notes(room):
    """Two plans of Anne's."""
    typed = {"cue": "it is Friday", "act": "I write three lines"}
    return [Action.plan(room[0], typed | {"learned": word}) for word in ("one", "two")]


@pytest.mark.parametrize("column", ["blob", "id", "scope", "epoch", "rev", "author", "pair_id"])
def test_a_row_with_one_column_of_another_is_not_readable(notes, room, christian, dorte, column):
    one, other = notes
    strange = {
        "blob": other.blob,
        "id": uuid4(),
        "scope": room[0].person.id,
        "epoch": 2,
        "rev": 2,
        "author": room[1].person.id,
        "pair_id": Pair.create(mentee=room[0].person).id,
    }
    Action.update({column: strange[column]}).where(Action.id == one.id).execute()
    rows = list(Action.of(room[0]))
    assert [row.id for row in rows if row.readable] == [other.id]
    assert not any(row.cue for row in rows if not row.readable)


def test_a_row_does_not_open_as_another_kind(notes, room, monkeypatch):
    monkeypatch.setattr(Action, "kind", "offer")
    assert not any(row.readable for row in Action.of(room[0]))


def test_an_older_version_of_a_row_does_not_come_back(notes, room):
    before = Action.get_by_id(notes[0].id).blob
    notes[0].reword({"cue": "it is Monday", "act": "I write two"}, rev=1)
    Action.update(blob=before).where(Action.id == notes[0].id).execute()
    assert not Action.find(room[0], notes[0].id).readable


# The ways into a vault.


def test_the_right_words_open_and_wrong_ones_do_not(anybody):
    slot = slot_of(anybody)
    assert vault.open_slot(slot, WORDS).key == anybody.key
    for wrong in ("lampe skovsti kaffe november brevx", WORDS.upper(), "", " "):
        with pytest.raises(Sealed):
            vault.open_slot(slot, wrong)


def test_without_the_servers_secret_the_right_words_open_nothing(anybody):
    slot = slot_of(anybody)
    vault.init(b"t" * 32)
    with pytest.raises(Sealed):
        vault.open_slot(slot, WORDS)
    vault.init(SECRET)
    assert vault.open_slot(slot, WORDS).key == anybody.key


@pytest.mark.parametrize("secret", [b"", b"short", bytes(31), bytes(33)])
def test_only_thirty_two_bytes_are_a_server_secret(secret):
    with pytest.raises(ValueError, match="32 bytes"):
        vault.init(secret)


@pytest.mark.parametrize("column", ["id", "person_id", "salt", "verifier", "blob", "kind"])
def test_a_slot_is_bound_to_its_person_its_id_and_all_its_columns(anybody, column):
    slot, other = slot_of(anybody), slot_of(vault.Vault.new(uuid4()))
    other.kind = "recovery"
    setattr(slot, column, getattr(other, column))
    with pytest.raises(Sealed):
        vault.open_slot(slot, WORDS)


def test_the_verifier_refuses_before_anything_is_opened(anybody):
    slot = slot_of(anybody)
    slot.blob = None
    slot.verifier = bytes(32)
    with pytest.raises(Sealed):
        vault.open_slot(slot, WORDS)


def test_the_verifier_says_nothing_about_the_key(anybody):
    slot = slot_of(anybody)
    for key in (slot.verifier, slot.salt + slot.salt):
        with pytest.raises(Sealed):
            vault.unseal(key, slot.blob, "vault", slot.person_id, slot.id)


class Counted:
    """argon2's own function, and how often it ran."""

    def __init__(self):
        self.runs = 0

    def __call__(self, *arguments):
        self.runs += 1
        return self.real(*arguments)

    real = staticmethod(vault.hash_secret_raw)


@pytest.fixture
def argon2(monkeypatch):
    counted = Counted()
    monkeypatch.setattr(vault, "hash_secret_raw", counted)
    return counted


@pytest.mark.parametrize(
    "planted",
    [
        {"memory": 8},
        {"memory": 19455},
        {"memory": 262145},
        {"memory": 2**31},
        {"memory": -1},
        {"passes": 1},
        {"passes": 11},
        {"passes": 10**6},
        {"lanes": 0},
        {"lanes": 9},
        {"lanes": -1},
    ],
    ids=str,
)
def test_planted_costs_are_refused_without_running_argon2(anybody, argon2, planted):
    slot = slot_of(anybody)
    argon2.runs = 0
    for name, value in planted.items():
        setattr(slot, name, value)
    with pytest.raises(Sealed):
        vault.open_slot(slot, WORDS)
    assert argon2.runs == 0


@pytest.mark.parametrize("passphrase", ["", " \t\n", "x" * 1025, "æ" * 513, "x" * 1_000_000])
def test_what_cannot_be_a_passphrase_is_refused_without_running_argon2(anybody, argon2, passphrase):
    slot = slot_of(anybody)
    argon2.runs = 0
    with pytest.raises(Sealed):
        vault.open_slot(slot, passphrase)
    assert argon2.runs == 0


def test_an_unknown_address_costs_as_much_as_a_wrong_passphrase(anne, argon2):
    argon2.runs = 0
    costs = []
    for email in (anne.email, "nobody@example.dk"):
        with pytest.raises(Sealed):
            Person.sign_in(email, "not the right words at all")
        costs.append(argon2.runs)
    assert costs == [1, 2]


@pytest.mark.parametrize(
    "passphrase",
    [
        "🦊🌲☕️🗓️✉️ five small pictures",
        "brød og smør på en søndag",
        unicodedata.normalize("NFD", "brød åben ær én gång til"),
        "null\0byte in the middle",
        "%s %(x)s %{x} {{7*7}} {0} ${x} #{x}",
        "שלום עולם זו סיסמה ארוכה",
        "'; DROP TABLE person; --",
        "x" * 1024,
    ],
)
def test_odd_passphrases_open_what_they_sealed(anybody, passphrase):
    slot = slot_of(anybody, passphrase)
    assert vault.open_slot(slot, passphrase).key == anybody.key
    for form in ("NFC", "NFD"):
        assert vault.open_slot(slot, unicodedata.normalize(form, passphrase)).key == anybody.key
    with pytest.raises(Sealed):
        vault.open_slot(slot, passphrase + "x" if len(passphrase) < 1024 else passphrase[1:])


def test_how_the_spaces_were_typed_does_not_matter(anybody):
    slot = slot_of(anybody)
    assert vault.open_slot(slot, f"  {WORDS.replace(' ', '   ')}\n").key == anybody.key


def test_a_letter_that_is_half_a_letter_is_no_trouble(anybody):
    slot = slot_of(anybody, "half a letter \ud800 in here")
    assert vault.open_slot(slot, "half a letter \ud800 in here").key == anybody.key


def test_a_nul_does_not_end_a_passphrase(anybody):
    slot = slot_of(anybody, "the first half\0and the second")
    with pytest.raises(Sealed):
        vault.open_slot(slot, "the first half\0and another")


def test_odd_passphrases_can_be_chosen_and_used(app):
    for n, phrase in enumerate(
        ("🦊🌲☕️ tre små billeder her", "null\0byte in the middle of it", "%s {{7*7}} {0} among words")
    ):
        check(phrase, name="Eva", email="eva@example.dk")
        Person.sign_up(name="Eva", email=f"eva{n}@example.dk", passphrase=phrase, language="da")
        assert Person.sign_in(f"eva{n}@example.dk", phrase).name == "Eva"


def test_an_old_slot_is_known_for_one(anybody):
    slot = slot_of(anybody)
    assert not vault.outdated(slot)
    slot.passes += 1
    assert vault.outdated(slot)
    assert not vault.outdated(slot_of(anybody, vault.new_code(), "recovery"))


# Two at once, nobody longer than a second.


@pytest.fixture
def full():
    """Both places at the gate are taken, as by two who are just unlocking."""
    held = [vault._gate.acquire(timeout=0) for _ in range(vault.ARGON2_AT_ONCE)]
    yield
    for _place in filter(None, held):
        vault._gate.release()


def test_at_most_two_run_at_once(monkeypatch):
    inside, most, lock = 0, 0, threading.Lock()
    both_in = threading.Barrier(2)
    real = vault.hash_secret_raw

    def watched(*arguments):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        try:
            both_in.wait(timeout=20)
            return real(*arguments)
        finally:
            with lock:
                inside -= 1

    monkeypatch.setattr(vault, "hash_secret_raw", watched)
    monkeypatch.setattr(vault, "ARGON2_WAIT", 20)
    cost = {"memory": 19456, "passes": 2, "lanes": 1}
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _n: vault.stretch(WORDS, bytes(16), **cost), range(6)))
    assert len(set(made)) == 1
    assert most == 2


def test_nobody_is_made_to_wait_longer_than_a_second():
    assert vault.ARGON2_WAIT <= 1


def test_a_third_is_told_to_come_back(full, monkeypatch):
    monkeypatch.setattr(vault, "ARGON2_WAIT", 0.01)
    with pytest.raises(Busy) as busy:
        vault.stretch(WORDS, bytes(16), memory=19456, passes=2, lanes=1)
    assert busy.value.wait >= 1


def test_a_crowd_does_not_even_queue():
    places = vault.ARGON2_AT_ONCE + vault.ARGON2_WAITING
    for _ in range(places):
        assert vault._queue.acquire(blocking=False)
    try:
        with pytest.raises(Busy):
            vault.stretch(WORDS, bytes(16), memory=19456, passes=2, lanes=1)
    finally:
        vault._queue.release(places)


@pytest.mark.parametrize("email", ["anne@example.dk", "nobody@example.dk"])
def test_a_third_at_the_door_gets_a_503_and_when_to_try_again(anne, browse, full, monkeypatch, email):
    monkeypatch.setattr(vault, "ARGON2_WAIT", 0.01)
    answer = browse().post("/sign-in", {"email": email, "passphrase": WORDS})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert WORDS not in answer.text


def test_a_third_who_signs_up_gets_a_503_with_the_name_kept(app, browse, full, monkeypatch):
    monkeypatch.setattr(vault, "ARGON2_WAIT", 0.01)
    form = {"name": "Eva Juhl", "email": "eva@example.dk", "choice": "own", "own": WORDS, "language": "en"}
    answer = browse().post("/sign-up", form)
    assert (answer.status_code, "Eva Juhl" in answer.text) == (503, True)
    assert not Person.select().exists()


def test_the_gate_is_free_again_after_a_run_that_failed(anybody, monkeypatch):
    def broken(*_arguments):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(vault, "hash_secret_raw", broken)
        for _ in range(vault.ARGON2_AT_ONCE + 1):
            with pytest.raises(MemoryError):
                slot_of(anybody)
    assert vault.open_slot(slot_of(anybody), WORDS).key == anybody.key


# The recovery code.


def test_a_code_opens_what_it_sealed(anybody):
    code = vault.new_code()
    slot = slot_of(anybody, code, "recovery")
    assert vault.open_slot(slot, code).key == anybody.key
    with pytest.raises(Sealed):
        vault.open_slot(slot, vault.new_code())


@pytest.mark.parametrize("typed", [str.lower, lambda c: c.replace("-", ""), lambda c: f" {c.replace('-', ' ')} "])
def test_a_code_is_read_however_it_is_typed(typed):
    code = vault.new_code()
    assert vault.read_code(typed(code)) == code


def test_letters_that_look_alike_are_read_as_one():
    code = next(code for code in iter(vault.new_code, None) if "0" in code and "1" in code)
    assert vault.read_code(code.replace("0", "o").replace("1", "l")) == code
    assert vault.read_code(code.replace("1", "I")) == code


def test_a_mistyped_letter_is_told():
    slips, missed = 0, 0
    for _ in range(8):
        letters = vault.new_code().replace("-", "")
        for place, letter in itertools.product(range(len(letters)), vault.CODE_LETTERS):
            if letter == letters[place]:
                continue
            slips += 1
            try:
                vault.read_code(letters[:place] + letter + letters[place + 1 :])
                missed += 1
            except ValueError:
                pass
    # Ten check bits let one in 1,024 through.
    assert missed < slips / 300


@pytest.mark.parametrize("typed", ["", "x", "ABCD-EFGH", "0" * 27, "0" * 29, "æøå" * 10, "🦊" * 28, "\0" * 28])
def test_what_is_no_code_is_told(typed):
    with pytest.raises(ValueError, match="mistyped"):
        vault.read_code(typed)


def test_no_two_codes_are_alike_and_every_letter_comes_up():
    codes = {vault.new_code() for _ in range(300)}
    assert len(codes) == 300
    assert set("".join(codes)) - {"-"} == set(vault.CODE_LETTERS)


# Tokens and sessions.


def test_a_token_is_read_back():
    text, raw = vault.new_token()
    assert vault.read_token(text) == raw
    assert len(text) == 43


def test_every_changed_token_is_refused_or_another():
    text, raw = vault.new_token()
    for bad in (
        text[:-1],
        text + "A",
        text + "=",
        f" {text}",
        text + "\n",
        text.replace(text[0], "*", 1),
        "",
        "é" * 43,
    ):
        with pytest.raises(Sealed):
            vault.read_token(bad)
    # The last letter carries two bits that stand for nothing: only one way of writing them counts.
    last = base64.urlsafe_b64decode(text + "=")
    others = [text[:-1] + letter for letter in f"{string.ascii_letters}{string.digits}-_" if letter != text[-1]]
    same = [other for other in others if base64.urlsafe_b64decode(other + "=") == last]
    assert same
    for other in same:
        with pytest.raises(Sealed):
            vault.read_token(other)


def test_the_hash_of_a_token_is_another_for_each_purpose_and_is_not_the_token():
    _text, raw = vault.new_token()
    hashes = {vault.token_hash(raw, purpose) for purpose in ("session", "invitation", "restart")}
    assert len(hashes | {raw}) == 4


def test_a_session_opens_with_its_token_alone(anybody):
    _text, raw = vault.new_token()
    blob = vault.seal_session(raw, anybody)
    assert vault.open_session(raw, anybody.person_id, blob).key == anybody.key
    for token, person_id in ((vault.new_token()[1], anybody.person_id), (raw, uuid4())):
        with pytest.raises(Sealed):
            vault.open_session(token, person_id, blob)


def test_a_session_moved_to_another_person_opens_nobodys_room(room, meeting, anne, dorte, birgitte, browse):
    client = browse(dorte)
    own = copy.copy(client.session.blob)
    for person in (anne, birgitte):
        Session.update(person=person).where(Session.id == client.session.id).execute()
        answer = client.get(f"/pairs/{meeting.pair_id}")
        assert (answer.status_code, answer.location) == (303, f"/sign-in?next=/pairs/{meeting.pair_id}")
        # Nor with what is sealed in that person's own session.
        other, _token = Session.start(person, "Test")
        Session.update(blob=other.blob).where(Session.id == client.session.id).execute()
        assert client.get("/pairs").status_code == 303
        Session.update(blob=own).where(Session.id == client.session.id).execute()


def test_what_is_kept_for_one_person_does_not_open_for_another(anybody):
    other = vault.Vault.new(uuid4())
    blob = anybody.keep(b"words", "device")
    assert anybody.find(blob, "device") == b"words"
    for opened, context in ((other, "device"), (anybody, "code")):
        with pytest.raises(Sealed):
            opened.find(blob, context)
    with pytest.raises(Sealed):
        vault.Vault(other.person_id, anybody.key).find(blob, "device")


def test_what_is_blurred_needs_the_servers_secret():
    before = vault.blur("account", "anne@example.dk")
    assert vault.blur("account", "anne@example.dk") == before
    vault.init(b"t" * 32)
    assert vault.blur("account", "anne@example.dk") != before


# Opening a room: whoever can write in the database cannot put in a key of their own.


def identity_of(person):
    """Another key pair that only `person` (the thief) can use."""
    return person.vault.new_identity()[0]


@pytest.fixture
def invited(anne, birgitte):
    return Invitation.to_room(anne, birgitte.email, "mentor")


@pytest.fixture
def accepted(invited, birgitte):
    invitation, token = invited
    Invitation.find(token).accept(birgitte, token)
    return Invitation.get_by_id(invitation.id)


def nothing_came_of_it(pair_id):
    assert not HandOver.select().exists()
    assert not RoomKey.select().exists()
    assert Pair.get_by_id(pair_id).opened_at is None


def test_an_inviters_swapped_key_is_not_accepted(invited, anne, birgitte, dorte):
    invitation, token = invited
    Person.update(public_key=identity_of(dorte)).where(Person.id == anne.id).execute()
    with pytest.raises(Sealed):
        Invitation.find(token).accept(birgitte, token)
    assert Invitation.get_by_id(invitation.id).accepted_at is None
    nothing_came_of_it(invitation.pair_id)


@pytest.mark.parametrize("column", ["inviter", "role", "pair", "inviter_proof"])
def test_an_invitation_with_another_inviter_role_or_room_is_not_accepted(invited, birgitte, dorte, column):
    invitation, token = invited
    strange = {"inviter": dorte.id, "role": "mentee", "pair": Pair.create(mentee=dorte).id, "inviter_proof": bytes(32)}
    Invitation.update({column: strange[column]}).where(Invitation.id == invitation.id).execute()
    with pytest.raises(Sealed):
        Invitation.find(token).accept(birgitte, token)


def test_an_accepters_swapped_key_opens_no_room(accepted, anne, birgitte, dorte):
    Person.update(public_key=identity_of(dorte)).where(Person.id == birgitte.id).execute()
    with pytest.raises(Sealed):
        Invitation.get_by_id(accepted.id).confirm(anne)
    nothing_came_of_it(accepted.pair_id)


@pytest.mark.parametrize("column", ["accepted_by", "accepter_proof", "role", "pair"])
def test_somebody_put_in_the_accepters_place_opens_no_room(accepted, anne, dorte, column):
    strange = {"accepted_by": dorte.id, "accepter_proof": None, "role": "mentee", "pair": Pair.create(mentee=anne).id}
    Invitation.update({column: strange[column]}).where(Invitation.id == accepted.id).execute()
    with pytest.raises(Sealed):
        Invitation.get_by_id(accepted.id).confirm(anne)
    nothing_came_of_it(accepted.pair_id)


def test_a_thief_with_the_database_cannot_vouch_for_themselves(accepted, anne, dorte):
    # All that stands in the row, as key: none of it makes the proof.
    columns = [accepted.hash, accepted.inviter_copy, accepted.inviter_proof, accepted.accepter_copy]
    context = ("accepter", accepted.id, accepted.pair_id, dorte.id, bytes(dorte.public_key), accepted.role)
    for key in map(bytes, columns):
        proof = vault.vouch(key, *context)
        Invitation.update(accepted_by=dorte, accepter_proof=proof).where(Invitation.id == accepted.id).execute()
        with pytest.raises(Sealed):
            Invitation.get_by_id(accepted.id).confirm(anne)
    nothing_came_of_it(accepted.pair_id)


@pytest.fixture
def handed(accepted, anne):
    accepted.confirm(anne)
    return HandOver.get()


def picks_up(birgitte, pair_id):
    return Pair.opened_by(birgitte, pair_id).is_open


def test_a_genuine_hand_over_is_picked_up_and_gone(handed, birgitte):
    assert picks_up(birgitte, handed.pair_id)
    assert not HandOver.select().exists()


@pytest.mark.parametrize("where", [0, 31, 32, 40, -1])
def test_a_changed_hand_over_is_not_picked_up(handed, birgitte, where):
    changed = bytearray(handed.blob)
    changed[where] ^= 1
    HandOver.update(blob=bytes(changed)).execute()
    assert not picks_up(birgitte, handed.pair_id)
    assert not RoomKey.select().where(RoomKey.person == birgitte).exists()


@pytest.mark.parametrize("proof", [b"", bytes(32), bytes(64)], ids=len)
def test_a_hand_over_nobody_vouches_for_is_not_picked_up(handed, birgitte, proof):
    HandOver.update(proof=proof).execute()
    assert not picks_up(birgitte, handed.pair_id)


def test_a_forged_hand_over_of_another_key_is_not_picked_up(handed, birgitte, dorte):
    context = ("hand-over", handed.pair_id, dorte.id, birgitte.id, 1)
    blob = vault.hand_over(dorte.vault, dorte.identity, bytes(birgitte.public_key), vault.room_key(), *context)
    HandOver.update(sender=dorte, blob=blob).execute()
    assert not picks_up(birgitte, handed.pair_id)
    # Nor when it claims to come from Anne, whose key was swapped for it.
    Person.update(public_key=dorte.public_key).where(Person.id == handed.sender_id).execute()
    HandOver.update(sender=handed.sender_id, blob=blob).execute()
    assert not picks_up(birgitte, handed.pair_id)


def test_a_hand_over_moved_to_another_recipient_or_room_is_not_picked_up(handed, birgitte, dorte):
    HandOver.update(recipient=dorte).execute()
    Pair.update(mentor=dorte).where(Pair.id == handed.pair_id).execute()
    assert not picks_up(dorte, handed.pair_id)
    Pair.update(mentor=birgitte).where(Pair.id == handed.pair_id).execute()
    elsewhere = Pair.create(mentor=birgitte, opened_at=now() - timedelta(days=1))
    HandOver.update(recipient=birgitte, pair=elsewhere).execute()
    assert not picks_up(birgitte, elsewhere.id)


def test_a_refused_hand_over_spoils_nothing_for_the_genuine_one(handed, birgitte):
    HandOver.update(proof=bytes(32)).execute()
    assert not picks_up(birgitte, handed.pair_id)
    HandOver.update(proof=handed.proof).execute()
    assert picks_up(birgitte, handed.pair_id)


def test_a_weak_public_key_gives_no_key_away(anybody):
    _public, identity = anybody.new_identity()
    for weak in (bytes(32), (1).to_bytes(32, "little")):
        with pytest.raises((ValueError, Sealed)):
            vault.hand_over(anybody, identity, weak, vault.room_key(), "hand-over")
        with pytest.raises(Sealed):
            vault.take_over(anybody, identity, weak, weak + vault.seal(KEY, KEY), "hand-over")


@pytest.mark.parametrize("column", ["person", "pair", "epoch"])
def test_a_room_key_moved_to_another_person_room_or_epoch_opens_nothing(room, dorte, column):
    mine, _hers = room
    strange = {"person": dorte.id, "pair": Pair.create(mentee=mine.person).id, "epoch": 2}
    RoomKey.update({column: strange[column]}).where(RoomKey.person == mine.person).execute()
    if column == "person":
        Pair.update(mentee=dorte).where(Pair.id == mine.id).execute()
        with pytest.raises(Sealed):
            Pair.opened_by(dorte, mine.id)
    elif column == "pair":
        with pytest.raises(Sealed):
            Pair.opened_by(mine.person, strange["pair"])
    else:
        assert not Pair.opened_by(mine.person, mine.id).is_open


def test_somebody_written_into_a_pair_reads_nothing_there(room, meeting, agreed, dorte, browse):
    Pair.update(mentor=dorte).where(Pair.id == meeting.pair_id).execute()
    opened = Pair.opened_by(dorte, meeting.pair_id)
    assert not opened.is_open
    assert list(Meeting.of(opened)) == []
    assert browse(dorte).get(f"/pairs/{meeting.pair_id}/agreement/").status_code == 303


def test_a_slot_moved_to_another_person_lets_nobody_in(anne, dorte, passphrase):
    mine = KeySlot.get(person=dorte, kind="passphrase")
    columns = {name: getattr(mine, name) for name in ("memory", "passes", "lanes", "salt", "verifier", "blob")}
    KeySlot.update(columns).where(KeySlot.person == anne, KeySlot.kind == "passphrase").execute()
    with pytest.raises(Sealed):
        Person.sign_in(anne.email, passphrase(dorte))
