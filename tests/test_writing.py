"""A field that saves itself: with JavaScript and without, for one writer on two pages and for two writers."""

import re

import pytest
from acting import at_once, form_in
from conftest import plan_meeting
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import Conflict
from companion.meetings.models import Meeting, Recap
from companion.reflections.models import Reflection
from companion.writing import marked

FRAGMENT, PAGE = True, False
BOTH_WAYS = pytest.mark.parametrize("htmx", [FRAGMENT, PAGE], ids=["htmx", "plain"])


@pytest.fixture
def hour(room):
    """A meeting going on, as Anne sees it, whose recap both write."""
    meeting = plan_meeting(room[0], days=-1)
    meeting.begin()
    return meeting


@pytest.fixture
def path(hour):
    return f"/pairs/{hour.pair_id}/meetings/{hour.id}"


def recap(hour):
    row = Recap.on(hour).get("since")
    return row.text if row else None


def field(client, path):
    """The recap's form as it stands on a page opened now."""
    return form_in(client.get(path).text, f"{path}/recap/since")


def says(form, text):
    form.fields["text"] = text
    return form.fields


# One writer.


@BOTH_WAYS
def test_what_is_typed_is_saved(hour, path, anne, browse, htmx):
    client = browse(anne)
    form = field(client, path)
    answer = client.post(form.action, says(form, "It begins in the shoulders."), htmx=htmx)
    assert recap(hour) == "It begins in the shoulders."
    if htmx:
        assert answer.status_code == 200
        assert "<html" not in answer.text
        assert form_in(f"<form action='x'>{answer.text}</form>", "x").fields == {"rev": "1"}
        assert "HX-Retarget" not in answer.headers
        assert answer.text.strip() in client.get(path).text
    else:
        assert (answer.status_code, answer.location) == (303, path)


@BOTH_WAYS
def test_the_next_save_goes_on_from_the_last(hour, path, anne, browse, htmx):
    client = browse(anne)
    form = field(client, path)
    for rev, words in enumerate(("It", "It begins", "It begins in", ""), start=1):
        client.post(form.action, says(form, words), htmx=htmx)
        assert recap(hour) == words
        assert field(client, path).fields["rev"] == str(rev)
        form.fields["rev"] = str(rev)


@BOTH_WAYS
def test_a_lost_answer_is_no_conflict_with_oneself(hour, path, anne, browse, htmx):
    client = browse(anne)
    form = field(client, path)
    for words in ("It", "It begins", "It begins in the shoulders."):
        # The page never learns of the new number: each answer is lost on its way.
        assert form.fields["rev"] == "0"
        answer = client.post(form.action, says(form, words), htmx=htmx)
        assert answer.status_code == (200 if htmx else 303)
    assert recap(hour) == "It begins in the shoulders."


@BOTH_WAYS
def test_the_same_words_from_another_page_are_no_conflict(hour, path, anne, birgitte, browse, htmx):
    pages = [(browse(person), field(browse(person), path)) for person in (anne, birgitte)]
    for client, form in pages:
        answer = client.post(form.action, says(form, "The same."), htmx=htmx)
        assert answer.status_code == (200 if htmx else 303)
    assert Recap.on(hour)["since"].rev == 1


@BOTH_WAYS
def test_two_pages_of_one_writer_meet(hour, path, anne, browse, htmx):
    client = browse(anne)
    one, other = field(client, path), field(client, path)
    assert one.fields["page"] != other.fields["page"]
    client.post(one.action, says(one, "From the one page."), htmx=htmx)
    answer = client.post(other.action, says(other, "From the other page."), htmx=htmx)
    assert answer.status_code == 409
    assert recap(hour) == "From the one page."


@BOTH_WAYS
def test_a_page_that_lost_an_answer_still_meets_the_other_writer(hour, path, anne, birgitte, browse, htmx):
    mine, hers = browse(anne), browse(birgitte)
    form = field(mine, path)
    mine.post(form.action, says(form, "Mine."), htmx=htmx)
    between = field(hers, path)
    hers.post(between.action, says(between, "Hers."), htmx=htmx)
    answer = mine.post(form.action, says(form, "Mine, longer."), htmx=htmx)
    assert answer.status_code == 409
    assert recap(hour) == "Hers."


def test_the_mark_of_one_writer_does_not_open_for_another(hour, room):
    Recap.save_text(hour, "since", "Mine.", rev=0, page="the mark")
    with pytest.raises(Conflict):
        Recap.save_text(Meeting.find(room[1], hour.id), "since", "Hers.", rev=0, page="the mark")
    Recap.save_text(hour, "since", "Mine.", rev=1, page="")
    with pytest.raises(Conflict):
        Recap.save_text(hour, "since", "Mine again.", rev=0, page="")


def test_what_was_overtaken_on_its_way_does_not_come_back(hour):
    for sent, words, stands in (
        (2, "Newer.", "Newer."),
        (1, "Older.", "Newer."),
        (2, "The same one anew.", "The same one anew."),
        (10, "The newest.", "The newest."),
        (9, "Older again.", "The newest."),
    ):
        Recap.save_text(hour, "since", words, rev=0, page=f"the mark.{sent}")
        assert recap(hour) == stands
    # Another page counts for itself.
    Recap.save_text(hour, "since", "From another page.", rev=3, page="another mark.1")
    assert recap(hour) == "From another page."


@BOTH_WAYS
@pytest.mark.parametrize("sent", ["", ".", ".x", ".²", ".-1", ".1.2", "." + "9" * 5000])
def test_a_nonsense_count_counts_as_none(hour, path, anne, browse, sent, htmx):
    for words in ("One.", "Two."):
        form = {"text": words, "rev": "0", "page": f"the mark{sent}"}
        assert browse(anne).post(f"{path}/recap/since", form, htmx=htmx).status_code == (200 if htmx else 303)
        assert recap(hour) == words


@pytest.mark.parametrize("rev", ["", "x", "-1", "²", "9" * 30, "1.0"])
def test_a_nonsense_number_is_an_old_page(hour, path, anne, birgitte, browse, rev):
    Recap.save_text(hour, "since", "Mine.", rev=0, page="")
    answer = browse(birgitte).post(f"{path}/recap/since", {"text": "Hers.", "rev": rev, "page": "x"})
    assert answer.status_code == 409
    assert recap(hour) == "Mine."


# Two writers.


@pytest.fixture
def met(hour, path, anne, birgitte, browse):
    """meet(htmx) is what Anne is answered when Birgitte saved while she was typing: (client, form, answer)."""

    def meet(htmx, mine="It begins in the shoulders.", hers="It begins in the neck."):
        client, other = browse(anne), browse(birgitte)
        form, theirs = field(client, path), field(other, path)
        other.post(theirs.action, says(theirs, hers))
        return client, form, client.post(form.action, says(form, mine), htmx=htmx)

    return meet


def choose(met_answer, form, htmx):
    """What a browser sends with each of the three buttons of a conflict, less the button itself."""
    if not htmx:
        return form_in(met_answer.text, form.action).fields
    inside = form_in(f"<form action='x'>{met_answer.text}</form>", "x").fields
    return form.fields | inside


@BOTH_WAYS
def test_a_conflict_shows_both_texts_and_says_who(hour, met, htmx):
    _client, form, answer = met(htmx)
    assert answer.status_code == 409
    assert ("<html" in answer.text) == (not htmx)
    said = " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
    for words in ("It begins in the shoulders.", "It begins in the neck.", "Birgitte Lund"):
        assert words in said
    assert re.findall(r"<mark>(.*?)</mark>", answer.text) == ["shoulders.", "neck."]
    form = form_in(answer.text if not htmx else f"<form action='{form.action}'>{answer.text}</form>", form.action)
    assert {value for name, value in form.buttons if name == "keep"} == {"mine", "theirs", "both"}
    assert recap(hour) == "It begins in the neck."


@BOTH_WAYS
def test_keeping_mine(hour, met, path, htmx):
    client, form, answer = met(htmx)
    kept = client.post(form.action, choose(answer, form, htmx) | {"keep": "mine"}, htmx=htmx)
    assert recap(hour) == "It begins in the shoulders."
    if htmx:
        assert "HX-Retarget" not in kept.headers
        assert form_in(f"<form action='x'>{kept.text}</form>", "x").fields == {"rev": "2"}
    else:
        assert (kept.status_code, kept.location) == (303, path)


@BOTH_WAYS
def test_keeping_theirs(hour, met, path, htmx):
    client, form, answer = met(htmx)
    kept = client.post(form.action, choose(answer, form, htmx) | {"keep": "theirs"}, htmx=htmx)
    assert recap(hour) == "It begins in the neck."
    assert Recap.on(hour)["since"].rev == 1
    if htmx:
        assert (kept.headers["HX-Retarget"], kept.headers["HX-Reswap"]) == ("closest .field", "outerHTML")
        inside = form_in(f"<form action='x'>{kept.text}</form>", "x").fields
        assert (inside["text"], inside["rev"]) == ("It begins in the neck.", "1")
    else:
        assert (kept.status_code, kept.location) == (303, path)


@BOTH_WAYS
def test_writing_them_together(hour, met, path, htmx):
    client, form, answer = met(htmx)
    sent = choose(answer, form, htmx)
    assert sent["both"].split("\n\n") == ["It begins in the shoulders.", "It begins in the neck."]
    sent |= {"keep": "both", "both": "It begins in shoulders and neck."}
    kept = client.post(form.action, sent, htmx=htmx)
    assert recap(hour) == "It begins in shoulders and neck."
    if htmx:
        assert kept.headers["HX-Retarget"] == "closest .field"
        inside = form_in(f"<form action='x'>{kept.text}</form>", "x").fields
        assert (inside["text"], inside["rev"]) == ("It begins in shoulders and neck.", "2")
    else:
        assert (kept.status_code, kept.location) == (303, path)


@BOTH_WAYS
@pytest.mark.parametrize("keep", ["mine", "both"])
def test_a_choice_meets_what_was_saved_while_choosing(hour, room, met, htmx, keep):
    client, form, answer = met(htmx)
    Recap.save_text(Meeting.find(room[1], hour.id), "since", "In the neck, mostly.", rev=1, page="")
    again = client.post(form.action, choose(answer, form, htmx) | {"keep": keep}, htmx=htmx)
    assert again.status_code == 409
    assert recap(hour) == "In the neck, mostly."
    assert "It begins in the shoulders." in choose(again, form, htmx)["both"]
    assert "mostly." in choose(again, form, htmx)["both"]
    client.post(form.action, choose(again, form, htmx) | {"keep": "mine"}, htmx=htmx)
    assert recap(hour).startswith("It begins in the shoulders.")


@BOTH_WAYS
def test_together_can_be_too_long_and_is_kept(hour, met, htmx):
    client, form, answer = met(htmx)
    sent = choose(answer, form, htmx) | {"keep": "both", "both": "x" * 10_001}
    refused = client.post(form.action, sent, htmx=htmx)
    assert refused.status_code == 422
    assert htmx or form_in(refused.text, form.action).fields["text"] == "x" * 10_001
    assert recap(hour) == "It begins in the neck."


def test_a_text_refused_on_a_page_of_its_own_can_be_shortened_and_saved(hour, met):
    client, form, answer = met(PAGE)
    sent = choose(answer, form, PAGE) | {"keep": "both", "both": "x" * 10_001}
    refused = form_in(client.post(form.action, sent).text, form.action)
    last = client.post(form.action, refused.fields | {"text": "Short."})
    assert last.status_code == 303
    assert recap(hour) == "Short."


@pytest.mark.parametrize(
    "words", ["\nA line below", "Two\n\nparagraphs\n", " spaces before", "<b>&amp; æøå 🦊</b>", "</textarea>"]
)
def test_a_conflict_without_javascript_gives_back_exactly_what_was_typed(hour, met, words):
    client, form, answer = met(PAGE, mine=words)
    assert choose(answer, form, PAGE)["text"] == words
    client.post(form.action, choose(answer, form, PAGE) | {"keep": "mine"})
    assert recap(hour) == words


def test_a_conflict_on_the_question_keeps_the_style(room, meeting, anne, browse):
    path = f"/pairs/{room[0].id}/meetings/{meeting.id}/preparation"
    client = browse(anne)
    one, other = (form_in(client.get(f"{path}?step=question").text, f"{path}/question") for _ in range(2))
    client.post(one.action, one.fields | {"text": "One?", "style": "2"})
    answer = client.post(other.action, other.fields | {"text": "Two?", "style": "5"})
    assert answer.status_code == 409
    kept = form_in(answer.text, f"{path}/question").fields | {"keep": "mine"}
    assert client.post(other.action, kept).status_code == 303
    row = Reflection.on(room[0], meeting)["question"]
    assert (row.text, row.style) == ("Two?", 5)


def test_two_who_save_in_the_same_moment_meet(room, anne, birgitte, browse):
    for _ in range(3):
        meeting = plan_meeting(room[0], days=-1)
        meeting.begin()
        path = f"/pairs/{meeting.pair_id}/meetings/{meeting.id}"
        clients = [browse(person) for person in (anne, birgitte)]
        forms = [field(client, path) for client in clients]
        answers = at_once(
            *[
                lambda c=client, f=form, words=words: c.post(f.action, says(f, words)).status_code
                for client, form, words in zip(clients, forms, ("mine", "hers"), strict=True)
            ]
        )
        assert sorted(answers) == [303, 409]
        assert recap(meeting) == ("mine", "hers")[answers.index(303)]


def test_every_field_of_a_page_has_a_name_of_its_own(hour, path, anne, browse):
    ids = re.findall(r'\bid="([^"]+)"', browse(anne).get(path).text)
    assert len(ids) == len(set(ids))


# What differs.


@given(st.text(alphabet="ab \n", max_size=30), st.text(alphabet="ab \n", max_size=30))
def test_no_word_of_either_text_is_lost_or_moved(mine, theirs):
    for text, parts in zip((mine, theirs), marked(mine, theirs), strict=True):
        assert " ".join(words for words, _differs in parts).split() == text.split()


@given(st.lists(st.sampled_from("abcd"), max_size=8), st.lists(st.sampled_from("abcd"), max_size=8))
def test_what_is_not_underlined_is_the_same_in_both(mine, theirs):
    same = [
        [word for words, differs in parts if not differs for word in words.split()]
        for parts in marked(" ".join(mine), " ".join(theirs))
    ]
    assert same[0] == same[1]
    if mine == theirs:
        assert same[0] == mine


def test_very_long_texts_are_shown_whole():
    mine, theirs = "a " * 2000, "b " * 2000
    assert marked(mine, theirs) == ([(mine, False)], [(theirs, False)])


@pytest.mark.parametrize(("mine", "theirs"), [("a " * 990, "a b " * 490), ("a b " * 490, "a c " * 490)])
def test_so_are_shorter_ones_in_which_the_same_words_come_again_and_again(mine, theirs):
    assert marked(mine, theirs) == ([(mine, False)], [(theirs, False)])


def test_two_pages_of_ordinary_words_are_still_compared():
    # Of ten thousand letters of prose, every twelfth word is the commonest one.
    mine = " ".join("og" if n % 12 == 0 else f"ord{n % 400}" for n in range(900))
    here, there = marked(mine, mine.replace("ord7 ", "andet "))
    assert [words for words, differs in here if differs] == ["ord7"] * 3
    assert [words for words, differs in there if differs] == ["andet"] * 3
