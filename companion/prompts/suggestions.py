"""Which prompts suit the coming meeting, and why: the same answer for the same question, each with its reason.

Sources of the rules: listen first while the two get to know each other, as Djøf advises its mentors; go where the
mentee asked (experienced beside wished style); nothing deep before there is trust.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property

from companion.i18n import _
from companion.prompts.models import library
from companion.stance import named

AT_MOST = 5
OF_A_STAGE = 2
# In the first meetings the mentor listens, and nothing deep is asked.
FIRST_MEETINGS = 2
LISTENING = 4
DEEP = 3


@dataclass(frozen=True)
class Occasion:
    """What is known before a meeting. `number` counts from 1; styles are 1–5 or None; sets hold ids of prompts."""

    number: int
    theme: str = ""
    words: str = ""
    asked: int | None = None
    agreed: int | None = None
    used: frozenset = frozenset()
    favourites: frozenset = frozenset()
    left_out: frozenset = frozenset()

    @property
    def is_early(self):
        return self.number <= FIRST_MEETINGS

    @property
    def listens_first(self):
        """Whether it is for the house to say that the mentor listens: early on, and nothing else was asked for."""
        return self.is_early and not self.asked

    @cached_property
    def near(self):
        """The step to look around: as asked; else as agreed, but listening in the first meetings."""
        if self.asked:
            return self.asked
        return max(self.agreed or LISTENING, LISTENING if self.is_early else 1)

    @cached_property
    def about(self):
        """The theme of the meeting, or the one that what was shared touches on, or ""."""
        return self.theme or touched(self.words)


@dataclass(frozen=True)
class Suggestion:
    """One prompt and what speaks for it."""

    prompt: object
    occasion: Occasion
    listens: bool = False

    def why(self, mentee):
        """The reason in one clause, for the mentor of `mentee` (a name)."""
        step, asked, agreed = self.prompt.step, self.occasion.asked, self.occasion.agreed
        if self.listens:
            why = _("it lets you listen first while you get to know each other")
        elif asked and step == asked:
            why = _asked_for(step, mentee)
        elif agreed and not asked and step == agreed:
            why = _("you agreed on “%(style)s”", style=named(step).name)
        elif self.prompt.theme == self.occasion.about and not self.occasion.theme:
            theme = library().themes[self.prompt.theme]
            why = _("what %(name)s shared touches on “%(theme)s”", name=mentee, theme=theme)
        elif asked and step and abs(step - asked) == 1:
            why = _("close to the style %(name)s asked for", name=mentee)
        elif self.prompt.theme == self.occasion.about:
            why = _("on the theme of the meeting")
        else:
            why = _("a place to begin")
        if self.prompt.id in self.occasion.used:
            return _("used before, but %(why)s", why=why)
        if self.prompt.id in self.occasion.favourites:
            return _("one of your favourites, and %(why)s", why=why)
        return why


def suggest(prompts, occasion):
    """At most five of `prompts` for `occasion`, the best first."""
    fitting = [prompt for prompt in prompts if prompt.may_be_suggested and _fits(prompt, occasion)]
    ranked = sorted(fitting, key=lambda prompt: _rank(prompt, occasion))
    found, of_stage = [], {}
    if occasion.is_early and occasion.near < LISTENING:
        # They asked for something else: one question that listens goes ahead of it all the same.
        first = min((p for p in fitting if (p.step or 0) >= LISTENING), default=None,
                    key=lambda prompt: (*_rank(prompt, occasion)[:2], prompt.depth))  # fmt: skip
        if first:
            found.append(Suggestion(first, occasion, listens=True))
            ranked.remove(first)
            of_stage[first.stage] = 1
    for prompt in ranked:
        if len(found) < AT_MOST and of_stage.get(prompt.stage, 0) < OF_A_STAGE:
            of_stage[prompt.stage] = of_stage.get(prompt.stage, 0) + 1
            listens = occasion.listens_first and prompt.step != occasion.agreed
            found.append(Suggestion(prompt, occasion, listens=listens and (prompt.step or 0) >= LISTENING))
    return found


def _fits(prompt, occasion):
    return (
        prompt.id not in occasion.left_out
        and (prompt.step is not None or occasion.about == prompt.theme)
        and not (occasion.is_early and prompt.depth >= DEEP)
    )


def _rank(prompt, occasion):
    return (
        prompt.id in occasion.used,
        prompt.theme != occasion.about,
        abs((prompt.step or occasion.near) - occasion.near),
        prompt.id not in occasion.favourites,
    )


def touched(words):
    """The theme whose words what was shared holds most of, or "": two of them at least, and more than of any other."""
    shared = _stems(words)
    hits = sorted(((len(shared & stems), theme) for theme, stems in _vocabulary().items()), reverse=True)
    (most, theme), (next_most, _other) = hits[:2]
    return theme if most >= 2 and most > next_most else ""


@cache
def _vocabulary():
    """{theme: beginnings of words that stand in its prompts and in at most one other theme's}."""
    of_theme = {theme: set() for theme in library().themes}
    for prompt in library().prompts:
        of_theme[prompt.theme] |= _stems(prompt.da) | _stems(prompt.en)
    spread = {}
    for stems in of_theme.values():
        for stem in stems:
            spread[stem] = spread.get(stem, 0) + 1
    return {theme: {stem for stem in stems if spread[stem] <= 2} for theme, stems in of_theme.items()}


def _stems(words):
    # Five letters are enough to know a word by in both languages, and let its endings go.
    return {word[:5] for word in re.findall(r"[^\W\d_]{5,}", words.casefold())}


def _asked_for(step, mentee):
    match step:
        case 1:
            return _("%(name)s asked you to show the way", name=mentee)
        case 2:
            return _("%(name)s asked for advice", name=mentee)
        case 3:
            return _("%(name)s asked for your experience", name=mentee)
        case 4:
            return _("%(name)s asked to explore it together", name=mentee)
    return _("%(name)s asked for the floor", name=mentee)
