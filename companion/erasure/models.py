"""Leaving for good: the person, their keys and all that only they could read, at once; what they shared, as agreed."""

from datetime import date
from typing import NamedTuple

from companion import i18n, tombstones
from companion.agreement.clauses import agreed
from companion.agreement.models import Edition
from companion.db import db, now, write_back
from companion.pairs.models import READABLE_AT_LEAST, Invitation, Pair, RoomKey, months_later
from companion.pairs.rows import Row
from companion.people.attempts import Attempt
from companion.people.models import Person

STAY, GO = "stay", "go"


class Prospect(NamedTuple):
    """What becomes of one room: the last day its partner reads it when what was shared stays, and when it is to go.

    Both are None where nobody else is in it: then it goes at once.
    """

    pair: Pair
    stays_until: date | None = None
    goes_on: date | None = None

    @property
    def is_a_choice(self):
        return self.stays_until != self.goes_on

    def day(self, choice):
        """The day on which the room is deleted by what was chosen for it."""
        return self.goes_on if choice == GO else self.stays_until


def prospects(person):
    """[Prospect] of every room `person`, unlocked, is in."""
    return [_prospect(Pair.opened_by(person, pair.id)) for pair in Pair.of(person)]


def _prospect(pair):
    if pair.partner is None or not (pair.opened_at or _invited(pair)):
        return Prospect(pair)
    today = i18n.today()
    # The other must have been told, and be able to take their copy along.
    soonest = today + READABLE_AT_LEAST
    held = RoomKey.select().where(RoomKey.pair == pair, RoomKey.person == pair.partner).exists()
    months = int(agreed(Edition.in_force(pair), "data_after")) if held and pair.is_open else 0
    days = [months_later(today, months) if months else soonest, soonest]
    # A room that has ended is deleted no later than both were told.
    return Prospect(pair, *[min(day, pair.delete_on) if pair.delete_on else day for day in days])


def _invited(pair):
    """Whether the asker invited the other, who then waits for a room that never opens."""
    return Invitation.select().where(Invitation.pair == pair, Invitation.inviter == pair.person).exists()


def erase(person, choices):
    """`person` is gone, and what they shared goes as `choices` ({pair id: STAY or GO}) say. It cannot be undone."""
    days = {prospect.pair.id: prospect.day(choices.get(prospect.pair.id)) for prospect in prospects(person)}
    forget(person, days)
    # Until the log is written back, what was deleted still stands in it.
    write_back()


def forget(person, days=()):
    """Everything of `person` but what they shared with somebody who is still there; safe to do twice, needs no key.

    `days` says on which day a room ({pair id: date}) is deleted; for any other it is as soon as may be.
    """
    with db.atomic():
        if Person.get_or_none(Person.id == person.id) is None:
            # From another window, a moment ago.
            return
        # First, so that a power cut, or a backup put back, is made good at the next start.
        tombstones.set_up(person.id)
        left = []
        for pair in Pair.of(person):
            accepted = not pair.opened_at and not _invited(pair)
            if pair.partner is None:
                left.append(pair.id)
            elif not accepted:
                _leave(pair, dict(days).get(pair.id))
        for kind in Row.__subclasses__():
            kind.delete().where(kind.scope == person.id).execute()
        _take_back_invitations(person)
        Attempt.forget(person.email or "", str(person.id))
        # Keys, sessions, links and hand-overs hang on the person and go with them.
        Person.delete().where(Person.id == person.id).execute()
        Pair.delete_for_good(*left)


def _leave(pair, day):
    """The other reads on until the day; nobody writes in a room for one."""
    moment = now()
    ended = pair.ended_at if pair.ended_at and pair.ended_at <= moment else moment
    soonest = i18n.local(moment).date() + READABLE_AT_LEAST
    day = min(one for one in (day or soonest, pair.delete_on) if one)
    columns = {Pair.left_at: moment, Pair.ended_at: ended, Pair.ended_by: None, Pair.delete_on: day}
    Pair.update(columns).where(Pair.id == pair.id).execute()


def _take_back_invitations(person):
    """What others sent to this address says no longer to whom, and lets nobody in."""
    theirs = (Invitation.accepted_by == person.id) | (Invitation.email == person.email)
    Invitation.delete().where(theirs, Invitation.confirmed_at.is_null(False) | Invitation.pair.is_null()).execute()
    nobody = {Invitation.email: "", Invitation.accepted_by: None, Invitation.accepted_at: None,
              Invitation.accepter_copy: None, Invitation.accepter_proof: None}  # fmt: skip
    Invitation.update({**nobody, Invitation.revoked_at: now()}).where(theirs).execute()
