"""How it goes on: a match or not, a pause, one of the two stopping, closing together, and a room that has ended."""

from datetime import timedelta

import pytest
from acting import at_once, form_in
from conftest import URL, agree, plan_meeting

from companion import i18n
from companion.actions.models import Offer
from companion.agreement.models import Edition
from companion.db import at, now
from companion.endings.chemistry import NOT_FOR_ME, Chemistry, is_asked
from companion.endings.models import QUESTIONS, Farewell, Harvest, close, other_is_ready
from companion.endings.news import news
from companion.errors import Conflict, Ended, Invalid, Missing
from companion.meetings.models import Meeting, Recap
from companion.pairs.models import Pair, months_later
from companion.reflections.models import Insight, Reflection

DAY = timedelta(days=1)


def again(pair):
    """The pair as the same person finds it now."""
    return Pair.opened_by(pair.person, pair.id)


@pytest.fixture(autouse=True)
def _asked_in_english(app):
    """Sentences with a day in them are written for somebody who asks."""
    with app.test_request_context(base_url=URL, headers={"Accept-Language": "en"}):
        yield


def titles(pair):
    return [one.title for one in news(again(pair))]


def today():
    return i18n.local(now()).date()


@pytest.fixture
def met(room, agreed):
    """Anne's and Birgitte's pair after their first meeting, as each sees it."""
    plan_meeting(room[0], days=0).hold()
    return room


# A pause.


def test_either_pauses_until_a_day_and_both_are_told(room):
    mine, hers = room
    hers.pause(today() + 20 * DAY)
    assert (again(mine).state, again(mine).is_paused, again(mine).looks_again) == ("paused", True, False)
    (told,) = news(again(mine))
    assert told.title == f"Birgitte Lund has paused the mentorship until {i18n.day(today() + 20 * DAY)}."
    (own,) = titles(hers)
    assert own.startswith("You have paused")


def test_a_paused_room_is_read_and_written_in_as_ever(room):
    mine, hers = room
    hers.pause(today() + 20 * DAY)
    meeting = plan_meeting(again(mine))
    Recap.save_text(meeting, "since", "We rest.", rev=0, page="")
    assert Offer.make(again(hers), "Sleep.").text == "Sleep."


def test_on_the_day_both_are_asked_and_either_goes_on_or_pauses_for_longer(room):
    mine, hers = room
    mine.pause(today() + 20 * DAY)
    with at(now() + 20 * DAY):
        for pair in room:
            assert again(pair).looks_again
            assert titles(pair) == [f"Your pause was until {i18n.day(today())}."]
        hers.pause(today() + 10 * DAY)
        assert not again(mine).looks_again
        mine.resume()
        assert again(hers).state == "open"
        assert titles(mine) == []
        assert titles(hers) == [f"You go on: Anne Holm said so on {i18n.day(today())}."]
    with at(now() + 40 * DAY):
        assert titles(hers) == []


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_pause_needs_a_day_within_the_coming_year(room, days):
    with pytest.raises(Invalid) as problem:
        room[0].pause(today() + days * DAY)
    assert problem.value.field == "until"
    assert again(room[0]).state == "open"


def test_what_is_not_paused_cannot_be_resumed(room):
    with pytest.raises(Invalid, match="not taking a pause"):
        room[0].resume()


def test_a_room_that_is_not_open_yet_neither_pauses_nor_ends(anne):
    from companion.pairs.models import Invitation

    invitation, _token = Invitation.to_room(anne, "eva@example.dk", "mentor")
    pair = Pair.opened_by(anne, invitation.pair_id)
    assert pair.state == "waiting"
    for verb in (lambda: pair.pause(today() + DAY), pair.resume, lambda: pair.end(months=3)):
        with pytest.raises(Invalid, match="not open yet"):
            verb()


# One of the two stops.


def test_whoever_stops_tells_the_other_first_in_their_own_words(room):
    mine, hers = room
    Farewell.say(hers, "It was good, and it is enough.")
    told = again(mine)
    assert (told.state, told.is_ending, told.is_ended) == ("ending", True, False)
    (one,) = news(told)
    assert one.title == "Birgitte Lund wants to stop here."
    assert (one.words, one.voice) == ("It was good, and it is enough.", "mentor")


def test_it_needs_no_words(room):
    mine, hers = room
    Farewell.say(mine, " \n ")
    (one,) = news(again(hers))
    assert (one.title, one.words) == ("Anne Holm wants to stop here.", "")
    assert not Farewell.of(again(mine)).exists()


def test_until_it_has_ended_both_still_write_and_after_that_nobody_does(room, meeting):
    mine, hers = room
    Farewell.say(hers, "")
    Recap.save_text(meeting, "since", "One last thing.", rev=0, page="")
    with at(now() + DAY):
        assert again(mine).is_ended
        with pytest.raises(Ended):
            Recap.save_text(meeting, "frame", "Too late.", rev=0, page="")


def test_a_night_long_it_can_be_taken_back_by_whoever_said_it_and_the_words_are_gone(room):
    mine, hers = room
    Farewell.say(hers, "I was angry.")
    with pytest.raises(Invalid, match="Only who said it"):
        Farewell.take_back(again(mine))
    with at(now() + 23 * DAY / 24):
        Farewell.take_back(again(hers))
        pair = again(mine)
        assert (pair.state, pair.delete_on, pair.ended_by) == ("open", None, None)
        assert not Farewell.of(pair).exists()
        assert titles(mine) == [f"You go on: Birgitte Lund said so on {i18n.day(today())}."]


def test_a_day_later_it_stands(room):
    hers = room[1]
    Farewell.say(hers, "It stands.")
    with at(now() + DAY):
        with pytest.raises(Ended):
            Farewell.take_back(again(hers))
        assert Farewell.said_in(again(hers)).text == "It stands."


def test_a_pause_that_was_on_is_on_again_when_the_end_is_taken_back(room):
    mine = room[0]
    mine.pause(today() + 9 * DAY)
    Farewell.say(mine, "")
    Farewell.take_back(mine)
    assert again(mine).state == "paused"


def test_what_has_been_said_is_not_said_twice(room):
    mine, hers = room
    Farewell.say(mine, "First.")
    for verb in (lambda: Farewell.say(hers, "Second."), lambda: hers.pause(today() + DAY), hers.resume):
        with pytest.raises(Invalid, match="said already"):
            verb()
    assert [row.text for row in Farewell.of(again(hers))] == ["First."]
    assert again(hers).ended_by == mine.person.id


def test_of_two_who_stop_in_the_same_moment_one_has_said_it(room):
    said = at_once(*[lambda pair=pair: Farewell.say(pair, "Enough.") for pair in room])
    assert sorted(str(type(one).__name__) for one in said) == ["Invalid", "NoneType"]
    assert Farewell.of(again(room[0])).count() == 1


def test_pausing_and_stopping_in_the_same_moment_leaves_it_ending(room):
    mine, hers = room
    at_once(lambda: mine.pause(today() + DAY), lambda: Farewell.say(hers, ""))
    assert again(mine).state == "ending"


@pytest.mark.parametrize(("kept", "months"), [("0", 0), ("3", 3), ("6", 6)])
def test_the_day_of_deletion_is_the_one_agreed_on_and_never_sooner_than_a_week(room, kept, months):
    mine, hers = room
    agree(mine, hers, data_after=kept)
    Farewell.say(hers, "")
    pair = again(mine)
    last = i18n.local(pair.ended_at).date()
    assert pair.delete_on == (months_later(last, months) if months else last + 7 * DAY)


def test_without_an_agreement_it_is_three_months(room):
    room[0].end(months=3)
    assert again(room[1]).delete_on == months_later(today(), 3)
    assert Edition.in_force(again(room[1])) is None


# A match or not.


def test_it_is_asked_after_the_first_meeting_and_not_after_the_second(room, agreed):
    mine = room[0]
    assert not is_asked(mine)
    plan_meeting(mine, days=0).hold()
    assert is_asked(mine)
    plan_meeting(mine, days=0).hold()
    assert not is_asked(mine)


def test_it_is_not_asked_where_the_two_agreed_not_to(room):
    agree(*room, chemistry_check="no")
    plan_meeting(room[0], days=0).hold()
    assert not is_asked(room[0])
    with pytest.raises(Invalid, match="after the first meeting"):
        Chemistry.say(room[0], "a good fit")


def test_two_who_go_on_are_told_only_that(met):
    mine, hers = met
    Chemistry.say(mine, "a good fit")
    Chemistry.say(hers, "finding out")
    assert again(mine).chemistry_at
    assert again(mine).state == "open"
    assert Chemistry.select().count() == 0
    with pytest.raises(Invalid, match="so it stands"):
        Chemistry.say(again(mine), NOT_FOR_ME)


@pytest.mark.parametrize("first", [0, 1])
def test_not_for_me_ends_it_when_both_have_answered_and_nobody_is_named(met, first):
    one, other = met[first], met[1 - first]
    Chemistry.say(one, NOT_FOR_ME)
    for pair in met:
        assert (again(pair).state, titles(pair)) == ("open", [])
    Chemistry.say(again(other), "a good fit")
    ended = [again(pair) for pair in met]
    assert [pair.state for pair in ended] == ["ended"] * 2
    assert [pair.ended_by for pair in ended] == [None] * 2
    assert titles(met[0]) == titles(met[1]) == [f"The mentorship ended on {i18n.day(now())}."]
    assert Chemistry.select().count() == 0


def test_not_for_me_ends_it_after_three_days_when_one_of_the_two_is_there(met):
    mine, hers = met
    Chemistry.say(hers, NOT_FOR_ME)
    with at(now() + 3 * DAY - timedelta(minutes=1)):
        assert again(mine).state == "open"
    with at(now() + 5 * DAY):
        assert again(mine).is_ended
        # The day it was heard: nobody loses days on which to take a copy.
        assert again(mine).delete_on == months_later(today(), 3)
        before = again(hers).ended_at
        again(hers).catch_up()
        assert again(hers).ended_at == before


@pytest.mark.parametrize("answer", ["a good fit", "finding out"])
def test_one_answer_that_is_not_no_ends_nothing_and_the_other_may_still_come(met, answer):
    mine, hers = met
    Chemistry.say(mine, answer)
    with at(now() + 9 * DAY):
        assert again(hers).state == "open"
        assert again(hers).chemistry_due is None
        assert is_asked(again(hers))
        Chemistry.say(again(hers), NOT_FOR_ME)
        assert again(mine).is_ended


def test_what_was_said_can_be_changed_until_both_have_and_the_three_days_begin_anew(met):
    mine = met[0]
    Chemistry.say(mine, "a good fit")
    with at(now() + 2 * DAY):
        Chemistry.say(again(mine), NOT_FOR_ME)
    with at(now() + 4 * DAY):
        assert again(mine).state == "open"
        Chemistry.say(again(mine), "finding out")
    with at(now() + 20 * DAY):
        assert again(mine).state == "open"


def test_until_then_nothing_in_clear_tells_one_answer_from_another(met):
    mine, seen, start = met[0], set(), now()
    for answer in ("a good fit", "finding out", NOT_FOR_ME):
        with at(start):
            Chemistry.say(mine, answer)
        clear = Chemistry.select(Chemistry.scope, Chemistry.author, Chemistry.epoch, Chemistry.rev, Chemistry.blob)
        *columns, blob = clear.tuples().get()
        pair = Pair.get_by_id(mine.id)
        when = round((pair.chemistry_due - start).total_seconds())
        seen.add((*columns, len(blob), when, pair.chemistry_at, pair.ended_at, pair.ended_by, pair.delete_on))
        Chemistry.delete().execute()
        Pair.update(chemistry_due=None).execute()
    assert len(seen) == 1


def test_two_who_answer_in_the_same_moment_are_both_heard(met):
    at_once(lambda: Chemistry.say(met[0], NOT_FOR_ME), lambda: Chemistry.say(met[1], "a good fit"))
    assert again(met[0]).is_ended


def test_who_stops_while_the_check_is_on_is_the_one_who_ended_it(met):
    mine, hers = met
    Chemistry.say(mine, NOT_FOR_ME)
    Farewell.say(again(hers), "")
    with at(now() + 3 * DAY):
        assert again(mine).ended_by == hers.person.id
        assert not Chemistry.select().exists()


def test_another_answer_than_the_three_is_refused(met):
    with pytest.raises(Invalid) as problem:
        Chemistry.say(met[0], "perhaps")
    assert problem.value.field == "answer"


# Closing it together.


def harvest(pair, **answers):
    for question, words in answers.items():
        Harvest.save_text(pair, question, words, rev=0, page="")
    Harvest.share(pair)


def test_a_harvest_is_only_mine_until_i_share_it_and_withheld_until_both_have(room):
    mine, hers = room
    Harvest.save_text(mine, "then", "I said yes.", rev=0, page="")
    assert [row.is_shared for row in Harvest.mine(mine).values()] == [False]
    assert Harvest.seen_by(again(hers)) == {}
    assert not Harvest.of(again(hers)).exists()
    Harvest.share(mine)
    assert Harvest.seen_by(again(hers)) == {}
    assert other_is_ready(again(hers))
    assert not other_is_ready(again(mine))
    harvest(hers, learned="To wait.", thanks="For the walks.")
    seen = Harvest.seen_by(again(mine))
    assert {role: {key: row.text for key, row in rows.items()} for role, rows in seen.items()} == {
        "mentee": {"then": "I said yes."},
        "mentor": {"learned": "To wait.", "thanks": "For the walks."},
    }


def test_a_harvest_is_taken_back_until_the_other_has_shared(room):
    mine, hers = room
    harvest(mine, now="I ask first.")
    with pytest.raises(Invalid, match="Take it back first"):
        Harvest.save_text(mine, "now", "And more.", rev=1, page="")
    Harvest.take_back(mine)
    assert [row.is_shared for row in Harvest.mine(mine).values()] == [False]
    Harvest.save_text(mine, "now", "I ask first, always.", rev=1, page="")
    Harvest.share(mine)
    harvest(hers, now="I listen.")
    with pytest.raises(Invalid, match="so it stands"):
        Harvest.take_back(again(mine))


def test_an_empty_harvest_is_not_shared(room):
    with pytest.raises(Invalid):
        harvest(room[0], thanks="  ")


def test_closing_takes_both_and_is_of_both(room):
    mine, hers = room
    with pytest.raises(Invalid, match="together"):
        close(mine)
    harvest(mine, thanks="Thank you.")
    with pytest.raises(Invalid, match="together"):
        close(mine)
    harvest(hers, thanks="And you.")
    close(hers)
    pair = again(mine)
    assert (pair.state, pair.ended_by) == ("ended", None)
    with pytest.raises(Ended):
        close(pair)
    with pytest.raises(Ended):
        pair.resume()


def test_whoever_is_left_alone_closes_alone(room, anne):
    harvest(room[1], thanks="Wherever you are.")
    anne.start_anew(passphrase="en ny sætning ved den gamle havn")
    with at(now() + 91 * DAY):
        from companion.pairs.rows import forget_retired

        forget_retired()
        pair = again(room[1])
        assert pair.partner is None
        close(pair)
        assert again(pair).is_ended


# A room that has ended.


def test_in_a_room_that_has_ended_everything_is_read_and_only_my_own_notes_are_written(room, meeting):
    mine, hers = room
    recap = Recap.save_text(meeting, "since", "Ours.", rev=0, page="")
    Reflection.save_text(mine, meeting, "what", "Mine.", rev=0, page="")
    # Found before it ended, as by a page that was open.
    mine.end(months=3)
    stale, before = hers, Meeting.find(hers, meeting.id)
    assert Recap.on(Meeting.find(again(mine), meeting.id))["since"].text == "Ours."
    for verb in (
        lambda: Offer.make(stale, "One more."),
        lambda: Recap.save_text(before, "frame", "More.", rev=0, page=""),
        lambda: recap.change(text="Other."),
        lambda: recap.delete_instance(),
        lambda: before.cancel(),
        lambda: Insight.note(before, "Shared.", shared=True),
        lambda: stale.pause(today() + DAY),
        lambda: Farewell.say(stale, "Me too."),
    ):
        with pytest.raises(Ended):
            verb()
    assert Recap.find(again(mine), recap.id).text == "Ours."
    kept = Insight.note(Meeting.find(again(mine), meeting.id), "For myself.", shared=False)
    with pytest.raises(Ended):
        kept.share()
    assert Insight.find(again(mine), kept.id).text == "For myself."
    assert Reflection.save_text(again(mine), meeting, "what", "Still mine.", rev=1, page="").text == "Still mine."


def test_what_is_written_while_it_ends_is_either_in_or_refused(room, meeting):
    written, _ended = at_once(
        lambda: Recap.save_text(meeting, "since", "In time?", rev=0, page=""), lambda: room[1].end(months=3)
    )
    kept = [row.text for row in Recap.of(again(room[0]))]
    assert kept == ([] if isinstance(written, Ended) else ["In time?"])


# The pages.


@pytest.fixture
def pages(browse, room):
    """(Anne's browser, Birgitte's, the address of their room)."""
    return browse(room[0].person), browse(room[1].person), f"/pairs/{room[0].id}"


def filled(browser, path, action, **given):
    """Fill in the form of a page as a browser without JavaScript does, and send it."""
    form = form_in(browser.get(path).text, action)
    return browser.post(form.action, form.fields | given)


def test_the_whole_way_with_plain_forms(pages, met):
    anne, birgitte, room = pages
    assert "Is it a match?" in anne.get(room).text
    answer = filled(anne, f"{room}/chemistry", f"{room}/chemistry", answer="a good fit")
    assert answer.status_code == 303
    assert "Is it a match?" not in anne.get(room).text
    assert "Your answer is kept." in anne.get(f"{room}/chemistry").text
    filled(birgitte, f"{room}/chemistry", f"{room}/chemistry", answer="finding out")
    assert "You have both answered" in anne.get(f"{room}/chemistry").text

    assert filled(birgitte, f"{room}/ending", f"{room}/pause").status_code == 303
    assert "has paused the mentorship" in anne.get(room).text
    assert "has paused the mentorship" in anne.get("/pairs").text
    assert filled(anne, f"{room}/ending", f"{room}/pause/resumption").status_code == 303

    assert filled(anne, f"{room}/exit", f"{room}/exit", words="I need a rest.").status_code == 303
    assert "I need a rest." in birgitte.get(room).text
    assert filled(anne, f"{room}/ending", f"{room}/exit/withdrawal").status_code == 303
    assert "I need a rest." not in birgitte.get(room).text

    for browser in (anne, birgitte):
        assert filled(browser, f"{room}/closing", f"{room}/harvest/learned", text="To ask first.").status_code == 303
        assert filled(browser, f"{room}/closing?step=share", f"{room}/harvest/sharing").status_code == 303
    assert anne.get(f"{room}/closing").text.count("To ask first.") == 2
    assert filled(birgitte, f"{room}/closing", f"{room}/closing").status_code == 303
    ended = anne.get(room).text
    assert "You have closed it together." in ended
    assert i18n.day(months_later(today(), 3)) in ended
    assert "This mentorship has ended." in anne.get(f"{room}/progress/").text


def test_an_end_nobody_is_named_for_says_the_same_to_both(pages, met):
    anne, birgitte, room = pages
    anne.post(f"{room}/chemistry", {"answer": NOT_FOR_ME})
    answer = birgitte.post(f"{room}/chemistry", {"answer": "a good fit"})
    assert answer.location.endswith(room)
    both = [browser.get(room).text for browser in (anne, birgitte)]
    main = [text[text.index("<main") : text.index("</main>")] for text in both]
    assert main[0] == main[1]
    assert "Not for me" not in main[0]


@pytest.mark.parametrize("path", ["ending", "chemistry", "exit", "closing"])
def test_a_stranger_finds_nothing_of_it(pages, browse, dorte, path):
    room = pages[2]
    stranger = browse(dorte)
    assert stranger.get(f"{room}/{path}").status_code == 404
    for verb in ("chemistry", "pause", "pause/resumption", "exit", "exit/withdrawal", "closing", "harvest/then",
                 "harvest/sharing", "harvest/withdrawal"):  # fmt: skip
        assert stranger.post(f"{room}/{verb}", {"text": "x", "answer": NOT_FOR_ME}).status_code == 404


def test_refused_keeps_what_was_typed(pages, met):
    anne, _birgitte, room = pages
    answer = anne.post(f"{room}/pause", {"until": "2020-01-01"})
    assert (answer.status_code, "2020-01-01" in answer.text) == (422, True)
    answer = anne.post(f"{room}/pause", {"until": "soon"})
    assert answer.status_code == 422
    answer = anne.post(f"{room}/exit", {"words": "much " * 500})
    assert (answer.status_code, "much much" in answer.text) == (422, True)
    answer = anne.post(f"{room}/chemistry", {"answer": "perhaps"})
    assert answer.status_code == 422
    answer = anne.post(f"{room}/harvest/sharing")
    assert (answer.status_code, "Write a line first" in answer.text) == (422, True)
    assert anne.post(f"{room}/harvest/nothing", {"text": "x"}).status_code == 404
    answer = anne.post(f"{room}/harvest/then", {"text": "x" * 20_000})
    assert answer.status_code == 422


@pytest.mark.parametrize("htmx", [False, True])
def test_what_is_sent_to_a_room_that_has_ended_is_kept_for_its_writer(pages, room, meeting, htmx):
    anne, birgitte, path = pages
    typed = "A thought that came a minute too late."
    room[0].end(months=3)
    for browser, where, name in (
        (birgitte, f"{path}/offers", "offer"),
        (anne, f"{path}/meetings/{meeting.id}/recap/since", "text"),
        (anne, f"{path}/exit", "words"),
        (anne, f"{path}/meetings/{meeting.id}/agenda", "title"),
    ):
        answer = browser.post(where, {name: typed, "rev": "0"}, htmx=htmx)
        assert answer.status_code == 422, where
        assert "ended" in answer.text
        if not htmx:
            assert typed in answer.text, where
    answer = anne.post(f"{path}/meetings/{meeting.id}/cancellation", htmx=htmx)
    assert answer.status_code == 422


def test_two_windows_on_one_harvest_meet_as_everywhere(room):
    Harvest.save_text(room[0], "then", "Here.", rev=0, page="one")
    with pytest.raises(Conflict):
        Harvest.save_text(room[0], "then", "There.", rev=0, page="two")


def test_a_room_that_is_gone_is_no_room(room):
    Pair.delete_for_good(room[0].id)
    with pytest.raises(Missing):
        room[0].pause(today() + DAY)
    with pytest.raises(Missing):
        Offer.make(room[1], "Where?")
    assert set(QUESTIONS) == {"then", "now", "learned", "thanks"}
