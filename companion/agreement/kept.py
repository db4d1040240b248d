"""What the two promised each other in their agreement, beside what happened: in words, to the two alone.

A calculation: it is handed the agreement and what is known of the course, and asks nobody. Nothing is counted against
anybody, and what cannot be known here has no line: whether the mentor read what was shared, how soon an e-mail was
answered.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from companion import i18n
from companion.agreement import clauses
from companion.agreement.clauses import NAMED
from companion.agreement.kinds import Clause
from companion.db import now
from companion.i18n import _, counted, ngettext

DATES_WITHIN = timedelta(days=7)


class Met(NamedTuple):
    """One meeting, from outside: when it was planned and for when, what became of it, and by whom."""

    starts_at: datetime
    planned_at: datetime
    planned_by: UUID
    held_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancelled_by: UUID | None = None
    begun_at: datetime | None = None

    @property
    def began(self):
        """When the two began, where they said so, else when they meant to: what came until then came before it."""
        return self.begun_at or self.starts_at


@dataclass(frozen=True)
class Course:
    """What is known of how it went: the latest meetings in the order of their days, and how many were held in all.

    `agenda_at` and `shared_at` say when the latest meeting that was held first had something on its agenda, and when
    its preparation was shared; `reviewed_at` when the midway review ended.
    """

    meetings: tuple = ()
    held: int = 0
    agenda_at: datetime | None = None
    shared_at: datetime | None = None
    reviewed_at: datetime | None = None

    @property
    def latest(self):
        """The latest meeting that was held, or None."""
        return next((met for met in reversed(self.meetings) if met.held_at), None)

    @property
    def gaps(self):
        """The days between one meeting that was held and the next, the latest gap first."""
        days = [_day(met.starts_at) for met in self.meetings if met.held_at]
        return [(after - before).days for before, after in zip(days, days[1:], strict=False)][::-1]

    @property
    def has_plans(self):
        """Whether a meeting is still to come."""
        return any(met.starts_at > now() and not (met.held_at or met.cancelled_at) for met in self.meetings)

    @property
    def cancelled(self):
        """The meeting that was cancelled last, or None."""
        return max((met for met in self.meetings if met.cancelled_at), key=lambda met: met.cancelled_at, default=None)

    @property
    def instead(self):
        """The first meeting planned after the latest cancellation, or on the day of it; None where there is none."""
        gone = self.cancelled
        later = [met for met in self.meetings if met != gone and _day(met.planned_at) >= _day(gone.cancelled_at)]
        return min(later, key=lambda met: met.planned_at, default=None)


class Line(NamedTuple):
    """One promise: the clause, what was agreed in words, and what happened in words."""

    clause: Clause
    agreed: str
    happened: str


def lines(edition, course):
    """[Line] of what `edition` (None before there is one) promises and the course can tell something about."""
    if edition is None or not edition.readable:
        return []
    found = []
    for key, tell in TOLD.items():
        value = edition.answers.get(key)
        happened = tell(value, course) if value in dict(NAMED[key].options) else ""
        if happened:
            found.append(Line(NAMED[key], str(NAMED[key].say(value)), happened))
    return found


def midway_of(edition):
    """After how many meetings the two agreed to look at it all again, or None."""
    value = edition.answers.get("midway", "") if edition and edition.readable else ""
    return int(value) if value in dict(NAMED["midway"].options) and value.isdecimal() else None


def nudge(edition, role, last_sign):
    """For how many days it has been quiet, where the agreement promised that the pair's `role` writes by now; or None.

    The nudge is for the one who has not the initiative; where both have it, or take turns, for both.
    """
    if edition is None or not edition.readable or last_sign is None:
        return None
    holder = clauses.agreed(edition, "initiative_holder")
    if holder == role:
        return None
    quiet = (now() - last_sign).days
    return quiet if quiet >= int(clauses.agreed(edition, "initiative_fallback")) else None


# What happened.


def _meetings(value, course):
    if not course.held:
        return _("None has been held yet.")
    if course.held == int(value):
        return _("All of them have been held.")
    return ngettext("One has been held.", "%(num)s have been held.", course.held)


def _gaps(value, course):
    if not value.isdecimal():
        return ""
    said, gaps = "", course.gaps
    if len(gaps) > 1:
        said = _("The last gap was %(last)s, the one before %(before)s.", last=_long(gaps[0]), before=_long(gaps[1]))
    elif gaps:
        said = _("The last gap was %(last)s.", last=_long(gaps[0]))
    since = (_day(now()) - _day(course.latest.starts_at)).days if course.latest else 0
    if not course.has_plans and since > 7 * int(value):
        said = f"{said} " if said else ""
        said += _("It is %(long)s since you last met.", long=_long(since))
    return said


def _agenda(value, course):
    if value == "none" or course.latest is None:
        return ""
    known = [moment for moment in (course.agenda_at, course.shared_at) if moment]
    if not known or min(known) > course.latest.began:
        return _("Before the last meeting there was none here.")
    days = (_day(course.latest.began) - _day(min(known))).days
    if days < 2:
        return _("Last time it was here the day before.") if days else _("Last time it was here on the day.")
    return _("Last time it was here %(number)s days before.", number=counted(days))


def _preparation(value, course):
    if value != "app" or course.latest is None:
        return ""
    if course.shared_at and course.shared_at <= course.latest.began:
        return _("Before the last meeting something was shared.")
    # Whether somebody prepared for themselves is theirs to say.
    return _("Before the last meeting nothing was shared. What is kept to oneself is not seen here.")


def _notice(_value, course):
    if course.cancelled is None:
        return ""
    notice = course.cancelled.starts_at - course.cancelled.cancelled_at
    hours = int(notice.total_seconds() // 3600)
    if notice < timedelta(0):
        return _("The latest was cancelled after it should have begun.")
    if hours < 48:
        if not hours:
            return _("The latest was cancelled within the hour before.")
        return ngettext(
            "The latest was cancelled one hour before.", "The latest was cancelled %(num)s hours before.", hours
        )
    return _("The latest was cancelled %(number)s days before.", number=counted(hours // 24))


def _after_cancelling(value, course):
    gone = course.cancelled
    if gone is None:
        return ""
    instead = course.instead
    if instead is None:
        until = gone.cancelled_at + DATES_WITHIN
        if value == "two_dates" and now() < until:
            return _("No new meeting is planned yet. The seven days last until %(day)s.", day=i18n.day(until))
        return _("No new meeting is planned yet.")
    days = (_day(instead.planned_at) - _day(gone.cancelled_at)).days
    # Where the other one planned it, that is said of nobody.
    if value == "two_dates" and instead.planned_by == gone.cancelled_by:
        if not days:
            return _("Whoever cancelled last planned a new meeting the same day.")
        return ngettext("Whoever cancelled last planned a new meeting the day after.",
                        "Whoever cancelled last planned a new meeting %(num)s days later.", days)  # fmt: skip
    if not days:
        return _("A new meeting was planned the same day.")
    return ngettext("A new meeting was planned the day after.", "A new meeting was planned %(num)s days later.", days)


def _midway(value, course):
    if not value.isdecimal():
        return ""
    if course.reviewed_at:
        return _("You had it on %(day)s.", day=i18n.day(course.reviewed_at))
    return _("It is time for it.") if course.held >= int(value) else ""


# In the order in which it is read; a clause that is not here is one nobody here can tell about.
TOLD = {
    "meeting_count": _meetings,
    "interval": _gaps,
    "agenda_lead": _agenda,
    "prep_mentee": _preparation,
    "cancel_notice": _notice,
    "cancel_rule": _after_cancelling,
    "midway": _midway,
}


def _day(moment):
    return i18n.local(moment).date()


def _long(days):
    """A stretch of days in words: in weeks from ten days on."""
    if not days:
        return _("less than a day")
    if days < 10:
        return ngettext("one day", "%(num)s days", days)
    weeks = round(days / 7)
    return ngettext("one week", "%(num)s weeks", weeks)
