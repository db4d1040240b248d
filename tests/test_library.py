"""The library: what every prompt keeps to, how one is found, and what is said about a file that is not right."""

import re
from collections import Counter

import pytest
import yaml
from conftest import repository

from companion.errors import Missing
from companion.prompts.models import CARDS, CLOSED, STAGES, THEMES, Malformed, library, read, read_file

FOLDER = repository() / "prompts"
FILES = sorted(FOLDER.glob("*/*.md"))
SOUND = {
    "theme": "network",
    "stage": "exploring",
    "stance": "4",
    "asker": "mentor",
    "depth": "2",
    "da": '"Hvad kunne du spørge om?"',
    "en": '"What could you ask about?"',
}
METHODS = ("GROW", "SMART", "Gibbs", "Kolb", "STARR", "GAS", "WOOP", "Tomm", "SWOT", "coaching", "Gamemaster")


def of(theme):
    return [prompt for prompt in library().prompts if prompt.theme == theme]


# The real library.


def test_every_file_is_a_prompt_in_both_languages_with_keys_from_the_closed_lists():
    assert len(FILES) == len(library().prompts)
    for path in FILES:
        prompt, keys = library().find(path.stem), next(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        assert (prompt.theme, prompt.da, prompt.en) == (path.parent.name, keys["da"], keys["en"])
        assert all(keys[key] in CLOSED[key] for key in keys.keys() & CLOSED.keys()), path
        assert {"asker", "depth", "stage", "stance"} <= keys.keys(), path


def test_nothing_is_there_twice():
    assert len({path.name for path in FILES}) == len(FILES)
    for language in ("da", "en"):
        words = Counter(re.sub(r"\W", "", prompt.words(language).casefold()) for prompt in library().prompts)
        assert [said for said, times in words.items() if times > 1] == []


def test_a_prompt_is_one_short_question_without_the_name_of_a_method():
    for prompt in library().prompts:
        for words in (prompt.da, prompt.en):
            assert 10 <= len(words) <= 200, prompt.id
            assert words.count("?") <= 1, prompt.id
            assert not set("!'\"") & set(words), prompt.id
            assert not re.search(rf"\b({'|'.join(METHODS)})\b", words), prompt.id


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_can_be_talked_about_in_every_way_and_at_every_time(theme):
    assert len(of(theme)) >= 10
    assert {prompt.stance for prompt in of(theme)} >= ({"process"} if theme == "us" else {1, 2, 3, 4, 5})
    times = Counter(prompt.stage for prompt in of(theme))
    assert min(times[stage] for stage in STAGES) >= 2
    if theme != "us":
        assert all(library().choose(theme=theme, step=step) for step in (1, 2, 3, 4, 5))


def test_the_mentee_asks_for_the_way_and_the_mentor_asks_back():
    for prompt in library().prompts:
        if prompt.stage in ("before", "after"):
            assert prompt.asker == "self", prompt.id
        elif prompt.step:
            assert prompt.asker == ("mentee" if prompt.step <= 3 else "mentor"), prompt.id


def test_at_least_a_quarter_of_what_the_mentor_brings_says_back():
    late = [prompt for prompt in library().prompts if prompt.step in (4, 5)]
    assert sum(prompt.move == "say-back" for prompt in late) >= len(late) / 4


def test_what_comes_close_says_where_help_is():
    for prompt in of("balance") + of("hard-talks"):
        assert re.search("leder.*(arbejdsmiljørepræsentant|læge)", prompt.note["da"]), prompt.id
        assert re.search("manager.*(representative|doctor)", prompt.note["en"]), prompt.id


@pytest.mark.parametrize(("move", "stage"), CARDS.items())
def test_the_talk_itself_has_cards_either_can_read_aloud(move, stage):
    cards = library().cards(move)
    assert len(cards) >= 3
    assert {(card.theme, card.stance, card.stage, card.asker) for card in cards} == {("us", "process", stage, "both")}
    for card in cards:
        assert not re.search(r"\b(jeg|mig|I|me|my)\b", f"{card.da} {card.en}"), card.id


def test_the_mentor_has_questions_of_their_own_that_no_mentee_prepares_with():
    own = [prompt for prompt in library().prompts if prompt.reader == "mentor"]
    assert len(own) >= 3
    assert {(prompt.theme, prompt.stage, prompt.asker) for prompt in own} == {("us", "after", "self")}
    assert not [prompt for prompt in own if prompt in library().to_begin_with("us") + library().choose()]


# Choosing.


def test_prompts_for_talking_are_chosen_by_theme_and_step():
    for prompt in library().choose(theme="network", step=3):
        assert (prompt.theme, prompt.step) == ("network", 3)
        assert prompt.stage in STAGES[1:4]
    assert {prompt.theme for prompt in library().choose()} == set(THEMES)
    assert library().choose(theme="network", step=6) == []


def test_those_near_the_wish_come_first():
    steps = [abs((prompt.step or 3) - 5) for prompt in library().choose(theme="us", near=5)]
    assert steps == sorted(steps)
    assert steps[0] == 0


def test_whoever_prepares_alone_gets_questions_of_the_theme_first():
    found = library().to_begin_with("network")
    assert {(prompt.stage, prompt.asker) for prompt in found} == {("before", "self")}
    own = [prompt.theme == "network" for prompt in found]
    assert own == sorted(own, reverse=True)
    assert own[0]
    assert not own[-1]


def test_an_unknown_prompt_is_missing():
    with pytest.raises(Missing):
        library().find("no-such-prompt")


# Malformed files, each named with its line.


def write(folder, lines, name="first-sentence.md", theme="network"):
    path = folder / theme / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def with_keys(**changed):
    keys = {key: value for key, value in (SOUND | changed).items() if value is not None}
    return ["---", *(f"{key}: {value}" for key, value in keys.items()), "---"]


def test_a_sound_file_is_read(tmp_path):
    prompt = read_file(write(tmp_path, with_keys(note="\n  da: Et råd\n  en: Advice")))
    assert (prompt.id, prompt.stance, prompt.depth, prompt.step) == ("first-sentence", 4, 2, 4)
    assert prompt.words("da") == "Hvad kunne du spørge om?"
    assert prompt.note == {"da": "Et råd", "en": "Advice"}
    assert read_file(write(tmp_path, with_keys(depth=None))).depth == 1


@pytest.mark.parametrize(
    ("lines", "line", "what"),
    [
        ([], 1, "begins with ---"),
        (["theme: network"], 1, "begins with ---"),
        (["---", "theme: network"], 1, "begins with ---"),
        (["---", "---"], 2, "key: value"),
        (["---", "just words", "---"], 2, "key: value"),
        (["---", "theme: network", "stage: [", "---"], 4, "cannot be read"),
        (["---", "theme: network", "stage: 2026-13-45", "---"], 2, "cannot be read"),
        (["---", "theme: network", "da: " + "[" * 4000, "---"], 4, "cannot be read"),
        (["---", "theme: &a network", "stage: exploring", "---"], 2, "& and *"),
        (["---", "theme: network", "da: *a", "---"], 3, "& and *"),
        (with_keys(theme=None), 1, "theme is missing"),
        (with_keys(stage=None), 1, "stage is missing"),
        (with_keys(stance=None), 1, "stance is missing"),
        (with_keys(asker=None), 1, "asker is missing"),
        (with_keys(da=None), 1, "da is missing"),
        (with_keys(en=None), 1, "en is missing"),
        (with_keys(author="me"), 9, "author is not a key"),
        ([*with_keys()[:-1], 'da: "Igen"', "---"], 7, "da stands here twice"),
        (with_keys(da='"Hvad nu', en='What now?"'), 8, "the text above it is not closed"),
        (with_keys(en='What: "now"?'), 8, "cannot be read"),
        (with_keys(move="dance"), 9, "move is one of say-back, frame, timeout, wrap-up"),
        (with_keys(move=""), 9, "move is one of"),
        (with_keys(reader="boss"), 9, "reader is one of mentor"),
        (with_keys(theme="gossip"), 2, "theme is one of"),
        (with_keys(theme="culture"), 2, "lies in the folder network"),
        (with_keys(stage="later"), 3, "stage is one of"),
        (with_keys(stance="0"), 4, "stance is one of"),
        (with_keys(stance="6"), 4, "stance is one of"),
        (with_keys(stance="true"), 4, "stance is one of"),
        (with_keys(stance="4.0"), 4, "stance is one of"),
        (with_keys(stance='"4"'), 4, "stance is one of"),
        (with_keys(stance="[4]"), 4, "stance is one of"),
        (with_keys(asker="boss"), 5, "asker is one of"),
        (with_keys(depth="4"), 6, "depth is one of"),
        (with_keys(depth="1.0"), 6, "depth is one of"),
        (with_keys(da='""'), 7, "da is a text"),
        (with_keys(da="17"), 7, "da is a text"),
        (with_keys(da='"  x  "'), 7, "da is a text"),
        (with_keys(en='"' + "x" * 401 + '"'), 8, "en is a text"),
        (with_keys(en="[a, b]"), 8, "en is a text"),
        (with_keys(note="a note"), 9, "note has the keys"),
        (with_keys(note="\n  da: Et råd"), 9, "note has the keys"),
        (with_keys(note="\n  da: Et råd\n  en:"), 9, "note"),
        (with_keys(note="\n  da: Et råd\n  en: 17"), 9, "note"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path, lines, line, what):
    write(tmp_path, lines)
    with pytest.raises(Malformed) as refused:
        read(tmp_path)
    assert str(refused.value).startswith(f"network/first-sentence.md, line {line}: ")
    assert what in str(refused.value)


def test_a_prompt_is_a_small_file_of_letters(tmp_path):
    path = write(tmp_path, with_keys())
    path.write_bytes(path.read_bytes().replace("spørge".encode(), "spørge".encode("latin-1")))
    with pytest.raises(Malformed, match="line 1: the file is not UTF-8"):
        read(tmp_path)
    path.write_text("---\n" + "x" * 8000, encoding="utf-8")
    with pytest.raises(Malformed, match="line 1: a prompt is a file of at most"):
        read(tmp_path)
    path.unlink()
    path.symlink_to(FILES[0])
    with pytest.raises(Malformed, match="line 1: a prompt is a file"):
        read(tmp_path)


def test_two_prompts_of_one_name_are_told_apart(tmp_path):
    write(tmp_path, with_keys())
    write(tmp_path, with_keys(theme="culture"), theme="culture")
    with pytest.raises(Malformed, match=r"network/first-sentence.md, line 1: there is another .* in culture"):
        read(tmp_path)


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    write(tmp_path, with_keys(stage="later", en=None))
    write(tmp_path, ["no keys"], name="second-sentence.md")
    with pytest.raises(Malformed) as refused:
        read(tmp_path)
    assert [re.match(r"\S+ line \d: \w+", said)[0] for said in refused.value.said] == [
        "network/first-sentence.md, line 1: en",
        "network/first-sentence.md, line 3: stage",
        "network/second-sentence.md, line 1: the",
    ]


def test_an_invisible_mark_at_the_beginning_is_passed_over(tmp_path):
    path = write(tmp_path, with_keys())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_file(path).id == "first-sentence"
