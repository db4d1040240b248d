"""What a pair adds to the library: prompts of their own, and each one's own marks on prompts."""

from typing import NamedTuple
from uuid import UUID

from companion import text
from companion.db import db
from companion.errors import Invalid, NotYours
from companion.i18n import _
from companion.pairs.models import MENTEE, MENTOR
from companion.pairs.rows import Row
from companion.prompts.models import LONGEST, STANCES, THEMES, Prompt, library

FAVOURITE, ASIDE = "favourite", "aside"


class OwnPrompt(Row):
    """A prompt one of the two wrote. Both read it and bring it to a meeting; its words stay its author's to change.

    Whoever does not like it puts it aside for themselves, so nothing written is lost by the other's hand.
    """

    kind = "own prompt"
    sealed = {"text": "", "theme": "us", "stance": "process"}

    @classmethod
    def put(cls, pair, typed):
        """A new one from a form; raises Invalid."""
        return cls.add(pair, **cls._read(typed))

    def reword(self, typed, *, rev):
        """Other words, theme or style; raises Invalid, Conflict, NotYours."""
        self.only_author()
        return self.change(rev=rev, **self._read(typed))

    def remove(self):
        """It goes from the library. A meeting it was chosen for keeps the words it had. Raises NotYours."""
        self.only_author()
        self.delete_instance()

    def only_author(self):
        """Raise NotYours unless the asker wrote it."""
        if self.author != self.opener.person.id:
            raise NotYours(_("Only whoever wrote it does this."))

    @classmethod
    def _read(cls, typed):
        words = text.read(typed.get("words", ""), field="words", longest=LONGEST, required=True)
        if typed.get("theme") not in THEMES:
            raise Invalid(_("Choose a theme."), "theme")
        stances = {str(stance): stance for stance in STANCES}
        if typed.get("stance") not in stances:
            raise Invalid(_("Choose a style of conversation."), "stance")
        return {"text": words, "theme": typed["theme"], "stance": stances[typed["stance"]]}

    @property
    def prompt(self):
        """It as one of the library's, in the one language it was written in."""
        words = self.text if self.readable else _("This text cannot be opened.")
        asks = self.opener.voice_of(self.author) if self.stance == "process" else MENTEE if self.stance <= 3 else MENTOR
        return Prompt(str(self.id), self.theme, "exploring", self.stance, asks, words, words, own=self)


def everything(pair):
    """[Prompt] of the library and of the pair itself, in the library's order; the library alone without a pair."""
    own = [row.prompt for row in OwnPrompt.of(pair)] if pair else []
    return sorted([*library().prompts, *own], key=lambda prompt: prompt.place) if own else library().prompts


def find(pair, prompt_id):
    """One prompt, the library's or the pair's own; raises Missing."""
    try:
        return OwnPrompt.find(pair, UUID(prompt_id)).prompt if pair else library().find(prompt_id)
    except ValueError:
        return library().find(prompt_id)


class Marked(NamedTuple):
    """The ids of the prompts somebody marked."""

    favourites: frozenset = frozenset()
    put_aside: frozenset = frozenset()


class PromptMarks(Row):
    """What one person marked in one room, all of it in one row, so that nobody sees what or how much."""

    kind = "prompt marks"
    # {id of a prompt: favourite or aside}: never both.
    sealed = {"marks": {}}

    @classmethod
    def of_asker(cls, pair):
        """The asker's favourites and what they put aside, as sets of ids; empty without a pair."""
        row = cls._mine(pair) if pair else None
        marks = row.marks.items() if row else ()
        return Marked(*(frozenset(id for id, mark in marks if mark == which) for which in (FAVOURITE, ASIDE)))

    @classmethod
    def mark(cls, pair, prompt_id, mark):
        """Mark a prompt as FAVOURITE or ASIDE for the asker, or take its mark away (None); raises Missing."""
        prompt_id = find(pair, prompt_id).id
        # Read and written under one lock: of two windows at once, both are heard.
        with db.atomic():
            row = cls._mine(pair)
            marks = {id: was for id, was in (row.marks if row else {}).items() if id != prompt_id}
            marks |= {prompt_id: mark} if mark else {}
            if row:
                row.change(marks=marks)
            elif marks:
                cls.add(pair, mine=True, marks=marks)

    @classmethod
    def _mine(cls, pair):
        return cls.of(pair).where(cls.scope == pair.person.id).first()

    class Meta:
        indexes = ((("pair", "scope"), True),)
