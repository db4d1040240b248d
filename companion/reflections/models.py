"""Reflection before and after: mine until I share it, what was shared, what is withheld until both have answered."""

from typing import NamedTuple
from uuid import uuid4

from peewee import CharField, DateTimeField, ForeignKeyField

from companion import text
from companion.db import Model, db, now
from companion.errors import Invalid, Missing, Sealed
from companion.i18n import _, _l
from companion.meetings.models import RECAPPED, Meeting
from companion.pairs.models import MENTEE, MENTOR
from companion.pairs.rows import Row
from companion.people.models import Person


class Step(NamedTuple):
    key: str
    name: str
    asks: str
    hint: str
    minutes: int


SINCE = Step(
    "since",
    _l("Since last time"),
    _l("What happened since you last met?"),
    _l("A line or two is enough. “Not done” is also an answer."),
    1,
)
QUESTION = Step(
    "question",
    _l("My question"),
    _l("What do you want to ask your mentor?"),
    _l("One question is enough. No names, use roles."),
    2,
)
NOW_WHAT = Step(
    "now_what",
    _l("Now what?"),
    _l("The meeting has worked for me if …"),
    _l("What do you want to walk away with?"),
    1,
)


class Way(NamedTuple):
    """One way to look at what one brings: its name, what it is for, and its questions."""

    name: str
    says: str
    steps: tuple

    @property
    def minutes(self):
        return sum(step.minutes for step in self.steps) + 1


# Three ways through the same preparation; the keys of the questions do not tell which was chosen.
# Sources: Borton's three questions (1970); Gibbs' cycle with its feelings (1988); situation, task, action, result,
# reflection, as competence interviews have it. The names of the models stay in here.
WAYS = {
    "plain": Way(
        _l("As it is"),
        _l("Three short questions."),
        (
            SINCE,
            Step(
                "what",
                _l("What?"),
                _l("Which situation is on your mind?"),
                _l("Three sentences. No names, use roles."),
                3,
            ),
            Step(
                "so_what",
                _l("So what?"),
                _l("Why does it matter to you?"),
                _l("Also what you have tried or thought, if anything."),
                2,
            ),
            QUESTION,
            NOW_WHAT,
        ),
    ),
    "hard": Way(
        _l("Something hard"),
        _l("Also what you felt, and what you make of it."),
        (
            SINCE,
            Step("what", _l("What happened"), _l("What happened?"), _l("As it looked. No names, use roles."), 3),
            Step("extra_1", _l("Feelings"), _l("What did you feel and think while it lasted?"), _l("And now?"), 3),
            Step("extra_2", _l("Hard and good"), _l("What was hard, and what went all right?"), "", 3),
            Step("so_what", _l("Why"), _l("What made it go as it did?"), _l("As you see it now."), 3),
            Step("extra_3", _l("Otherwise"), _l("What could you have done otherwise?"), "", 2),
            QUESTION,
            NOW_WHAT,
        ),
    ),
    "strength": Way(
        _l("Something that went well"),
        _l("What you did, and what it shows."),
        (
            SINCE,
            Step("what", _l("The situation"), _l("When did something go well lately?"), _l("No names, use roles."), 2),
            Step("extra_1", _l("The task"), _l("What was yours to do?"), "", 1),
            Step("extra_2", _l("What you did"), _l("What did you do?"), _l("You, not all of you."), 3),
            Step("extra_3", _l("What came of it"), _l("What came of it?"), "", 2),
            Step("so_what", _l("What it shows"), _l("What does it say about what you are good at?"), "", 2),
            QUESTION,
            NOW_WHAT,
        ),
    ),
}
STEPS = {step.key for way in WAYS.values() for step in way.steps}
# Also mine: the first thoughts before the room is open, the mentor's intention, the notes during a meeting, and
# what each looks back on afterwards.
NOTES = {f"note-{key}" for key in RECAPPED}
AFTER = {
    MENTEE: (
        ("differently", _l("What do you see differently now?"), ""),
        ("helped", _l("What helped, and what did you miss?"), ""),
    ),
    MENTOR: (
        ("practice", _l("What did you learn about your own practice?"),
         _l("For example: when did you feel like giving advice, and what did you do?")),
    ),
}  # fmt: skip
LOOKING_BACK = {key for questions in AFTER.values() for key, *_rest in questions}
KEYS = {*STEPS, *NOTES, *LOOKING_BACK, "way", "arrival", "intention", "note"}
TALKED = {"mentee": _l("Mostly the mentee"), "both": _l("About the same"), "mentor": _l("Mostly me")}


class Reflection(Row):
    """What one of the two writes for themselves: one answer to one question."""

    kind = "reflection"
    sealed = {"text": "", "style": None, "talked": ""}
    markdown = ("text",)

    meeting = ForeignKeyField(Meeting, null=True, on_delete="CASCADE", backref="+")
    step = CharField()

    @classmethod
    def on(cls, pair, meeting=None):
        """{step: reflection} of the asker, for one meeting or from before there was any."""
        here = cls.meeting == meeting.id if meeting else cls.meeting.is_null()
        return {row.step: row for row in cls.of(pair).where(cls.scope == pair.person.id, here)}

    @classmethod
    def save_text(cls, pair, meeting, step, typed, *, rev, page, style=None, talked=""):
        """Save an answer while it is being typed; raises Invalid, Conflict.

        The question carries the `style` asked for, the mentor's look back who `talked` most.
        """
        if step not in KEYS:
            raise Invalid(_("There is no such step."))
        words = {"text": text.read(typed)}
        if step == "question":
            words["style"] = style
        if step == "practice":
            words["talked"] = talked if talked in TALKED else ""
        where = {"meeting": meeting.id if meeting else None, "step": step}
        return cls.write(pair, mine=True, where=where, rev=rev, page=page, **words)


def way_of(mine):
    """Which way the asker prepares: a key of WAYS."""
    chosen = mine["way"].text if "way" in mine else ""
    return chosen if chosen in WAYS else "plain"


class SharedPreparation(Row):
    """What the mentee let the mentor read before a meeting."""

    kind = "shared preparation"
    sealed = {"answers": {}, "style": None, "way": "plain"}

    meeting = ForeignKeyField(Meeting, unique=True, on_delete="CASCADE", backref="+")

    @classmethod
    def on(cls, meeting):
        """What was shared before `meeting`, or None."""
        return cls.of(meeting.opener).where(cls.meeting == meeting.id).first()

    @classmethod
    def share(cls, meeting, what):
        """Share `all`, the `question` with the style asked for, or `keep` everything; raises Invalid."""
        pair = meeting.opener
        pair.only(MENTEE)
        if what not in ("all", "question", "keep"):
            raise Invalid(_("Choose what to share."), "share")
        mine = Reflection.on(pair, meeting)
        way = way_of(mine)
        keys = [step.key for step in WAYS[way].steps] if what == "all" else ["question"]
        answers = {key: mine[key].text for key in keys if key in mine and mine[key].text.strip()}
        if what != "keep" and not answers:
            raise Invalid(_("There is nothing to share yet. Write your question first."), "share")
        style = mine["question"].style if "question" in mine else None
        with db.atomic():
            shared = cls.on(meeting)
            if shared and (what == "keep" or not shared.readable):
                shared.delete_instance()
                shared = None
            if what == "keep":
                return
            if shared:
                shared.change(answers=answers, style=style, way=way)
            else:
                cls.add(pair, meeting=meeting.id, answers=answers, style=style, way=way)

    @property
    def question(self):
        return self.answers.get("question", "") if self.readable else _("This text cannot be opened.")

    @property
    def is_whole(self):
        """More than the question."""
        return bool(self.answers.keys() - {"question"})

    @property
    def besides(self):
        """[(what was asked, answer as HTML)] of all that was shared but the question."""
        steps = [step for step in WAYS[self.way].steps if step.key != "question" and self.answers.get(step.key)]
        return [(step.name, self.html(step.key)) for step in steps]

    def html(self, key):
        return text.safe(text.render(self.answers.get(key, "")))


class Insight(Row):
    """What one of the two took away: private, or shared with the other."""

    kind = "insight"
    sealed = {"text": ""}
    markdown = ("text",)

    meeting = ForeignKeyField(Meeting, on_delete="CASCADE", backref="+")

    class Meta:
        indexes = ((("pair", "meeting"), False), (("pair", "scope", "created_at"), False))

    @classmethod
    def note(cls, meeting, typed, *, shared):
        """Keep an insight from `meeting`; raises Invalid."""
        words = text.read(typed, field="insight", required=True)
        return cls.add(meeting.opener, mine=not shared, meeting=meeting.id, text=words)

    @classmethod
    def from_meetings(cls, pair, meetings):
        """{meeting id: [insights]} that the asker may read."""
        found = {meeting.id: [] for meeting in meetings}
        for row in cls.of(pair).where(cls.meeting.in_(list(found))).order_by(cls.created_at, cls.id):
            found[row.meeting_id].append(row)
        return found

    def share(self):
        """Let the other read it too: sealed anew for the room, under a new id. It cannot be unread."""
        if self.is_shared:
            return self
        if not self.readable:
            raise Sealed
        with db.atomic():
            rests = self.rests
            if not self.delete_instance():
                # Shared a moment ago from another page.
                raise Missing
            shared = type(self).add(self.opener, meeting=self.meeting_id, text=self.text)
            if rests:
                Rest.create(insight=shared.id, person=self.opener.person.id)
            return shared

    def rest(self):
        """The asker does not want to be asked about it again."""
        values = {"id": uuid4(), "insight": self.id, "person": self.opener.person.id, "created_at": now()}
        Rest.insert(values).on_conflict_ignore().execute()

    @property
    def rests(self):
        """Whether the asker has said so."""
        return Rest.select().where(Rest.insight == self.id, Rest.person == self.opener.person.id).exists()


class Rest(Model):
    """An insight that is not to come back to one of the two: who said so, and when."""

    insight = ForeignKeyField(Insight, on_delete="CASCADE", backref="+")
    person = ForeignKeyField(Person, on_delete="CASCADE", backref="+")
    created_at = DateTimeField(default=now)

    class Meta:
        indexes = ((("insight", "person"), True),)


class ExperiencedStyle(Row):
    """How advisory one of the two found a meeting, from 1 to 5. Withheld: shown to the other when both have said.

    Source: experienced beside wished, seen from both sides, as Heeneman & de Grave (2019) ask mentor and mentee.
    """

    kind = "experienced style"
    sealed = {"style": None}
    withheld = ("meeting",)

    meeting = ForeignKeyField(Meeting, on_delete="CASCADE", backref="+")

    class Meta:
        indexes = ((("meeting", "author"), True),)

    @classmethod
    def mark(cls, meeting, style):
        """The asker says how it was; until the other has too it can be said again. Raises Invalid."""
        if style is None:
            raise Invalid(_("Choose one of the five."), "style")
        pair = meeting.opener
        if not meeting.held_at:
            raise Invalid(_("This is for after the meeting."))
        with db.atomic():
            said = {row.author: row for row in cls.of(pair).where(cls.meeting == meeting.id)}
            mine = said.get(pair.person.id)
            if mine is None:
                cls.add(pair, meeting=meeting.id, style=style)
            elif len(said) == 2:
                raise Invalid(_("You have both answered, so it stands."))
            else:
                mine.change(style=style)

    @classmethod
    def seen_in(cls, pair, meeting_ids):
        """{meeting id: {"mentee": 1–5, "mentor": 1–5}}: the asker's own, and the other's where both have said."""
        found = {meeting_id: {} for meeting_id in meeting_ids}
        for row in cls.of(pair).where(cls.meeting.in_(list(found))):
            found[row.meeting_id][pair.voice_of(row.author)] = row.style
        return {key: said if len(said) == 2 else _only(said, pair.role) for key, said in found.items()}


def _only(said, role):
    return {role: said[role]} if role in said else {}
