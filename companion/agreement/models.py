"""The agreement: proposed by either, changed by either, in force when both have said yes to the same words."""

from peewee import DateTimeField, IntegerField

from companion import stance
from companion.agreement import clauses
from companion.db import IdField, db, now
from companion.errors import Conflict, Invalid
from companion.i18n import _
from companion.pairs.rows import Row


class Edition(Row):
    """One wording of the agreement: a proposal until the other accepts it, then an edition with a number."""

    kind = "edition"
    sealed = {"answers": {}}

    number = IntegerField(null=True)
    accepted_at = DateTimeField(null=True)
    accepted_by = IdField(null=True)
    # A proposal that gave way to another, or was taken back.
    superseded_at = DateTimeField(null=True)

    @classmethod
    def accepted(cls, pair):
        """The editions both said yes to, the newest first."""
        return list(cls.of(pair).where(cls.accepted_at.is_null(False)).order_by(cls.number.desc()))

    @classmethod
    def in_force(cls, pair):
        """The edition that counts now, or None."""
        return cls.of(pair).where(cls.accepted_at.is_null(False)).order_by(cls.number.desc()).first()

    @classmethod
    def style_wanted(cls, pair):
        """The style (Stance) the two agreed on, or None."""
        edition = cls.in_force(pair)
        return stance.named(edition.answers.get("stance_wanted")) if edition and edition.readable else None

    @classmethod
    def proposal(cls, pair):
        """The proposal that waits for an answer, or None."""
        return cls.of(pair).where(cls.accepted_at.is_null(), cls.superseded_at.is_null()).first()

    @classmethod
    def propose(cls, pair, typed, *, seen):
        """A new proposal by the asker in place of any that waits.

        `seen` is the id (text) of what they had before them, empty for nothing; raises Conflict with what came
        meanwhile, and Invalid.
        """
        answers = clauses.read(typed)
        with db.atomic():
            waiting, current = cls.proposal(pair), cls.in_force(pair)
            latest = waiting or current
            if seen != (str(latest.id) if latest else ""):
                raise Conflict(latest)
            if latest and latest.answers == answers:
                raise Invalid(_("This is what it already says. Change something, or leave it as it is."))
            if waiting:
                waiting.change(superseded_at=now())
            return cls.add(pair, answers=answers)

    def accept(self):
        """The other says yes to these words; raises Conflict when they are no longer the ones that wait."""
        pair = self.opener
        if self.author == pair.person.id:
            raise Invalid(_("You proposed this. %(name)s has to say yes.", name=pair.partner_name))
        if self.accepted_at:
            return self
        with db.atomic():
            waiting = type(self).proposal(pair)
            if waiting is None or waiting.id != self.id:
                raise Conflict(waiting)
            if not waiting.readable:
                raise Conflict(waiting)
            number = len(type(self).accepted(pair)) + 1
            return waiting.change(accepted_at=now(), accepted_by=pair.person.id, number=number)

    def withdraw(self):
        """Its author takes it back."""
        pair = self.opener
        if self.author != pair.person.id or self.accepted_at or self.superseded_at:
            raise Invalid(_("This proposal can no longer be taken back."))
        return self.change(superseded_at=now())
