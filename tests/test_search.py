"""Looking for words in a room: in all that the asker may be shown and nothing else, in any order, as they are typed."""

import re
import unicodedata

import pytest
from attacks.world import dump, elements, forms, furnish, kinds
from conftest import make_pair, plan_meeting
from hypothesis import given
from hypothesis import strategies as st
from playhouse.test_utils import count_queries

from companion import reading
from companion.actions.models import Action, Promise
from companion.meetings.models import AgendaItem, Meeting, Recap
from companion.prompts.own import OwnPrompt
from companion.prompts.shelf import folded
from companion.reflections.models import ExperiencedStyle, Insight, Reflection, SharedPreparation
from companion.search import looking
from companion.search.looking import OF_ONE_KIND, look, pieces, spans, stand_in
from companion.search.views import PLACES

SECRET = "zebraer i entreen"


@pytest.fixture
def here(room):
    return f"/pairs/{room[0].id}/search"


@pytest.fixture
def find(app, room, browse, here):
    """find(words, who=0) is what the page shows of them to Anne (0) or Birgitte (1)."""

    def found(words, who=0, **options):
        answer = browse(room[who].person).post(here, {"q": words}, **options)
        assert answer.status_code == 200
        return answer.text

    return found


def hits(html):
    """[(address, words)] of everything found."""
    everything = elements(html)
    lists = [one for one in everything if one.given.get("class") == "hits__list"]
    links = [one for one in everything if one.tag == "a" and set(map(id, one.inside)) & set(map(id, lists))]
    return [(one.given["href"], " ".join(one.text.split())) for one in links]


def marked(html):
    return [one.text for one in elements(html) if one.tag == "mark"]


# What is found.


def test_words_are_found_in_any_order_and_case_across_what_a_row_says(room, find):
    Action.plan(room[0], {"cue": "jeg bliver spurgt på Mødet", "act": "vender jeg tilbage i morgen"})
    for words in ("mødet", "MØDET spurgt", "tilbage  mødet", "morgen jeg", "vend"):
        assert len(hits(find(words))) == 1, words
    for words in ("mødet i overmorgen", "modet", "xyz"):
        assert hits(find(words)) == [], words


@pytest.mark.parametrize("typed", ["rødgrød", "RØDGRØD", "roedgroed", "rødgroed", "rødg"])
def test_the_danish_letters_are_found_as_typed_or_as_two(room, meeting, find, typed):
    Insight.note(meeting, "Der var rødgrød på bordet.", shared=True)
    assert len(hits(find(typed))) == 1
    assert marked(find(typed)) == ["rødgrød"[: len(typed.replace("oe", "ø"))]]


def test_letters_made_of_two_signs_are_found_as_one(room, meeting, find):
    Insight.note(meeting, "Vi va\u030agede natten igennem.", shared=True)
    assert marked(find("vågede")) == ["vågede"]


def test_every_kind_that_says_something_is_found(app, room):
    furnish(*room, words=SECRET)
    # They hold choices, and no words.
    silent = {
        "experienced style",
        "signature",
        "draft",
        "pulse",
        "chemistry",
        "set aside",
        "talk wish",
        "midway review",
    }
    with app.test_request_context(headers={"Accept-Language": "en"}):
        found = {name for pair in room for name, _found, _more in look(pair, "entreen zebraer")}
        assert {reading.name_of(cls.kind) for cls in kinds() if cls.kind not in silent} - found == set()


def test_each_leads_to_where_it_stands(room, meeting, browse, find):
    furnish(*room, words=SECRET)
    for who, pair in enumerate(room):
        client = browse(pair.person)
        found = hits(find("zebraer entreen", who))
        assert len(found) > 8
        for address, _words in found:
            assert client.get(address).status_code == 200, address
    addresses = {address for address, _words in hits(find("zebraer"))}
    shapes = {re.sub(r"[0-9a-f-]{36}", "…", address.partition("?")[0]) for address in addresses}
    assert {"/pairs/…/meetings/…", "/pairs/…/meetings/…/preparation", "/pairs/…/actions/…",
            "/pairs/…/prompts/…", "/pairs/…/agreement/editions/…"} <= shapes  # fmt: skip


def test_a_kind_that_nobody_named_a_place_for_leads_to_its_meeting_or_the_room(room, meeting, find, monkeypatch):
    monkeypatch.delitem(PLACES, "promise")
    Promise.make(room[0], "somewhere in the room")
    Promise.make(room[0], "somewhere at the meeting", meeting)
    found = dict(reversed(hit) for hit in hits(find("somewhere")))
    assert found == {
        "somewhere in the room": f"/pairs/{room[0].id}",
        "somewhere at the meeting": f"/pairs/{room[0].id}/meetings/{meeting.id}",
    }


def test_what_is_found_is_grouped_and_the_newest_of_many_are_shown(room, meeting, find):
    for n in range(OF_ONE_KIND + 3):
        Insight.note(meeting, f"sten nummer {n}", shared=True)
    AgendaItem.put(meeting, "en sten")
    html = find("sten")
    headings = [one.text for one in elements(html) if one.given.get("class") == "hits__kind"]
    assert headings == ["Agenda", "Insights"]
    assert [words for _address, words in hits(html)][1:3] == [f"sten nummer {OF_ONE_KIND + 2 - n}" for n in range(2)]
    assert len(hits(html)) == OF_ONE_KIND + 1
    assert f"Found in {OF_ONE_KIND + 4} places" in html
    assert "Three more. Another word narrows it down." in html


# What is not.


@pytest.mark.parametrize("mine", [0, 1])
def test_what_the_other_keeps_for_themselves_is_not_found(room, meeting, find, mine):
    other = room[1 - mine]
    theirs = Meeting.find(other, meeting.id)
    for step in ("note", "intention"):
        Reflection.save_text(other, theirs, step, SECRET, rev=0, page="")
    Insight.note(theirs, SECRET, shared=False)
    assert hits(find(SECRET, mine)) == []
    assert len(hits(find(SECRET, 1 - mine))) == 3


def test_nor_what_is_withheld(app, room):
    meeting = plan_meeting(room[0], days=-1)
    meeting.hold()
    ExperiencedStyle.mark(Meeting.find(room[1], meeting.id), 2)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert look(room[0], "advice") == []
        assert len(look(room[1], "advice")) == 1
        ExperiencedStyle.mark(meeting, 5)
        assert len(look(room[0], "advice")) == 1


def test_nor_what_stands_in_other_rooms(room, anne, dorte, christian, find, browse, here):
    Insight.note(plan_meeting(make_pair(anne, dorte)[0]), SECRET, shared=False)
    assert hits(find(SECRET)) == []
    for answer in (browse(christian).get(here), browse(christian).post(here, {"q": SECRET})):
        assert answer.status_code == 404


def test_what_cannot_be_opened_is_passed_over(room, meeting, find):
    for words in ("en sten", "en anden sten"):
        kept = Insight.note(meeting, words, shared=True)
    Insight.update(blob=b"\1" * 200).where(Insight.id == kept.id).execute()
    assert [words for _address, words in hits(find("sten"))] == ["en sten"]
    assert hits(find("cannot be opened")) == []


def test_no_word_or_only_spaces_find_nothing(room, meeting, find):
    Insight.note(meeting, "words", shared=True)
    for nothing in ("", "   ", "\t"):
        assert 'class="hits"' not in find(nothing)


# How it is asked, and answered.


def test_htmx_gets_the_piece_the_page_has_too(room, meeting, find):
    Insight.note(meeting, "en sten", shared=True)
    whole, piece = find("sten"), find("sten", htmx=True)
    assert piece.startswith('<div id="found">')
    assert "<html" not in piece
    assert hits(whole) == hits(piece) != []


@pytest.mark.parametrize("htmx", [False, True])
def test_too_much_is_refused_and_kept(room, browse, here, htmx):
    answer = browse(room[0].person).post(here, {"q": "sten " * 40}, htmx=htmx)
    assert answer.status_code == 422
    assert "At most 100 characters, please." in answer.text
    assert htmx or "sten sten sten" in answer.text


def test_nothing_that_is_looked_for_stands_in_an_address_and_nothing_is_written(room, browse, here, find):
    (form,) = [form for form in forms(browse(room[0].person).get(here).text) if "search" in form.action]
    assert (form.method, form.action) == ("post", here)
    find("warm up")
    before = dump(but={"session"})
    find("en sten")
    assert dump(but={"session"}) == before


def test_looking_costs_one_query_a_kind_however_much_there_is(app, room, meeting):
    def cost():
        with app.test_request_context(headers={"Accept-Language": "en"}), count_queries() as queries:
            look(room[0], "words")
        return queries.count

    furnish(*room)
    few = cost()
    for _ in range(5):
        Recap.save_text(plan_meeting(room[0]), "since", "words", rev=0, page="")
        OwnPrompt.put(room[1], {"words": "words", "theme": "us", "stance": "5"})
        Insight.note(meeting, "words", shared=True)
    assert cost() == few


HOSTILE = ["<script>alert(1)</script>", "<mark>x</mark>", "{{ 7*7 }}", "'x'='x' --", "\\", "%", "a" * 100, "(a+)+$"]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_found_and_shown_as_words(room, meeting, find, words):
    Insight.note(meeting, f"before {words} after", shared=True)
    html = find(words)
    assert len(hits(html)) == 1
    assert "".join(marked(html)).replace(" ", "") == words.replace(" ", "")
    assert not any(one.tag == "script" and not one.given.get("src") for one in elements(html))


# The words in what stands around them.


def test_what_stands_around_the_word_is_cut_between_words():
    said = "lang " * 60 + "sten i skoen " + "kort " * 60
    found = pieces(said, ["skoen", "sten"])
    assert [piece for piece, hit in found if hit] == ["sten", "skoen"]
    text = "".join(piece for piece, _hit in found)
    assert len(text) < 260
    assert text.startswith("…lang ")
    assert text.endswith("kort…")


def test_fifty_words_are_looked_for_in_one_going_through_of_a_text(room, meeting, monkeypatch):
    gone_through, letter_by_letter = [], looking._letter_by_letter
    monkeypatch.setattr(
        looking, "_letter_by_letter", lambda said, spelled: gone_through.append(said) or letter_by_letter(said, spelled)
    )
    Insight.note(meeting, "abcdefghijklmnopqrstuvwxyz æøå " * 300, shared=True)
    for typed in ("a", "a b c d e f g h i j k l m n o p q r s t u v w x y z æ ø å ae oe aa ab cd ef gh"):
        gone_through.clear()
        assert look(room[0], typed)
        assert 1 <= len([said for said in gone_through if len(said) > 9000]) <= 2


WORDS = st.text("aåæøeoA ßİi\u030aé\n.", max_size=60)


@given(WORDS, st.text("aåæøeoßi", min_size=1, max_size=4))
def test_what_is_marked_is_what_was_looked_for_and_nothing_is_lost(said, word):
    word = folded(word)
    found = pieces(said, [word])
    text = "".join(piece for piece, _hit in found)
    whole = unicodedata.normalize("NFC", " ".join(said.split()))
    assert text == whole
    stands = stand_in([reading.Line("", whole)], [word])
    assert any(hit for _piece, hit in found) == stands
    for first, last in spans(whole, word):
        assert 0 <= first < last <= len(whole)


def test_shared_preparation_is_found_by_the_mentor_only_once_it_is_shared(room, meeting, find):
    Reflection.save_text(room[0], meeting, "question", SECRET, rev=0, page="", style=3)
    assert hits(find(SECRET, 1)) == []
    SharedPreparation.share(meeting, "question")
    assert len(hits(find(SECRET, 1))) == 1
