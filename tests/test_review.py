"""To the annual review: nothing is picked for the mentee, and the mentor's words go in with their yes alone."""

import re

import pytest
from acting import at_once, form_in
from conftest import make_pair, plan_meeting
from papers import Paper

from companion import text
from companion.actions.models import Action
from companion.errors import Conflict, Invalid, Missing, NotYours
from companion.reflections.models import Insight
from companion.review.models import ITEMS_AT_MOST, LONGEST, ReviewItem, ReviewRequest
from companion.review.sources import everything

HERS = "What is urgent is seldom **mine**."
THEIRS = "I kept quiet for five seconds."


@pytest.fixture
def path(room):
    return f"/pairs/{room[0].id}/review"


@pytest.fixture
def words(room, meeting):
    """{name: key} of what can be picked: Anne's private and shared insight, Birgitte's shared one, a plan."""
    mine, hers = room
    theirs = type(meeting).find(hers, meeting.id)
    plan = Action.plan(mine, {"cue": "I am asked.", "act": "I wait."})
    plan.complete("done", "It held twice.")
    return {
        "private": f"insight:{Insight.note(meeting, 'Only to me.', shared=False).id}",
        "shared": f"insight:{Insight.note(meeting, HERS, shared=True).id}",
        "mentors": f"insight:{Insight.note(theirs, THEIRS, shared=True).id}",
        "hidden": f"insight:{Insight.note(theirs, 'Only to the mentor.', shared=False).id}",
        "plan": f"plan:{plan.id}",
    }


@pytest.fixture
def asked(room, words):
    """Birgitte's words on Anne's paper, asked for; as Anne sees the item."""
    ReviewItem.pick(room[0], {words["mentors"]})
    (item,) = ReviewItem.mine(room[0])
    item.ask()
    return again(item)


def again(item):
    return ReviewItem.find_mine(item.opener, item.id)


def request_of(room):
    (request,) = ReviewRequest.asked(room[1])
    return request


# Picking.


def test_nothing_is_picked_for_the_mentee(room, words, anne, path, browse):
    assert ReviewItem.mine(room[0]) == []
    page = browse(anne).get(f"{path}/").text
    assert "checked" not in page
    assert Paper(browse(anne).get(f"{path}/pdf").data).text.count("urgent") == 0


def test_what_can_be_picked_is_what_the_mentee_may_read(room, words):
    found = {one.key: one.text for kind in everything(room[0]).values() for one in kind}
    assert found.keys() == {words[name] for name in ("private", "shared", "mentors", "plan")}
    assert found[words["shared"]] == "What is urgent is seldom mine."
    assert found[words["plan"]] == "If I am asked, then I wait.\n\nIt held twice."


def test_what_can_be_picked_is_read_as_it_was_rendered_when_it_was_written(room, words, monkeypatch):
    rendered = []
    monkeypatch.setattr(text, "render", rendered.append)
    assert len(everything(room[0])["insight"]) == 3
    assert rendered == []


def test_the_agreements_aim_can_be_picked(agreed, room):
    assert [one.text for one in everything(room[0])["aim"]] == ["To say no in time."]


def test_a_note_without_its_marks_reads_as_it_was_shown():
    shown = text.render("One *two*\nthree\n\n- four\n- five\n\n# six\n\n<b>x</b> & “y”")
    assert text.plain(shown) == ("One two\nthree\n\n– four\n– five\n\nsix\n\n<b>x</b> & “y”")


def test_picked_words_are_the_mentees_to_change_and_the_source_stays(room, words, anne, path, browse):
    browser = browse(anne)
    assert browser.post(f"{path}/items", {"source": [words["shared"], words["plan"]]}).status_code == 303
    first, second = ReviewItem.mine(room[0])
    assert (first.part, second.part) == ("insight", "plan")
    form = form_in(browser.get(f"{path}/items/{first.id}").text, f"{path}/items/{first.id}")
    assert form.fields["text"] == "What is urgent is seldom mine."
    browser.post(f"{path}/items/{first.id}", form.fields | {"text": "Mine has no deadline."})
    assert ReviewItem.mine(room[0])[0].text == "Mine has no deadline."
    assert HERS in [insight.text for insight in Insight.of(room[0])]


def test_what_is_picked_already_is_not_picked_again(room, words):
    ReviewItem.pick(room[0], {words["shared"]})
    with pytest.raises(Invalid):
        ReviewItem.pick(room[0], {words["shared"]})
    ReviewItem.pick(room[0], {words["shared"], words["plan"]})
    assert len(ReviewItem.mine(room[0])) == 2


def test_a_choice_that_is_refused_says_which_words_are_too_many_and_keeps_the_choice(
    room, meeting, words, anne, path, browse
):
    long = f"insight:{Insight.note(meeting, 'Much to say. ' * 400, shared=False).id}"
    answer = browse(anne).post(f"{path}/items", {"source": [words["private"], long]})
    assert answer.status_code == 422
    assert "“Much to say. Much to say. Much to say. M …” is longer than 4000 characters" in answer.text
    assert re.findall(r'value="([^"]+)" checked', answer.text) == [words["private"], long]
    assert ReviewItem.mine(room[0]) == []


@pytest.mark.parametrize("keys", [set(), {"insight:x"}, {"nothing"}, {"hidden"}])
def test_picking_nothing_or_what_is_not_there_is_refused(room, words, keys):
    with pytest.raises(Invalid):
        ReviewItem.pick(room[0], {words.get(key, key) for key in keys})
    assert ReviewItem.mine(room[0]) == []


def test_own_words_are_added_and_refused_ones_kept(room, anne, path, browse):
    browser = browse(anne)
    for typed in ("   ", "x" * (LONGEST + 1)):
        answer = browser.post(f"{path}/words", {"text": typed})
        assert answer.status_code == 422
        assert 'id="text-error"' in answer.text
        assert form_in(answer.text, f"{path}/words").fields["text"] == typed
    assert browser.post(f"{path}/words", {"text": "A course in saying no."}).status_code == 303
    assert [(item.part, item.state) for item in ReviewItem.mine(room[0])] == [("own", "in")]


def test_a_paper_holds_so_much_and_no_more(room, path, anne, browse):
    for n in range(ITEMS_AT_MOST):
        ReviewItem.write_own(room[0], f"Piece {n}")
    assert browse(anne).post(f"{path}/words", {"text": "One more"}).status_code == 422
    assert len(ReviewItem.mine(room[0])) == ITEMS_AT_MOST


def test_a_refused_or_overtaken_rewording_keeps_what_was_typed(room, anne, path, browse):
    item, browser = ReviewItem.write_own(room[0], "First."), browse(anne)
    here = f"{path}/items/{item.id}"
    answer = browser.post(here, {"text": " ", "rev": "1"})
    assert (answer.status_code, again(item).text) == (422, "First.")
    browser.post(here, {"text": "Second.", "rev": "1"})
    answer = browser.post(here, {"text": "Third.", "rev": "1"})
    assert answer.status_code == 409
    assert "Second." in answer.text
    assert form_in(answer.text, here).fields == {"rev": "2", "text": "Third."}
    with pytest.raises(Conflict):
        again(item).reword("Fourth.", rev=1)


# Order.


@pytest.mark.parametrize(
    ("moves", "order"),
    [([], "abc"), ([(0, "down")], "bac"), ([(2, "up")], "acb"), ([(0, "up")], "abc"), ([(2, "down")], "abc"),
     ([(0, "down"), (1, "down")], "bca")],
)  # fmt: skip
def test_the_order_is_the_mentees(room, moves, order):
    for letter in "abc":
        ReviewItem.write_own(room[0], letter)
    for place, way in moves:
        ReviewItem.mine(room[0])[place].move(way)
    assert "".join(item.text for item in ReviewItem.mine(room[0])) == order


def test_no_other_way_is_known_and_moving_what_was_removed_is_nothing(room):
    item = ReviewItem.write_own(room[0], "a")
    with pytest.raises(Invalid):
        item.move("sideways")
    item.remove()
    with pytest.raises(Missing):
        item.move("up")


def test_what_is_left_out_is_gone_and_can_be_picked_again(room, words, anne, path, browse):
    ReviewItem.pick(room[0], {words["shared"]})
    (item,) = ReviewItem.mine(room[0])
    assert browse(anne).post(f"{path}/items/{item.id}/removal").status_code == 303
    assert ReviewItem.mine(room[0]) == []
    ReviewItem.pick(room[0], {words["shared"]})


# The mentor's words.


def test_the_mentors_words_are_not_in_before_their_yes(room, words, anne, path, browse):
    ReviewItem.pick(room[0], {words["mentors"], words["shared"]})
    assert {item.state for item in ReviewItem.mine(room[0])} == {"in", "to_ask"}
    for _ in range(2):
        paper = Paper(browse(anne).get(f"{path}/pdf").data)
        assert THEIRS not in paper.text
        assert "seldom mine" in paper.text
        next(item for item in ReviewItem.mine(room[0]) if item.mentors).ask()
    assert {item.state for item in ReviewItem.mine(room[0])} == {"in", "asked"}


def test_with_a_yes_they_go_in_under_the_mentors_name(room, asked, anne, birgitte, path, browse):
    answer = browse(birgitte).post(f"{path}/requests/{request_of(room).id}/answer", {"answer": "yes"})
    assert answer.status_code == 303
    assert again(asked).state == "in"
    text = Paper(browse(anne).get(f"{path}/pdf").data).text
    assert f"{THEIRS} Birgitte Lund" in text


def test_the_mentor_sees_what_is_asked_in_the_room_and_exactly_what_it_says(room, asked, birgitte, path, browse):
    browser = browse(birgitte)
    assert f"{path}/requests" in browser.get(f"/pairs/{room[0].id}").text
    assert THEIRS in browser.get(f"{path}/requests").text
    request_of(room).answer("no")
    assert "asks to take" not in browser.get(f"/pairs/{room[0].id}").text


def test_with_a_no_they_stay_out_and_the_same_words_are_not_asked_for_again(room, asked, anne, path, browse):
    request_of(room).answer("no")
    assert again(asked).state == "refused"
    with pytest.raises(Invalid):
        again(asked).ask()
    assert browse(anne).post(f"{path}/items/{asked.id}/request").status_code == 422
    assert THEIRS not in Paper(browse(anne).get(f"{path}/pdf").data).text


def test_a_yes_counts_for_these_very_words_only(room, asked, anne, path, browse):
    request_of(room).answer("yes")
    again(asked).reword("I said nothing for five seconds.", rev=1)
    assert again(asked).state == "to_ask"
    assert "five seconds" not in Paper(browse(anne).get(f"{path}/pdf").data).text
    again(asked).ask()
    assert again(asked).state == "asked"
    assert request_of(room).text == "I said nothing for five seconds."


def test_a_yes_to_words_that_were_changed_meanwhile_is_to_nothing(room, asked, birgitte, path, browse):
    old = request_of(room)
    again(asked).reword("Other words.", rev=1)
    again(asked).ask()
    assert browse(birgitte).post(f"{path}/requests/{old.id}/answer", {"answer": "yes"}).status_code == 404
    assert again(asked).state == "asked"


def test_the_mentor_may_say_otherwise_later(room, asked):
    for said, state in (("yes", "in"), ("no", "refused"), ("yes", "in")):
        request_of(room).answer(said)
        assert again(asked).state == state


def test_asking_twice_is_asking_once(room, asked):
    before = request_of(room).id
    again(asked).ask()
    assert request_of(room).id == before
    assert [type(one).__name__ for one in at_once(again(asked).ask, again(asked).ask)] == ["NoneType"] * 2


def test_leaving_them_out_takes_the_question_back(room, asked):
    again(asked).remove()
    assert ReviewRequest.asked(room[1]) == []


def test_own_words_need_nobodys_yes(room):
    with pytest.raises(Invalid):
        ReviewItem.write_own(room[0], "Mine.").ask()


@pytest.mark.parametrize("said", ["", "perhaps"])
def test_an_answer_is_yes_or_no(room, asked, birgitte, path, browse, said):
    answer = browse(birgitte).post(f"{path}/requests/{request_of(room).id}/answer", {"answer": said})
    assert answer.status_code == 422
    assert again(asked).state == "asked"


def test_the_mentee_does_not_answer_for_the_mentor(room, asked, anne, path, browse):
    mine = ReviewRequest.find(room[0], request_of(room).id)
    with pytest.raises(NotYours):
        mine.answer("yes")
    assert browse(anne).post(f"{path}/requests/{mine.id}/answer", {"answer": "yes"}).status_code == 403
    assert again(asked).state == "asked"


# Who sees it.


def test_the_paper_is_nobodys_but_the_mentees(room, asked, birgitte, path, browse):
    hers = room[1]
    assert not ReviewItem.of(hers).exists()
    with pytest.raises(Missing):
        ReviewItem.find(hers, asked.id)
    for page in ("/", "/preview", "/pdf", f"/items/{asked.id}"):
        assert browse(birgitte).get(path + page).status_code == 403
    for verb in ("items", "words", f"items/{asked.id}", f"items/{asked.id}/removal", f"items/{asked.id}/position"):
        assert browse(birgitte).post(f"{path}/{verb}", {"text": "x", "way": "up"}).status_code == 403
    for verb in (ReviewItem.mine, lambda pair: ReviewItem.pick(pair, {"x"}), lambda p: ReviewItem.write_own(p, "x")):
        with pytest.raises(NotYours):
            verb(hers)


def test_strangers_find_nothing(room, asked, christian, dorte, path, browse):
    theirs = make_pair(christian, dorte)[0]
    plan_meeting(theirs)
    for page in ("/", "/preview", "/pdf", "/requests", f"/items/{asked.id}"):
        assert browse(christian).get(path + page).status_code == 404
    for verb in (f"items/{asked.id}/removal", f"requests/{request_of(room).id}/answer"):
        assert browse(dorte).post(f"{path}/{verb}", {"answer": "yes"}).status_code == 404
        own = f"/pairs/{theirs.id}/review/{verb}"
        assert [browse(one).post(own, {"answer": "yes"}).status_code for one in (christian, dorte)].count(404) == 1


# On paper.


@pytest.mark.parametrize(
    ("language", "title", "heading"),
    [("en", "To my annual review", "What I have learned"), ("da", "Til min MUS", "Det har jeg lært")],
)
def test_the_paper_says_what_the_preview_says_in_either_language(
    room, words, anne, path, browse, language, title, heading
):
    ReviewItem.pick(room[0], {words["shared"], words["plan"], words["private"]})
    ReviewItem.write_own(room[0], "A course.\nOr two.")
    answer = browse(anne).get(f"{path}/pdf?language={language}")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/pdf", "no-store")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="review.pdf"'
    paper, preview = Paper(answer.data), browse(anne).get(f"{path}/preview?language={language}").text
    for said in (heading, "Anne Holm", "What is urgent is seldom mine.", "Only to me.", "It held twice.", "A course."):
        assert said in paper.text, said
        assert said in preview, said
    assert title in paper.text
    assert "Birgitte" not in paper.text
    assert (paper.language, paper.sizes, paper.is_accessible) == (language, {(210, 297)}, True)
    assert paper.said_of_itself["/Title"] == title


def test_hostile_words_stay_words(room, anne, path, browse):
    hostile = '#read("/etc/passwd") $x$ *a* <b> #import "x" <script>alert(1)</script>'
    ReviewItem.write_own(room[0], hostile)
    assert hostile in Paper(browse(anne).get(f"{path}/pdf").data).text
    assert "<script>alert" not in browse(anne).get(f"{path}/preview").text


def test_a_piece_that_cannot_be_opened_is_said_so_and_stays_out(room, anne, path, browse):
    item = ReviewItem.write_own(room[0], "Gone.")
    ReviewItem.write_own(room[0], "Here.")
    ReviewItem.update(blob=b"x" * 60).where(ReviewItem.id == item.id).execute()
    assert "This text cannot be opened." in browse(anne).get(f"{path}/").text
    assert browse(anne).get(f"{path}/preview").status_code == 200
    assert "Here." in Paper(browse(anne).get(f"{path}/pdf").data).text
    assert browse(anne).post(f"{path}/items/{item.id}", {"text": "x", "rev": "1"}).status_code == 409


def test_the_preview_says_that_a_sign_without_letters_becomes_a_box(room, anne, path, browse):
    warning = "no letters for one of your signs"
    ReviewItem.write_own(room[0], "»Ærø« – 10 € → Łódź …")
    assert warning not in browse(anne).get(f"{path}/preview").text
    ReviewItem.write_own(room[0], "I have learned to wait \N{SLIGHTLY SMILING FACE}")
    assert warning in browse(anne).get(f"{path}/preview").text
    assert "I have learned to wait" in Paper(browse(anne).get(f"{path}/pdf").data).text
