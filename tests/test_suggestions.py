"""What the mentor is offered before a meeting, and the reason given for each."""

import random
import re
from collections import Counter

import pytest
from conftest import plan_meeting

from companion import i18n, stance
from companion.meetings.models import AgendaItem, Meeting
from companion.prompts.models import CARDS, THEMES, Prompt, library
from companion.prompts.own import ASIDE, FAVOURITE, OwnPrompt, PromptMarks
from companion.prompts.suggestions import AT_MOST, DEEP, LISTENING, OF_A_STAGE, Occasion, suggest, touched
from companion.reflections.models import Reflection, SharedPreparation

STEPS = (1, 2, 3, 4, 5)
# As a mentee in each language would write it.
SHARED = {
    "en": "My manager and I are looking at the annual review. I want a development goal I can write down.",
    "da": "Jeg skal til MUS og vil gerne aftale et udviklingsmål og efteruddannelse med min leder.",
}


def prompt(name, theme="network", stage="exploring", stance=4, **given):
    return Prompt(name, theme, stage, stance, given.pop("asker", "mentor"), f"{name}?", f"{name}?", **given)


def ids(prompts, occasion):
    return [one.prompt.id for one in suggest(prompts, occasion)]


def offered(**known):
    return suggest(library().prompts, Occasion(**{"number": 5} | known))


def occasions():
    """Meetings of many kinds."""
    for number in (1, 2, 3, 9):
        for theme in ("", "network", "us", "balance"):
            for asked in (None, *STEPS):
                for agreed in (None, 2, 4):
                    yield Occasion(number=number, theme=theme, asked=asked, agreed=agreed)


def why(suggestion, app, language):
    """The reason as the mentor of Anne reads it."""
    with app.test_request_context(headers={"Accept-Language": language}):
        return f"{i18n.first_up(suggestion.why('Anne'))}."


# How many, and which never.


def test_at_most_five_and_at_most_two_of_a_stage_whatever_the_meeting():
    for occasion in occasions():
        found = suggest(library().prompts, occasion)
        assert 3 <= len(found) <= AT_MOST == 5, occasion
        assert max(Counter(one.prompt.stage for one in found).values()) <= OF_A_STAGE == 2, occasion
        assert len({one.prompt.id for one in found}) == len(found), occasion


def test_what_is_for_one_alone_and_what_lies_on_both_screens_is_never_suggested():
    everything = library().prompts
    never = {one.id for one in everything if not one.is_for_talking or one.asker == "self" or one.move in CARDS}
    assert len(never) > len(CARDS)
    for occasion in occasions():
        assert never.isdisjoint(ids(everything, occasion)), occasion


def test_a_question_about_the_conversation_comes_where_the_meeting_is_about_it():
    process = {one.id for one in library().prompts if one.step is None}
    assert process & set(ids(library().prompts, Occasion(number=5, theme="us")))
    assert process.isdisjoint(ids(library().prompts, Occasion(number=5, theme="network")))


def test_the_same_meeting_is_offered_the_same_in_the_same_order():
    shuffled = list(library().prompts)
    random.Random(1).shuffle(shuffled)
    in_order = sorted(shuffled, key=lambda one: one.place)
    for occasion in occasions():
        assert ids(library().prompts, occasion) == ids(library().prompts, occasion) == ids(in_order, occasion)


# The style.


@pytest.mark.parametrize("step", STEPS)
def test_the_style_asked_for_comes_first(step):
    for theme in ("", "network", "balance"):
        found = offered(theme=theme, asked=step, agreed=6 - step)
        assert found[0].prompt.step == step
        distances = [abs(one.prompt.step - step) for one in found if not theme or one.prompt.theme == theme]
        assert distances == sorted(distances)


@pytest.mark.parametrize("step", STEPS)
def test_where_nothing_was_asked_what_was_agreed_comes_first(step):
    assert offered(theme="network", agreed=step)[0].prompt.step == step
    assert offered(theme="network", asked=6 - step, agreed=step)[0].prompt.step == 6 - step


def test_with_neither_asked_nor_agreed_the_two_explore_together():
    assert offered()[0].prompt.step == LISTENING == 4


# The first two meetings.


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("agreed", [None, *STEPS])
@pytest.mark.parametrize("theme", ["", "network"])
def test_in_the_first_two_meetings_the_mentor_is_offered_to_listen(number, agreed, theme):
    found = offered(number=number, agreed=agreed, theme=theme)
    assert found[0].prompt.step >= LISTENING
    assert all(one.prompt.step >= LISTENING for one in found if not theme)


def test_in_the_third_what_was_agreed_counts():
    assert offered(number=2, agreed=1, theme="network")[0].prompt.step >= LISTENING
    assert offered(number=3, agreed=1, theme="network")[0].prompt.step == 1


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("asked", [1, 2, 3])
def test_whoever_asks_for_advice_early_is_listened_to_once_and_then_gets_it(number, asked):
    found = offered(number=number, asked=asked, theme="network")
    assert found[0].listens
    assert (found[0].prompt.theme, found[0].prompt.depth) == ("network", 1)
    assert found[0].prompt.step >= LISTENING
    assert found[1].prompt.step == asked
    assert not any(one.listens for one in found[1:])


@pytest.mark.parametrize(("number", "asked"), [(3, 1), (1, 4), (2, 5)])
def test_nobody_is_told_to_listen_later_or_where_it_was_asked_for(number, asked):
    assert not any(one.listens for one in offered(number=number, asked=asked, theme="network"))


def test_what_listens_first_counts_among_the_five_and_the_two_of_its_stage():
    prompts = [prompt(f"listening-{n}", stance=4, stage="opening") for n in range(3)]
    prompts += [prompt(f"advice-{n}", stance=1, stage="opening") for n in range(3)]
    assert ids(prompts, Occasion(number=1, asked=1)) == ["listening-0", "advice-0"]


def test_nothing_deep_is_asked_before_the_third_meeting():
    deep = {one.id for one in library().prompts if one.depth >= DEEP}
    for occasion in occasions():
        if occasion.is_early:
            assert deep.isdisjoint(ids(library().prompts, occasion)), occasion
    only = [prompt("deep", depth=3), prompt("light")]
    assert [ids(only, Occasion(number=number)) for number in (2, 3)] == [["light"], ["deep", "light"]]


# What was used, what somebody likes, and what they put aside.


def test_what_was_used_before_goes_last():
    prompts = [prompt("used", stage="opening"), prompt("far", stance=1, theme="balance")]
    assert ids(prompts, Occasion(number=5, theme="network")) == ["used", "far"]
    occasion = Occasion(number=5, theme="network", used=frozenset({"used"}), favourites=frozenset({"used"}))
    assert ids(prompts, occasion) == ["far", "used"]


def test_of_two_alike_a_favourite_goes_ahead_and_no_further():
    prompts = [prompt("one"), prompt("liked"), prompt("liked-elsewhere", theme="balance")]
    occasion = Occasion(number=5, theme="network", favourites=frozenset({"liked", "liked-elsewhere"}))
    assert ids(prompts, occasion) == ["liked", "one"]
    assert ids(prompts[::2], occasion) == ["one", "liked-elsewhere"]


def test_what_is_left_out_is_left_out():
    first = offered(theme="network")
    left = frozenset(one.prompt.id for one in first)
    assert left.isdisjoint(one.prompt.id for one in offered(theme="network", left_out=left))


# What it is about.


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_the_theme_of_the_meeting_comes_before_its_style(theme):
    for asked in (None, *STEPS):
        found = offered(theme=theme, asked=asked)
        assert found[0].prompt.theme == theme
        about = [one.prompt.theme == theme for one in found]
        assert about == sorted(about, reverse=True)


@pytest.mark.parametrize("language", ["da", "en"])
def test_without_a_theme_it_is_about_what_was_shared(language):
    assert touched(SHARED[language]) == "next-step"
    assert {one.prompt.theme for one in offered(words=SHARED[language])[:3]} == {"next-step"}


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_prompt_of_the_library_in_other_words_is_known_by_its_theme(language):
    # Of what stands in the library itself, hardly anything is taken for another theme.
    wrong = [one.id for one in library().prompts if touched(one.words(language)) not in ("", one.theme)]
    assert len(wrong) < len(library().prompts) / 50, wrong


def test_the_theme_of_the_meeting_counts_before_what_was_shared():
    assert offered(theme="balance", words=SHARED["en"])[0].prompt.theme == "balance"


@pytest.mark.parametrize(
    "words",
    [
        "",
        "?",
        "Det ved jeg ikke endnu.",
        "I do not know yet.",
        # One word of a theme is no theme.
        "netværk",
        "My network.",
        # As much of one as of another.
        "netværk arrangementer udvikling aftale",
    ],
)
def test_where_it_is_not_clear_nothing_is_guessed(words):
    assert touched(words) == ""
    assert [one.prompt.id for one in offered(words=words)] == [one.prompt.id for one in offered()]


# The reasons.

BRANCHES = {
    "asked 1": (prompt("x", stance=1), {"asked": 1}, "Anne asked you to show the way.", "Anne har bedt dig vise vej."),
    "asked 2": (prompt("x", stance=2), {"asked": 2}, "Anne asked for advice.", "Anne har bedt om råd."),
    "asked 3": (
        prompt("x", stance=3),
        {"asked": 3, "theme": "network"},
        "Anne asked for your experience.",
        "Anne har bedt om din erfaring.",
    ),
    "asked 4": (
        prompt("x", stance=4),
        {"asked": 4, "number": 1},
        "Anne asked to explore it together.",
        "Anne vil gerne undersøge det sammen med dig.",
    ),
    "asked 5": (prompt("x", stance=5), {"asked": 5}, "Anne asked for the floor.", "Anne har bedt om ordet."),
    "agreed": (
        prompt("x", stance=3),
        {"agreed": 3},
        "You agreed on “Share experience”.",
        "I har aftalt »Del erfaring«.",
    ),
    "agreed early": (
        prompt("x", stance=5),
        {"agreed": 5, "number": 1},
        "You agreed on “Hand over the floor”.",
        "I har aftalt »Giv ordet«.",
    ),
    "listening": (
        prompt("x", stance=4),
        {"agreed": 2, "number": 1},
        "It lets you listen first while you get to know each other.",
        "Her kan du lytte først, mens I lærer hinanden at kende.",
    ),
    "listening all the same": (
        prompt("x", stance=5),
        {"asked": 1, "number": 2},
        "It lets you listen first while you get to know each other.",
        "Her kan du lytte først, mens I lærer hinanden at kende.",
    ),
    "close": (
        prompt("x", stance=3),
        {"asked": 2, "theme": "network"},
        "Close to the style Anne asked for.",
        "Tæt på den samtaleform, Anne har bedt om.",
    ),
    "theme": (
        prompt("x", stance=5),
        {"asked": 1, "theme": "network"},
        "On the theme of the meeting.",
        "Om mødets tema.",
    ),
    "touched": (
        prompt("x", theme="next-step", stance=5),
        {"words": SHARED["da"]},
        "What Anne shared touches on “Next development step and the annual review (MUS)”.",
        "Det, Anne har delt, rører ved »Næste udviklingsskridt og MUS«.",
    ),
    "process": (
        prompt("x", theme="us", stance="process"),
        {"asked": 3, "theme": "us"},
        "On the theme of the meeting.",
        "Om mødets tema.",
    ),
    "process, and nothing asked or agreed": (
        prompt("x", theme="us", stance="process"),
        {"theme": "us"},
        "On the theme of the meeting.",
        "Om mødets tema.",
    ),
    "nothing": (prompt("x", stance=5), {"asked": 1}, "A place to begin.", "Et sted at begynde."),
    "favourite": (
        prompt("x", stance=2),
        {"asked": 2, "favourites": frozenset("x")},
        "One of your favourites, and Anne asked for advice.",
        "En af dine favoritter, og Anne har bedt om råd.",
    ),
    "used": (
        prompt("x", stance=4),
        {"number": 2, "used": frozenset("x")},
        "Used before, but it lets you listen first while you get to know each other.",
        "Brugt før, men her kan du lytte først, mens I lærer hinanden at kende.",
    ),
    "a favourite used before": (
        prompt("x", stance=5),
        {"asked": 1, "theme": "network", "used": frozenset("x"), "favourites": frozenset("x")},
        "Used before, but on the theme of the meeting.",
        "Brugt før, men om mødets tema.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BRANCHES)
def test_each_reason_is_one_clause_in_both_languages(app, case):
    one, known, english, danish = BRANCHES[case]
    (suggestion,) = suggest([one], Occasion(**{"number": 5} | known))
    assert (why(suggestion, app, "en"), why(suggestion, app, "da")) == (english, danish)


def test_every_reason_that_is_given_is_a_sentence_and_true(app):
    for occasion in occasions():
        for suggestion in suggest(library().prompts, occasion):
            english, danish = (why(suggestion, app, language) for language in ("en", "da"))
            assert english != danish
            for said in (english, danish):
                assert re.fullmatch(r"[A-ZÆØÅ][^.;!?%{}]+\.", said), said
            if "theme of the meeting" in english:
                assert suggestion.prompt.theme == occasion.theme
            if "agreed" in english:
                assert str(stance.named(occasion.agreed).name) in english
                assert suggestion.prompt.step == occasion.agreed


# On the mentor's page.


@pytest.fixture
def meetings(room):
    """Two held already, so that the two know each other; and the next, as Anne and as Birgitte see it."""
    for days in (-30, -20):
        plan_meeting(room[0], days=days).hold()
    mine = plan_meeting(room[0], form="theme", theme="network")
    return mine, Meeting.find(room[1], mine.id)


def page_of(browse, person, meeting):
    """[(prompt, its reason)] as they stand on the mentor's page."""
    html = browse(person).get(f"/pairs/{meeting.pair_id}/meetings/{meeting.id}/preparation").text
    listed = html.partition("prompts--offer")[2]
    reasons = re.findall(r'<p class="prompt__why">(.*?)</p>', listed)
    return list(zip(re.findall(r'id="choose-([\w-]+)"', listed), reasons, strict=True))


def test_the_mentor_reads_what_the_mentee_asked_for(meetings, birgitte, browse):
    Reflection.save_text(meetings[0].opener, meetings[0], "question", "Whom?", rev=0, page="", style=3)
    assert "asked for" not in str(page_of(browse, birgitte, meetings[1]))
    SharedPreparation.share(meetings[0], "question")
    assert page_of(browse, birgitte, meetings[1])[0][1].startswith("Anne Holm asked for your experience.")


def test_without_a_theme_the_mentor_is_offered_what_was_shared_and_nothing_of_what_was_kept(
    room, meetings, birgitte, browse
):
    meeting = plan_meeting(room[0], days=9)
    Reflection.save_text(room[0], meeting, "what", SHARED["en"], rev=0, page="")
    Reflection.save_text(room[0], meeting, "question", "Whom?", rev=0, page="")
    SharedPreparation.share(meeting, "question")
    assert "touches on" not in str(page_of(browse, birgitte, meeting))
    SharedPreparation.share(meeting, "all")
    assert "What Anne Holm shared touches on" in page_of(browse, birgitte, meeting)[0][1]


def test_what_the_two_agreed_on_is_a_reason_too(agreed, meetings, birgitte, browse):
    assert page_of(browse, birgitte, meetings[1])[0][1] == "You agreed on “Explore together”."


def test_what_was_chosen_at_a_meeting_that_was_held_has_been_used(room, meetings, birgitte, browse):
    first, _why = page_of(browse, birgitte, meetings[1])[0]
    AgendaItem.put_prompt(meetings[1], first)
    assert first not in dict(page_of(browse, birgitte, meetings[1]))
    later = plan_meeting(room[0], days=9, form="theme", theme="network")
    assert page_of(browse, birgitte, later)[0][0] == first
    with_it_held = plan_meeting(room[0], days=-1)
    AgendaItem.put_prompt(Meeting.find(room[1], with_it_held.id), first)
    with_it_held.hold()
    assert first not in [one for one, _why in page_of(browse, birgitte, later)[:4]]


def test_the_mentors_own_marks_count_and_not_the_mentees(room, meetings, birgitte, browse):
    (first, _), (second, _), *_rest = page_of(browse, birgitte, meetings[1])
    for one in (first, second):
        PromptMarks.mark(room[0], one, ASIDE)
    assert [one for one, _why in page_of(browse, birgitte, meetings[1])][:2] == [first, second]
    PromptMarks.mark(room[1], first, ASIDE)
    PromptMarks.mark(room[1], second, FAVOURITE)
    now_first, reason = page_of(browse, birgitte, meetings[1])[0]
    assert (now_first, reason.split(",")[0]) == (second, "One of your favourites")


def test_what_the_pair_wrote_itself_is_suggested_among_the_others(room, meetings, birgitte, browse):
    own = OwnPrompt.put(room[0], {"words": "Hvem ringer du til?", "theme": "network", "stance": "4"})
    assert dict(page_of(browse, birgitte, meetings[1]))[str(own.id)] == "On the theme of the meeting."
