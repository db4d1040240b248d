"""Danish and English, dates and numbers: the one door to Flask-Babel."""

import unicodedata
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

import flask_babel
from babel.dates import format_date, get_timezone
from babel.support import Translations
from flask import g, has_request_context, request
from flask_babel import format_decimal as format_number
from flask_babel.speaklater import LazyString

from companion.db import now
from companion.paths import data_dir

__all__ = ["_", "_l", "force_locale", "format_number", "get_locale", "ngettext"]

LANGUAGES = {"da": "Dansk", "en": "English"}
TIMEZONE = "Europe/Copenhagen"
TURNING = {"R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}
LANGUAGE_COOKIE = "__Host-language"


def init_app(app):
    flask_babel.Babel(
        app,
        default_locale="en",
        default_timezone=TIMEZONE,
        locale_selector=language,
        timezone_selector=timezone,
    )
    # As in Python: words are escaped where they are shown, with what stands in them.
    app.jinja_env.globals.update(_=_, gettext=_, ngettext=ngettext)
    app.jinja_env.globals.update(language=language, languages=LANGUAGES, get_locale=get_locale,
                                 counted=counted)  # fmt: skip
    app.jinja_env.filters.update(
        day=day,
        short_day=short_day,
        weekday=weekday,
        clock=clock,
        day_and_clock=day_and_clock,
        saved=saved,
        span=span,
        first_up=first_up,
    )


def _(sentence, /, **values):
    """`sentence` in the reader's language."""
    said = _catalogue().gettext(sentence)
    return said % values if values else said


def ngettext(one, many, num, /, **values):
    """`one` or `many`, as the reader's language counts.

    Where one is a word, the others are written out too, and begin the sentence as it does; a measure keeps its figures.
    """
    number = num if "%(num)s" in one else counted(num)
    said = _catalogue().ngettext(one, many, num) % {"num": number, **values}
    return first_up(said) if one[:1].isupper() else said


def _l(sentence, /, **values):
    """`sentence` in the language of whoever comes to read it."""
    return LazyString(_, sentence, **values)


def get_locale():
    """The locale of whoever reads, or None where nobody does."""
    here = _here()
    if here is None:
        return None
    # Flask-Babel goes five steps to it each time, and a page has hundreds of sentences.
    if (locale := here.get("locale")) is None:
        locale = here.locale = flask_babel.get_locale()
    return locale


@contextmanager
def force_locale(language):
    """Say what is inside in `language`, whoever reads it."""
    here = _here()
    with flask_babel.force_locale(language):
        if here is not None:
            before, here.locale = here.get("locale"), flask_babel.get_locale()
        try:
            yield
        finally:
            if here is not None:
                here.locale = before


def _here():
    """What Flask keeps for this request, itself and not the proxy that finds it anew at each step; None outside one."""
    try:
        return g._get_current_object()
    except RuntimeError:
        return None


def _catalogue():
    # Flask-Babel's own way here is five times as long.
    locale = get_locale()
    return _read(locale.language if locale else "en")


@cache
def _read(language):
    return Translations.load(data_dir("locales"), [language])


def language():
    """The reader's own choice, else the browser's, else Danish: the room is at home in Denmark."""
    if not has_request_context():
        return "en"
    person = g.get("person")
    chosen = person.language if person else request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES, default="da")


def timezone():
    here = _here()
    person = here.get("person") if here is not None else None
    return person.timezone if person else TIMEZONE


@lru_cache(maxsize=1)
def _zones():
    # Read once: it walks the whole folder of time zones.
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def timezones():
    """Every place a person can choose, Europe first."""
    names = [n for n in _zones() if "/" in n and not n.startswith(("Etc/", "SystemV/", "posix", "right"))]
    return sorted(names, key=lambda name: (not name.startswith("Europe/"), name))


def local(moment, zone=None):
    """`moment` (naive UTC) as the reader's wall clock shows it."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone or timezone()))


def today():
    """The day it is where the reader is."""
    # Not to the microsecond, so that a page asks the calendar once.
    return _day_at(now().replace(second=0, microsecond=0), timezone())


@lru_cache(maxsize=1000)
def _day_at(moment, zone):
    # Pages name the same few moments again and again.
    return local(moment, zone).date()


def utc(day, time, zone=None):
    """The naive UTC of a wall clock's `day` and `time`."""
    there = datetime.combine(day, time, ZoneInfo(zone or timezone()))
    return there.astimezone(UTC).replace(tzinfo=None)


def day(moment, *, year=None):
    """12. november, with the year where it is not this one. Takes a date or a naive UTC moment."""
    return _say_day(moment, "MMMM", year)


def short_day(moment):
    """12. nov., with the year where it is not this one: where there is little room, as beside a picture."""
    return _say_day(moment, "MMM")


def _say_day(moment, month, year=None):
    day = _day_at(moment, timezone()) if hasattr(moment, "hour") else moment
    language = get_locale().language
    with_year = day.year != today().year if year is None else year
    return _written(day, f"d. {month}" if language == "da" else f"d {month}", with_year, language)


@lru_cache(maxsize=1000)
def _written(day, pattern, with_year, language):
    return format_date(day, pattern + " y" * with_year, language)


def weekday(moment):
    """på torsdag, on Thursday: only for the coming six days, otherwise nothing."""
    then = _day_at(moment, timezone())
    ahead = (then - today()).days
    if ahead == 0:
        return _("Today")
    if ahead == 1:
        return _("Tomorrow")
    if 1 < ahead < 7:
        return _("On %(weekday)s", weekday=_written(then, "EEEE", False, get_locale().language))
    return ""


def clock(moment):
    """14.32 in Danish, 14:32 in English; on the hour a Dane says 15."""
    here = local(moment)
    if get_locale().language == "da":
        return f"{here.hour}.{here.minute:02}" if here.minute else f"{here.hour}"
    return f"{here.hour:02}:{here.minute:02}"


def day_and_clock(moment):
    return _("%(day)s at %(clock)s", day=day(moment), clock=clock(moment))


def saved(moment):
    """Saved 14:32; after the day is over, the day."""
    if _day_at(moment, timezone()) == today():
        return _("Saved %(clock)s", clock=clock(moment))
    return _("Saved %(day)s", day=day(moment))


def first_up(clause):
    """The clause as the beginning of a sentence."""
    return clause[:1].upper() + clause[1:]


def span(first, last):
    """maj–august: the months two moments lie in."""
    months = [_written(_day_at(moment, timezone()), "LLLL", False, get_locale().language) for moment in (first, last)]
    return months[0] if months[0] == months[1] else f"{months[0]}–{months[1]}"


# Numbers that are written out where somebody reads them in a sentence; one is a matter of the sentence itself.
COUNTED = dict(enumerate((_l("two"), _l("three"), _l("four"), _l("five"), _l("six"), _l("seven"), _l("eight"),
                          _l("nine"), _l("ten"), _l("eleven"), _l("twelve")), start=2))  # fmt: skip


def counted(number):
    """nine, ni: a number in a sentence, in figures above twelve."""
    return str(COUNTED.get(number, number))


def known_timezone(name):
    try:
        return name in _zones() and bool(get_timezone(name))
    except LookupError:
        return False


def isolated(name):
    """`name` so that letters written from right to left do not turn the words around it."""
    turns = any(unicodedata.bidirectional(letter) in TURNING for letter in name)
    return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}" if turns else name
