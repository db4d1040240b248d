"""The library: every file is well-formed and keeps to the house's own rules; and the mentor's three minutes."""

import re
from collections import Counter

import pytest
from acting import form_in
from conftest import make_pair, plan_meeting, repository

from companion import cli
from companion.errors import Missing
from companion.meetings.models import AgendaItem, Meeting
from companion.prompts.models import STAGES, THEMES, Malformed, library, read, read_file
from companion.reflections.models import Reflection, SharedPreparation

FOLDER = repository() / "prompts"
FILES = sorted(FOLDER.glob("*/*.md"))
SOUND = {
    "theme": "network",
    "stage": "exploring",
    "stance": "4",
    "asker": "mentor",
    "depth": "2",
    "da": '"Hvem kunne du spørge?"',
    "en": '"Whom could you ask?"',
}


# The real library.


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_file_is_well_formed(path):
    prompt = read_file(path)
    assert prompt.id == path.stem
    assert prompt.theme == path.parent.name


def test_no_file_lies_where_it_would_not_be_read():
    assert {path for path in FOLDER.rglob("*") if path.is_file()} == {*FILES, FOLDER / "README.md"}
    assert len(library().prompts) == len(FILES)


def test_at_least_four_themes_have_three_stances():
    stances = Counter(theme for theme, _step in {(p.theme, p.step) for p in library().prompts if p.step})
    assert sum(count >= 3 for count in stances.values()) >= 4


@pytest.mark.parametrize("theme", [theme for theme in THEMES if theme != "us"])
def test_every_theme_can_be_talked_about_in_all_five_ways(theme):
    own = [prompt for prompt in library().prompts if prompt.theme == theme]
    assert {prompt.step for prompt in own} >= {1, 2, 3, 4, 5}
    assert len(own) >= 10
    assert {prompt.stage for prompt in own} >= {"before", "opening", "deciding", "after"}
    for step in (1, 2, 3, 4, 5):
        assert library().choose(theme=theme, step=step)


def test_the_conversation_itself_can_be_talked_about_from_frame_to_wrap_up():
    own = [prompt for prompt in library().prompts if prompt.theme == "us"]
    assert {prompt.stage for prompt in own if prompt.stance == "process"} >= {"opening", "exploring", "deciding"}
    assert len(own) >= 10


@pytest.mark.parametrize("prompt", library().prompts, ids=lambda prompt: prompt.id)
def test_a_prompt_keeps_to_the_rules_of_the_readme(prompt):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){1,4}", prompt.id)
    for words in (prompt.da, prompt.en):
        assert len(words) <= 200
        assert words.count("?") <= 1
        assert not set("!'\"…") & set(words) - {"…"}
        assert "..." not in words
    assert not re.search(r"\b(he|she|his|her|him)\b", prompt.en.casefold())
    assert (prompt.asker == "self") == (prompt.stage in ("before", "after"))
    assert (prompt.stance == "process") <= (prompt.theme == "us")
    if prompt.asker != "self" and prompt.step:
        assert prompt.asker == ("mentee" if prompt.step <= 3 else "mentor")
    if prompt.theme == "balance" or (prompt.theme == "hard-talks" and prompt.depth == 3):
        assert prompt.note


def test_no_prompt_is_there_twice():
    for language in ("da", "en"):
        words = Counter(prompt.words(language).casefold() for prompt in library().prompts)
        assert [said for said, times in words.items() if times > 1] == []


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
    assert prompt.words("da") == "Hvem kunne du spørge?"
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


def test_check_prompts_counts_them(capsys):
    assert cli.main(["check", "prompts"]) == 0
    assert str(len(FILES)) in capsys.readouterr().out


# The mentor's three minutes, on the page.


@pytest.fixture
def path(meeting):
    return f"/pairs/{meeting.pair_id}/prompts/"


def chosen(meeting):
    return [item.prompt for item in AgendaItem.prompts_on(meeting)]


def on_offer(page):
    return re.findall(r'action="/pairs/[^"]*/prompts/([\w-]+)/choice"', page)


@pytest.mark.parametrize("htmx", [True, False])
def test_choosing_and_taking_off_on_the_page(meeting, path, birgitte, browse, htmx):
    client = browse(birgitte)
    first, second = on_offer(client.get(f"{path}?theme=network").text)[:2]
    form = form_in(client.get(f"{path}?theme=network").text, f"{path}{first}/choice")
    answer = client.post(form.action, form.fields, htmx=htmx)
    assert chosen(meeting) == [first]
    page = client.get(f"{path}?theme=network").text
    if htmx:
        assert "<html" not in answer.text
        assert answer.text in page
    else:
        assert (answer.status_code, answer.location) == (303, f"{path}?theme=network&step=")
    client.post(f"{path}{second}/choice", htmx=htmx)
    form = form_in(page, f"{path}{first}/removal")
    assert client.post(form.action, form.fields, htmx=htmx).status_code == (200 if htmx else 303)
    assert chosen(meeting) == [second]


@pytest.mark.parametrize("htmx", [True, False])
def test_a_fourth_prompt_is_refused_with_a_sentence(meeting, path, birgitte, browse, htmx):
    client = browse(birgitte)
    offered = on_offer(client.get(f"{path}?theme=network").text)[:4]
    for prompt_id in offered[:3]:
        client.post(f"{path}{prompt_id}/choice", {"theme": "network"}, htmx=htmx)
    answer = client.post(f"{path}{offered[3]}/choice", {"theme": "network"}, htmx=htmx)
    assert answer.status_code == 422
    assert "Three are enough" in answer.text
    assert chosen(meeting) == offered[:3]


def test_the_theme_of_the_meeting_is_where_the_choice_begins(room, birgitte, browse):
    plan_meeting(room[0], form="theme", theme="network")
    path = f"/pairs/{room[0].id}/prompts/"
    here = {library().find(prompt_id).theme for prompt_id in on_offer(browse(birgitte).get(path).text)}
    everywhere = {
        library().find(prompt_id).theme for prompt_id in on_offer(browse(birgitte).get(f"{path}?theme=&step=1").text)
    }
    assert here == {"network"}
    assert len(everywhere) > 1


@pytest.mark.parametrize("htmx", [True, False])
def test_the_filters_stay_as_they_were_after_a_choice(room, birgitte, browse, htmx):
    plan_meeting(room[0], form="theme", theme="network")
    path, client = f"/pairs/{room[0].id}/prompts/", browse(birgitte)
    page = client.get(f"{path}?theme=&step=2").text
    form = form_in(page, f"{path}{on_offer(page)[0]}/choice")
    answer = client.post(form.action, form.fields, htmx=htmx)
    after = answer.text if htmx else client.get(answer.location).text
    assert {library().find(p).step for p in on_offer(after)} == {2}
    assert len({library().find(p).theme for p in on_offer(after)}) > 1


@pytest.mark.parametrize(
    ("query", "found"), [("?theme=gossip", True), ("?step=9", True), ("?step=²", True), ("?theme=network&step=5", True)]
)
def test_any_filter_is_answered(meeting, path, birgitte, browse, query, found):
    assert bool(on_offer(browse(birgitte).get(path + query).text)) == found


def test_each_reads_the_library_in_their_own_language(meeting, path, anne, birgitte, browse):
    birgitte.choose("da")
    prompt = library().choose(theme="network", step=3)[0]
    for person, words, other in ((anne, prompt.en, prompt.da), (birgitte, prompt.da, prompt.en)):
        page = browse(person).get(f"{path}?theme=network&step=3").text.replace("&#39;", "'")
        assert words in page
        assert other not in page


def test_the_mentee_reads_but_does_not_choose(meeting, path, anne, browse):
    page = browse(anne).get(f"{path}?theme=network").text
    assert library().choose(theme="network")[0].en in page.replace("&#39;", "'")
    assert on_offer(page) == []
    prompt_id = library().choose(theme="network")[0].id
    for verb in ("choice", "removal"):
        assert browse(anne).post(f"{path}{prompt_id}/{verb}").status_code == 403
    assert chosen(meeting) == []


def test_without_a_meeting_there_is_nothing_to_choose_for(room, birgitte, browse):
    path = f"/pairs/{room[0].id}/prompts/"
    assert on_offer(browse(birgitte).get(path).text) == []
    assert browse(birgitte).post(f"{path}{library().prompts[0].id}/choice").status_code == 404


def test_the_mentor_sees_what_was_asked_for_and_how(meeting, path, birgitte, browse):
    Reflection.save_text(meeting.opener, meeting, "question", "How do I say no?", rev=0, page="", style=3)
    SharedPreparation.share(meeting, "question")
    page = browse(birgitte).get(path).text
    assert "How do I say no?" in page
    assert "Share experience" in page.split('id="choosing"')[0]
    first = [library().find(prompt_id).step for prompt_id in on_offer(page)][:3]
    assert first == [3, 3, 3]


def test_a_stranger_chooses_nothing(meeting, path, christian, dorte, browse):
    make_pair(dorte, christian)
    prompt_id = library().prompts[0].id
    assert browse(christian).get(path).status_code == 404
    for verb in ("choice", "removal"):
        assert browse(christian).post(f"{path}{prompt_id}/{verb}").status_code == 404
    assert browse(christian).post(f"{path}intention", {"text": "x"}).status_code == 404
    assert chosen(meeting) == []


def test_an_invented_prompt_is_not_found(meeting, path, birgitte, browse):
    assert browse(birgitte).post(f"{path}no-such-prompt/choice").status_code == 404
    assert browse(birgitte).post(f"{path}no-such-prompt/removal").status_code == 303
    assert AgendaItem.on(Meeting.find(meeting.opener, meeting.id)) == []
