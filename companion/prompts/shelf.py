"""The library as one person reads it: their pair's own prompts among the others, without what they put aside."""

import unicodedata
from collections import Counter
from typing import NamedTuple

from companion.prompts.models import PROCESS_NAMES, STAGE_NAMES, STAGES, STANCES, THEMES
from companion.prompts.own import PromptMarks, everything, find

ONLY = ("favourites", "aside", "own")


class Wanted(NamedTuple):
    """Which prompts somebody asks for; None is any."""

    theme: str | None = None
    stance: int | str | None = None
    stage: str | None = None
    only: str | None = None

    @classmethod
    def read(cls, typed):
        """What was chosen in a form or an address; what is not known is taken for any."""
        stances = {str(stance): stance for stance in STANCES}
        known = {name: typed.get(name) for name in cls._fields}
        return cls(
            theme=known["theme"] if known["theme"] in THEMES else None,
            stance=stances.get(known["stance"]),
            stage=known["stage"] if known["stage"] in STAGES else None,
            only=known["only"] if known["only"] in ONLY else None,
        )

    @property
    def query(self):
        """The same as it stands in an address."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class Shelf:
    """What a person finds when they look into the library: in a room, or, with None, before there is one."""

    def __init__(self, pair):
        self.pair = pair
        self.marks = PromptMarks.of_asker(pair)
        self.all = everything(pair)
        self.prompts = [prompt for prompt in self.all if prompt.id not in self.marks.put_aside]

    def find(self, prompt_id):
        """One prompt, put aside or not; raises Missing."""
        return find(self.pair, prompt_id)

    def choose(self, wanted):
        """The prompts that are wanted, in the library's order. What was put aside is found by asking for it."""
        among = {
            "aside": [prompt for prompt in self.all if prompt.id in self.marks.put_aside],
            "favourites": [prompt for prompt in self.prompts if prompt.id in self.marks.favourites],
            "own": [prompt for prompt in self.prompts if prompt.own],
            None: self.prompts,
        }
        return [
            prompt
            for prompt in among[wanted.only]
            if wanted.theme in (None, prompt.theme)
            and wanted.stance in (None, prompt.stance)
            and wanted.stage in (None, prompt.stage)
        ]

    def by_moment(self, prompts):
        """{name of the moment: prompts} for one theme's prompts, in the order of a meeting."""
        found = {}
        for prompt in sorted(prompts, key=lambda prompt: STAGES.index(prompt.stage)):
            found.setdefault(str(prompt.moment), []).append(prompt)
        return found

    def by_theme(self, prompts):
        """{name of the theme: prompts}."""
        found = {}
        for prompt in prompts:
            found.setdefault(str(THEMES[prompt.theme]), []).append(prompt)
        return found

    @property
    def table(self):
        """{(theme, stance): how many}."""
        return Counter((prompt.theme, prompt.stance) for prompt in self.prompts)

    @property
    def stages(self):
        """[(stage, its name, how many)] of all prompts, and of those about the conversation itself."""
        process = [prompt for prompt in self.prompts if prompt.step is None]
        return _moments(self.prompts, STAGE_NAMES), _moments(process, STAGE_NAMES | PROCESS_NAMES)

    def neighbours(self, prompt):
        """(one step more advisory, one step more question-driven) on the same theme, each perhaps None."""
        return tuple(self._beside(prompt, prompt.step + by) if prompt.step else None for by in (-1, 1))

    def _beside(self, prompt, step):
        found = [other for other in self.prompts if (other.theme, other.stance) == (prompt.theme, step)]
        # One for the same moment, if there is one.
        return min(found, key=lambda other: other.stage != prompt.stage, default=None)

    def search(self, typed, language):
        """[(prompt, whether the other language is needed to see why)]: every word typed stands in its words.

        Those of the reader's own language come first.
        """
        words = folded(typed).split()
        found = []
        for prompt in self.prompts if words else ():
            own, both = prompt.words(language), f"{prompt.da} {prompt.en}"
            if all(stands(word, both) for word in words):
                found.append((prompt, not all(stands(word, own) for word in words)))
        return sorted(found, key=lambda one: one[1])


def _moments(prompts, names):
    counted = Counter(prompt.stage for prompt in prompts)
    return [(stage, names[stage], counted[stage]) for stage in STAGES if counted[stage]]


def folded(words):
    """`words` so that capitals and the two ways of writing å as signs make no difference."""
    return unicodedata.normalize("NFC", words).casefold()


def stands(word, words):
    """Whether a folded `word` stands in `words`; æ, ø and å may be typed as ae, oe and aa."""
    words = folded(words)
    return word in words or word in words.replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
