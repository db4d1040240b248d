"""Passphrases: five words to offer, and what an own one must keep to."""

import secrets
import unicodedata
from functools import cache
from pathlib import Path

from companion.errors import Invalid
from companion.i18n import _

WORDS = Path(__file__).parent / "words"
OFFERED = 5
SHORTEST, LONGEST = 15, 200


def offer(language):
    """A new passphrase of five words in `language`."""
    words = _list(language if language in ("da", "en") else "en")
    return " ".join(secrets.choice(words) for _ in range(OFFERED))


def check(phrase, *, name, email):
    """Raise Invalid when `phrase` would be guessed: too short, common, or made of the person's own name."""
    if len(phrase.encode()) > 1024 or len(phrase) > LONGEST:
        raise Invalid(_("At most 200 characters, please. A sentence is enough."), "passphrase")
    plain = _letters(phrase)
    if len(" ".join(phrase.split())) < SHORTEST:
        raise Invalid(_("Use at least 15 characters: a sentence you will remember."), "passphrase")
    if len(set(plain)) < 6 or _is_common(plain) or _is_common(phrase.casefold().replace(" ", "")):
        raise Invalid(
            _("That one is among the first to be guessed. Choose words that only you would put together."),
            "passphrase",
        )
    own = [_letters(part) for part in (*name.split(), *email.replace("@", ".").split("."))]
    rest = plain
    for part in sorted((part for part in own if len(part) >= 3), key=len, reverse=True):
        rest = rest.replace(part, "")
    if len(rest) < 8:
        raise Invalid(_("Leave your own name and e-mail address out of it."), "passphrase")


def _letters(text):
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalpha())


def _is_common(text):
    """Whether `text` is a common password, or nothing but one or two of them over and over."""
    common = _common()
    if text in common:
        return True
    halves = ((text[:i], text[i:]) for i in range(4, len(text) - 3))
    if any(first in common and second in common for first, second in halves):
        return True
    return any(text == text[:n] * (len(text) // n) for n in range(1, len(text) // 2 + 1) if len(text) % n == 0)


@cache
def _list(language):
    return (WORDS / f"{language}.txt").read_text(encoding="utf-8").split()


@cache
def _common():
    return frozenset((WORDS / "common.txt").read_text(encoding="utf-8").split())
