"""Make the three lists in this folder: da.txt, en.txt and common.txt, and SHA256SUMS of them.

Run once, by hand; the app only reads what comes out. The sources, by package name:

- Danish: `da_DK.dic` from Debian's hunspell-da, and which words are common from `wordfreq` on PyPI
- English: `wordlist_en_eff.txt` from `diceware` on PyPI, which is EFF's large word list
- common passwords: the list inside `zxcvbn` on PyPI, and common-added.txt

Install the three PyPI packages in an environment of their own and run, from there:

    python make_words.py da_DK.dic wordlist_en_eff.txt

da-left-out.txt and en-left-out.txt hold the words taken out when the lists were read through.
The versions used are named in the LICENSE files.
"""

import argparse
import hashlib
import re
import unicodedata
from pathlib import Path

import wordfreq
from zxcvbn.frequency_lists import FREQUENCY_LISTS

HERE = Path(__file__).parent
DANISH = re.compile(r"[a-zæøå]{3,8}")
ENGLISH = re.compile(r"[a-z]{3,9}")  # EFF's own lengths: without the nines too few would be left
SHORTEST_COMMON = 4

# The dictionary's own numbers for how a word bends, as named in its da_DK.aff
NOUN = {2, 3, 4, 7, 14, 15, 18, 19, 43, 44, 45, 46, 47, 48, 57, 58, 64, 65, 66, 70, 75, 76, 84}
VERB = {1, 20, 21, 22}
ADJECTIVE = {12, 23, 24, 25, 26, 27, 28, 38, 40, 41, 42, 49, 59, 77, 78, 82}
ENDINGS = {
    "noun": ("", "en", "et", "n", "t", "er", "r", "e", "ne", "erne", "ene"),
    "verb": ("", "r", "de", "t", "te", "s"),
    "adjective": ("", "t", "e"),
}


def main():
    """Write the lists beside this script and say how long they became."""
    parser = argparse.ArgumentParser(description="Make da.txt, en.txt and common.txt in the script's folder.")
    parser.add_argument("dictionary", type=Path, help="da_DK.dic, from hunspell-da")
    parser.add_argument("eff", type=Path, help="wordlist_en_eff.txt, from diceware")
    arguments = parser.parse_args()
    lists = {"da.txt": danish(arguments.dictionary), "en.txt": english(arguments.eff), "common.txt": common()}
    sums = [f"{write(name, words)}  {name}\n" for name, words in sorted(lists.items())]
    (HERE / "SHA256SUMS").write_text("".join(sums))


def danish(dictionary):
    """Everyday Danish words in their base form: in the dictionary, common, and not left out."""
    classes = {word: word_classes(entries) for word, entries in read_dictionary(dictionary).items()}
    verbs = {word for word, found in classes.items() if "verb" in found and DANISH.fullmatch(word)}
    common_forms = wordfreq.get_frequency_dict("da").keys()  # those met at least once in a million words
    return {
        word
        for word, found in classes.items()
        if DANISH.fullmatch(word)
        and any(word + ending in common_forms for each in found for ending in ENDINGS[each])
        and not (found == {"adjective"} and is_participle(word, verbs))
    } - left_out("da")


def read_dictionary(path):
    """Each word of a hunspell dictionary with its entries: the flags, and the notes on irregular forms."""
    entries = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:  # the first line is only a count
        head, *notes = plain(line.partition("#")[0]).split() or [""]
        word, _, flags = head.partition("/")
        numbers = {int(flag) for flag in flags.split(",") if flag.isdecimal()}
        entries.setdefault(word, []).append((word, numbers, notes))
    return entries


def word_classes(entries):
    """Which of noun, verb and adjective a word is the base form of; none of them for a bent form."""
    found = set()
    for word, flags, notes in entries:
        if any(note.startswith("st:") for note in notes):  # a bent form, which names its stem
            continue
        found |= {"noun"} if flags & NOUN else set()
        found |= {"adjective"} if flags & ADJECTIVE else set()
        # An irregular verb has no flag of its own, but lists its forms
        found |= {"verb"} if flags & VERB or f"al:{word}r" in notes else set()
    return found


def is_participle(word, verbs):
    """Whether an adjective only says again what a verb on the list says: bekymret, bærende."""
    return (word.endswith("t") and word[:-1] in verbs) or (word.endswith("ende") and word[:-3] in verbs)


def english(eff):
    """EFF's words, without the dice, the hyphens and what is left out."""
    words = {plain(line).split()[-1] for line in eff.read_text(encoding="utf-8").splitlines() if line.strip()}
    return {word for word in words if ENGLISH.fullmatch(word)} - left_out("en")


def common():
    """Common passwords of four characters and more, and the Danish and longer ones zxcvbn has not met."""
    words = {plain(word).lower() for word in FREQUENCY_LISTS["passwords"]} | read_words("common-added.txt")
    return {word for word in words if len(word) >= SHORTEST_COMMON}


def left_out(language):
    return read_words(f"{language}-left-out.txt")


def read_words(name):
    """The words of a file kept beside this script, where a line that starts with # is a remark."""
    lines = plain((HERE / name).read_text(encoding="utf-8")).splitlines()
    return {word for line in lines if not line.startswith("#") for word in line.split()}


def plain(text):
    return unicodedata.normalize("NFC", text).strip()


def write(name, words):
    """Write the words one a line, in code-point order, and return the SHA-256 of the file."""
    data = "".join(f"{word}\n" for word in sorted(words)).encode()
    (HERE / name).write_bytes(data)
    print(f"{name}: {len(words)} words")
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    main()
