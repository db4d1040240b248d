"""The word lists the offered passphrases are drawn from, and the common passwords that are refused."""

import hashlib
import math
import re
import unicodedata
from pathlib import Path

import pytest

WORDS = Path(__file__).parent.parent / "companion" / "people" / "words"
LISTS = ("da", "en", "common")
# A few of the words nobody should be offered; da-left-out.txt and en-left-out.txt hold the rest
OFFENSIVE = {
    "da": {"død", "fisse", "idiot", "kneppe", "kræft", "lort", "luder", "nazi", "pik", "røv", "voldtage"},
    "en": {"badass", "dead", "gonad", "idiot", "imbecile", "kill", "nazi", "penis", "rectal", "sex", "slain"},
}


def text(name):
    return (WORDS / name).read_bytes().decode("utf-8")


def words(language):
    return text(f"{language}.txt").splitlines()


def left_out(language):
    lines = text(f"{language}-left-out.txt").splitlines()
    return {word for line in lines if not line.startswith("#") for word in line.split()}


def test_the_danish_list_has_at_least_4096_words():
    assert len(words("da")) >= 4096


def test_the_english_list_has_at_least_7000_words():
    assert len(words("en")) >= 7000


def test_the_common_list_has_at_least_20000_passwords():
    assert len(words("common")) >= 20_000


@pytest.mark.parametrize("language", ["da", "en"])
def test_five_words_are_worth_at_least_60_bits(language):
    assert 5 * math.log2(len(set(words(language)))) >= 60


@pytest.mark.parametrize("name", LISTS)
def test_no_word_is_in_a_list_twice(name):
    assert len(words(name)) == len(set(words(name)))


@pytest.mark.parametrize("name", LISTS)
def test_each_list_is_sorted(name):
    assert words(name) == sorted(words(name))


@pytest.mark.parametrize("name", LISTS)
def test_each_list_is_lower_case_and_nfc(name):
    assert text(f"{name}.txt") == unicodedata.normalize("NFC", text(f"{name}.txt").lower())


@pytest.mark.parametrize("name", LISTS)
def test_each_word_has_a_line_of_its_own(name):
    assert text(f"{name}.txt") == "".join(f"{word}\n" for word in text(f"{name}.txt").split())


def test_a_danish_word_is_three_to_eight_danish_letters():
    assert [word for word in words("da") if not re.fullmatch(r"[a-zæøå]{3,8}", word)] == []


def test_an_english_word_is_three_to_nine_english_letters():
    assert [word for word in words("en") if not re.fullmatch(r"[a-z]{3,9}", word)] == []


def test_a_common_password_has_at_least_four_characters():
    assert [word for word in words("common") if len(word) < 4] == []


@pytest.mark.parametrize("password", ["123456", "password", "qwerty", "adgangskode", "kodeord"])
def test_the_best_known_passwords_are_common(password):
    assert password in words("common")


@pytest.mark.parametrize("language", ["da", "en"])
def test_no_offensive_word_is_offered(language):
    assert set(OFFENSIVE[language]) & set(words(language)) == set()


@pytest.mark.parametrize("language", ["da", "en"])
def test_no_word_that_was_left_out_is_offered(language):
    assert left_out(language) & set(words(language)) == set()


def test_the_lists_match_their_checksums():
    sums = dict(reversed(line.split("  ")) for line in text("SHA256SUMS").splitlines())
    made = {f"{name}.txt": hashlib.sha256((WORDS / f"{name}.txt").read_bytes()).hexdigest() for name in LISTS}
    assert made == sums


@pytest.mark.parametrize("name", LISTS)
def test_each_list_has_its_licence_beside_it(name):
    assert f"{name}.txt" in text(f"LICENSE-{name}.txt")
