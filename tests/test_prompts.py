"""The library as people read it: at a glance, by theme and style, by a word, as cards; and what a pair adds to it."""

import re
import unicodedata
from html import unescape

import pytest
from acting import form_in
from attacks.world import dump, elements
from conftest import make_pair, plan_meeting

from companion.meetings.models import KEYS, AgendaItem, Meeting
from companion.prompts.models import STAGES, THEMES, library
from companion.prompts.own import ASIDE, FAVOURITE, OwnPrompt, PromptMarks, find
from companion.prompts.shelf import Shelf, Wanted
from companion.reflections.models import Reflection, SharedPreparation

OWN = {"words": "Hvad ville du spørge en ven om?", "theme": "network", "stance": "4"}
PLACES = pytest.mark.parametrize("inside", [True, False], ids=["in a room", "before there is one"])


def said(html):
    return html.replace("&#39;", "'")


def listed(html):
    """The ids of the prompts in a list, in their order."""
    return re.findall(r'<li class="prompt" id="prompt-([\w-]+)"', html)


def on_offer(html):
    return re.findall(r'action="/pairs/[^"]*/prompts/([\w-]+)/choice"', html)


def chosen(meeting):
    return [item.prompt for item in AgendaItem.prompts_on(meeting)]


@pytest.fixture
def own(room):
    """A prompt Anne wrote."""
    return OwnPrompt.put(room[0], OWN)


@pytest.fixture
def path(room):
    return f"/pairs/{room[0].id}/prompts/"


# The shelf.


def test_what_was_put_aside_is_in_no_list_but_its_own(room, own):
    mine, _hers = room
    for prompt_id in (str(own.id), "contacting-strangers"):
        PromptMarks.mark(mine, prompt_id, ASIDE)
    shelf = Shelf(mine)
    assert {str(own.id), "contacting-strangers"} & {p.id for p in shelf.choose(Wanted(theme="network"))} == set()
    assert {p.id for p in shelf.choose(Wanted(only="aside"))} == {str(own.id), "contacting-strangers"}
    assert shelf.search("ven ringe", "da") == []
    assert shelf.find("contacting-strangers").id == "contacting-strangers"
    assert len(Shelf(room[1]).choose(Wanted())) == len(library().prompts) + 1


def test_the_table_and_the_moments_count_what_their_lists_show(room, own):
    PromptMarks.mark(room[0], "contacting-strangers", ASIDE)
    shelf = Shelf(room[0])
    for (theme, stance), number in shelf.table.items():
        assert len(shelf.choose(Wanted(theme, stance))) == number
    moments, process = shelf.stages
    assert [len(shelf.choose(Wanted(stage=stage))) for stage, _name, _n in moments] == [n for *_names, n in moments]
    assert sum(n for *_names, n in moments) == len(shelf.prompts)
    for stage, _name, number in process:
        assert len(shelf.choose(Wanted(stance="process", stage=stage))) == number


def test_neighbours_are_a_step_away_on_the_same_theme():
    shelf = Shelf(None)
    for prompt in library().prompts:
        for by, other in zip((-1, 1), shelf.neighbours(prompt), strict=True):
            assert other is None or (other.theme, other.step) == (prompt.theme, prompt.step + by)
    first = next(p for p in library().prompts if (p.theme, p.step) == ("network", 1))
    assert shelf.neighbours(first)[0] is None
    assert shelf.neighbours(first)[1].step == 2
    assert shelf.neighbours(find(None, "i-feel-like-advising")) == (None, None)


# Searching.


def found(typed, language="da", pair=None):
    return [prompt.id for prompt, _other in Shelf(pair).search(typed, language)]


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("typed", ["kontakte folk", "KONTAKTE", "contacting people", "folk contacting", " kontakte\t"])
def test_a_word_is_found_in_both_languages_whatever_its_capitals(typed, language):
    assert "contacting-strangers" in found(typed, language)


def test_those_in_the_readers_own_language_come_first():
    for language in ("da", "en"):
        other = [needed for _prompt, needed in Shelf(None).search("person", language)]
        assert other == sorted(other)
    assert {needed for _prompt, needed in Shelf(None).search("person", "da")} == {True, False}


@pytest.mark.parametrize("typed", ["spørge", "SPØRGE", "spoerge", unicodedata.normalize("NFD", "spørge")])
def test_danish_letters_are_found_however_they_are_typed(typed):
    assert set(found(typed)) == set(found("spørge")) != set()


def test_danish_letters_are_letters_of_their_own():
    assert {"å", "a"} <= {sign for prompt in library().prompts for sign in prompt.da}
    assert set(found("får")) != set(found("far"))
    assert found(unicodedata.normalize("NFD", "får")) == found("får") != []


@pytest.mark.parametrize("typed", ["", "   ", "qqqq", "kontakte qqqq"])
def test_nothing_is_found_where_nothing_stands(typed):
    assert found(typed) == []


def test_the_pairs_own_words_are_found_in_their_room_alone(room, own, christian, dorte):
    assert str(own.id) in found("spørge ven", pair=room[1])
    assert str(own.id) not in found("spørge ven", pair=make_pair(christian, dorte)[0])


@PLACES
@pytest.mark.parametrize("htmx", [True, False])
def test_searching_shows_what_was_found_and_keeps_the_word(room, path, anne, browse, inside, htmx):
    client = browse(anne)
    here = path if inside else "/prompts"
    form = form_in(client.get(here).text, f"{here.rstrip('/')}/search")
    before = dump()
    answer = client.post(form.action, {"q": "Kontakte"}, htmx=htmx)
    assert answer.status_code == 200
    assert "contacting-strangers" in listed(answer.text)
    assert ("<html" in answer.text, 'value="Kontakte"' in answer.text) == (not htmx, not htmx)
    # Found by its Danish words, shown in the reader's English with the Danish below.
    assert find(None, "contacting-strangers").en in answer.text.replace("&#39;", "'")
    assert f'<span lang="da">{find(None, "contacting-strangers").da}</span>' in answer.text
    assert dump() == before


@pytest.mark.parametrize("htmx", [True, False])
def test_a_word_that_is_nowhere_is_met_with_a_way_on(path, anne, browse, htmx):
    answer = browse(anne).post(f"{path}search", {"q": "qqqq"}, htmx=htmx)
    assert "No question with those words" in answer.text
    assert f"{path}own/new" in answer.text


@pytest.mark.parametrize("htmx", [True, False])
def test_a_search_that_is_too_long_is_refused_and_kept(path, anne, browse, htmx):
    answer = browse(anne).post(f"{path}search", {"q": "ord " * 40}, htmx=htmx)
    assert answer.status_code == 422
    assert "At most 100" in answer.text
    assert htmx or "ord ord ord" in answer.text


def test_a_word_that_is_everywhere_shows_the_first_and_says_how_many_more(anne, browse):
    answer = browse(anne).post("/prompts/search", {"q": "e"}, htmx=True)
    assert len(listed(answer.text)) == 24
    assert re.search(r"\d+ more\. Another word", answer.text)


def test_what_is_looked_for_stands_in_no_address(anne, browse):
    assert browse(anne).get("/prompts/search?q=kontakte").status_code == 404


# Reading.


@PLACES
def test_every_number_of_the_table_leads_to_as_many(room, own, path, anne, browse, inside):
    client = browse(anne)
    page = elements(client.get(path if inside else "/prompts").text)
    table = next(one for one in page if one.tag == "table")
    cells = [one for one in page if "themes__count" in (one.given.get("class") or "")]
    assert len(cells) > 70
    for cell in cells[::9]:
        assert len(listed(client.get(cell.given["href"]).text)) == int(cell.text.rpartition(" ")[2])
    heads = [one for one in page if one.tag == "th" and table in one.inside]
    assert {one.given["scope"] for one in heads} == {"col", "row"}
    assert len([one for one in heads if one.given["scope"] == "row"]) == len(THEMES)
    assert [one.text for one in page if one.tag == "caption"] != [""]


def test_a_theme_is_read_in_the_order_of_a_meeting(anne, browse):
    found = listed(browse(anne).get("/prompts/all?theme=network").text)
    stages = [STAGES.index(find(None, prompt_id).stage) for prompt_id in found]
    assert len(found) == len([p for p in library().prompts if p.theme == "network"])
    assert stages == sorted(stages)


@pytest.mark.parametrize("query", ["", "?theme=gossip", "?stance=9", "?stance=²", "?stage=x", "?only=x", "?theme=&q=x"])
def test_what_nobody_knows_is_taken_for_any(anne, browse, query):
    answer = browse(anne).get(f"/prompts/all{query}")
    assert len(listed(answer.text)) == len(library().prompts)


def test_each_reads_a_prompt_in_their_own_language_with_the_other_below(path, anne, birgitte, browse):
    birgitte.choose("da")
    prompt = find(None, "contacting-strangers")
    for person, words, code, other in ((anne, prompt.en, "da", prompt.da), (birgitte, prompt.da, "en", prompt.en)):
        page = said(browse(person).get(f"{path}{prompt.id}").text)
        assert f'<h1 class="words words--hero">{words}</h1>' in page
        assert f'<span lang="{code}">{other}</span>' in page
        assert other not in said(browse(person).get(f"{path}all?theme=network").text)


@PLACES
@pytest.mark.parametrize("prompt", library().prompts[::13], ids=lambda prompt: prompt.id)
def test_a_prompts_page_says_what_it_is_and_what_goes_with_it(room, path, anne, browse, prompt, inside):
    page = said(browse(anne).get(f"{path if inside else '/prompts/'}{prompt.id}").text)
    assert ("May I offer advice, or an experience?" in page) == (prompt.step in (1, 2, 3))
    assert str(prompt.asks) in page
    assert not prompt.note or prompt.note["en"] in page
    assert page.count('class="action"') == 1


@PLACES
def test_an_invented_prompt_has_no_page(room, path, anne, browse, inside):
    assert browse(anne).get(f"{path if inside else '/prompts/'}no-such-prompt").status_code == 404


@PLACES
def test_cards_are_those_of_the_list(room, path, anne, browse, inside):
    page = browse(anne).get(f"{path if inside else '/prompts/'}cards?theme=network").text
    assert page.count('<li class="card">') == len([p for p in library().prompts if p.theme == "network"])


def test_the_library_is_open_to_whoever_has_no_room(dorte, browse):
    client = browse(dorte)
    assert 'href="/prompts"' in client.get("/pairs").text
    for place in ("", "/all?theme=us", "/contacting-strangers", "/cards"):
        page = client.get(f"/prompts{place}")
        assert page.status_code == 200
        assert not re.search(r"/(choice|favourite|putting-aside|own)\b", page.text)


# Marking and writing on the page.


@pytest.mark.parametrize("htmx", [True, False])
def test_a_favourite_is_marked_and_unmarked_where_it_stands(room, path, anne, browse, htmx):
    client = browse(anne)
    here = f"{path}all?theme=network"
    form = form_in(client.get(here).text, f"{path}contacting-strangers/favourite")
    answer = client.post(form.action, form.fields, htmx=htmx)
    assert PromptMarks.of_asker(room[0]).favourites == {"contacting-strangers"}
    page = client.get(here).text
    if htmx:
        assert answer.text in page
        assert 'aria-pressed="true"' in answer.text
    else:
        assert (answer.status_code, answer.location) == (303, f"{here}#prompt-contacting-strangers")
    assert listed(client.get(f"{path}all?only=favourites").text) == ["contacting-strangers"]
    form = form_in(page, f"{path}contacting-strangers/unmarking")
    client.post(form.action, form.fields, htmx=htmx)
    assert PromptMarks.of_asker(room[0]).favourites == set()


@pytest.mark.parametrize("htmx", [True, False])
def test_what_is_put_aside_can_be_brought_back(room, path, anne, browse, htmx):
    client = browse(anne)
    form = form_in(client.get(f"{path}contacting-strangers").text, f"{path}contacting-strangers/putting-aside")
    answer = client.post(form.action, form.fields, htmx=htmx)
    if htmx:
        assert "Bring it back" in answer.text
        assert answer.text in client.get(f"{path}contacting-strangers").text
    else:
        assert (answer.status_code, answer.location) == (303, f"{path}contacting-strangers")
    assert "contacting-strangers" not in listed(client.get(f"{path}all?theme=network").text)
    aside = client.get(f"{path}all?only=aside").text
    assert listed(aside) == ["contacting-strangers"]
    form = form_in(aside, f"{path}contacting-strangers/unmarking")
    client.post(form.action, form.fields, htmx=htmx)
    assert "contacting-strangers" in listed(client.get(f"{path}all?theme=network").text)


def test_nobody_reads_off_a_page_what_the_other_marked(room, path, birgitte, browse):
    before = browse(birgitte).get(f"{path}all?theme=network").text
    PromptMarks.mark(room[0], "contacting-strangers", FAVOURITE)
    PromptMarks.mark(room[0], "draw-it-with-roles", ASIDE)
    assert browse(birgitte).get(f"{path}all?theme=network").text == before


@pytest.mark.parametrize("verb", ["favourite", "putting-aside", "unmarking"])
def test_an_invented_prompt_is_not_marked(path, anne, browse, verb):
    assert browse(anne).post(f"{path}no-such-prompt/{verb}").status_code == 404
    assert not PromptMarks.select().exists()


def test_either_writes_a_prompt_and_both_find_it(room, path, anne, birgitte, browse):
    client = browse(birgitte)
    form = form_in(client.get(f"{path}own/new?theme=network&stance=4").text, f"{path}own")
    assert (form.fields["theme"], form.fields["stance"]) == ("network", "4")
    answer = client.post(form.action, form.fields | {"words": OWN["words"]})
    assert answer.status_code == 303
    (own,) = OwnPrompt.of(room[0])
    assert answer.location == f"{path}{own.id}"
    for person in (anne, birgitte):
        page = browse(person).get(f"{path}all?theme=network&stance=4").text
        assert str(own.id) in listed(page)
        assert "written by Birgitte" in page
        page = browse(person).get(answer.location).text
        assert OWN["words"] in page
        assert (f"{path}own/{own.id}" in page) == (person == birgitte)
    assert listed(browse(anne).get(f"{path}all?only=own").text) == [str(own.id)]


def test_a_refused_prompt_keeps_its_words(path, anne, browse):
    answer = browse(anne).post(f"{path}own", OWN | {"stance": ""})
    assert answer.status_code == 422
    assert OWN["words"] in answer.text
    assert "Choose a style of conversation." in answer.text
    answer = browse(anne).post(f"{path}own", {"words": "x" * 401})
    assert (answer.status_code, "x" * 401 in answer.text) == (422, True)


def test_rewording_in_two_windows_shows_both_texts(own, path, anne, browse):
    client = browse(anne)
    form = form_in(client.get(f"{path}own/{own.id}").text, f"{path}own/{own.id}")
    assert client.post(form.action, form.fields | {"words": "Hvem ringer du til?"}).status_code == 303
    answer = client.post(form.action, form.fields | {"words": "Hvem skriver du til?"})
    assert answer.status_code == 409
    assert {"Hvem ringer du til?" in answer.text, "Hvem skriver du til?" in answer.text} == {True}
    form = form_in(answer.text, f"{path}own/{own.id}")
    assert client.post(form.action, form.fields).status_code == 303
    assert "Hvem skriver du til?" in client.get(f"{path}{own.id}").text


def test_a_prompt_of_the_others_is_theirs_to_change(own, path, birgitte, browse):
    client, before = browse(birgitte), OwnPrompt.get().blob
    assert client.get(f"{path}own/{own.id}").status_code == 403
    assert client.post(f"{path}own/{own.id}", OWN).status_code == 403
    assert client.post(f"{path}own/{own.id}/removal").status_code == 403
    assert OwnPrompt.get().blob == before


def test_a_prompt_of_a_room_is_found_in_no_other(own, path, christian, dorte, browse):
    other = make_pair(christian, dorte)[0]
    client = browse(christian)
    for place in (f"/pairs/{other.id}/prompts/{own.id}", f"/prompts/{own.id}", f"{path}{own.id}"):
        assert client.get(place).status_code == 404
    for verb in ("favourite", "putting-aside", "unmarking", "choice"):
        assert client.post(f"{path}{own.id}/{verb}").status_code == 404
    assert client.post(f"/pairs/{other.id}/prompts/{own.id}/favourite").status_code == 404
    assert not PromptMarks.select().exists()


# Choosing for the next meeting.


@pytest.mark.parametrize("htmx", [True, False])
def test_choosing_and_taking_off_where_it_stands(meeting, path, birgitte, browse, htmx):
    client, here = browse(birgitte), f"{path}all?theme=network"
    first, second = on_offer(client.get(here).text)[:2]
    form = form_in(client.get(here).text, f"{path}{first}/choice")
    answer = client.post(form.action, form.fields, htmx=htmx)
    assert chosen(meeting) == [first]
    page = client.get(here).text
    if htmx:
        assert "<html" not in answer.text
        assert answer.text in page
    else:
        assert (answer.status_code, answer.location) == (303, f"{here}#prompt-{first}")
    client.post(f"{path}{second}/choice", htmx=htmx)
    assert find(None, first).en in said(client.get(path).text)
    form = form_in(page, f"{path}{first}/removal")
    assert client.post(form.action, form.fields, htmx=htmx).status_code == (200 if htmx else 303)
    assert chosen(meeting) == [second]


@pytest.mark.parametrize("htmx", [True, False])
def test_a_fourth_prompt_is_refused_with_a_sentence(meeting, path, birgitte, browse, htmx):
    client = browse(birgitte)
    offered = on_offer(client.get(f"{path}all?theme=network").text)[:4]
    for prompt_id in offered[:3]:
        client.post(f"{path}{prompt_id}/choice", {"theme": "network"}, htmx=htmx)
    answer = client.post(f"{path}{offered[3]}/choice", {"theme": "network"}, htmx=htmx)
    assert answer.status_code == 422
    assert "Three are enough" in answer.text
    assert chosen(meeting) == offered[:3]


def test_the_meeting_keeps_the_words_of_a_prompt_that_goes(room, own, meeting, path, birgitte, browse):
    client = browse(birgitte)
    form = form_in(client.get(f"{path}{own.id}").text, f"{path}{own.id}/choice")
    assert client.post(form.action, form.fields).status_code == 303
    own.remove()
    assert [item.words("en") for item in AgendaItem.prompts_on(meeting)] == [OWN["words"]]
    assert OWN["words"] in client.get(path).text
    assert OWN["words"] in client.get(f"/pairs/{room[0].id}/meetings/{meeting.id}").text


def test_what_is_for_one_alone_is_not_offered_for_a_meeting(meeting, path, birgitte, browse):
    offered = on_offer(browse(birgitte).get(f"{path}all").text)
    assert set(offered) == {prompt.id for prompt in library().prompts if prompt.is_for_talking}


def test_the_mentee_reads_but_does_not_choose(meeting, path, anne, browse):
    assert on_offer(browse(anne).get(f"{path}all?theme=network").text) == []
    for verb in ("choice", "removal"):
        assert browse(anne).post(f"{path}contacting-strangers/{verb}").status_code == 403
    assert chosen(meeting) == []


def test_without_a_meeting_there_is_nothing_to_choose_for(path, birgitte, browse):
    assert on_offer(browse(birgitte).get(f"{path}all?theme=network").text) == []
    assert browse(birgitte).post(f"{path}contacting-strangers/choice").status_code == 404


def test_a_stranger_reads_and_chooses_nothing(meeting, path, christian, dorte, browse):
    make_pair(dorte, christian)
    for place in ("", "all", "cards", "contacting-strangers", "own/new"):
        assert browse(christian).get(f"{path}{place}").status_code == 404
    for place in ("search", "own", "contacting-strangers/choice", "contacting-strangers/removal"):
        assert browse(christian).post(f"{path}{place}", {"q": "e", "text": "x"}).status_code == 404
    assert chosen(meeting) == []


def test_an_invented_prompt_is_not_chosen(meeting, path, birgitte, browse):
    assert browse(birgitte).post(f"{path}no-such-prompt/choice").status_code == 404
    assert browse(birgitte).post(f"{path}no-such-prompt/removal").status_code == 303
    assert AgendaItem.on(Meeting.find(meeting.opener, meeting.id)) == []


# The three lines around advice and experience.


THREE_LINES = (
    "What have you already thought of or tried?",
    "May I offer advice, or an experience?",
    "What does that tell you?",
)


def around(html, question):
    """Which of the three lines stand around a question, and whether the first before it and the others after it."""
    places = [html.find(line) for line in (THREE_LINES[0], question, *THREE_LINES[1:])]
    return [place >= 0 for place in places], places == sorted(places)


@pytest.fixture(params=["the library’s", "the pair’s own"])
def question_of(request, room):
    """question_of(step): a question for the conversation that invites to so much advice, None being no style at all."""

    def question(step):
        if request.param == "the pair’s own":
            written = OwnPrompt.put(room[1], OWN | {"stance": str(step or "process")})
            return find(room[1], str(written.id))
        return next(one for one in library().prompts if one.step == step and one.is_for_talking)

    return question


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, None])
def test_three_lines_stand_around_advice_and_experience_at_the_meeting(room, question_of, step, anne, birgitte, browse):
    meeting = plan_meeting(room[1], days=0)
    question = question_of(step)
    AgendaItem.put_prompt(meeting, question.id)
    meeting.begin()
    meeting.go_to(KEYS.index("conversation"))
    path = f"/pairs/{room[0].id}/meetings/{meeting.id}"
    advises = step in (1, 2, 3)
    for person in (anne, birgitte):
        page = unescape(browse(person).get(path).text).partition('id="now-card"')[2]
        assert around(page, question.words("en")) == ([advises, True, advises, advises], advises)
    # Once they have got to it, it is out of the way.
    AgendaItem.prompts_on(meeting)[0].take(True)
    page = unescape(browse(anne).get(path).text)
    assert around(page, question.words("en"))[0] == [False, True, False, False]


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, None])
def test_three_lines_stand_on_the_page_of_a_question_of_advice_and_experience(
    room, path, question_of, step, birgitte, browse
):
    question = question_of(step)
    page = unescape(browse(birgitte).get(path + question.id).text)
    assert [f"<li>{line}</li>" in page for line in THREE_LINES] == [step in (1, 2, 3)] * 3


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_three_lines_lie_folded_below_each_piece_of_advice_that_is_suggested(room, step, birgitte, browse):
    meeting = plan_meeting(room[0], days=3, form="theme", theme="hard-talks")
    Reflection.save_text(room[0], meeting, "question", "How?", rev=0, page="", style=step)
    SharedPreparation.share(meeting, "question")
    page = browse(birgitte).get(f"/pairs/{room[1].id}/meetings/{meeting.id}/preparation").text
    offered = unescape(page).partition("prompts--offer")[2].split('<li class="prompt">')[1:]
    steps = [find(room[1], re.search(r'id="choose-([\w-]+)"', one)[1]).step for one in offered]
    for one, its in zip(offered, steps, strict=True):
        assert [line in one for line in THREE_LINES] == [its in (1, 2, 3)] * 3
    assert step in steps
