"""The agreement: proposed, changed, taken back, and in force once both have said yes to the same words."""

import re

import pytest
from acting import at_once, form_in
from conftest import make_pair
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from companion.agreement import clauses
from companion.agreement.models import Edition
from companion.errors import Conflict, Invalid, Missing

AIM = "To say no in time."
ANSWERS = clauses.DEFAULTS | {"mentee_aim": AIM}
LONGER = ANSWERS | {"meeting_length": "60"}
SHORTER = ANSWERS | {"meeting_length": "45"}


def propose(pair, answers=ANSWERS, seen=None):
    latest = Edition.proposal(pair) or Edition.in_force(pair)
    return Edition.propose(pair, answers, seen=str(latest.id) if latest and seen is None else seen or "")


@pytest.fixture
def proposed(room):
    """What Anne proposed, as Birgitte sees it."""
    propose(room[0])
    return Edition.proposal(room[1])


# The clauses.


def test_the_defaults_are_answers_but_for_the_mentees_own_words():
    with pytest.raises(Invalid) as refused:
        clauses.read(clauses.DEFAULTS)
    assert refused.value.field == "mentee_aim"
    assert clauses.read(ANSWERS) == ANSWERS


def test_the_clauses_of_the_danish_sources_are_all_there():
    asked = {"meeting_count", "initiative_holder", "conf_level", "place", "format", "meeting_style", "purpose_kind"}
    assert asked <= set(clauses.DEFAULTS)
    assert {clause.part for clause in clauses.CLAUSES} == set(clauses.PARTS)
    assert len({clause.key for clause in clauses.CLAUSES}) == len(clauses.CLAUSES) == 13


@pytest.mark.parametrize("clause", [c for c in clauses.CLAUSES if not c.is_text], ids=lambda clause: clause.key)
def test_every_answer_offered_is_taken_and_every_other_refused(clause):
    for value, words in clause.options:
        assert clause.read(value) == value
        assert str(clause.say(value)) == str(words)
    for value in ("", "nonsense", f" {clause.default}", clause.default + "\x00"):
        with pytest.raises(Invalid) as refused:
            clause.read(value)
        assert refused.value.field == clause.key


def test_only_what_changed_is_a_difference():
    changed = clauses.differences(ANSWERS, ANSWERS | {"meeting_length": "45", "conf_level": "C2"})
    assert [(clause.key, before, after) for clause, before, after in changed] == [
        ("meeting_length", "90", "45"),
        ("conf_level", "C1", "C2"),
    ]
    assert len(clauses.differences({}, ANSWERS)) == 13
    assert clauses.differences(ANSWERS, dict(ANSWERS)) == []


# Proposing.


def test_a_proposal_is_not_an_agreement(room, proposed):
    assert proposed.answers == ANSWERS
    assert Edition.in_force(room[1]) is None
    assert Edition.accepted(room[0]) == []


def test_a_proposal_gives_way_to_the_next(room, proposed):
    mine, hers = room
    propose(hers, SHORTER)
    assert Edition.proposal(mine).answers == SHORTER
    assert Edition.find(mine, proposed.id).superseded_at
    assert Edition.of(mine).where(Edition.superseded_at.is_null()).count() == 1


def test_proposing_what_it_already_says_is_refused(room, agreed):
    with pytest.raises(Invalid, match="already says"):
        propose(room[1], agreed.answers)
    propose(room[0], LONGER)
    with pytest.raises(Invalid, match="already says"):
        propose(room[1], LONGER)


@pytest.mark.parametrize("seen", ["", "nonsense"])
def test_whoever_did_not_see_what_waits_meets_it_first(room, proposed, seen):
    with pytest.raises(Conflict) as met:
        Edition.propose(room[1], SHORTER, seen=seen)
    assert met.value.current.id == proposed.id
    assert Edition.proposal(room[0]).answers == ANSWERS


def test_whoever_saw_something_meets_that_it_was_taken_back(room, proposed):
    Edition.find(room[0], proposed.id).withdraw()
    with pytest.raises(Conflict) as met:
        Edition.propose(room[1], SHORTER, seen=str(proposed.id))
    assert met.value.current is None


def test_of_two_proposals_at_once_one_waits_and_the_other_meets_it(anne, birgitte):
    for _ in range(4):
        mine, hers = make_pair(anne, birgitte)
        both = at_once(
            lambda p=mine: Edition.propose(p, LONGER, seen=""), lambda p=hers: Edition.propose(p, SHORTER, seen="")
        )
        assert sorted(type(one).__name__ for one in both) == ["Conflict", "Edition"]
        first = next(one for one in both if isinstance(one, Edition))
        met = next(one for one in both if isinstance(one, Conflict))
        assert met.current.id == first.id == Edition.proposal(mine).id
        assert Edition.of(hers).count() == 1


# Saying yes.


def test_what_both_said_yes_to_is_in_force(room, proposed, birgitte):
    proposed.accept()
    edition = Edition.in_force(room[0])
    assert (edition.answers, edition.number) == (ANSWERS, 1)
    assert (edition.author, edition.accepted_by) == (room[0].person.id, birgitte.id)
    assert Edition.proposal(room[0]) is None


def test_nobody_says_yes_to_their_own_proposal(room, proposed):
    with pytest.raises(Invalid, match="Birgitte Lund has to say yes"):
        Edition.proposal(room[0]).accept()
    assert Edition.in_force(room[0]) is None


def test_saying_yes_twice_is_saying_yes_once(room, proposed):
    proposed.accept()
    Edition.find(room[1], proposed.id).accept()
    assert [edition.number for edition in Edition.accepted(room[0])] == [1]


def test_yes_to_a_proposal_that_gave_way_is_not_a_yes_to_the_new_one(room, proposed):
    propose(room[0], LONGER)
    for page in (proposed, Edition.find(room[1], proposed.id)):
        with pytest.raises(Conflict) as met:
            page.accept()
        assert met.value.current.answers == LONGER
    assert Edition.in_force(room[0]) is None


def test_yes_to_a_proposal_that_was_taken_back_is_nothing(room, proposed):
    Edition.find(room[0], proposed.id).withdraw()
    with pytest.raises(Conflict) as met:
        proposed.accept()
    assert met.value.current is None
    assert Edition.in_force(room[0]) is None


def test_yes_and_other_words_at_once_never_mix(anne, birgitte):
    for _ in range(6):
        mine, hers = make_pair(anne, birgitte)
        first = propose(mine)
        waiting = Edition.proposal(hers)
        yes, other = at_once(waiting.accept, lambda p=mine, f=first: Edition.propose(p, LONGER, seen=str(f.id)))
        if isinstance(yes, Edition):
            assert isinstance(other, Conflict) or other.superseded_at is None
            assert Edition.in_force(mine).answers == ANSWERS
        else:
            assert isinstance(yes, Conflict)
            assert Edition.in_force(mine) is None
            assert Edition.proposal(hers).answers == LONGER


def test_yes_on_two_pages_at_once_makes_one_edition(room, proposed):
    pages = [Edition.find(room[1], proposed.id) for _ in range(2)]
    both = at_once(*[page.accept for page in pages])
    assert "Edition" in {type(one).__name__ for one in both}
    assert [edition.number for edition in Edition.accepted(room[0])] == [1]


def test_yes_and_taking_back_at_once_is_one_of_the_two(anne, birgitte):
    for _ in range(6):
        mine, hers = make_pair(anne, birgitte)
        propose(mine)
        own, theirs = Edition.proposal(mine), Edition.proposal(hers)
        both = at_once(own.withdraw, theirs.accept)
        assert sorted(type(one).__name__ for one in both) == ["Conflict", "Edition"]
        assert (Edition.in_force(mine) is not None) == isinstance(both[1], Edition)
        assert Edition.proposal(mine) is None


# Taking back.


def test_the_author_takes_a_proposal_back_and_the_agreement_stands(room, agreed):
    waiting = propose(room[0], LONGER)
    waiting.withdraw()
    assert Edition.proposal(room[1]) is None
    assert Edition.in_force(room[1]).id == agreed.id


def test_nobody_takes_back_what_the_other_proposed_or_what_is_agreed(room, proposed):
    with pytest.raises(Invalid, match="no longer be taken back"):
        proposed.withdraw()
    proposed.accept()
    with pytest.raises(Invalid, match="no longer be taken back"):
        Edition.find(room[0], proposed.id).withdraw()
    assert Edition.in_force(room[0]).id == proposed.id


# Editions.


def test_editions_are_numbered_and_never_overwritten(room, agreed):
    for number, answers in ((2, LONGER), (3, SHORTER), (4, ANSWERS)):
        author, other = room if number % 2 else room[::-1]
        propose(author, answers)
        Edition.proposal(other).accept()
        assert Edition.in_force(room[0]).number == number
    editions = Edition.accepted(room[1])
    assert [edition.number for edition in editions] == [4, 3, 2, 1]
    assert [edition.answers for edition in editions] == [ANSWERS, SHORTER, LONGER, agreed.answers]


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["propose", "accept", "withdraw"]),
            st.sampled_from([0, 1]),
            st.integers(0, 3),
            st.booleans(),
        ),
        max_size=12,
    )
)
@hypothesis(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_puts_words_in_force_that_one_of_the_two_did_not_say_yes_to(anne, birgitte, steps):
    pair = make_pair(anne, birgitte)
    lengths, seen, said_yes, words = ("45", "60", "75", "90"), ["", ""], set(), {}
    # What each still has before them on a page that was opened earlier.
    pages = [[], []]
    for verb, who, which, fresh in steps:
        mine = pair[who]
        latest = Edition.proposal(mine) or Edition.in_force(mine)
        try:
            if verb == "propose":
                typed = ANSWERS | {"meeting_length": lengths[which]}
                made = Edition.propose(mine, typed, seen=(str(latest.id) if latest else "") if fresh else seen[who])
                words[made.id] = typed
                said_yes.add((made.id, mine.person.id))
                seen[who] = str(made.id)
                for each in (0, 1):
                    pages[each].append(Edition.find(pair[each], made.id))
            elif pages[who]:
                page = pages[who][which % len(pages[who])]
                page = Edition.find(mine, page.id) if fresh else page
                if verb == "withdraw":
                    page.withdraw()
                else:
                    said_yes.add((page.id, mine.person.id))
                    page.accept()
        except (Invalid, Conflict):
            pass
        accepted = Edition.accepted(pair[0])
        assert [edition.number for edition in accepted] == list(range(len(accepted), 0, -1))
        assert Edition.of(pair[0]).where(Edition.accepted_at.is_null(), Edition.superseded_at.is_null()).count() <= 1
        for edition in accepted:
            assert edition.answers == words[edition.id]
            assert {(edition.id, anne.id), (edition.id, birgitte.id)} <= said_yes
            assert {edition.author, edition.accepted_by} == {anne.id, birgitte.id}


# The pages.


@pytest.fixture
def path(room):
    return f"/pairs/{room[0].id}/agreement"


def draft(client, path):
    return form_in(client.get(f"{path}/proposal").text, f"{path}/proposal")


def differing(answer):
    """What the page of a conflict shows of the other's words."""
    return answer.text.split("<dl")[1].split("</dl>")[0]


@pytest.mark.parametrize("htmx", [True, False])
def test_the_form_as_it_stands_proposes_the_defaults(room, path, anne, browse, htmx):
    form = draft(browse(anne), path)
    assert form.fields == clauses.DEFAULTS | {"seen": ""}
    answer = browse(anne).post(form.action, form.fields | {"mentee_aim": f" {AIM}\r\n"}, htmx=htmx)
    assert (answer.status_code, answer.location) == (303, f"{path}/")
    assert Edition.proposal(room[0]).answers == ANSWERS


def test_the_other_reads_the_proposal_and_says_yes(room, path, proposed, birgitte, anne, browse):
    page = browse(birgitte).get(f"{path}/").text
    assert AIM in page
    form = form_in(page, f"{path}/proposal/{proposed.id}/acceptance")
    assert browse(birgitte).post(form.action, form.fields).location == f"{path}/"
    for person in (anne, birgitte):
        page = browse(person).get(f"{path}/").text
        assert AIM in page
        assert "Anne Holm" in page
        assert "Birgitte Lund" in page


def test_a_change_shows_what_was_and_what_would_be_in_words(room, path, agreed, birgitte, browse):
    propose(room[0], agreed.answers | {"meeting_length": "45", "conf_level": "C3"})
    page = browse(birgitte).get(f"{path}/").text
    assert re.findall(r"<del>(.*?)</del>", page) == ["90 minutes", "Everything stays between us"]
    assert re.findall(r"<ins>(.*?)</ins>", page) == ["45 minutes", "Insights may be used, without names"]


def test_the_author_sees_no_way_to_say_yes_and_the_other_none_to_take_it_back(path, proposed, anne, birgitte, browse):
    own, theirs = (browse(person).get(f"{path}/").text for person in (anne, birgitte))
    assert "/acceptance" not in own
    assert "/withdrawal" in own
    assert "/acceptance" in theirs
    assert "/withdrawal" not in theirs


def test_nobody_says_yes_for_the_other_on_the_page_either(path, proposed, room, anne, birgitte, browse):
    assert browse(anne).post(f"{path}/proposal/{proposed.id}/acceptance").status_code == 422
    assert browse(birgitte).post(f"{path}/proposal/{proposed.id}/withdrawal").status_code == 422
    assert Edition.in_force(room[0]) is None
    assert Edition.proposal(room[0]).id == proposed.id


def test_taking_back_on_the_page(path, proposed, room, anne, browse):
    form = form_in(browse(anne).get(f"{path}/").text, f"{path}/proposal/{proposed.id}/withdrawal")
    assert browse(anne).post(form.action, form.fields).location == f"{path}/"
    assert Edition.proposal(room[1]) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [(clause.key, "x" * 501 if clause.is_text else "nonsense") for clause in clauses.CLAUSES] + [("mentee_aim", " ")],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_a_refused_clause_keeps_everything_typed(room, path, anne, browse, key, value, htmx):
    other = {clause.key: clause.options[-1][0] for clause in clauses.CLAUSES if not clause.is_text}
    typed = other | {"mentee_aim": AIM, "seen": ""} | {key: value}
    answer = browse(anne).post(f"{path}/proposal", typed, htmx=htmx)
    assert answer.status_code == 422
    assert f'id="{key}-error"' in answer.text
    kept = form_in(answer.text, f"{path}/proposal").fields
    for name in typed.keys() - ({key} if value == "nonsense" else set()):
        assert kept[name] == typed[name], name
    assert Edition.proposal(room[0]) is None


def test_five_hundred_letters_are_enough_for_an_aim(room, path, anne, browse):
    answer = browse(anne).post(f"{path}/proposal", ANSWERS | {"mentee_aim": "æ" * 500, "seen": ""})
    assert answer.status_code == 303
    assert Edition.proposal(room[0]).answers["mentee_aim"] == "æ" * 500


def test_a_proposal_from_an_old_page_meets_what_came_meanwhile_and_keeps_its_choices(
    room, path, anne, birgitte, browse
):
    form = draft(browse(anne), path)
    propose(room[1], ANSWERS | {"meeting_count": "8", "place": "online"})
    typed = form.fields | {"mentee_aim": "To choose before the\r\ncalendar does.", "meeting_count": "4"}
    answer = browse(anne).post(form.action, typed)
    assert answer.status_code == 409
    kept = form_in(answer.text, form.action).fields
    assert kept["meeting_count"] == "4"
    assert kept["mentee_aim"].split() == typed["mentee_aim"].split()
    for now in ("8 meetings", "Online", AIM):
        assert now in differing(answer)
    assert Edition.proposal(room[0]).answers["meeting_count"] == "8"
    assert browse(anne).post(form.action, kept).status_code == 303
    assert Edition.proposal(room[1]).answers["meeting_count"] == "4"


def test_where_two_proposals_meet_the_same_words_are_not_called_different(room, path, anne, browse):
    form = draft(browse(anne), path)
    propose(room[1], ANSWERS | {"mentee_aim": "One line\nand another", "meeting_count": "8"})
    answer = browse(anne).post(form.action, form.fields | {"mentee_aim": "One line\r\nand another\r\n"})
    assert answer.status_code == 409
    assert "8 meetings" in differing(answer)
    assert "and another" not in differing(answer)


def test_yes_from_an_old_page_meets_what_waits_now(room, path, proposed, birgitte, browse):
    propose(room[0], LONGER)
    answer = browse(birgitte).post(f"{path}/proposal/{proposed.id}/acceptance")
    assert answer.status_code == 409
    assert f"{path}/proposal/{Edition.proposal(room[0]).id}/acceptance" in answer.text
    assert Edition.in_force(room[0]) is None


def test_saying_yes_twice_on_the_page_is_no_trouble(path, proposed, birgitte, browse):
    for _ in range(2):
        assert browse(birgitte).post(f"{path}/proposal/{proposed.id}/acceptance").status_code == 303


def test_earlier_editions_can_still_be_read(room, path, agreed, anne, birgitte, browse):
    propose(room[1], agreed.answers | {"mentee_aim": "To choose."})
    Edition.proposal(room[0]).accept()
    for person in (anne, birgitte):
        assert f"{path}/editions/{agreed.id}" in browse(person).get(f"{path}/").text
        assert AIM in browse(person).get(f"{path}/editions/{agreed.id}").text


def test_each_reads_the_agreement_in_their_own_language(path, agreed, anne, birgitte, browse):
    birgitte.choose("da")
    assert "Everything stays between us" in browse(anne).get(f"{path}/").text
    page = browse(birgitte).get(f"{path}/").text
    assert "Everything stays between us" not in page
    assert AIM in page


def test_what_was_agreed_is_where_the_next_draft_begins(path, room, agreed, birgitte, browse):
    propose(room[0], agreed.answers | {"meeting_count": "9"})
    form = draft(browse(birgitte), path)
    assert form.fields["meeting_count"] == "9"
    assert form.fields["seen"] == str(Edition.proposal(room[1]).id)


def test_a_stranger_finds_no_agreement(room, path, proposed, christian, dorte, browse):
    other, _ = make_pair(christian, dorte)
    elsewhere = f"/pairs/{other.id}/agreement"
    for place in (path, elsewhere):
        client = browse(christian)
        expected = 404 if place == path else 200
        assert client.get(f"{place}/").status_code == expected
        assert client.get(f"{place}/editions/{proposed.id}").status_code == 404
        assert client.post(f"{place}/proposal/{proposed.id}/acceptance").status_code == 404
        assert client.post(f"{place}/proposal/{proposed.id}/withdrawal").status_code == 404
    assert browse(dorte).get(f"{path}/proposal").status_code == 404
    assert browse(dorte).post(f"{path}/proposal", ANSWERS | {"seen": str(proposed.id)}).status_code == 404
    with pytest.raises(Missing):
        Edition.find(other, proposed.id)
    assert Edition.proposal(room[0]).id == proposed.id
