"""What a pair adds to the library: prompts of their own for both, and marks that are each one's alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from acting import at_once
from attacks.world import dump
from conftest import make_pair

from companion.db import at, now
from companion.errors import Conflict, Invalid, Missing, NotYours
from companion.meetings.models import AgendaItem, Meeting
from companion.pairs.models import Pair
from companion.pairs.rows import forget_retired
from companion.prompts.models import library
from companion.prompts.own import ASIDE, FAVOURITE, OwnPrompt, PromptMarks, everything, find

OWN = {"words": "Hvad ville du spørge en ven om?", "theme": "network", "stance": "4"}


@pytest.fixture
def own(room):
    """A prompt Anne wrote."""
    return OwnPrompt.put(room[0], OWN)


def test_a_prompt_of_ones_own_stands_first_among_its_equals(room, own):
    for pair in room:
        same = [p for p in everything(pair) if (p.theme, p.stance) == ("network", 4)]
        assert [p.id for p in same][0] == str(own.id)
        assert same[0].words("da") == same[0].words("en") == same[0].da == OWN["words"]
        assert (same[0].step, same[0].asker, same[0].depth, same[0].is_for_talking) == (4, "mentor", 1, True)
    assert everything(None) == library().prompts


@pytest.mark.parametrize(
    ("stance", "asker"), [("1", "mentee"), ("3", "mentee"), ("5", "mentor"), ("process", "mentee")]
)
def test_who_says_a_prompt_follows_from_its_style(room, stance, asker):
    assert OwnPrompt.put(room[0], OWN | {"stance": stance}).prompt.asker == asker


def test_a_prompt_is_found_by_the_librarys_word_or_the_pairs_id(room, own):
    assert find(room[1], str(own.id)).words("en") == OWN["words"]
    assert find(room[0], "contacting-strangers") == find(None, "contacting-strangers")
    for pair, prompt_id in ((room[0], "no-such-prompt"), (room[0], str(uuid4())), (None, str(own.id)), (None, "x")):
        with pytest.raises(Missing):
            find(pair, prompt_id)


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"words": " "}, "words"), ({"words": "x" * 401}, "words"), ({"theme": "gossip"}, "theme"),
     ({"theme": ""}, "theme"),
     ({"stance": "6"}, "stance"), ({"stance": ""}, "stance")],
)  # fmt: skip
def test_a_prompt_needs_words_a_theme_and_a_style(room, changed, field):
    with pytest.raises(Invalid) as refused:
        OwnPrompt.put(room[0], OWN | changed)
    assert refused.value.field == field
    assert not OwnPrompt.select().exists()


def test_only_its_author_rewords_and_removes_a_prompt(room, own):
    hers = OwnPrompt.find(room[1], own.id)
    for verb in (lambda: hers.reword(OWN, rev=1), hers.remove):
        with pytest.raises(NotYours):
            verb()
    own.reword(OWN | {"words": "Hvem ringer du til?", "stance": "5"}, rev=1)
    assert find(room[1], str(own.id)).words("da") == "Hvem ringer du til?"
    with pytest.raises(Conflict):
        OwnPrompt.find(room[0], own.id).reword(OWN, rev=1)
    own.remove()
    assert everything(room[1]) == library().prompts


def test_a_prompt_that_cannot_be_opened_does_not_take_the_others_with_it(room, own):
    OwnPrompt.put(room[1], OWN)
    OwnPrompt.update(blob=b"x" * 99).where(OwnPrompt.id == own.id).execute()
    assert sorted(p.words("da")[:4] for p in everything(room[0]) if p.own) == ["Hvad", "This"]


def test_marks_are_ones_own_and_one_at_a_time(room):
    mine, hers = room
    PromptMarks.mark(mine, "contacting-strangers", FAVOURITE)
    assert PromptMarks.of_asker(mine) == ({"contacting-strangers"}, set())
    assert PromptMarks.of_asker(hers) == PromptMarks.of_asker(None) == (set(), set())
    PromptMarks.mark(mine, "contacting-strangers", ASIDE)
    assert PromptMarks.of_asker(mine).put_aside == {"contacting-strangers"}
    assert PromptMarks.of_asker(mine).favourites == set()
    PromptMarks.mark(mine, "contacting-strangers", None)
    assert PromptMarks.of_asker(mine) == (set(), set())
    with pytest.raises(Missing):
        PromptMarks.mark(mine, "no-such-prompt", FAVOURITE)


def test_what_two_windows_mark_at_once_is_all_kept(room, anne):
    ids = [prompt.id for prompt in library().prompts[:6]]
    pairs = [Pair.opened_by(anne, room[0].id) for _ in ids]
    marking = [
        lambda pair=pair, prompt_id=prompt_id: PromptMarks.mark(pair, prompt_id, FAVOURITE)
        for pair, prompt_id in zip(pairs, ids, strict=True)
    ]
    assert at_once(*marking) == [None] * 6
    assert PromptMarks.of_asker(room[0]).favourites == set(ids)
    assert PromptMarks.select().count() == 1


def test_how_much_somebody_marked_shows_in_no_column(room):
    sizes = set()
    for prompt in library().prompts[:3]:
        PromptMarks.mark(room[0], prompt.id, ASIDE)
        sizes.add(len(PromptMarks.get().blob))
    assert len(sizes) == 1
    assert library().prompts[0].id.encode() not in repr(dump()["prompt_marks"]).encode()


def test_the_mentor_brings_either_kind_to_the_meeting(room, own, meeting):
    hers = room[1]
    for prompt_id in (str(own.id), "contacting-strangers"):
        AgendaItem.put_prompt(Meeting.find(hers, meeting.id), prompt_id)
        AgendaItem.put_prompt(Meeting.find(hers, meeting.id), prompt_id)
    first, second = AgendaItem.prompts_on(meeting)
    assert (first.prompt, first.words("da"), first.words("en"), first.stance) == (str(own.id), *[OWN["words"]] * 2, 4)
    assert second.prompt == "contacting-strangers"
    own.remove()
    assert [item.prompt for item in AgendaItem.prompts_on(meeting)] == [str(own.id), "contacting-strangers"]


def test_what_stands_in_another_room_is_not_brought_to_ones_own(room, meeting, anne, dorte):
    other = make_pair(anne, dorte)
    hers = OwnPrompt.put(other[1], OWN)
    with pytest.raises(Missing):
        AgendaItem.put_prompt(Meeting.find(room[1], meeting.id), str(hers.id))


def test_whoever_is_gone_leaves_their_prompts_and_takes_their_marks(room, own, anne):
    for pair in room:
        PromptMarks.mark(pair, str(own.id), FAVOURITE)
    anne.start_anew(passphrase="en ny sætning ved den gamle havn")
    with at(now() + timedelta(days=91)):
        forget_retired()
    again = Pair.opened_by(room[1].person, room[1].id)
    assert [prompt.words("da") for prompt in everything(again) if prompt.own] == [OWN["words"]]
    assert [marks.scope for marks in PromptMarks.select()] == [room[1].person.id]
