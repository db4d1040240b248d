"""The library: what every prompt keeps to, how one is found, and what is said about a file that is not right."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter

import pytest
import yaml
from conftest import repository

from companion import cli
from companion.errors import Missing
from companion.prompts.models import CARDS, CLOSED, STAGES, THEMES, Malformed, library, read, read_file
from companion.prompts.review import review

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


def test_a_careful_reader_finds_nothing_to_mend():
    assert review(FOLDER) == (len(FILES), [])


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


# What a careful reader says, and `companion check prompts` with it.


@pytest.mark.parametrize(
    ("changed", "line", "what"),
    [
        ({"da": '"Hvad vil du? Hvad kan du?"'}, 7, "two question marks"),
        ({"en": '"What did you do, and how did it go?"'}, 8, "two questions in one"),
        ({"da": '"Hvad gjorde du, og hvad skete der så?"'}, 7, "two questions in one"),
        ({"en": '"I see. I hear. I wonder."'}, 8, "more than two sentences"),
        ({"en": '"Tell me about it"'}, 8, "ends with a full stop"),
        ({"da": '"Flot!"'}, 7, "exclamation"),
        ({"en": """ "What don't you know?" """}, 8, "signs are"),
        ({"en": '"I hear ... Is that right?"'}, 8, "signs are"),
        ({"da": '"Hvem kunne du spørge?"'}, 7, "asks who somebody is"),
        ({"en": '"Whom could you ask?"'}, 8, "asks who somebody is"),
        ({"da": '"Hvad ville hun sige?"'}, 7, "no he or she"),
        ({"en": '"What would her answer be?"'}, 8, "no he or she"),
        ({"en": '"What is your SMART goal?"'}, 8, "names a method"),
        ({"da": '"Hvad siger din coach?"'}, 7, "names a method"),
        ({"da": '"Har du prøvet at spørge?"'}, 7, "hides advice"),
        ({"en": '"Shouldn’t you ask?"'}, 8, "hides advice"),
        ({"en": '"' + "x" * 201 + '."'}, 8, "202 characters"),
        ({"stance": "2"}, 5, "asker is mentee"),
        ({"stage": "before"}, 5, "asker is self"),
        ({"asker": "both"}, 5, "asker is mentor"),
        ({"stance": "process"}, 4, "process is for the theme us"),
        ({"move": "timeout"}, 9, "a timeout card has"),
        ({"move": "say-back", "stance": "3", "asker": "mentee"}, 9, "is a say-back"),
        ({"reader": "mentor"}, 9, "stage before or after"),
        ({"theme": "balance"}, 2, "where to find help"),
        ({"theme": "hard-talks"}, 2, "where to find help"),
    ],
)
def test_what_a_careful_reader_would_say_is_said_with_its_line(tmp_path, changed, line, what):
    theme = changed.get("theme", "network")
    write(tmp_path, with_keys(**changed), theme=theme)
    _number, said = review(tmp_path)
    mine = [sentence for sentence in said if sentence.startswith(f"{theme}/first-sentence.md, line {line}: ")]
    assert any(what in sentence for sentence in mine), said


def test_a_careful_reader_has_nothing_to_say_about_a_sound_file(tmp_path):
    write(tmp_path, with_keys())
    assert [sentence for sentence in review(tmp_path)[1] if ".md" in sentence] == []


def test_the_same_words_in_two_files_and_a_file_astray_are_told(tmp_path):
    write(tmp_path, with_keys())
    write(tmp_path, with_keys(en='"Another?"'), name="second-sentence.md")
    (tmp_path / "network" / "third-sentence.txt").write_text("---")
    (tmp_path / "fourth-sentence.md").write_text("---")
    (tmp_path / "README.md").write_text("how to")
    said = review(tmp_path)[1]
    assert "network/second-sentence.md, line 7: the same words stand in network/first-sentence.md" in said
    assert [sentence.split(":")[0] for sentence in said if "nobody reads" in sentence] == [
        "fourth-sentence.md",
        "network/third-sentence.txt",
    ]


def test_what_is_missing_in_a_theme_is_told(tmp_path):
    write(tmp_path, with_keys())
    said = review(tmp_path)[1]
    assert "network: 1 prompts; a theme has at least ten" in said
    assert "network: no prompt with stance 5" in said
    assert "network: 0 with stage after; a theme has at least two" in said
    assert "us: no timeout card" in said
    assert "fewer than one in four of stance 4 and 5 are say-backs" in said


def test_the_example_of_the_readme_is_sound(tmp_path):
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    name = re.search(r"Name the copy[^`]*`(.+?)`", readme)[1]
    example = readme.split("```")[1].strip().splitlines()
    write(tmp_path, example, name=name, theme="hard-talks")
    assert [sentence for sentence in review(tmp_path)[1] if ".md" in sentence] == []


def test_check_prompts_counts_them(capsys):
    assert cli.main(["check", "prompts"]) == 0
    assert str(len(FILES)) in capsys.readouterr().out


@pytest.fixture
def copy(tmp_path):
    """copy(…) runs a command of a Companion whose prompts lie in `tmp_path`/prompts."""
    shutil.copytree(repository() / "companion", tmp_path / "companion")
    shutil.copytree(FOLDER, tmp_path / "prompts")

    def run(*arguments):
        program = "import sys; from companion.cli import main; sys.exit(main())"
        outside = {name: value for name, value in os.environ.items() if not name.startswith("COMPANION_")}
        ours = {"PYTHONPATH": str(tmp_path), "COMPANION_OPERATOR": "x y", "COMPANION_DATA": str(tmp_path / "data")}
        command = [sys.executable, "-P", "-c", program, *arguments]
        return subprocess.run(command, env=outside | ours, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return run


def test_check_says_all_at_once_and_serve_does_not_start(copy, tmp_path):
    for n in range(1, 8):
        write(tmp_path / "prompts", with_keys(stage="later", depth="9"), name=f"bad-{'x' * n}.md")
    write(tmp_path / "prompts", with_keys(da='"Hvad? Hvordan?"', en='"What now?"'), name="two-questions.md")
    checked = copy("check", "prompts")
    assert checked.returncode == 1
    assert (len(checked.stdout.splitlines()), checked.stderr) == (7 * 2 + 1, "")
    assert all(re.match(r"network/[a-z-]+\.md, line \d+: ", line) for line in checked.stdout.splitlines())
    served = copy("serve")
    assert served.returncode == 2
    assert served.stderr.startswith("companion: network/bad-x.md, line 3: stage is one of")
    assert "and 9 more" in served.stderr
    assert not (tmp_path / "data").exists()


def test_a_matter_of_wording_stops_no_server(copy, tmp_path):
    write(tmp_path / "prompts", with_keys(da='"Hvad? Hvordan?"', en='"What now?"'), name="two-questions.md")
    assert copy("check", "prompts").returncode == 1
    assert copy("check").returncode == 0
