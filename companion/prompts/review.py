"""What a careful reader would say about the prompts: `companion check prompts` says it, `serve` does not mind.

The rules are those of prompts/README.md, as far as a machine can tell.
"""

import re
from collections import Counter

from companion.prompts.models import CARDS, STAGES, STANCES, THEMES, at, gather, line_of

LONG = 200
ASKING = "hvad|hvem|hvor|hvordan|hvorfor|hvornår|hvilken|hvilket|hvilke|what|who|whom|where|how|why|when|which"
METHODS = r"(?i:coach\w*|gibbs|kolb|tomm|schein|heron|stelter|eisenhower|gamemaster\w*)|GROW|SMART|STARR?|GAS|WOOP|SWOT"
WORDING = {
    r"\?.*\?": "two question marks; ask one thing",
    rf"(?i)\b(og|eller|and|or) ({ASKING})\b[^.?]*\?": "two questions in one; make two prompts of them",
    r"([.?]( |$).*){3}": "more than two sentences",
    r"[^.?…]$": "the text ends with a full stop or a question mark",
    r"!": "no exclamation marks",
    r"\.\.\.|['\"]| - |  ": "signs are …, ’, »…« or “…”, a dash is – and there is one space at a time",
    r"(^|[.?:] )(Hvem|Who|Whom)\b(?! er du| are you)": "it asks who somebody is; ask for a role or a kind of person",
    rf"\b({METHODS})\b": "it names a method; say it in everyday words",
}
PRONOUNS = {"da": r"(?i)\b(han|hun|ham|hende|hans|hendes)\b", "en": r"(?i)\b(he|she|him|her|his|hers)\b"}
HIDDEN_ADVICE = (
    r"(?i)\b(burde du|skulle du ikke|bør du ikke|kunne du ikke|er det ikke|har du (prøvet|overvejet|tænkt på) at"
    r"|should you|shouldn’t you|couldn’t you|isn’t it|why don’t you|have you (tried|considered|thought of) \w+ing)\b"
)


def review(folder):
    """(how many prompts `folder` has, a sentence with file and line for each thing to mend)."""
    prompts, said = gather(folder)
    mentioned = {language: {} for language in ("da", "en")}
    for prompt in prompts:
        path = folder / prompt.theme / f"{prompt.id}.md"
        remarks = [*_wording(prompt), *_fitting(prompt)]
        for language, others in mentioned.items():
            other = others.setdefault(prompt.words(language).casefold(), prompt)
            if other is not prompt:
                remarks.append((language, f"the same words stand in {other.theme}/{other.id}.md"))
        if remarks:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            said += [at(path, line_of(key, lines), what) for key, what in remarks]
    return len(prompts), [*said, *_astray(folder), *_coverage(prompts)]


def _wording(prompt):
    """Each (key, remark) on what it says."""
    for language in ("da", "en"):
        words = prompt.words(language)
        if len(words) > LONG:
            yield language, f"{len(words)} characters; {LONG} can be said aloud"
        for pattern, remark in WORDING.items():
            if re.search(pattern, words):
                yield language, remark
        if re.search(PRONOUNS[language], words):
            yield language, "no he or she; say “the other person”, “den anden”"
        if prompt.step in (4, 5) and re.search(HIDDEN_ADVICE, words):
            yield language, "a question that hides advice is a 2"


def _fitting(prompt):
    """Each (key, remark) on whether its keys go together."""
    if not 2 <= len(prompt.id.split("-")) <= 5:
        yield "", "a file is named by two to five words"
    alone = prompt.stage in ("before", "after")
    if prompt.move in CARDS:
        if (prompt.theme, prompt.stance, prompt.stage) != ("us", "process", CARDS[prompt.move]):
            yield "move", f"a {prompt.move} card has theme us, stance process and stage {CARDS[prompt.move]}"
    elif prompt.stance == "process" and prompt.theme != "us":
        yield "stance", "process is for the theme us"
    if prompt.move == "say-back" and (prompt.step not in (4, 5) or alone):
        yield "move", "only what a mentor says with stance 4 or 5 is a say-back"
    if prompt.asker not in _askers(prompt, alone):
        yield "asker", f"here asker is {' or '.join(_askers(prompt, alone))}"
    if prompt.reader and not alone:
        yield "reader", "reader goes with stage before or after"
    if prompt.theme in ("balance", "hard-talks") and not prompt.note:
        yield "theme", f"everything in {prompt.theme} has a note that says where to find help"


def _askers(prompt, alone):
    if alone:
        return ["self"]
    if prompt.move in CARDS:
        return ["both"]
    if prompt.stance == "process":
        return ["mentee", "mentor"]
    return ["mentee" if prompt.step <= 3 else "mentor"]


def _astray(folder):
    """A sentence for each file nobody reads."""
    for path in sorted(folder.rglob("[!.]*")):
        where = path.relative_to(folder)
        if path.is_file() and not (len(where.parts) == 2 and path.suffix == ".md") and str(where) != "README.md":
            yield f"{where}: nobody reads this file; a prompt ends in .md and lies in the folder of its theme"


def _coverage(prompts):
    """What is missing in a theme, and in the whole."""
    for theme in THEMES:
        own = [prompt for prompt in prompts if prompt.theme == theme]
        if len(own) < 10:
            yield f"{theme}: {len(own)} prompts; a theme has at least ten"
        stances = Counter(prompt.stance for prompt in own)
        for stance in STANCES[:5] if theme != "us" else STANCES[5:]:
            if not stances[stance]:
                yield f"{theme}: no prompt with stance {stance}"
        stages = Counter(prompt.stage for prompt in own)
        for stage in STAGES:
            if stages[stage] < 2:
                yield f"{theme}: {stages[stage]} with stage {stage}; a theme has at least two"
    for card in CARDS:
        if card not in {prompt.move for prompt in prompts}:
            yield f"us: no {card} card"
    late = [prompt for prompt in prompts if prompt.step in (4, 5)]
    if sum(prompt.move == "say-back" for prompt in late) * 4 < len(late):
        yield "fewer than one in four of stance 4 and 5 are say-backs"
