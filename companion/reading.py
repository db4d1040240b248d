"""What a row says, line by line, in the reader's language: the same to whoever searches and whoever takes it along.

A kind that is not named here is still read: by the name it is sealed under, attribute by attribute.
"""

from typing import NamedTuple
from uuid import UUID

from companion import i18n, stance
from companion.actions.models import OUTCOMES
from companion.agreement.clauses import CLAUSES, NAMED
from companion.checkins.models import ANSWERS as OF_PULSE
from companion.checkins.models import QUESTIONS as OF_MIDWAY
from companion.checkins.models import TALK, items_for
from companion.endings.chemistry import ANSWERS as OF_CHEMISTRY
from companion.endings.models import QUESTIONS as OF_HARVEST
from companion.goals.models import ENDINGS, LEVELS
from companion.i18n import _, _l
from companion.meetings.models import STEPS as OF_MEETING
from companion.pairs.rows import kinds
from companion.prompts.models import THEMES
from companion.prompts.own import ASIDE, FAVOURITE, everything
from companion.reflections.models import AFTER, STEPS, TALKED, WAYS, way_of

# What a heading calls each kind, in the order the kinds are shown.
NAMES = {
    "edition": _l("Editions of the agreement"),
    "draft": _l("Drafts of the agreement"),
    "answers": _l("What each answered first"),
    "clause proposal": _l("Proposed clauses"),
    "signature": _l("Signatures"),
    "meeting": _l("Meetings"),
    "agenda item": _l("Agenda"),
    "reflection": _l("Preparation and own notes"),
    "shared preparation": _l("Shared before a meeting"),
    "recap": _l("Recaps"),
    "insight": _l("Insights"),
    "experienced style": _l("How it was"),
    "action": _l("Plans"),
    "offer": _l("Ideas from the mentor"),
    "promise": _l("Promises"),
    "own prompt": _l("Your own questions"),
    "prompt marks": _l("Favourites and put aside"),
    "strength": _l("Strengths"),
    "strength offer": _l("What the mentor has seen"),
    "goal": _l("Goals"),
    "goal wording": _l("Goals in earlier words"),
    "nearest step": _l("Nearest steps"),
    "score": _l("Where I am with a goal"),
    "pulse": _l("How each meeting was for me"),
    "midway review": _l("Looking at it all midway"),
    "midway note": _l("Notes from midway"),
    "review item": _l("To my annual review"),
    "review request": _l("Words asked for, to the annual review"),
    "talk wish": _l("Wishes to talk about how it is going"),
    "set aside": _l("Questions set aside"),
    "chemistry": _l("Is it a match?"),
    "harvest": _l("Harvest"),
    "farewell": _l("Farewells"),
}
ANSWERS = {"kept": _l("kept"), "let_go": _l("let go")}


class Line(NamedTuple):
    """Words in a row under the label they stand under; a `note` is Markdown, everything else is not."""

    label: str
    words: str
    note: bool = False


def name_of(kind):
    """The heading for rows of a `kind`."""
    return str(NAMES.get(kind) or kind.capitalize())


def in_order():
    """Every kind of row (the classes) in the order they are shown; those without a name here come last."""
    order = list(NAMES)
    return sorted(kinds(), key=lambda cls: order.index(cls.kind) if cls.kind in NAMES else len(order))


def lines(row):
    """[Line] of all that `row` says; none of them is empty."""
    if not row.readable:
        return [Line("", _("This text cannot be opened."))]
    say, *known = SAYS.get(row.kind) or (_nothing,)
    said = (*say(row), *_besides(row, known))
    return [Line(str(label), words, *note) for label, words, *note in said if words.strip()]


def _meeting(row):
    yield _("About"), str(row.subject)
    yield _("Place"), row.place


def _agenda_item(row):
    yield "", row.words(i18n.get_locale().language)
    yield _("Style of conversation"), _style(row.stance)


def _reflection(row):
    if row.step == "way":
        yield _("Way of preparing"), str(WAYS[way_of({"way": row})].name)
        return
    yield _asked(row), row.text, True
    yield _("Style asked for"), _style(row.style)
    yield _("Who talked most?"), str(TALKED.get(row.talked, ""))


def _asked(row):
    """The question a note of one's own answers."""
    if row.step in STEPS:
        return _asks(row.step, "plain")
    looking_back = {key: asks for questions in AFTER.values() for key, asks, *_rest in questions}
    if row.step in looking_back:
        return looking_back[row.step]
    if row.step == "arrival":
        return _("What do you hope the first meeting will bring?")
    if row.step == "intention":
        return _("In this meeting I will …")
    step = next((step.name for step in OF_MEETING if row.step == f"note-{step.key}"), "")
    return _("Your own note: %(step)s", step=step) if step else _("Your own note")


def _asks(key, way=None):
    """How a question of the preparation is put, the `way` that was chosen or any that has it."""
    if way in WAYS:
        asked = {step.key: step.asks for step in WAYS[way].steps}
        if key in asked:
            return asked[key]
    # Another question in each of the ways that have one under this key.
    found = {str(step.asks): None for one in WAYS.values() for step in one.steps if step.key == key}
    return " / ".join(found) or key


def _shared_preparation(row):
    for key, words in row.answers.items():
        yield _asks(key, row.way), words, True
    yield _("Style asked for"), _style(row.style)


def _recap(row):
    yield next((step.name for step in OF_MEETING if step.key == row.step), row.step), row.text, True


def _insight(row):
    yield "", row.text, True


def _experienced_style(row):
    yield "", _style(row.style)


def _offer(row):
    yield "", row.text
    if row.adopted_at or row.declined_at:
        yield _("What became of it"), _("Adopted") if row.adopted_at else _("Declined")


def _promise(row):
    yield "", row.text
    yield _("What became of it"), str(ANSWERS.get(row.outcome, ""))
    yield _("What became of it?"), row.became


def _action(row):
    yield _("If"), row.cue
    yield _("then"), row.act
    yield _("What could get in the way"), row.obstacle
    yield "", _("Wanted: %(number)s of 5", number=row.want) if row.want else ""
    yield _("A day to look at it again"), i18n.day(row.look_again, year=True) if row.look_on else ""
    yield _("What became of it"), str(OUTCOMES.get(row.outcome, ""))
    yield _("What happened?"), row.happened
    yield _("What did you learn from it?"), row.learned


def _own_prompt(row):
    yield "", row.text
    yield _("Theme"), str(THEMES.get(row.theme, ""))
    yield _("Style of conversation"), _style(row.stance)


def _prompt_marks(row):
    words = {prompt.id: prompt.words(i18n.get_locale().language) for prompt in everything(row.opener)}
    for mark, name in ((FAVOURITE, _("Favourite")), (ASIDE, _("Put aside"))):
        for prompt, marked in row.marks.items():
            if marked == mark:
                yield name, words.get(prompt, prompt)


def _answers(row):
    for clause in CLAUSES:
        value = row.answers.get(clause.key)
        if clause.says_something(value):
            yield clause.label, str(clause.say(value))
    # What was asked before these clauses were, and what a card asks besides.
    for key, value in row.answers.items():
        if key not in NAMED:
            yield from _anything_in(key, value)


def _clause_proposal(row):
    clause = NAMED.get(row.key)
    says = clause and clause.says_something(row.value)
    yield clause.label if clause else row.key, str(clause.say(row.value)) if says else _("Nothing")


def _signature(row):
    yield "", _("Yes to edition %(number)s", number=row.number)


def _goal(row):
    yield _("How it ended"), str(ENDINGS.get(row.ending, ""))


def _score(row):
    yield _("Level"), str(LEVELS.get(row.level, ""))


def _pulse(row):
    for key, asks in items_for(row.opener.voice_of(row.author)).items():
        yield asks, str(OF_PULSE.get(row.answers.get(key), ""))
    yield _("Shall the two of you talk about how it is going?"), str(TALK.get(row.talk, ""))


def _talk_wish(row):
    yield "", ", ".join(row.names)


def _midway_review(row):
    for who, _edition in row.keeps.items():
        yield "", _("%(name)s would keep it as it is", name=row.opener.name_of(UUID(who)))
    if row.ended_at:
        kept = row.outcome == "kept"
        yield "", _("You have kept the agreement as it is.") if kept else _("It led to proposing other words.")


def _midway_note(row):
    yield OF_MIDWAY.get(row.step, ""), row.text, True


def _chemistry(row):
    name, _says = OF_CHEMISTRY.get(row.answer, ("", ""))
    yield "", str(name)


def _harvest(row):
    _name, asks = OF_HARVEST.get(row.question, ("", ""))
    yield asks, row.text, True


def _nothing(row):
    return ()


# How each kind says it, and which of its sealed attributes that takes care of: whatever comes besides is said too.
SAYS = {
    "edition": (_answers, "answers", "langs", "signatures"),
    "draft": (_answers, "answers", "lang"),
    "answers": (_answers, "answers", "langs"),
    "clause proposal": (_clause_proposal, "key", "value", "lang"),
    "signature": (_signature, "proof"),
    "meeting": (_meeting, "form", "theme", "title", "place", "spent", "entered", "called"),
    "agenda item": (_agenda_item, "title", "prompt", "da", "en", "stance", "taken"),
    "reflection": (_reflection, "text", "style", "talked"),
    "shared preparation": (_shared_preparation, "answers", "style", "way"),
    "recap": (_recap, "text"),
    "insight": (_insight, "text"),
    "experienced style": (_experienced_style, "style"),
    "action": (_action, "cue", "act", "obstacle", "want", "look_on", "outcome", "happened", "learned"),
    "offer": (_offer, "text"),
    "promise": (_promise, "text", "outcome", "became"),
    "own prompt": (_own_prompt, "text", "theme", "stance"),
    "prompt marks": (_prompt_marks, "marks"),
    "goal": (_goal, "version", "ending"),
    "score": (_score, "level", "version"),
    "pulse": (_pulse, "answers", "talk"),
    "talk wish": (_talk_wish, "who"),
    "midway review": (_midway_review, "keeps", "outcome"),
    "midway note": (_midway_note, "text"),
    "review item": (_nothing, "source", "lang", "mentors"),
    "chemistry": (_chemistry, "answer"),
    "harvest": (_harvest, "text"),
}


def _style(step):
    if step == "process":
        return _("About the conversation itself")
    named = stance.named(step) if step else None
    return str(named.name) if named else ""


# What no kind says by itself.


def _besides(row, known):
    """What the sealed attributes hold that are not `known`."""
    for name in row.sealed:
        if name not in known:
            for label, words in _anything_in(name, getattr(row, name)):
                # Where there is only one, it needs no label.
                yield "" if label == "text" else _as_label(label), words, name in row.markdown


def _anything_in(name, value):
    if value in (None, "", [], {}, False):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _anything_in(str(key), inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _anything_in(name, inner)
    else:
        yield name, _("Yes") if value is True else str(value)


# What the sealed attributes are called that no function above takes care of.
LABELS = {
    "learned": _l("What I learned"),
    "levels": _l("Levels, from much less than expected to much more"),
    "moment": _l("A moment that showed it"),
    "name": _l("What it is"),
    "sentence": _l("The sentence that fits"),
    "sureness": _l("How sure, from 1 to 10"),
    "what": _l("What"),
    "why": _l("Why it matters"),
}


def _as_label(name):
    if name in LABELS:
        return str(LABELS[name])
    return name.replace("_", " ").capitalize()
