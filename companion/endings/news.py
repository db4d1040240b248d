"""What happened to a mentorship, a line each at the top of its room: told in the app, to both, in the same words."""

from datetime import timedelta
from typing import NamedTuple

from companion import i18n
from companion.db import now
from companion.endings.models import Farewell
from companion.i18n import _

LINGERS = timedelta(days=7)


class News(NamedTuple):
    """One thing that happened: its sentence, what it means, what was said with it, and where to go on from it."""

    title: str
    says: str = ""
    words: str = ""
    voice: str = ""
    leads: str = ""


def news(pair, *, chemistry=False):
    """What the asker is to know, most often nothing. Words are there only in an open room."""
    told = {"ended": _ended, "ending": _ending, "paused": _paused}.get(pair.state, _resumed)(pair)
    if chemistry:
        asks = _("Each of you answers privately. It takes half a minute.")
        told.append(News(_("You have met once. Is it a match?"), asks, leads="chemistry"))
    return told


def deleted_on(pair):
    return _("You can both read what is here until %(day)s. Then it is deleted, your private notes in this room too. "
             "Take your copy before that.", day=i18n.day(pair.delete_on))  # fmt: skip


def _ended(pair):
    day = i18n.day(pair.ended_at)
    if pair.left_at:
        title = _("%(name)s left Companion on %(day)s.", name=pair.partner_name, day=i18n.day(pair.left_at))
    elif pair.ended_by is None:
        title = _("The mentorship ended on %(day)s.", day=day)
    elif pair.ended_by == pair.person.id:
        title = _("You ended the mentorship on %(day)s.", day=day)
    else:
        title = _("%(name)s ended the mentorship on %(day)s.", name=pair.partner_name, day=day)
    return [News(title, deleted_on(pair), *_words(pair))]


def _ending(pair):
    when = i18n.day_and_clock(pair.ended_at)
    if pair.ended_by == pair.person.id:
        title = _("You have said that you want to stop.")
        says = _("It ends on %(when)s. Until then you can take it back.", when=when)
    else:
        title = _("%(name)s wants to stop here.", name=pair.partner_name)
        says = _("Either of you may, without a reason, and it is no judgement of you. It ends on %(when)s. Until then "
                 "you can both write here.", when=when)  # fmt: skip
    return [News(title, says, *_words(pair), leads="ending")]


def _words(pair):
    farewell = Farewell.said_in(pair) if pair.ended_by and pair.is_open else None
    if farewell is None:
        return "", ""
    words = farewell.text if farewell.readable else _("This text cannot be opened.")
    return words, pair.voice_of(farewell.author)


def _paused(pair):
    day = i18n.day(pair.look_again_on)
    if pair.looks_again:
        title = _("Your pause was until %(day)s.", day=day)
        return [News(title, _("Do you go on, pause for longer, or end it here?"), leads="ending")]
    if pair.paused_by == pair.person.id:
        title = _("You have paused the mentorship until %(day)s.", day=day)
    else:
        title = _("%(name)s has paused the mentorship until %(day)s.", name=pair.partner_name, day=day)
    says = _("You can both still read and write here. Nobody is reminded of anything meanwhile.")
    return [News(title, says, leads="ending")]


def _resumed(pair):
    recent = pair.resumed_at and now() - pair.resumed_at <= LINGERS
    if not recent or pair.resumed_by == pair.person.id:
        return []
    return [News(_("You go on: %(name)s said so on %(day)s.", name=pair.partner_name, day=i18n.day(pair.resumed_at)))]
