"""Looking for words in everything one may read in a room: opened in memory, compared, and let go of."""

import unicodedata
from typing import NamedTuple

from companion import reading
from companion.prompts.shelf import folded

# So many of one kind are shown, and so much of a text around the word.
OF_ONE_KIND = 12
AROUND = 70
SPELLED = {"æ": "ae", "ø": "oe", "å": "aa"}


class Found(NamedTuple):
    """A row in which every word stands: the label the words stand under, and [(piece, whether it was looked for)]."""

    row: object
    label: str
    pieces: list


class Group(NamedTuple):
    """What was found of one kind: the newest of it, and how many more."""

    name: str
    found: list
    more: int


def look(pair, typed):
    """[Group] of the rows the asker may be shown in which every word typed stands, in whatever order."""
    words = folded(typed).split()
    groups = []
    for cls in reading.in_order() if words else ():
        hits = [(row, lines) for row in cls.readable_by(pair) if stand_in(lines := _lines(row), words)]
        if hits:
            shown = [_found(row, lines, words) for row, lines in reversed(hits[-OF_ONE_KIND:])]
            groups.append(Group(reading.name_of(cls.kind), shown, len(hits) - len(shown)))
    return groups


def _lines(row):
    # What cannot be opened says so on its page; nobody wrote that sentence.
    return reading.lines(row) if row.readable else []


def stand_in(lines, words):
    """Whether all folded `words` stand in what `lines` say; æ, ø and å may be typed as ae, oe and aa."""
    said = folded("\n".join([line.words for line in lines]))
    if all(word in said for word in words):
        return True
    said = _spelled(said)
    return all(_spelled(word) in said for word in words)


def _spelled(said):
    for letter, typed in SPELLED.items():
        said = said.replace(letter, typed)
    return said


def _standing(said, words):
    """How many of the folded `words` stand in `said`."""
    said = _spelled(folded(said))
    return len([word for word in words if _spelled(word) in said])


def _found(row, lines, words):
    best = max(lines, key=lambda line: _standing(line.words, words))
    return Found(row, best.label, pieces(best.words, words))


def pieces(said, words):
    """What stands around the first word found, as [(piece, whether it was looked for)]."""
    said = unicodedata.normalize("NFC", " ".join(said.split()))
    marked = _merged(spans(said, *words))
    begin, end = _window(said, marked[0][0] if marked else 0)
    parts, here = [("…", False)] if begin else [], begin
    for first, last in marked:
        if first >= end or last <= begin:
            continue
        parts += [(said[here:first], False), (said[first : min(last, end)], True)]
        here = min(last, end)
    parts += [(said[here:end], False), ("…" if end < len(said) else "", False)]
    return [(piece, hit) for piece, hit in parts if piece]


def _window(said, first):
    """Where to begin and end, between words, so that what begins at `first` has something around it."""
    begin = max(0, first - AROUND)
    if begin:
        begin = said.rfind(" ", 0, begin) + 1
    end = begin + 3 * AROUND
    if end < len(said):
        gap = said.rfind(" ", first + 1, end)
        end = gap if gap > first + AROUND else end
    return begin, min(end, len(said))


def spans(said, *words):
    """[(first, last)] of every place in `said` where one of the folded `words` stands."""
    said, found = unicodedata.normalize("NFC", said), []
    # Gone through letter by letter once, however many words are looked for.
    as_said, as_spelled = _letter_by_letter(said, False), None
    for word in set(words):
        here = _places(word, *as_said)
        if not here:
            as_spelled = as_spelled or _letter_by_letter(said, True)
            here = _places(_spelled(word), *as_spelled)
        found += here
    return found


def _places(word, letters, places):
    found, at = [], letters.find(word)
    while at >= 0:
        found.append((places[at], places[at + len(word) - 1] + 1))
        at = letters.find(word, at + len(word))
    return found


def _letter_by_letter(said, spelled):
    """`said` folded, and for each of its letters the place it came from: folding may make two of one."""
    letters, places = [], []
    for place, letter in enumerate(said):
        as_folded = letter.casefold()
        as_folded = SPELLED.get(as_folded, as_folded) if spelled else as_folded
        letters.append(as_folded)
        places += [place] * len(as_folded)
    return "".join(letters), places


def _merged(found):
    merged = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
