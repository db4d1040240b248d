"""What the mentee stands on: named by the mentee alone, offered by the mentor, declined without a word."""

import re

import pytest
from acting import at_once, form_in

from companion.errors import Conflict, Invalid, Missing, NotYours
from companion.strengths.models import Strength, StrengthOffer

WHOLE = {"strength": "Hearing what a meeting is about", "moment": "I asked what they were afraid to lose."}


@pytest.fixture
def strength(room):
    """A strength of Anne's."""
    return Strength.name_one(room[0], WHOLE)


@pytest.fixture
def offer(room):
    """What Birgitte has seen, as Anne reads it."""
    made = StrengthOffer.make(room[1], "You said it back to me, only clearer.")
    return StrengthOffer.find(room[0], made.id)


@pytest.fixture
def path(room):
    return f"/pairs/{room[0].id}/strengths"


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("<main")[-1].split("</main>")[0]).split())


# Naming.


def test_a_strength_is_named_by_the_mentee_on_the_page_and_read_by_both(path, anne, birgitte, browse):
    form = form_in(browse(anne).get(f"{path}/new").text, f"{path}/")
    answer = browse(anne).post(form.action, form.fields | WHOLE)
    assert (answer.status_code, answer.location) == (303, f"{path}/")
    for person in (anne, birgitte):
        shown = words(browse(person).get(f"{path}/").text)
        assert WHOLE["strength"] in shown
        assert WHOLE["moment"] in shown


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"strength": " "}, "strength"),
        ({"moment": ""}, "moment"),
        ({"strength": "x" * 201}, "strength"),
        ({"moment": "x" * 1001}, "moment"),
    ],
)
@pytest.mark.parametrize("reworded", [True, False])
def test_a_refused_strength_says_where_and_keeps_everything_typed(strength, path, anne, browse, typed, field, reworded):
    action = f"{path}/{strength.id}" if reworded else f"{path}/"
    given = {"strength": "Other words", "moment": "Another moment"} | typed
    answer = browse(anne).post(action, given | {"rev": "1"})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    kept = form_in(answer.text, action).fields
    assert {name: kept[name] for name in given} == given
    assert [(row.name, row.rev) for row in Strength.of(strength.opener)] == [(WHOLE["strength"], 1)]


def test_only_the_mentee_names_rewords_and_puts_aside(strength, room, path, birgitte, browse):
    theirs = Strength.find(room[1], strength.id)
    for verb in (
        lambda: Strength.name_one(room[1], WHOLE),
        lambda: theirs.reword(WHOLE, rev=1),
        theirs.put_aside,
        theirs.take_up,
    ):
        with pytest.raises(NotYours):
            verb()
    client, here = browse(birgitte), f"{path}/{strength.id}"
    assert [client.get(f"{path}/new").status_code, client.get(here).status_code] == [403, 403]
    for place in (f"{path}/", here, f"{here}/putting-aside", f"{here}/taking-up"):
        assert client.post(place, WHOLE | {"rev": "1"}).status_code == 403
    assert Strength.find(room[0], strength.id).rev == 1
    assert here not in client.get(f"{path}/").text


def test_other_words_for_a_strength_and_two_windows_at_once(strength, path, anne, browse):
    client = browse(anne)
    form = form_in(client.get(f"{path}/{strength.id}").text, f"{path}/{strength.id}")
    assert client.post(form.action, form.fields | {"strength": "First"}).status_code == 303
    answer = client.post(form.action, form.fields | {"strength": "Second"})
    assert answer.status_code == 409
    assert "First" in words(answer.text)
    assert form_in(answer.text, form.action).fields["strength"] == "Second"
    with pytest.raises(Conflict):
        strength.reword(WHOLE, rev=1)


def test_what_is_put_aside_is_kept_and_can_be_taken_up_again(strength, path, anne, birgitte, browse):
    client = browse(anne)
    for _ in range(2):
        assert client.post(f"{path}/{strength.id}/putting-aside").status_code == 303
    assert Strength.named(strength.opener) == []
    for person in (anne, birgitte):
        assert "One put aside" in words(browse(person).get(f"{path}/").text)
    for _ in range(2):
        client.post(f"{path}/{strength.id}/taking-up")
    assert [row.id for row in Strength.named(strength.opener)] == [strength.id]


# Offers.


def test_an_offer_is_taken_in_in_the_mentees_own_words(offer, room, path, anne, birgitte, browse):
    client = browse(anne)
    page = client.get(f"{path}/").text
    link = re.search(r'href="([^"]+offer=[^"]+)"', page)[1].replace("&amp;", "&")
    form = form_in(client.get(link).text, f"{path}/")
    assert offer.text in client.get(link).text
    assert form.fields["strength"] == ""
    client.post(form.action, form.fields | WHOLE)
    (strength,) = Strength.named(room[0])
    assert strength.was_offered
    assert StrengthOffer.waiting(room[0]) == []
    assert offer.text not in words(client.get(f"{path}/").text)
    assert "taken in, in Anne Holm’s own words" in words(browse(birgitte).get(f"{path}/").text)


def test_declining_is_quiet(offer, room, path, anne, birgitte, browse):
    before = words(browse(birgitte).get(f"{path}/").text)
    for _ in range(2):
        assert browse(anne).post(f"{path}/offers/{offer.id}/declining").status_code == 303
    assert StrengthOffer.waiting(room[0]) == []
    assert offer.text not in browse(anne).get(f"{path}/").text
    assert words(browse(birgitte).get(f"{path}/").text) == before


def test_an_answered_offer_is_not_answered_again(offer, room, path, anne, browse):
    offer.decline()
    given = WHOLE | {"offer": str(offer.id)}
    answer = browse(anne).post(f"{path}/", given)
    assert answer.status_code == 422
    kept = form_in(answer.text, f"{path}/").fields
    # It can still be named, as found by oneself.
    assert (kept["strength"], "offer" in kept) == (WHOLE["strength"], False)
    assert Strength.named(room[0]) == []


def test_taken_in_twice_in_the_same_moment_is_one_strength(offer, room):
    said = at_once(*[lambda: Strength.name_one(room[0], WHOLE, offer)] * 2)
    assert sorted(type(one).__name__ for one in said) == ["Invalid", "Strength"]
    assert len(Strength.named(room[0])) == 1


def test_only_the_mentor_offers_and_only_the_mentee_answers(offer, room, path, anne, birgitte, browse):
    with pytest.raises(NotYours):
        StrengthOffer.make(room[0], "words")
    with pytest.raises(NotYours):
        StrengthOffer.find(room[1], offer.id).decline()
    assert browse(anne).post(f"{path}/offers", {"seen": "words"}).status_code == 403
    assert browse(birgitte).post(f"{path}/offers/{offer.id}/declining").status_code == 403


def test_a_refused_offer_keeps_what_was_typed(path, room, birgitte, browse):
    answer = browse(birgitte).post(f"{path}/offers", {"seen": "x" * 1001})
    assert answer.status_code == 422
    assert form_in(answer.text, f"{path}/offers").fields["seen"] == "x" * 1001
    with pytest.raises(Invalid):
        StrengthOffer.make(room[1], " ")


def test_a_stranger_finds_none_of_it(strength, offer, path, christian, browse):
    client = browse(christian)
    for place in ("/", "/new", f"/{strength.id}"):
        assert client.get(path + place).status_code == 404
    places = ("/", "/offers", f"/offers/{offer.id}/declining", f"/{strength.id}", f"/{strength.id}/putting-aside")
    for place in places:
        assert client.post(path + place, WHOLE).status_code == 404


@pytest.mark.parametrize("named", ["x", "11111111-1111-4111-8111-111111111111"])
def test_an_offer_that_does_not_exist_is_not_found(path, anne, browse, named):
    assert browse(anne).get(f"{path}/new?offer={named}").status_code == 404
    assert browse(anne).post(f"{path}/", WHOLE | {"offer": named}).status_code == 404


def test_a_strength_of_another_room_is_missing(strength, christian, dorte):
    from conftest import make_pair

    with pytest.raises(Missing):
        Strength.find(make_pair(christian, dorte)[0], strength.id)
