"""How a mentorship ends: by one of the two, without a fault of anybody's, or closed together with a harvest.

Source: no-fault termination and telling the other first, as mentoring programmes agree on it; the last meeting's
then and now, what each learned, and thanks.
"""

from datetime import timedelta
from operator import attrgetter

from peewee import CharField

from companion import text
from companion.agreement.clauses import agreed
from companion.agreement.models import Edition
from companion.db import db, now
from companion.errors import Invalid
from companion.i18n import _, _l
from companion.pairs.models import ROLES
from companion.pairs.rows import Row

# A night to sleep on it, for what was said in anger; longer would leave the other waiting for an end that is certain.
TAKEN_BACK_WITHIN = timedelta(days=1)


def months_kept(pair):
    """How many months after the end the two agreed to keep what they shared."""
    return int(agreed(Edition.in_force(pair), "data_after"))


class Farewell(Row):
    """What whoever ends it says to the other, in their own words."""

    kind = "farewell"
    sealed = {"text": ""}

    @classmethod
    def say(cls, pair, typed):
        """The asker ends the mentorship and tells the other, with words or without; raises Invalid.

        It ends a day later, so that it can be taken back and so that the other can finish what they are writing.
        """
        words = text.read(typed, field="words", longest=2000)
        with db.atomic():
            months = months_kept(pair)
            pair.end(at=now() + TAKEN_BACK_WITHIN, by=pair.person.id, months=months)
            if words.strip():
                cls.add(pair, text=words)

    @classmethod
    def take_back(cls, pair):
        """It goes on after all, and the words are gone; raises Invalid."""
        with db.atomic():
            pair.take_back()
            for row in cls.of(pair):
                row.delete_instance()

    @classmethod
    def said_in(cls, pair):
        """What was said by whoever ended it, or None."""
        return cls.of(pair).where(cls.author == pair.ended_by).first() if pair.ended_by else None


QUESTIONS = {
    "then": (_l("Then"), _l("Where were you when you began, and what did you want from it?")),
    "now": (_l("Now"), _l("Where are you today? What do you do differently?")),
    "learned": (_l("What I learned"), _l("About the work, or about yourself. Both of you have learned something.")),
    "thanks": (_l("Thanks"), _l("What do you want to thank the other for?")),
}


class Harvest(Row):
    """What one of the two takes with them: only theirs while it is written, then withheld until both have shared."""

    kind = "harvest"
    sealed = {"text": ""}
    markdown = ("text",)
    withheld = ("pair",)

    question = CharField()

    class Meta:
        indexes = ((("pair", "scope", "author", "question"), True),)

    @classmethod
    def save_text(cls, pair, question, typed, *, rev, page):
        """Save an answer while it is being typed; raises Invalid, Conflict."""
        if question not in QUESTIONS:
            raise Invalid(_("There is no such question."))
        words = text.read(typed)
        with db.atomic():
            if pair.person.id in cls._shared(pair):
                raise Invalid(_("You have shared your harvest. Take it back first."))
            return cls.write(pair, mine=True, where={"question": question}, rev=rev, page=page, text=words)

    @classmethod
    def mine(cls, pair):
        """{question: row} of the asker, shared or not."""
        return {row.question: row for row in cls.of(pair).where(cls.author == pair.person.id)}

    @classmethod
    def share(cls, pair):
        """The asker is ready: the other reads it as soon as they are too. Raises Invalid."""
        with db.atomic():
            if pair.person.id in cls._shared(pair):
                return
            written = [row for row in cls.mine(pair).values() if row.readable and row.text.strip()]
            if not written:
                raise Invalid(_("Write a line first, to whichever of the four you like."), "share")
            for row in written:
                row.delete_instance()
                cls.add(pair, question=row.question, text=row.text)

    @classmethod
    def take_back(cls, pair):
        """Not ready after all; raises Invalid once the other has shared too."""
        with db.atomic():
            shared = cls._shared(pair)
            if len(shared) == 2:
                raise Invalid(_("You have both shared your harvest, so it stands."))
            # What cannot be opened stays where it is, rather than come back as nothing.
            for row in filter(attrgetter("readable"), shared.get(pair.person.id, [])):
                row.delete_instance()
                cls.add(pair, mine=True, question=row.question, text=row.text)

    @classmethod
    def seen_by(cls, pair):
        """{role: {question: row}} of what was shared: the asker's own, and the other's where both have."""
        shared = {
            pair.voice_of(author): {row.question: row for row in rows} for author, rows in cls._shared(pair).items()
        }
        if len(shared) == 2:
            return shared
        return {role: rows for role, rows in shared.items() if role == pair.role}

    @classmethod
    def is_whole(cls, pair):
        """Whether everybody who is still here has shared theirs."""
        seen = cls.seen_by(pair)
        return len(seen) == 2 or (pair.role in seen and pair.partner is None)

    @classmethod
    def _shared(cls, pair):
        """{author: rows} of what was shared."""
        shared = {}
        for row in cls.of(pair).where(cls.scope == pair.id):
            shared.setdefault(row.author, []).append(row)
        return shared


def close(pair):
    """The two close it together, at once; raises Invalid until both have shared their harvest.

    Closing takes two. Whoever is left waiting for the other's harvest can still end it alone.
    """
    with db.atomic():
        if not Harvest.is_whole(pair):
            raise Invalid(_("You close it together, when you have both shared your harvest."))
        pair.end(months=months_kept(pair))


def other_is_ready(pair):
    """Whether the other has shared a harvest that the asker does not see yet."""
    return any(pair.voice_of(author) == ROLES[pair.role] for author in Harvest._shared(pair))
