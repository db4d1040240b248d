"""The chemistry check: after the first meeting each says, for themselves, whether it is a match.

Source: the mutual right to withdraw at the first meeting, without a reason, as Danish mentor programmes give it.

Nobody is told who said what. "Not for me" ends the mentorship when both have answered, or three days after it was
said; until then no clear column tells one answer from another: the same row, of the same length, and the same date
(`chemistry_due`, three days on) stand there whatever was said. Only a key opens the answer, so it is looked at when
one of the two is here with theirs, and then the answers are deleted. What stays in clear: who had answered and
when, while the answers stood; that an answer was changed; that both had answered; and that it ended without a name.
With one answer alone, an end after three days tells the other what that answer was. No wording can hide that.
"""

from datetime import timedelta

from companion.agreement.clauses import agreed
from companion.agreement.models import Edition
from companion.db import db, now
from companion.endings.models import months_kept
from companion.errors import Invalid
from companion.i18n import _, _l
from companion.meetings.models import Meeting
from companion.pairs.models import Pair
from companion.pairs.rows import Row

NOT_FOR_ME = "not for me"
ANSWERS = {
    "a good fit": (_l("A good fit"), ""),
    "finding out": (_l("Still finding out"), _l("That is how it usually is after one meeting.")),
    NOT_FOR_ME: (_l("Not for me"), _l("It ends, without a reason. Nobody is told who said it.")),
}
HEARD_AFTER = timedelta(days=3)


class Chemistry(Row):
    """What one of the two said. It is shown to nobody but them, and goes when both have answered."""

    kind = "chemistry"
    sealed = {"answer": ""}
    withheld = ("author",)

    class Meta:
        indexes = ((("pair", "author"), True),)

    @classmethod
    def of_asker(cls, pair):
        """What the asker has answered, or None."""
        return cls.of(pair).where(cls.author == pair.person.id).first()

    @classmethod
    def say(cls, pair, answer):
        """The asker says how it is, and may change it until both have; raises Invalid."""
        if answer not in ANSWERS:
            raise Invalid(_("Choose one of the three."), "answer")
        with db.atomic():
            pair.require_running()
            if pair.chemistry_at:
                raise Invalid(_("You have both answered, so it stands."))
            if not is_asked(pair):
                raise Invalid(_("This is for after the first meeting."))
            mine = cls.of_asker(pair)
            if mine is None:
                cls.add(pair, answer=answer)
            elif mine.answer != answer:
                mine.change(answer=answer)
            else:
                return
            _set(pair, chemistry_due=now() + HEARD_AFTER)
            listen(pair)


def is_asked(pair):
    """Whether it is the time between the first and the second meeting, and the two agreed to ask."""
    return _is_time(pair, Edition.in_force(pair), Meeting.count_held(pair))


def waits_for(pair, edition, held):
    """Whether the asker is to be asked and has not answered; `held` is how many meetings were held."""
    return _is_time(pair, edition, held) and not Chemistry.of_asker(pair)


def _is_time(pair, edition, held):
    if pair.chemistry_at or pair.partner is None or pair.state not in ("open", "paused"):
        return False
    return held == 1 and agreed(edition, "chemistry_check") == "yes"


def listen(pair):
    """End it if one of the two said so, once both have answered or the three days are over."""
    with db.atomic():
        said = list(Chemistry.of(pair))
        both = len(said) == 2
        if not both and not all(row.saved_at + HEARD_AFTER <= now() for row in said):
            return
        _set(pair, chemistry_due=None)
        pair.look_up()
        goes_on = pair.state in ("open", "paused")
        over = any(row.readable and row.answer == NOT_FOR_ME for row in said)
        if over and goes_on:
            # It ends on the day it is heard, so that both have all the time that was agreed to take their copy.
            pair.end(months=months_kept(pair))
        if both or over or not goes_on:
            _set(pair, chemistry_at=now())
            # Nothing is left in the air, nor to be read afterwards.
            Chemistry.delete().where(Chemistry.pair == pair.id).execute()


def _set(pair, **columns):
    Pair.update({getattr(Pair, name): value for name, value in columns.items()}).where(Pair.id == pair.id).execute()
    for name, value in columns.items():
        setattr(pair, name, value)


Pair.due_with_key.append(listen)
