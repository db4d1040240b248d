"""The app on a real SQLite file, and the people everybody knows: Anne the mentee, Birgitte her mentor,
Christian in another pair, Dorte the stranger."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict

from companion import cli, config, create_app, db, i18n, secret, vault
from companion.agreement.clauses import CLAUSES, PARTS
from companion.agreement.models import Answers, Draft, Edition
from companion.agreement.settling import Signature, Table
from companion.db import now
from companion.meetings.models import Meeting
from companion.pairs.models import Invitation, Pair
from companion.people.gate import COOKIE
from companion.people.models import Person, Session

URL = "http://127.0.0.1:8000"
PASSPHRASES = {
    "Anne Holm": "lampe skovsti kaffe november brev",
    "Birgitte Lund": "havn cykel tålmod rugbrød stjerne",
    "Christian Bang": "vindue gulerod trappe himmel bog",
    "Dorte Ravn": "bakke saft lygte tirsdag spade",
}


@pytest.fixture(autouse=True, scope="session")
def _cheap_argon2():
    """The least the house accepts: 16 ms instead of 95."""
    vault.ARGON2.update(memory=19456, passes=2, lanes=1)


class Beginning:
    """What every test begins with, made once as it takes longer than most tests do: the application, and two folders.

    `empty` is as new; in `peopled` everybody has signed up. A test gets a copy of one of them.
    """

    def __init__(self, folder):
        self.empty, self.peopled = folder / "empty", folder / "peopled"
        settings = settings_in(self.empty)
        cli.prepare(settings)
        # No test cuts the power, and to wait for the disk takes longer than all else.
        db.db.pragma("synchronous", 0, permanent=True)
        self.app = create_app(settings)
        let_go()
        shutil.copytree(self.empty, self.peopled)
        db.connect(settings_in(self.peopled).database)
        self.people = [make_person(name) for name in PASSPHRASES]
        let_go()


def settings_in(folder):
    return config.read({"COMPANION_OPERATOR": "Vestby Kommune", "COMPANION_DATA": str(folder)})


def let_go():
    """Of the database, whose file is whole by itself once nobody holds it."""
    db.close_connection()
    db.db.close_all()


@pytest.fixture(scope="session")
def beginning(tmp_path_factory):
    return Beginning(tmp_path_factory.mktemp("beginning"))


@pytest.fixture
def settings(tmp_path):
    return settings_in(tmp_path / "data")


@pytest.fixture
def app(beginning, settings, request):
    """The application on a folder of this test's own, in which people have signed up if it asks for any."""
    shutil.copytree(beginning.peopled if "people" in request.fixturenames else beginning.empty, settings.data)
    app = beginning.app
    app.config["COMPANION"] = settings
    app.testing = True
    db.connect(settings.database)
    vault.init(secret.read(settings))
    yield app
    let_go()


@pytest.fixture
def people(app, beginning):
    """{first name: person}, unlocked, their codes on paper."""
    return {person.name.split()[0].lower(): as_signed_up(person) for person in beginning.people}


def as_signed_up(known):
    person = Person.get_by_id(known.id)
    person.vault = vault.Vault(known.id, known.vault.key)
    return person


@pytest.fixture
def anne(people):
    return people["anne"]


@pytest.fixture
def birgitte(people):
    return people["birgitte"]


@pytest.fixture
def christian(people):
    return people["christian"]


@pytest.fixture
def dorte(people):
    return people["dorte"]


def make_person(name):
    email = f"{name.split()[0].lower()}@example.dk"
    person = Person.sign_up(name=name, email=email, passphrase=PASSPHRASES[name], language="en")
    slot = person.slot("recovery")
    groups = slot.code(person.vault).split("-")
    slot.confirm(person.vault, [groups[n - 1] for n in slot.asked])
    return person


def make_pair(mentee, mentor):
    """Their pair with the room open, as each of the two sees it: (mentee's, mentor's)."""
    invitation, token = Invitation.to_room(mentee, mentor.email, "mentor")
    Invitation.find(token).accept(mentor, token)
    Invitation.latest_of(Pair.get_by_id(invitation.pair_id)).confirm(mentee)
    return Pair.opened_by(mentee, invitation.pair_id), Pair.opened_by(mentor, invitation.pair_id)


@pytest.fixture
def room(anne, birgitte):
    """The pair of Anne and Birgitte as (Anne's, Birgitte's)."""
    return make_pair(anne, birgitte)


@pytest.fixture
def agreed(room):
    """Their agreement in force, as Anne sees it."""
    return agree(*room, mentee_aim="To say no in time.")


def agree(mine, hers, **said):
    """Both answer the five cards alike, as most pairs do but for what is `said`, and sign: the edition in force."""
    for pair in (mine, hers):
        fill_in(pair, **said)
        Answers.give(pair)
    seen = Table.of(mine).latest
    for pair in (mine, hers):
        Signature.give(pair, seen=seen)
    return Edition.in_force(mine)


def fill_in(pair, **said):
    """All five cards of the asker, as most pairs answer them but for what is `said`."""
    begun = Draft.mine(pair)
    for part in PARTS:
        rev = begun[part].rev if part in begun else 0
        Draft.save_card(pair, part, MultiDict(card_of(pair, part, **said)), rev=rev, page="")


def card_of(pair, part, **said):
    """What a form of one card sends, from what most pairs answer and what is `said`."""
    shown = [clause for clause in CLAUSES if clause.part == part and clause.of(pair.role)]
    typed = {clause.key: clause.usual(pair) for clause in shown if clause.kind != "chips"}
    typed |= {clause.key: "Something of my own." for clause in shown if clause.kind == "words"}
    typed |= {clause.key: clause.default for clause in shown if clause.kind == "stands"}
    return typed | {key: value for key, value in said.items() if key in {clause.key for clause in shown}}


def plan_meeting(pair, *, days=3, **typed):
    """A meeting `days` from today at 15:00, planned by whoever opened `pair`."""
    moment = i18n.local(now())
    day = moment.date() + timedelta(days=days)
    # Also in the small hours, when 15:00 is too far ahead to have been held.
    clock = "15:00" if days or moment.hour > 3 else f"{moment:%H:%M}"
    form = {"day": day.isoformat(), "time": clock, "minutes": "60", "form": "open"}
    return Meeting.plan(pair, form | typed)


@pytest.fixture
def meeting(room):
    """Their next meeting, as Anne sees it."""
    return plan_meeting(room[0])


class Browser:
    """A test client that says, as browsers do, that it asks from this site; signed in by a real session."""

    def __init__(self, app, person=None):
        self.client = app.test_client()
        if person:
            session, token = Session.start(person, "Test")
            self.session = session
            self.client.set_cookie(COOKIE, token, domain="127.0.0.1", secure=True)

    def get(self, path, **options):
        return self.client.get(path, base_url=URL, **options)

    def post(self, path, data=None, *, htmx=False, **options):
        headers = {"Sec-Fetch-Site": "same-origin"} | ({"HX-Request": "true"} if htmx else {})
        headers |= options.pop("headers", {})
        return self.client.post(path, base_url=URL, data=data or {}, headers=headers, **options)


@pytest.fixture
def browse(app):
    """browse(person) is a client signed in as them, browse() one of a stranger at the door."""
    return lambda person=None: Browser(app, person)


@pytest.fixture
def passphrase():
    """passphrase(person) is what they sign in with."""
    return lambda person: PASSPHRASES[person.name]


def repository():
    return Path(__file__).parents[1]
