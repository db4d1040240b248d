"""The library of prompts: files under prompts/, read and checked once.

A prompt is one question a person could really say, in Danish and English. `stance` says what it invites the
mentor to do, from 1 (show the way) to 5 (hand over the floor), or `process` when it is about the talk itself.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property

import yaml

from companion.errors import Missing
from companion.i18n import _l
from companion.paths import data_dir

THEMES = {
    "new-role": _l("New in the role"),
    "concrete-task": _l("Working through a concrete task"),
    "priorities": _l("Priorities and time"),
    "collaboration": _l("Collaboration and conflict"),
    "hard-talks": _l("Difficult conversations and feedback"),
    "culture": _l("Culture and unwritten rules"),
    "judgement": _l("Dilemmas and professional judgement"),
    "visibility": _l("Visibility and impact"),
    "strengths": _l("Strengths and competences"),
    "direction": _l("Career direction"),
    "next-step": _l("Next development step and the annual review (MUS)"),
    "network": _l("Network"),
    "leadership": _l("Towards leadership"),
    "change-job": _l("Changing jobs and new opportunities"),
    "balance": _l("Balance and well-being"),
    "confidence": _l("Doubt, confidence and courage"),
    "us": _l("Working together"),
}
ORDER = list(THEMES)
STAGES = ("before", "opening", "exploring", "deciding", "after")
STAGE_NAMES = {
    "before": _l("Alone, before the meeting"),
    "opening": _l("When you begin on it"),
    "exploring": _l("When you explore it"),
    "deciding": _l("When something is to be decided"),
    "after": _l("Alone, after the meeting"),
}
# What a prompt about the conversation itself is for, where the two are together.
PROCESS_NAMES = {"opening": _l("Frame"), "exploring": _l("Time-out"), "deciding": _l("Wrap-up")}
ASKS = {
    "mentee": _l("For the mentee to ask"),
    "mentor": _l("For the mentor to say"),
    "both": _l("For the two to read together"),
    "self": _l("To ask yourself"),
}
ASKERS = tuple(ASKS)
STANCES = (1, 2, 3, 4, 5, "process")
CARDS = {"frame": "opening", "timeout": "exploring", "wrap-up": "deciding"}
NEEDED = ("theme", "stage", "stance", "asker", "da", "en")
CLOSED = {
    "theme": tuple(THEMES),
    "stage": STAGES,
    "stance": STANCES,
    "asker": ASKERS,
    "depth": (1, 2, 3),
    "move": ("say-back", *CARDS),
    "reader": ("mentor",),
}
LARGEST = 8_000
LONGEST = 400
NAME = re.compile(r"(?=.{4,60}$)[a-z0-9]+(-[a-z0-9]+)*\.md")


class Malformed(Exception):
    """Prompt files that cannot be used; `said` is a sentence for each thing wrong, with file and line."""

    def __init__(self, said, at_once=5):
        self.said = said
        more = [f"… and {len(said) - at_once} more. `companion check prompts` says them all."]
        super().__init__("\n".join(said[:at_once] + (more if len(said) > at_once else [])))


@dataclass(frozen=True)
class Prompt:
    id: str
    theme: str
    stage: str
    stance: int | str
    asker: str
    da: str
    en: str
    depth: int = 1
    note: dict | None = None
    move: str | None = None
    reader: str | None = None
    # The row it stands in, where one of a pair wrote it.
    own: object = None

    def words(self, language):
        return self.da if language == "da" else self.en

    @property
    def asks(self):
        """Who says it, in words."""
        return ASKS[self.asker]

    @cached_property
    def step(self):
        """1 to 5, or None for a prompt about the conversation itself."""
        return self.stance if isinstance(self.stance, int) else None

    @property
    def is_for_talking(self):
        """Whether it is for the two together, and not for one who prepares or looks back alone."""
        return self.stage not in ("before", "after")

    @cached_property
    def may_be_suggested(self):
        """Whether it is for one of the two to say to the other, and no card laid on both screens when it is time."""
        return self.is_for_talking and self.asker != "self" and self.move not in CARDS

    @property
    def moment(self):
        """The name of when it fits."""
        return (PROCESS_NAMES if self.step is None else {}).get(self.stage) or STAGE_NAMES[self.stage]

    @property
    def place(self):
        """Where it stands in the library: by theme, then from advisory to question-driven; a pair's own come first."""
        return ORDER.index(self.theme), STANCES.index(self.stance), not self.own, STAGES.index(self.stage), self.id


class Library:
    """All prompts, in the order of themes and stances."""

    def __init__(self, prompts):
        self.prompts = sorted(prompts, key=lambda prompt: prompt.place)
        self.by_id = {prompt.id: prompt for prompt in self.prompts}
        used = {prompt.theme for prompt in self.prompts}
        self.themes = {theme: name for theme, name in THEMES.items() if theme in used}

    def find(self, prompt_id):
        """One prompt; raises Missing."""
        try:
            return self.by_id[prompt_id]
        except KeyError:
            raise Missing from None

    def choose(self, *, theme=None, step=None, near=None):
        """The prompts for a conversation, by theme and step where given; those nearest to step `near` come first."""
        found = [
            prompt
            for prompt in self.prompts
            if prompt.is_for_talking
            and (theme is None or prompt.theme == theme)
            and (step is None or prompt.step == step)
        ]
        return sorted(found, key=lambda prompt: abs((prompt.step or 3) - near)) if near else found

    def cards(self, move):
        """The cards for both to look at together: `frame`, `timeout` or `wrap-up`."""
        return [prompt for prompt in self.prompts if prompt.move == move]

    def to_begin_with(self, theme=None):
        """Questions for somebody who prepares alone: those of the theme first, then the others."""
        own = [p for p in self.prompts if p.stage == "before" and p.asker == "self" and p.depth < 3]
        return sorted(own, key=lambda prompt: prompt.theme != theme)

    def to_look_back(self, role, theme="", *, turn=0):
        """A question for one of the two after a meeting: the mentor's own, or one of the theme; another each turn."""
        after = [p for p in self.prompts if p.stage == "after" and p.reader == ("mentor" if role == "mentor" else None)]
        fitting = [prompt for prompt in after if prompt.theme == theme] or after
        return fitting[turn % len(fitting)] if fitting else None


@cache
def library():
    """The library as it was when first asked for; raises Malformed."""
    return read(data_dir("prompts"))


def read(folder):
    """Every file of `folder` as a Library; raises Malformed with all that is wrong in any of them."""
    prompts, said = gather(folder)
    if said:
        raise Malformed(said)
    return Library(prompts)


def gather(folder):
    """(the prompts of `folder`, a sentence for each thing wrong with the files that are none)."""
    prompts, said = {}, []
    for path in sorted(folder.glob("*/*.md")):
        try:
            prompt = read_file(path)
        except Malformed as problem:
            said += problem.said
            continue
        if prompt.id in prompts:
            said.append(at(path, 1, f"there is another {prompt.id} in {prompts[prompt.id].theme}"))
        prompts.setdefault(prompt.id, prompt)
    return list(prompts.values()), said


def read_file(path):
    """One prompt; raises Malformed."""
    lines = _lines(path)
    front = lines[1 : lines.index("---", 1)]
    keys = _front_matter(path, front)
    said = [at(path, line_of(key, lines), what) for key, what in _wrong(path, keys, front)]
    if said:
        raise Malformed(said)
    return Prompt(id=path.stem, **keys)


def at(path, line, what):
    return f"{path.parent.name}/{path.name}, line {line}: {what}"


def line_of(key, lines):
    """The number of the line on which `key` stands, or 1."""
    return next((n for n, text in enumerate(lines, start=1) if text.startswith(f"{key}:")), 1)


def _lines(path):
    if path.is_symlink() or path.stat().st_size > LARGEST:
        raise Malformed([at(path, 1, f"a prompt is a file of at most {LARGEST} bytes")])
    try:
        # Some editors begin a file with an invisible mark; -sig passes over it.
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Malformed([at(path, 1, "the file is not UTF-8; save it again with that encoding")]) from None
    if not lines or lines[0] != "---" or "---" not in lines[1:]:
        raise Malformed([at(path, 1, "the file begins with --- and its keys end with ---")])
    return lines


def _front_matter(path, front):
    for n, text in enumerate(front, start=2):
        # Anchors and aliases are how a small file becomes a large one.
        if "&" in text or "*" in text.replace("**", ""):
            raise Malformed([at(path, n, "the signs & and * are not used here")])
    try:
        keys = yaml.load("\n".join(front), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = "this line, or the one above, cannot be read; a text stands between two straight quotes"
        raise Malformed([at(path, (mark.line if mark else 0) + 2, what)]) from None
    if not isinstance(keys, dict):
        raise Malformed([at(path, 2, "write one key: value a line")])
    return keys


def _wrong(path, keys, front):
    """Each (key, what is wrong with it)."""
    if not NAME.fullmatch(path.name):
        yield "", "a file is named by words in small letters with hyphens between, such as first-sentence.md"
    times = Counter(text.split(":")[0] for text in front)
    for key in NEEDED:
        if key not in keys and times[key]:
            yield key, f"{key} cannot be read; the text above it is not closed with a quote"
        elif key not in keys:
            yield key, f"{key} is missing"
    for key, value in keys.items():
        if times[key] > 1:
            yield key, f"{key} stands here twice"
        if key in CLOSED:
            if type(value) not in (str, int) or value not in CLOSED[key]:
                yield key, f"{key} is one of {', '.join(map(str, CLOSED[key]))}"
            elif key == "theme" and value != path.parent.name:
                yield key, f"the file lies in the folder {path.parent.name}"
        elif key in ("da", "en"):
            if not _is_text(value):
                yield key, f"{key} is a text of at most {LONGEST} characters"
        elif key == "note":
            if not isinstance(value, dict) or set(value) != {"da", "en"}:
                yield key, "a note has the keys da and en"
            elif not all(map(_is_text, value.values())):
                yield key, f"a note is a text of at most {LONGEST} characters in each language"
        else:
            yield key, f"{key} is not a key of a prompt"


def _is_text(value):
    return isinstance(value, str) and 3 <= len(value.strip()) <= LONGEST
