"""The agreement: drafted apart, shown when both are ready, settled clause by clause, signed word for word, changed."""

import gzip
import re
import shutil
from datetime import date, timedelta

import pytest
from acting import at_once, form_in
from conftest import PASSPHRASES, agree, card_of, fill_in, make_pair, repository
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from playhouse.test_utils import count_queries
from werkzeug.datastructures import MultiDict

from companion import cli, create_app, db
from companion.agreement import clauses
from companion.agreement.clauses import CLAUSES, NAMED, PARTS
from companion.agreement.kinds import BOTH
from companion.agreement.models import START, Answers, Draft, Edition, fingerprint, vouched
from companion.agreement.purpose import CLOSE, SUITS, suits
from companion.agreement.settling import Proposal, Signature, Table, duty
from companion.db import at, now
from companion.errors import Conflict, Invalid, Missing
from companion.pairs.models import MENTEE, MENTOR, Invitation, Pair
from companion.people.models import Person

AIM = "To say no in time."


def say(pair, key, seen=None, **typed):
    """The asker's answer on a clause, from a page that shows what is the latest, or what was `seen`."""
    line = Table.of(pair).lines[key]
    return Proposal.make(pair, key, MultiDict(typed), seen=line.latest if seen is None else seen)


def sign(pair, seen=None):
    return Signature.give(pair, seen=Table.of(pair).latest if seen is None else seen)


def lay_out(mine, hers, **hers_otherwise):
    """Both are ready; she answered like Anne but for what is given."""
    for pair, otherwise in ((mine, {}), (hers, hers_otherwise)):
        fill_in(pair, **{"mentee_aim": AIM} | otherwise)
        Answers.give(pair)
    return Table.of(mine)


# The clauses.

# Of the 44 fields of the Danish sources two hold two answers each: the days, and how one writes and how soon.
KEYS = [
    "purpose_kind",
    "purpose_scope",
    "mentee_aim",
    "mentor_offer",
    "mentor_aim",
    "success_sign",
    "out_of_scope",
    "start_date",
    "end_date",
    "meeting_count",
    "interval",
    "meeting_length",
    "format",
    "place",
    "meeting_style",
    "initiative_holder",
    "initiative_fallback",
    "agenda_lead",
    "prep_mentee",
    "prep_mentor",
    "cancel_notice",
    "cancel_rule",
    "contact_between",
    "channel",
    "reply_days",
    "stance_wanted",
    "stance_natural",
    "challenge",
    "advice_rule",
    "timeout",
    "conf_level",
    "conf_exceptions",
    "relation_visible",
    "manager_info",
    "notes",
    "third_party",
    "mentor_limits",
    "no_favours",
    "chemistry_check",
    "midway",
    "renegotiate",
    "exit",
    "help_contact",
    "closing",
    "data_after",
    "afterwards",
]
NEEDED = {
    *("purpose_kind", "purpose_scope", "mentee_aim", "meeting_count", "interval", "meeting_length"),
    *("initiative_holder", "stance_wanted", "conf_level", "conf_exceptions", "exit"),
}
OF_ONE = {
    MENTEE: {"mentee_aim", "stance_wanted", "advice_rule", "manager_info"},
    MENTOR: {"mentor_offer", "mentor_aim", "stance_natural", "mentor_limits"},
}
DEFAULTS = {
    **{"purpose_kind": "both", "purpose_scope": "area", "meeting_count": "6", "interval": "6"},
    **{"meeting_length": "90", "format": "mixed", "place": "neutral", "meeting_style": "mix"},
    **{"initiative_holder": "mentee", "initiative_fallback": "14", "agenda_lead": "2", "prep_mentee": "app"},
    **{"prep_mentor": "reads", "cancel_notice": "24", "cancel_rule": "two_dates", "contact_between": "short"},
    **{"reply_days": "3", "stance_wanted": "4", "challenge": "3", "advice_rule": "asked", "timeout": "both"},
    **{"conf_level": "C1", "relation_visible": "yes", "manager_info": "mentee_tells", "notes": "own_and_shared"},
    **{"no_favours": "both_say_yes", "chemistry_check": "yes", "midway": "3", "exit": "no_reason", "closing": "yes"},
    **{"data_after": "3", "afterwards": "end"},
}


def test_every_field_of_the_sources_is_there_in_its_order_and_its_card():
    assert [clause.key for clause in CLAUSES] == KEYS
    assert "".join(dict.fromkeys(clause.part for clause in CLAUSES)) == "".join(PARTS) == "ABCDE"
    assert {clause.key for clause in CLAUSES if clause.needed} == NEEDED
    for role, keys in OF_ONE.items():
        assert {clause.key for clause in CLAUSES if clause.who == role} == keys


def test_the_defaults_are_those_of_the_sources():
    assert {key: NAMED[key].default for key in DEFAULTS} == DEFAULTS
    for key, value in DEFAULTS.items():
        assert value in dict(NAMED[key].options)
    assert clauses.agreed(None, "initiative_fallback") == "14"


def test_every_clause_two_can_differ_on_has_one_question_to_talk_about():
    asked = [clause for clause in CLAUSES if clause.who == BOTH and clause.kind != "stands"]
    assert all(str(clause.ask).endswith("?") or "Find words" in str(clause.ask) for clause in asked)
    assert len({str(clause.ask) for clause in asked}) == len(asked)
    for clause in CLAUSES:
        assert (clause.who == BOTH) == (not clause.mine), clause.key


@pytest.mark.parametrize("clause", [c for c in CLAUSES if c.options and c.kind != "chips"], ids=lambda one: one.key)
def test_every_answer_offered_is_taken_and_every_other_refused(clause):
    for value, words in clause.options:
        assert clause.read(MultiDict({clause.key: value})) == value
        assert str(clause.say(value)) == str(words)
    assert clause.read(MultiDict()) == ""
    for value in ("nonsense", f" {clause.options[0][0]}", clause.options[0][0] + "\x00"):
        with pytest.raises(Invalid) as refused:
            clause.read(MultiDict({clause.key: value}))
        assert refused.value.field == clause.key


@pytest.mark.parametrize("clause", [c for c in CLAUSES if c.kind == "words"], ids=lambda one: one.key)
def test_own_words_are_kept_as_written_up_to_five_hundred_letters(clause):
    assert clause.read(MultiDict({clause.key: " æ\r\nø "})) == "æ\nø"
    assert clause.read(MultiDict({clause.key: "æ" * 500})) == "æ" * 500
    with pytest.raises(Invalid) as refused:
        clause.read(MultiDict({clause.key: "æ" * 501}))
    assert refused.value.field == clause.key


def test_chips_are_the_same_answer_in_whatever_order_they_came():
    clause = NAMED["out_of_scope"]
    one = clause.read(MultiDict([("out_of_scope", "health"), ("out_of_scope", "pay"), ("out_of_scope_words", "X")]))
    assert one == {"chips": ["pay", "health"], "words": "X"}
    assert clause.say(one) == "Pay, health. X"
    assert not clause.says_something(clause.read(MultiDict()))
    with pytest.raises(Invalid):
        clause.read(MultiDict({"out_of_scope": "nonsense"}))


@pytest.mark.parametrize(
    ("start", "end", "refused"),
    [
        ("2026-05-07", "2027-02-07", None),
        ("2026-05-07", "2027-05-07", None),
        ("2026-05-07", "2027-05-08", "Twelve months"),
        ("2028-02-29", "2029-02-28", None),
        ("2026-05-07", "2026-05-07", "end after"),
        ("2026-05-07", "2026-05-06", "end after"),
        ("2026-05-07", "", None),
        ("", "2026-05-07", None),
    ],
)
def test_it_ends_after_it_begins_and_within_twelve_months(room, start, end, refused):
    card = card_of(room[0], "B", start_date=start, end_date=end)
    if refused:
        with pytest.raises(Invalid, match=refused) as problem:
            Draft.save_card(room[0], "B", MultiDict(card), rev=0, page="")
        assert problem.value.field == "end_date"
    else:
        Draft.save_card(room[0], "B", MultiDict(card), rev=0, page="")


@pytest.mark.parametrize("typed", ["tomorrow", "2026-02-30", "0001-01-01", "9999-12-31", "7.5.2026"])
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(Invalid):
        NAMED["start_date"].read(MultiDict({"start_date": typed}))


def test_both_are_offered_the_same_days_nine_months_apart(room):
    days = [[NAMED[key].usual(pair) for key in ("start_date", "end_date")] for pair in room]
    assert days[0] == days[1]
    start, end = (date.fromisoformat(day) for day in days[0])
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == 9


# Before there is an agreement: what it is for.


def test_what_it_is_for_says_what_kind_of_mentor_suits():
    for kind in SUITS:
        for scope in CLOSE:
            assert suits(kind, scope) == [SUITS[kind], CLOSE[scope]]


def test_the_guided_start_fills_two_clauses_of_the_first_card_and_keeps_the_third_apart(room):
    mine = room[0]
    Draft.save_start(mine, {"purpose_kind": "career", "purpose_scope": "broad", "manager": "yes"})
    Draft.save_card(mine, "A", MultiDict(card_of(mine, "A", purpose_kind="career", mentee_aim=AIM)), rev=1, page="")
    Draft.save_start(mine, {"purpose_kind": "professional", "purpose_scope": "tasks", "manager": "yes"})
    drafts = Draft.mine(mine)
    assert (drafts["A"].answers["purpose_kind"], drafts["A"].answers["mentee_aim"]) == ("professional", AIM)
    assert drafts[START].answers == {"manager": "yes"}
    fill_in(mine, mentee_aim=AIM)
    Answers.give(mine)
    assert list(Draft.mine(mine)) == [START]
    assert "manager" not in Answers.by(mine)[MENTEE].answers


@pytest.mark.parametrize("missing", ["purpose_kind", "purpose_scope", "manager"])
def test_the_guided_start_asks_for_all_three(room, missing):
    typed = {"purpose_kind": "career", "purpose_scope": "broad", "manager": "no"}
    with pytest.raises(Invalid) as refused:
        Draft.save_start(room[0], typed | {missing: ""})
    assert refused.value.field == missing


# Drafting apart.


def test_a_draft_is_mine_alone(room):
    fill_in(room[0], mentee_aim=AIM)
    assert Draft.mine(room[1]) == {}
    assert list(Draft.of(room[1])) == []


def test_a_card_can_be_filled_in_before_the_room_is_open_and_is_there_after(anne, birgitte):
    invitation, token = Invitation.to_room(anne, birgitte.email, "mentor")
    mine = Pair.opened_by(anne, invitation.pair_id)
    fill_in(mine, mentee_aim=AIM)
    assert not mine.is_open
    Invitation.find(token).accept(birgitte, token)
    Invitation.latest_of(mine).confirm(anne)
    mine = Pair.opened_by(anne, invitation.pair_id)
    assert mine.is_open
    Answers.give(mine)
    assert Answers.by(mine)[MENTEE].answers["mentee_aim"] == AIM


def test_what_the_other_answers_is_not_kept_on_ones_own_card(room):
    typed = MultiDict(card_of(room[0], "A", mentee_aim=AIM) | {"mentor_offer": "Planted."})
    Draft.save_card(room[0], "A", typed, rev=0, page="")
    assert "mentor_offer" not in Draft.mine(room[0])["A"].answers


def test_two_windows_of_one_person_meet_each_other(room):
    card = MultiDict(card_of(room[0], "A", mentee_aim=AIM))
    Draft.save_card(room[0], "A", card, rev=0, page="one")
    with pytest.raises(Conflict) as met:
        Draft.save_card(room[0], "A", MultiDict(card_of(room[0], "A", mentee_aim="Else.")), rev=0, page="two")
    assert met.value.current.answers["mentee_aim"] == AIM
    # The same page goes on, though an answer to it was lost.
    Draft.save_card(room[0], "A", MultiDict(card_of(room[0], "A", mentee_aim="More.")), rev=0, page="one")
    assert Draft.mine(room[0])["A"].answers["mentee_aim"] == "More."


def test_own_words_keep_the_language_they_were_written_in(room, anne):
    Draft.save_card(room[0], "A", MultiDict(card_of(room[0], "A", mentee_aim=AIM)), rev=0, page="")
    anne.choose("da")
    Draft.save_card(room[0], "A", MultiDict(card_of(room[0], "A", mentee_aim=AIM, success_sign="Ro.")), rev=1, page="")
    langs = Draft.mine(room[0])["A"].langs
    assert langs == {"mentee_aim": "en", "success_sign": "da"}


@pytest.mark.parametrize("key", sorted(NEEDED))
def test_nobody_is_ready_before_what_is_needed_is_answered(room, key):
    mine = room[0]
    fill_in(mine, **{"mentee_aim": AIM, key: ""})
    assert Draft.unanswered(mine, Draft.mine(mine)) == {NAMED[key].part: [NAMED[key]]}
    with pytest.raises(Invalid) as refused:
        Answers.give(mine)
    assert refused.value.field == key
    assert Answers.by(mine) == {}


def test_what_most_pairs_answer_counts_where_a_card_was_not_touched_and_nothing_is_needed(room):
    hers = room[1]
    for part in "ABDE":
        Draft.save_card(hers, part, MultiDict(card_of(hers, part)), rev=0, page="")
    Answers.give(hers)
    assert Answers.by(hers)[MENTOR].answers["challenge"] == "3"


# Ready.


def test_one_that_is_ready_is_withheld_until_the_other_is_too(room):
    mine, hers = room
    fill_in(hers)
    Answers.give(hers)
    assert Table.of(mine) is None
    assert duty(mine, None).other
    fill_in(mine, mentee_aim=AIM)
    Answers.give(mine)
    assert Table.of(mine).lines["mentee_aim"].value == Table.of(hers).lines["mentee_aim"].value == AIM


def test_ready_can_be_taken_back_until_the_other_is_ready_too(room):
    mine, hers = room
    fill_in(mine, mentee_aim=AIM)
    before = {part: (draft.answers, draft.langs) for part, draft in Draft.mine(mine).items()}
    Answers.give(mine)
    assert Draft.mine(mine) == {}
    with pytest.raises(Invalid):
        Draft.save_card(mine, "A", MultiDict(card_of(mine, "A")), rev=0, page="")
    Answers.take_back(mine)
    Answers.take_back(mine)
    assert {part: (draft.answers, draft.langs) for part, draft in Draft.mine(mine).items()} == before
    Answers.give(mine)
    Answers.give(mine)
    fill_in(hers)
    Answers.give(hers)
    with pytest.raises(Invalid, match="both ready"):
        Answers.take_back(mine)


def test_both_ready_in_the_same_moment_and_one_taking_it_back(anne, birgitte):
    for _ in range(4):
        mine, hers = make_pair(anne, birgitte)
        for pair in (mine, hers):
            fill_in(pair, mentee_aim=AIM)
        assert at_once(lambda p=mine: Answers.give(p), lambda p=hers: Answers.give(p)) == [None, None]
        assert Table.of(mine).is_whole
        mine, hers = make_pair(anne, birgitte)
        for pair in (mine, hers):
            fill_in(pair, mentee_aim=AIM)
        Answers.give(mine)
        back, given = at_once(lambda p=mine: Answers.take_back(p), lambda p=hers: Answers.give(p))
        assert given is None
        assert isinstance(back, Invalid) == (Table.of(hers) is not None)
        assert len(Draft.mine(mine)) == (0 if isinstance(back, Invalid) else 5)


# Side by side.


def test_what_they_agree_on_what_differs_and_what_one_alone_answered(room):
    table = lay_out(*room, meeting_count="8", interval="4", help_contact="", success_sign="Hers.")
    assert [line.clause.key for line in table.unsettled] == [
        "success_sign",
        "meeting_count",
        "interval",
        "help_contact",
    ]
    assert [line.state for line in table.unsettled] == ["differ", "differ", "differ", "one"]
    assert table.lines["meeting_count"].says == {MENTEE: "6", MENTOR: "8"}
    assert table.lines["mentor_offer"].is_settled
    assert not table.is_whole
    assert len([line for line in table.lines.values() if line.is_settled]) == len(CLAUSES) - 4


@pytest.mark.parametrize(("answer", "value"), [("theirs", "8"), ("third", "7")])
def test_one_answer_settles_a_clause_or_waits_for_the_other(room, answer, value):
    lay_out(*room, meeting_count="8")
    say(room[0], "meeting_count", answer=answer, meeting_count="7")
    line = Table.of(room[1]).lines["meeting_count"]
    assert line.says[MENTEE] == value
    assert line.is_settled == (answer == "theirs")
    assert line.waits_for(room[1]) == (answer == "third")
    assert not line.waits_for(room[0])


def test_keeping_ones_own_is_an_answer_too_and_waits_for_the_other(room):
    lay_out(*room, meeting_count="8")
    assert all(Table.of(pair).lines["meeting_count"].waits_for(pair) for pair in room)
    say(room[0], "meeting_count", answer="mine")
    assert [Table.of(pair).lines["meeting_count"].waits_for(pair) for pair in room] == [False, True]
    say(room[1], "meeting_count", answer="theirs")
    assert Table.of(room[0]).lines["meeting_count"].value == "6"


def test_counter_proposals_keep_their_history(room):
    lay_out(*room, meeting_count="8")
    say(room[0], "meeting_count", meeting_count="7")
    say(room[1], "meeting_count", meeting_count="10")
    say(room[0], "meeting_count", answer="theirs")
    made = Table.of(room[1]).lines["meeting_count"].proposals
    assert [(room[0].voice_of(one.author), one.value) for one in made] == [
        (MENTEE, "7"),
        (MENTOR, "10"),
        (MENTEE, "10"),
    ]


def test_the_same_sent_twice_is_one_answer(room):
    lay_out(*room, meeting_count="8")
    one = say(room[0], "meeting_count", seen="", meeting_count="7")
    assert say(room[0], "meeting_count", seen="", meeting_count="7").id == one.id
    assert len(Table.of(room[0]).proposals) == 1


def test_an_answer_to_what_was_not_seen_meets_it(room):
    lay_out(*room, meeting_count="8")
    say(room[0], "meeting_count", meeting_count="7")
    for seen in ("", "nonsense"):
        with pytest.raises(Conflict):
            say(room[1], "meeting_count", seen=seen, answer="theirs")
    assert not Table.of(room[1]).lines["meeting_count"].is_settled


def test_of_two_answers_at_once_one_stands_and_the_other_meets_it(anne, birgitte):
    for _ in range(4):
        mine, hers = make_pair(anne, birgitte)
        lay_out(mine, hers, meeting_count="8")
        both = at_once(
            lambda p=mine: say(p, "meeting_count", seen="", answer="theirs"),
            lambda p=hers: say(p, "meeting_count", seen="", answer="theirs"),
        )
        assert sorted(type(one).__name__ for one in both) == ["Conflict", "Proposal"]
        assert Table.of(mine).lines["meeting_count"].is_settled


def test_what_belongs_to_one_is_theirs_alone_and_needs_no_agreement(room):
    lay_out(*room)
    for pair, other in ((0, MENTOR), (1, MENTEE)):
        for key in OF_ONE[other]:
            with pytest.raises(Invalid, match="own"):
                say(room[pair], key, answer="third", **{key: "1"})
    say(room[1], "mentor_offer", mentor_offer="My ears.")
    assert Table.of(room[0]).lines["mentor_offer"].value == "My ears."
    assert Table.of(room[0]).is_whole


def test_impossible_answers(room):
    mine = room[0]
    with pytest.raises(Missing):
        Proposal.make(mine, "meeting_count", MultiDict(), seen="")
    lay_out(*room, meeting_count="8")
    for key in ("nonsense", "conf_exceptions", "third_party", "renegotiate", "manager"):
        with pytest.raises(Missing):
            Proposal.make(mine, key, MultiDict(), seen="")
    with pytest.raises(Invalid):
        say(mine, "meeting_count", answer="nonsense")
    with pytest.raises(Invalid):
        say(mine, "meeting_count", answer="third", meeting_count="99")
    with pytest.raises(Invalid, match="answered"):
        say(mine, "meeting_count", answer="third", meeting_count="")
    with pytest.raises(Invalid, match="already"):
        say(mine, "interval", interval="6")
    with pytest.raises(Invalid):
        say(mine, "meeting_count", answer="current")
    assert Table.of(mine).proposals == []


# Both say yes.


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_with_both_signatures_it_is_in_force(room, order):
    lay_out(*room)
    assert sign(room[order[0]]) is None
    assert Edition.in_force(room[0]) is None
    edition = sign(room[order[1]])
    assert edition.number == 1
    assert edition.answers["mentee_aim"] == AIM
    assert [(who, holds) for who, _at, holds in Edition.in_force(room[1]).signed] == [
        (room[who].person.id, True) for who in order
    ]


def test_signing_twice_is_signing_once_and_one_alone_is_no_agreement(room):
    lay_out(*room)
    for _ in range(3):
        assert sign(room[0]) is None
    assert Signature.of(room[0]).count() == 1
    assert Edition.in_force(room[0]) is None


def test_nobody_signs_while_something_is_open_or_there_is_nothing_to_sign(room):
    with pytest.raises(Missing):
        sign(room[0], seen="")
    lay_out(*room, meeting_count="8")
    with pytest.raises(Invalid, match="still to be settled"):
        sign(room[0])
    say(room[0], "meeting_count", answer="theirs")
    for pair in room:
        sign(pair)
    with pytest.raises(Invalid, match="nothing to say yes"):
        sign(room[0])


def test_what_changed_under_ones_eyes_is_not_signed_but_shown(room):
    lay_out(*room)
    seen = Table.of(room[0]).latest
    sign(room[1])
    say(room[1], "mentor_offer", mentor_offer="Something else.")
    with pytest.raises(Conflict) as met:
        sign(room[0], seen=seen)
    [(clause, before, after)] = clauses.differences(met.value.current, Table.of(room[0]).answers)
    assert (clause.key, before, after) == ("mentor_offer", "Something of my own.", "Something else.")
    # Hers was for other words, and does not hold.
    assert sign(room[0]) is None
    assert Edition.in_force(room[0]) is None
    assert list(Signature.on(Table.of(room[0]))) == [MENTEE]
    with pytest.raises(Missing):
        sign(room[0], seen="nonsense")


def test_both_sign_in_the_same_moment(anne, birgitte):
    for _ in range(4):
        mine, hers = make_pair(anne, birgitte)
        lay_out(mine, hers)
        both = at_once(lambda p=mine: sign(p, seen=""), lambda p=hers: sign(p, seen=""))
        assert sorted(type(one).__name__ for one in both) == ["Edition", "NoneType"]
        assert [edition.number for edition in Edition.accepted(mine)] == [1]


def test_a_signature_and_other_words_at_once_never_mix(anne, birgitte):
    for _ in range(6):
        mine, hers = make_pair(anne, birgitte)
        lay_out(mine, hers)
        sign(hers)
        yes, other = at_once(
            lambda p=mine: sign(p, seen=""), lambda p=hers: say(p, "mentor_offer", seen="", mentor_offer="Else.")
        )
        edition = Edition.in_force(mine)
        if isinstance(yes, Edition):
            assert edition.answers["mentor_offer"] == "Something of my own."
        else:
            assert isinstance(yes, Conflict)
            assert isinstance(other, Proposal)
            assert edition is None


def test_a_signature_is_for_one_person_one_edition_and_every_letter(room):
    edition = agree(*room, mentee_aim=AIM)
    proof = edition.signatures[0]["proof"]
    who = edition.signatures[0]["by"]
    assert vouched(room[1], 1, who, edition.answers, proof)
    assert not vouched(room[1], 2, who, edition.answers, proof)
    assert not vouched(room[1], 1, edition.signatures[1]["by"], edition.answers, proof)
    assert not vouched(room[1], 1, who, edition.answers | {"mentee_aim": AIM + " "}, proof)
    # A wording that was tampered with is shown with signatures that do not hold.
    edition.change(answers=edition.answers | {"conf_level": "C3"})
    assert [holds for _who, _at, holds in Edition.in_force(room[0]).signed] == [False, False]


def test_days_that_are_each_agreed_and_do_not_fit_together_are_not_signed(room):
    lay_out(*room, start_date="2026-01-01", end_date="2026-06-01")
    say(room[0], "start_date", start_date="2026-05-01")
    say(room[1], "start_date", answer="theirs")
    say(room[0], "end_date", end_date="2027-09-01")
    say(room[1], "end_date", answer="theirs")
    assert Table.of(room[0]).problem.field == "end_date"
    with pytest.raises(Invalid, match="Twelve months"):
        sign(room[0])


LENGTHS = ("45", "60", "75", "90")


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["sign", "sign", "theirs", "mine", "third", "current", "own"]),
            st.sampled_from([0, 1]),
            st.integers(0, 3),
            st.booleans(),
        ),
        max_size=14,
    )
)
@hypothesis(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sequence_puts_words_in_force_that_one_of_the_two_did_not_say_yes_to(anne, birgitte, steps):
    pair = make_pair(anne, birgitte)
    lay_out(*pair, meeting_length="60")
    # What each last had before them on a page, and every wording each of them said yes to while they had it.
    pages = [page_of(one) for one in pair]
    said_yes = {anne.id: [], birgitte.id: []}
    for verb, who, which, fresh in steps:
        mine = pair[who]
        if fresh:
            pages[who] = page_of(mine)
        seen, wording, lines = pages[who]
        try:
            if verb == "sign":
                said_yes[mine.person.id].append(wording)
                sign(mine, seen=seen)
            elif verb == "own":
                key = ("mentee_aim", "mentor_offer")[who]
                say(mine, key, seen=lines[key], **{key: LENGTHS[which]})
            else:
                say(mine, "meeting_length", seen=lines["meeting_length"], answer=verb, meeting_length=LENGTHS[which])
        except (Invalid, Conflict, Missing):
            pass
        accepted = Edition.accepted(pair[0])
        assert [edition.number for edition in accepted] == list(range(len(accepted), 0, -1))
        for edition in accepted:
            assert edition.answers in said_yes[anne.id]
            assert edition.answers in said_yes[birgitte.id]
            assert [holds for _who, _at, holds in edition.signed] == [True, True]


def page_of(pair):
    table = Table.of(pair)
    return table.latest, table.answers, {key: line.latest for key, line in table.lines.items()}


# Afterwards.


def test_a_change_names_some_clauses_and_the_rest_stands(room):
    first = agree(*room, mentee_aim=AIM)
    say(room[0], "meeting_count", meeting_count="8")
    say(room[0], "meeting_length", meeting_length="60")
    assert Edition.in_force(room[1]).answers == first.answers
    assert duty(room[1], first).what == "settle"
    assert duty(room[1], first).count == 2
    say(room[1], "meeting_count", answer="theirs")
    say(room[1], "meeting_length", answer="current")
    assert not Table.of(room[0]).lines["meeting_length"].is_settled or "60" not in Table.of(room[0]).answers.values()


def test_leaving_it_as_it_is_agreed_ends_a_change(room):
    agree(*room, mentee_aim=AIM)
    say(room[0], "meeting_count", meeting_count="8")
    say(room[0], "meeting_count", answer="current")
    table = Table.of(room[1])
    assert table.lines["meeting_count"].is_settled
    assert not table.is_whole
    assert duty(room[1], table.current).what == "nothing"
    with pytest.raises(Invalid, match="nothing to say yes"):
        sign(room[1])


def test_editions_are_numbered_and_never_overwritten(room):
    agree(*room, mentee_aim=AIM)
    for number, count in ((2, "8"), (3, "10"), (4, "6")):
        say(room[number % 2], "meeting_count", meeting_count=count)
        say(room[1 - number % 2], "meeting_count", answer="theirs")
        for pair in room:
            sign(pair)
    editions = Edition.accepted(room[1])
    assert [(one.number, one.answers["meeting_count"]) for one in editions] == [(4, "6"), (3, "10"), (2, "8"), (1, "6")]
    assert all(holds for one in editions for _who, _at, holds in one.signed)


def test_only_what_changed_is_a_difference(room):
    first = agree(*room, mentee_aim=AIM)
    changed = clauses.differences(first.answers, first.answers | {"meeting_count": "8", "help_contact": ""})
    assert [(clause.key, before, after) for clause, before, after in changed] == [
        ("meeting_count", "6", "8"),
        ("help_contact", "Something of my own.", None),
    ]
    assert clauses.differences(first.answers, dict(first.answers)) == []


def test_both_see_the_same_fingerprint_of_the_same_words_alone(room):
    edition = agree(*room, mentee_aim=AIM)
    assert fingerprint(room[0], edition.answers) == fingerprint(room[1], edition.answers)
    assert fingerprint(room[0], edition.answers) != fingerprint(room[0], edition.answers | {"mentee_aim": "x"})


@pytest.mark.parametrize(
    ("before", "what"),
    [
        (lambda mine, hers: None, "begin"),
        (lambda mine, hers: Draft.save_card(mine, "A", MultiDict(card_of(mine, "A")), rev=0, page=""), "draft"),
        (lambda mine, hers: fill_in(mine, mentee_aim=AIM), "ready"),
        (lambda mine, hers: (fill_in(mine, mentee_aim=AIM), Answers.give(mine)), "withheld"),
        (lambda mine, hers: lay_out(mine, hers, meeting_count="8"), "settle"),
        (
            lambda mine, hers: (lay_out(mine, hers, meeting_count="8"), say(mine, "meeting_count", answer="mine")),
            "theirs",
        ),
        (lambda mine, hers: lay_out(mine, hers), "sign"),
        (lambda mine, hers: (lay_out(mine, hers), sign(mine)), "signed"),
        (lambda mine, hers: agree(mine, hers), "nothing"),
    ],
)
def test_what_is_ones_to_do(room, anne, browse, before, what):
    before(*room)
    assert duty(room[0], Edition.in_force(room[0])).what == what
    assert browse(anne).get(f"/pairs/{room[0].id}").status_code == 200


# The first edition lives on.


@pytest.fixture
def of_the_first_edition(settings):
    """The two rooms of a database that the first edition made, brought up to today: [(Anne's, Birgitte's)]."""
    made = repository() / "tests" / "fixtures" / "first_edition"
    settings.data.mkdir()
    settings.database.write_bytes(gzip.decompress((made / "companion.db.gz").read_bytes()))
    shutil.copy(made / "secret", settings.data / "secret")
    cli.prepare(settings)
    create_app(settings)
    db.open_connection()
    anne, birgitte = (
        Person.sign_in(f"{name.split()[0].lower()}@example.dk", PASSPHRASES[name])
        for name in ("Anne Holm", "Birgitte Lund")
    )
    rooms = [(Pair.opened_by(anne, one.id), Pair.opened_by(birgitte, one.id)) for one in Pair.of(anne)]
    yield sorted(rooms, key=lambda room: len(Edition.accepted(room[0])), reverse=True)
    db.close_connection()
    db.db.close_all()


def test_an_agreement_of_the_first_edition_reads_as_it_did(of_the_first_edition):
    for pair in of_the_first_edition[0]:
        second, first = Edition.accepted(pair)
        assert (first.number, second.number) == (1, 2)
        assert first.answers["mentee_aim"] == second.answers["mentee_aim"] == "At sige nej i tide – »pænt«."
        assert [(c.key, a, b) for c, a, b in clauses.differences(first.answers, second.answers)] == [
            ("meeting_length", "90", "60")
        ]
        assert {who for who, _at, holds in second.signed if holds} == {pair.mentee_id, pair.mentor_id}
        assert clauses.agreed(second, "initiative_fallback") == "14"
        assert [part for part, *_rest in clauses.in_parts(second.answers)] == list("ABCDE")


def test_a_change_that_waited_in_the_first_edition_waits_still(of_the_first_edition):
    mine, hers = of_the_first_edition[0]
    table = Table.of(mine)
    assert [line.clause.key for line in table.unsettled] == ["meeting_count", "conf_level"]
    assert [line.waits_for(mine) for line in table.unsettled] == [True, True]
    assert [line.waits_for(hers) for line in Table.of(hers).unsettled] == [False, False]
    say(mine, "meeting_count", answer="theirs")
    say(mine, "conf_level", answer="current")
    say(hers, "conf_level", answer="theirs")
    sign(mine)
    edition = sign(hers)
    assert (edition.number, edition.answers["meeting_count"], edition.answers["conf_level"]) == (3, "8", "C1")
    assert edition.answers["mentee_aim"] == "At sige nej i tide – »pænt«."
    say(mine, "notes", notes="none")
    say(hers, "notes", answer="theirs")
    for pair in (mine, hers):
        sign(pair)
    assert Edition.in_force(mine).answers["notes"] == "none"
    assert Edition.waiting(mine) is not None


def test_what_stands_in_every_agreement_is_no_change_of_one_of_the_first_edition(of_the_first_edition):
    mine, hers = of_the_first_edition[0]
    for key in ("meeting_count", "conf_level"):
        say(mine, key, answer="current")
        say(hers, key, answer="theirs")
    table = Table.of(mine)
    assert {clause.kind for clause, *_values in table.changes} == {"stands"}
    assert duty(mine, table.current).what == "nothing"
    with pytest.raises(Invalid, match="nothing to say yes"):
        sign(mine)


def test_a_first_proposal_that_waited_is_what_its_author_answered(of_the_first_edition):
    mine, hers = of_the_first_edition[1]
    assert Table.of(hers) is None
    assert (duty(mine, None).what, duty(hers, None).other) == ("withheld", True)
    fill_in(hers)
    Answers.give(hers)
    line = Table.of(mine).lines["place"]
    assert line.says == {MENTEE: "online", MENTOR: "neutral"}


def test_the_author_of_a_first_proposal_can_take_it_back_and_fill_in_the_cards(of_the_first_edition):
    mine, hers = of_the_first_edition[1]
    Answers.take_back(mine)
    drafts = Draft.mine(mine)
    assert drafts["B"].answers["place"] == "online"
    assert list(Draft.unanswered(mine, drafts)) == ["D"]
    fill_in(mine, mentee_aim=AIM)
    Answers.give(mine)
    fill_in(hers)
    Answers.give(hers)
    for pair in (mine, hers):
        sign(pair)
    assert Edition.in_force(hers).number == 1


# The pages.


@pytest.fixture
def path(room):
    return f"/pairs/{room[0].id}/agreement"


def card_form(client, path, part):
    return form_in(client.get(f"{path}/cards/{part}").text, f"{path}/cards/{part}")


def test_the_guided_start_warns_where_the_mentor_is_the_mentees_manager(path, anne, birgitte, browse):
    for person in (anne, birgitte):
        client = browse(person)
        form = form_in(client.get(f"{path}/start").text, f"{path}/start")
        typed = form.fields | {"purpose_kind": "both", "purpose_scope": "area"}
        assert client.post(form.action, typed).status_code == 422
        assert client.post(form.action, typed | {"manager": "no"}).location == f"{path}/start#suits"
        assert "should not be the mentee’s own manager" not in client.get(f"{path}/start").text
        assert client.post(form.action, typed | {"manager": "yes"}).status_code == 303
        page = client.get(f"{path}/start").text
        assert "should not be the mentee’s own manager" in page
        assert "another department" in page


def test_what_one_answered_about_the_manager_is_not_told_the_other(path, anne, birgitte, browse):
    typed = {"purpose_kind": "both", "purpose_scope": "area", "manager": "yes"}
    browse(anne).post(f"{path}/start", typed)
    assert "should not be" not in browse(birgitte).get(f"{path}/start").text


def test_before_the_room_is_open_the_waiting_page_leads_to_the_start_and_the_cards(anne, birgitte, browse):
    invitation, _token = Invitation.to_room(anne, birgitte.email, "mentor")
    client, pair = browse(anne), f"/pairs/{invitation.pair_id}"
    page = client.get(pair).text
    for place in ("start", "cards"):
        assert f"{pair}/agreement/{place}" in page
        assert client.get(f"{pair}/agreement/{place}").status_code == 200
    form = card_form(client, f"{pair}/agreement", "A")
    answer = client.post(form.action, form.fields | {"mentee_aim": AIM})
    assert answer.location == f"{pair}/agreement/cards/B"
    assert AIM in client.get(f"{pair}/agreement/cards/A").text


@pytest.mark.parametrize("htmx", [True, False])
def test_a_card_saves_as_it_goes_and_with_its_button(room, path, anne, browse, htmx):
    client = browse(anne)
    form = card_form(client, path, "A")
    typed = form.fields | {"mentee_aim": AIM, "purpose_kind": "career"}
    answer = client.post(form.action, typed, htmx=htmx)
    if htmx:
        assert answer.status_code == 200
        assert 'name="rev" value="1"' in answer.text
        assert "Saved" in answer.text
    else:
        assert answer.location == f"{path}/cards/B"
    assert Draft.mine(room[0])["A"].answers["mentee_aim"] == AIM
    again = card_form(client, path, "A").fields
    assert {name: again[name] for name in ("mentee_aim", "purpose_kind")} == {
        "mentee_aim": AIM,
        "purpose_kind": "career",
    }


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("part", "typed", "field"),
    [
        ("A", {"mentee_aim": "x" * 501}, "mentee_aim"),
        ("A", {"success_sign": "x" * 501, "purpose_kind": "career"}, "success_sign"),
        ("A", {"out_of_scope_words": "x" * 501}, "out_of_scope_words"),
        ("B", {"interval": "nonsense"}, "interval"),
        ("B", {"start_date": "2026-05-07", "end_date": "2026-05-06"}, "end_date"),
        ("B", {"start_date": "soon"}, "start_date"),
    ],
)
def test_a_refused_card_keeps_everything_typed(room, path, anne, browse, part, typed, field, htmx):
    client = browse(anne)
    sent = card_form(client, path, part).fields | {"mentee_aim": "Kept."} | typed
    answer = client.post(f"{path}/cards/{part}", sent, htmx=htmx)
    assert answer.status_code == 422
    assert Draft.mine(room[0]) == {}
    if not htmx:
        assert f'id="{field}-error"' in answer.text
        kept = form_in(answer.text, f"{path}/cards/{part}").fields
        for name in typed.keys() - {"interval"}:
            assert kept[name] == typed[name]


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_two_windows_are_both_shown_and_one_is_kept(room, path, anne, browse, htmx, keep):
    client = browse(anne)
    one, two = card_form(client, path, "A"), card_form(client, path, "A")
    client.post(one.action, one.fields | {"mentee_aim": "First window."}, htmx=True)
    typed = two.fields | {"mentee_aim": "Second window.", "page": "another"}
    answer = client.post(two.action, typed, htmx=htmx)
    assert answer.status_code == 409
    assert "First window." in answer.text
    assert "Second window." in answer.text
    assert Draft.mine(room[0])["A"].answers["mentee_aim"] == "First window."
    over = re.search(r'name="over" value="(\d+)"', answer.text)[1]
    answer = client.post(two.action, typed | {"over": over, "keep": keep})
    assert answer.location == f"{path}/cards/A"
    expected = "Second window." if keep == "mine" else "First window."
    assert Draft.mine(room[0])["A"].answers["mentee_aim"] == expected


def test_a_card_is_saved_after_all_when_the_room_had_locked_itself(room, path, anne, browse):
    client = browse(anne)
    form = card_form(client, path, "A")
    typed = form.fields | {"mentee_aim": "Written before the door locked."}
    with at(now() + timedelta(hours=1)):
        answer = client.post(form.action, typed, htmx=True)
        assert answer.status_code == 401
        assert 'name="unlock"' in answer.text
        assert Draft.mine(room[0]) == {}
        answer = client.post(form.action, typed | {"unlock": PASSPHRASES["Anne Holm"]}, htmx=True)
        assert answer.status_code == 200
    assert Draft.mine(room[0])["A"].answers["mentee_aim"] == "Written before the door locked."


def test_the_way_from_five_cards_to_ready_and_back(room, path, anne, browse):
    client = browse(anne)
    assert client.post(f"{path}/readiness").status_code == 422
    fill_in(room[0], mentee_aim=AIM)
    form = form_in(client.get(f"{path}/").text, f"{path}/readiness")
    assert client.post(form.action).location == f"{path}/"
    page = client.get(f"{path}/").text
    assert "Birgitte Lund sees this when you have both answered" in page
    assert "take that back" in client.get(f"{path}/cards/A").text.lower()
    form = form_in(page, f"{path}/readiness/withdrawal")
    assert client.post(form.action).location == f"{path}/"
    assert AIM in client.get(f"{path}/cards/A").text


def test_taking_back_what_both_see_is_refused(room, path, anne, browse):
    lay_out(*room)
    assert browse(anne).post(f"{path}/readiness/withdrawal").status_code == 422
    for place in ("start", "cards", "cards/A"):
        assert browse(anne).get(f"{path}/{place}").status_code == 404


def test_differences_come_first_each_with_its_question(room, path, anne, browse):
    lay_out(*room, meeting_count="8", interval="4", help_contact="")
    page = browse(anne).get(f"{path}/").text
    places = [page.index(f'id="clause-{key}"') for key in ("meeting_count", "interval", "help_contact")]
    assert places == sorted(places)
    assert page.index("clauses you agree on") > places[-1]
    for words in ("Six meetings", "Eight meetings", str(NAMED["meeting_count"].ask), "Nothing yet"):
        assert words in page


@pytest.mark.parametrize(
    ("answer", "settled"), [("theirs", True), ("mine", False), ("third", False), ("nonsense", None), ("", None)]
)
def test_answering_a_clause_on_its_page(room, path, anne, browse, answer, settled):
    lay_out(*room, success_sign="Hers.")
    client = browse(anne)
    form = form_in(client.get(f"{path}/clauses/success_sign").text, f"{path}/clauses/success_sign/answer")
    typed = form.fields | {"success_sign": "A third."} | ({"answer": answer} if answer else {})
    sent = client.post(form.action, typed)
    if settled is None:
        assert sent.status_code == 422
        assert form_in(sent.text, form.action).fields["success_sign"] == "A third."
    else:
        assert sent.location == f"{path}/"
        assert Table.of(room[0]).lines["success_sign"].is_settled == settled


def test_an_answer_from_an_old_page_meets_what_came_meanwhile_and_keeps_what_was_written(
    room, path, anne, birgitte, browse
):
    lay_out(*room, success_sign="Hers.")
    form = form_in(browse(anne).get(f"{path}/clauses/success_sign").text, f"{path}/clauses/success_sign/answer")
    say(room[1], "success_sign", success_sign="Hers anew.")
    answer = browse(anne).post(form.action, form.fields | {"answer": "third", "success_sign": "A third."})
    assert answer.status_code == 409
    assert "Hers anew." in answer.text
    assert "What you wrote is still in the field." in answer.text
    again = form_in(answer.text, form.action).fields
    assert again["success_sign"] == "A third."
    assert browse(anne).post(form.action, again).status_code == 303
    page = browse(birgitte).get(f"{path}/clauses/success_sign").text
    assert [page.index(words) > 0 for words in ("Hers anew.", "A third.")] == [True, True]


def test_a_yes_to_words_that_were_replaced_meanwhile_is_asked_for_anew(room, path, anne, browse):
    lay_out(*room, success_sign="Hers.")
    form = form_in(browse(anne).get(f"{path}/clauses/success_sign").text, f"{path}/clauses/success_sign/answer")
    say(room[1], "success_sign", success_sign="Hers anew.")
    answer = browse(anne).post(form.action, form.fields | {"answer": "theirs"})
    assert answer.status_code == 409
    assert "answer" not in form_in(answer.text, form.action).fields
    # Nothing was written that could still stand there.
    assert "What you wrote" not in answer.text
    assert not Table.of(room[0]).lines["success_sign"].is_settled


def test_an_ended_room_offers_no_change_of_its_agreement(room, path, anne, browse):
    lay_out(*room)
    for pair in room:
        Signature.give(pair, seen=Table.of(pair).latest)
    assert f"{path}/clauses" in browse(anne).get(f"{path}/").text
    Pair.update(ended_at=now(), delete_on=now().date() + timedelta(days=90)).where(Pair.id == room[0].id).execute()
    assert f"{path}/clauses" not in browse(anne).get(f"{path}/").text


def test_signing_on_the_page_and_what_changed_meanwhile_is_shown(room, path, anne, birgitte, browse):
    lay_out(*room)
    forms = [form_in(browse(person).get(f"{path}/").text, f"{path}/signature") for person in (anne, birgitte)]
    say(room[1], "mentor_offer", mentor_offer="Something else.")
    answer = browse(anne).post(forms[0].action, forms[0].fields)
    assert answer.status_code == 409
    assert re.findall(r"<del>(.*?)</del>", answer.text) == ["Something of my own."]
    assert re.findall(r"<ins>(.*?)</ins>", answer.text) == ["Something else."]
    assert Signature.of(room[0]).count() == 0
    form = form_in(answer.text, f"{path}/signature")
    assert browse(anne).post(form.action, form.fields).location == f"{path}/"
    assert "/signature" not in browse(anne).get(f"{path}/").text
    form = form_in(browse(birgitte).get(f"{path}/").text, f"{path}/signature")
    assert browse(birgitte).post(form.action, form.fields).location == f"{path}/"
    for person in (anne, birgitte):
        page = browse(person).get(f"{path}/").text
        assert page.count('class="signature"') == 2
        assert fingerprint(room[0], Edition.in_force(room[0]).answers) in page


def test_options_are_read_in_the_readers_language_and_own_words_as_they_were_written(room, path, birgitte, browse):
    agree(*room, mentee_aim=AIM)
    birgitte.choose("da")
    page = browse(birgitte).get(f"{path}/").text
    assert "Seks møder" in page
    assert f'<span dir="auto" lang="en">{AIM}</span>' in page
    assert "på engelsk" in page
    assert [holds for _who, _at, holds in Edition.in_force(room[1]).signed] == [True, True]


def test_two_editions_are_compared_in_words(room, path, anne, birgitte, browse):
    first = agree(*room, mentee_aim=AIM)
    say(room[0], "meeting_count", meeting_count="8")
    assert re.findall(r"<del>(.*?)</del>", browse(birgitte).get(f"{path}/").text) == []
    say(room[1], "meeting_count", answer="theirs")
    page = browse(birgitte).get(f"{path}/").text
    assert (re.findall(r"<del>(.*?)</del>", page), re.findall(r"<ins>(.*?)</ins>", page)) == (
        ["Six meetings"],
        ["Eight meetings"],
    )
    for pair in room:
        sign(pair)
    second = Edition.in_force(room[0])
    for one, other in ((first, second), (second, first)):
        page = browse(anne).get(f"{path}/editions/{one.id}/since/{other.id}").text
        assert re.findall(r"<del>(.*?)</del>", page) == ["Six meetings"]
        assert re.findall(r"<ins>(.*?)</ins>", page) == ["Eight meetings"]
    assert "Birgitte Lund" in page
    assert "Eight meetings" not in browse(anne).get(f"{path}/editions/{first.id}").text


def test_what_is_in_question_stands_meanwhile_and_says_so(room, path, anne, birgitte, browse):
    agree(*room, mentee_aim=AIM)
    say(room[1], "meeting_count", meeting_count="8")
    page = browse(anne).get(f"{path}/").text
    assert "under negotiation" in page
    assert "One change to the agreement waits for you." in browse(anne).get(f"/pairs/{room[0].id}").text
    assert "waits for Anne Holm" in browse(birgitte).get(f"/pairs/{room[0].id}").text


def test_strangers_find_nothing_at_any_state(room, path, christian, browse):
    agree(*room, mentee_aim=AIM)
    edition = Edition.in_force(room[0])
    places = ["start", "cards", "cards/A", "", "clauses", "clauses/interval", f"editions/{edition.id}"]
    for place in [*places, f"editions/{edition.id}/since/{edition.id}"]:
        assert browse(christian).get(f"{path}/{place}").status_code == 404
    for place in ("start", "cards/A", "readiness", "readiness/withdrawal", "clauses/interval/answer", "signature"):
        assert browse(christian).post(f"{path}/{place}").status_code == 404


@pytest.mark.parametrize("key", ["nonsense", "conf_exceptions", "mentor_offer"])
def test_a_clause_that_is_not_ones_to_change_has_no_page(room, path, anne, browse, key):
    agree(*room, mentee_aim=AIM)
    assert browse(anne).get(f"{path}/clauses/{key}").status_code == 404


def test_pages_cost_the_same_with_one_difference_and_with_many(room, path, anne, browse):
    agree(*room, mentee_aim=AIM)
    client, found = browse(anne), []
    for keys in (["meeting_count"], ["interval", "notes", "reply_days", "format", "midway"]):
        for key in keys:
            say(room[1], key, **{key: NAMED[key].options[0][0]})
        client.get(f"{path}/")
        for place in ("", "clauses", "clauses/interval"):
            with count_queries() as queries:
                assert client.get(f"{path}/{place}").status_code == 200
            found.append(queries.count)
    assert found[:3] == found[3:]
    assert max(found) <= 16, found
