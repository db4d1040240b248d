"""What becomes of rows when their writer is gone for good."""

from datetime import timedelta

from conftest import plan_meeting

from companion.db import at, now
from companion.meetings.models import Recap
from companion.pairs.models import Pair
from companion.pairs.rows import forget_retired
from companion.people.models import Person
from companion.reflections.models import Reflection


def test_after_ninety_days_private_rows_go_and_shared_ones_stay_with_the_partner(room, anne, birgitte):
    mine, hers = room
    meeting = plan_meeting(mine)
    Reflection.save_text(mine, meeting, "what", "Only mine.", rev=0, page="")
    Recap.save_text(meeting, "since", "Ours.", rev=0, page="")
    anne.start_anew(passphrase="en ny sætning ved den gamle havn")
    with at(now() + timedelta(days=89)):
        forget_retired()
    assert Reflection.select().count() == 1
    with at(now() + timedelta(days=91)):
        forget_retired()
    assert Reflection.select().count() == 0
    assert Person.get_or_none(id=anne.id) is None
    again = Pair.opened_by(birgitte, hers.id)
    assert again.partner is None
    assert [row.text for row in Recap.of(again)] == ["Ours."]


def test_a_room_both_have_left_goes_with_them(room, anne, birgitte):
    plan_meeting(room[0])
    anne.start_anew(passphrase="en ny sætning ved den gamle havn")
    birgitte.start_anew(passphrase="en anden sætning om stjerner")
    with at(now() + timedelta(days=91)):
        forget_retired()
    assert Pair.select().count() == 0


def test_a_row_that_holds_more_than_is_known_here_opens_without_it(room, meeting, monkeypatch):
    """As after going back to an earlier version: what the later one wrote is read as far as it is known."""
    with monkeypatch.context() as later:
        later.setattr(Recap, "sealed", Recap.sealed | {"mood": ""})
        Recap._inside.__func__.cache_clear()
        row = Recap.add(meeting.opener, meeting=meeting.id, step="since", text="We met.", mood="A word of tomorrow.")
    Recap._inside.__func__.cache_clear()
    assert row.mood == "A word of tomorrow."
    found = Recap.on(meeting)["since"]
    assert (found.text, found.readable, hasattr(found, "mood")) == ("We met.", True, False)
