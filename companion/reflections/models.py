"""Reflection before and after: mine until I share it, and what was shared.

Source of the questions: Borton's What? So what? Now what? (1970), which Danish writing centres use as
Hvad? Hvad så? Hvad nu?
"""

from typing import NamedTuple

from peewee import CharField, ForeignKeyField

from companion import text
from companion.db import db
from companion.errors import Invalid, Missing
from companion.i18n import _, _l
from companion.meetings.models import Meeting
from companion.pairs.models import MENTEE
from companion.pairs.rows import Row


class Step(NamedTuple):
    key: str
    name: str
    asks: str
    hint: str
    minutes: int


PREPARATION = (
    Step(
        "since",
        _l("Since last time"),
        _l("What happened since you last met?"),
        _l("A line or two is enough. Not done is also an answer."),
        1,
    ),
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
    Step(
        "question",
        _l("My question"),
        _l("What do you want to ask your mentor?"),
        _l("One question is enough. No names, use roles."),
        2,
    ),
    Step(
        "now_what",
        _l("Now what?"),
        _l("The meeting has worked for me if …"),
        _l("What do you want to walk away with?"),
        1,
    ),
)
STEPS = {step.key: step for step in PREPARATION}
# Also mine: the first thoughts before the room is open, the mentor's intention, the note during a meeting.
KEYS = {*STEPS, "arrival", "intention", "note"}


class Reflection(Row):
    """What one of the two writes for themselves: one answer to one question."""

    kind = "reflection"
    sealed = {"text": "", "style": None}
    markdown = ("text",)

    meeting = ForeignKeyField(Meeting, null=True, on_delete="CASCADE", backref="+")
    step = CharField()

    @classmethod
    def on(cls, pair, meeting=None):
        """{step: reflection} of the asker, for one meeting or from before there was any."""
        here = cls.meeting == meeting.id if meeting else cls.meeting.is_null()
        return {row.step: row for row in cls.of(pair).where(cls.scope == pair.person.id, here)}

    @classmethod
    def save_text(cls, pair, meeting, step, typed, *, rev, page, style=None):
        """Save an answer while it is being typed; raises Invalid, Conflict."""
        if step not in KEYS:
            raise Invalid(_("There is no such step."))
        words = {"text": text.read(typed)}
        if step == "question":
            words["style"] = style
        where = {"meeting": meeting.id if meeting else None, "step": step}
        return cls.write(pair, mine=True, where=where, rev=rev, page=page, **words)


class SharedPreparation(Row):
    """What the mentee let the mentor read before a meeting."""

    kind = "shared preparation"
    sealed = {"answers": {}, "style": None}

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
        keys = [step.key for step in PREPARATION] if what == "all" else ["question"]
        answers = {key: mine[key].text for key in keys if key in mine and mine[key].text.strip()}
        if what != "keep" and not answers:
            raise Invalid(_("There is nothing to share yet. Write your question first."), "share")
        style = mine["question"].style if "question" in mine else None
        with db.atomic():
            shared = cls.on(meeting)
            if what == "keep":
                if shared:
                    shared.delete_instance()
            elif shared:
                shared.change(answers=answers, style=style)
            else:
                cls.add(pair, meeting=meeting.id, answers=answers, style=style)

    @property
    def question(self):
        return self.answers.get("question", "")

    @property
    def is_whole(self):
        """More than the question."""
        return bool(self.answers.keys() - {"question"})

    def html(self, key):
        return text.safe(text.render(self.answers.get(key, "")))


class Insight(Row):
    """What one of the two took away: private, or shared with the other."""

    kind = "insight"
    sealed = {"text": ""}
    markdown = ("text",)

    meeting = ForeignKeyField(Meeting, on_delete="CASCADE", backref="+")

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
        with db.atomic():
            if not self.delete_instance():
                # Shared a moment ago from another page.
                raise Missing
            return type(self).add(self.opener, meeting=self.meeting_id, text=self.text)
