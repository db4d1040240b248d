"""The kinds of clause: how each is asked, read from a form, and said again."""

from dataclasses import dataclass
from datetime import date

from companion import i18n, text
from companion.errors import Invalid
from companion.i18n import _
from companion.pairs.models import months_later

BOTH = "both"
WORDS_AT_MOST = 500
# A course without an end drifts.
USUAL_MONTHS = 9


@dataclass(frozen=True)
class Clause:
    """One clause: chosen from `options`, or written in own words where there are none.

    `who` answers it: both (then they have to agree), or the one it belongs to. One that is `needed` must be
    answered before its writer is ready. `ask` is what to talk about where two answers differ.
    """

    key: str
    part: str
    label: str
    options: tuple = ()
    default: str = ""
    who: str = BOTH
    needed: bool = False
    says: str = ""
    ask: str = ""
    # How the one it belongs to is asked.
    mine: str = ""

    kind = "choice"
    empty = ""
    # Whether any of it is in its writer's own words.
    is_written = False
    points = ()

    def of(self, role):
        """Whether the pair's `role` answers it."""
        return self.who in (BOTH, role)

    def usual(self, pair):
        """What most pairs answer."""
        return self.default or self.empty

    def first(self, pair):
        """What stands on a card before anybody has touched it: where an answer is needed, nothing."""
        return self.empty if self.needed else self.usual(pair)

    def says_something(self, value):
        return bool(value)

    def read(self, typed):
        """What was chosen or written in a form (a MultiDict), empty where nothing was; raises Invalid."""
        value = typed.get(self.key, "")
        if value and value not in dict(self.options):
            raise Invalid(_("Choose one of the answers."), self.key)
        return value

    def say(self, value):
        """`value` in the reader's language."""
        return dict(self.options).get(value, value)

    @property
    def as_choices(self):
        """The options as a page lays them out: [(value, words, what it means)]."""
        return [(value, words, "") for value, words in self.options]

    def to_choose(self, value):
        """The options as a list to pick from, beginning with nothing as long as nothing is chosen."""
        return self.options if value else (("", _("Choose")), *self.options)


class Words(Clause):
    """Own words, kept as they were written."""

    kind = "words"
    is_written = True

    def read(self, typed):
        return text.read(typed.get(self.key, ""), field=self.key, longest=WORDS_AT_MOST)


class Chips(Clause):
    """Any number of the options, and own words beside them."""

    kind = "chips"
    empty = {"chips": [], "words": ""}  # noqa: RUF012
    is_written = True

    def read(self, typed):
        chosen = typed.getlist(self.key)
        if not set(chosen) <= set(dict(self.options)):
            raise Invalid(_("Choose one of the answers."), self.key)
        words = text.read(typed.get(f"{self.key}_words", ""), field=f"{self.key}_words", longest=WORDS_AT_MOST)
        # In the order of the list, so that the same answer is the same.
        return {"chips": [value for value, _words in self.options if value in chosen], "words": words}

    def says_something(self, value):
        return bool(value and (value["chips"] or value["words"]))

    def chosen(self, value):
        """The chips in the reader's language, as one sentence."""
        said = ", ".join(str(dict(self.options).get(chip, chip)).lower() for chip in value["chips"])
        return i18n.first_up(said)

    def say(self, value):
        return ". ".join(words for words in (self.chosen(value), value["words"]) if words)


class Day(Clause):
    """A day; where nobody says otherwise, nine months from the day the pair was made."""

    kind = "day"

    def usual(self, pair):
        # The same for both of them, whenever and wherever each looks.
        made = i18n.local(pair.created_at, i18n.TIMEZONE).date()
        return (months_later(made, USUAL_MONTHS) if self.key == "end_date" else made).isoformat()

    def read(self, typed):
        value = typed.get(self.key, "").strip()
        try:
            day = date.fromisoformat(value) if value else None
        except ValueError:
            day = date.min
        if day and not 2000 <= day.year <= 2199:
            raise Invalid(_("Choose a day, such as 12 November."), self.key)
        return day.isoformat() if day else ""

    def say(self, value):
        return i18n.day(date.fromisoformat(value), year=True) if value else ""


class Step(Clause):
    """One of the five steps of the style scale."""

    kind = "scale"


@dataclass(frozen=True)
class Stands(Clause):
    """What stands in every agreement: nothing to choose, only to read, and where it is `needed` to say so."""

    # What it says in full.
    points: tuple = ()

    kind = "stands"
