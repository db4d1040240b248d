"""The mentor's three minutes: choosing from the library, on the page."""

import re

import pytest
from acting import form_in
from conftest import make_pair, plan_meeting

from companion.meetings.models import AgendaItem, Meeting
from companion.prompts.models import library
from companion.reflections.models import Reflection, SharedPreparation


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
