"""The library of prompts: files under prompts/, read and checked once.

A prompt is one question a person could really say, in Danish and English. `stance` says what it invites the
mentor to do, from 1 (show the way) to 5 (hand over the floor), or `process` when it is about the talk itself.
"""

import re
from dataclasses import dataclass
from functools import cache

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
STAGES = ("before", "opening", "exploring", "deciding", "after")
ASKERS = ("mentee", "mentor", "self")
STANCES = (1, 2, 3, 4, 5, "process")
LARGEST = 8_000
LONGEST = 400
NAME = re.compile(r"(?=.{4,60}$)[a-z0-9]+(-[a-z0-9]+)*\.md")


class Malformed(Exception):
    """A prompt file cannot be used; the sentence names file and line."""

    def __init__(self, path, line, what):
        super().__init__(f"{path.parent.name}/{path.name}, line {line}: {what}")


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

    def words(self, language):
        return self.da if language == "da" else self.en

    @property
    def step(self):
        """1 to 5, or None for a prompt about the conversation itself."""
        return self.stance if isinstance(self.stance, int) else None


class Library:
    """All prompts, in the order of themes and stances."""

    def __init__(self, prompts):
        order = list(THEMES)
        key = lambda p: (order.index(p.theme), STANCES.index(p.stance), STAGES.index(p.stage), p.id)  # noqa: E731
        self.prompts = sorted(prompts, key=key)
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
            if prompt.stage not in ("before", "after")
            and (theme is None or prompt.theme == theme)
            and (step is None or prompt.step == step)
        ]
        return sorted(found, key=lambda prompt: abs((prompt.step or 3) - near)) if near else found

    def to_begin_with(self, theme=None):
        """Questions for somebody who prepares alone: those of the theme first, then the others."""
        own = [p for p in self.prompts if p.stage == "before" and p.asker == "self" and p.depth < 3]
        return sorted(own, key=lambda prompt: prompt.theme != theme)


@cache
def library():
    """The library as it was when first asked for; raises Malformed."""
    return read(data_dir("prompts"))


def read(folder):
    """Every file of `folder` as a Library; raises Malformed at the first that is not right."""
    prompts, seen = [], {}
    for path in sorted(folder.glob("*/*.md")):
        prompt = read_file(path)
        if prompt.id in seen:
            raise Malformed(path, 1, f"there is another {prompt.id} in {seen[prompt.id]}")
        seen[prompt.id] = path.parent.name
        prompts.append(prompt)
    return Library(prompts)


def read_file(path):
    """One prompt; raises Malformed."""
    if not NAME.fullmatch(path.name):
        raise Malformed(
            path, 1, "a file is named by words in small letters with hyphens between, such as first-sentence.md"
        )
    if path.is_symlink() or path.stat().st_size > LARGEST:
        raise Malformed(path, 1, f"a prompt is a file of at most {LARGEST} bytes")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise Malformed(path, 1, "the file is not UTF-8") from None
    if not lines or lines[0] != "---" or "---" not in lines[1:]:
        raise Malformed(path, 1, "the file begins with --- and its keys end with ---")
    end = lines.index("---", 1)
    return _check(path, lines, _front_matter(path, "\n".join(lines[1:end])))


def _front_matter(path, front):
    if "&" in front or "*" in front.replace("**", ""):
        # Anchors and aliases are how a small file becomes a large one.
        line = next(n for n, text in enumerate(front.splitlines(), start=2) if "&" in text or "*" in text)
        raise Malformed(path, line, "the signs & and * are not used here")
    try:
        keys = yaml.load(front, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Malformed(path, (mark.line if mark else 0) + 2, "this line cannot be read") from None
    if not isinstance(keys, dict):
        raise Malformed(path, 2, "write one key: value a line")
    return keys


def _check(path, lines, keys):
    def wrong(key, what):
        line = next((n for n, text in enumerate(lines, start=1) if text.startswith(f"{key}:")), 1)
        return Malformed(path, line, what)

    for key in ("theme", "stage", "stance", "asker", "da", "en"):
        if key not in keys:
            raise wrong(key, f"{key} is missing")
    for key in keys.keys() - {"theme", "stage", "stance", "asker", "depth", "da", "en", "note"}:
        raise wrong(key, f"{key} is not a key of a prompt")
    allowed = {
        "theme": tuple(THEMES),
        "stage": STAGES,
        "stance": STANCES,
        "asker": ASKERS,
        "depth": (1, 2, 3),
    }
    for key, values in allowed.items():
        value = keys.get(key, 1)
        if type(value) not in (str, int) or value not in values:
            raise wrong(key, f"{key} is one of {', '.join(map(str, values))}")
    if keys["theme"] != path.parent.name:
        raise wrong("theme", f"the file lies in the folder {path.parent.name}")
    for language in ("da", "en"):
        words = keys[language]
        if not isinstance(words, str) or not 3 <= len(words.strip()) <= LONGEST:
            raise wrong(language, f"{language} is a text of at most {LONGEST} characters")
    note = keys.get("note")
    if note is not None and not (isinstance(note, dict) and set(note) == {"da", "en"}):
        raise wrong("note", "a note has the keys da and en")
    if note and not all(isinstance(words, str) and 3 <= len(words.strip()) <= LONGEST for words in note.values()):
        raise wrong("note", f"a note is a text of at most {LONGEST} characters in each language")
    return Prompt(id=path.stem, **keys)
