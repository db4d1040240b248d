"""A meeting written down afterwards by those who talked without a screen: all of it or nothing."""

from companion import stance
from companion.actions.models import Action, Promise
from companion.db import db
from companion.meetings.models import Meeting, Recap
from companion.pairs.models import MENTEE
from companion.reflections.models import ExperiencedStyle, Insight


def keep(pair, meeting_id, typed):
    """Hold the meeting and keep whatever was filled in; raises Invalid. What is sent twice stands once."""
    said = {name: words for name, words in typed.items() if words.strip()}
    with db.atomic():
        # Found under the lock: both may write it down in the same moment.
        meeting = Meeting.find(pair, meeting_id)
        meeting.hold()
        if "recap" in said:
            _add_to_recap(meeting, said["recap"])
        if "insight" in said and said["insight"].strip() not in _texts(Insight, meeting):
            Insight.note(meeting, said["insight"], shared=typed.get("who") == "both")
        if pair.role == MENTEE and {"cue", "act"} & said.keys() and not _is_planned(meeting, typed):
            Action.plan(pair, typed, meeting=meeting)
        if "promise" in said and said["promise"].strip() not in _texts(Promise, meeting):
            Promise.make(pair, said["promise"], meeting)
        if style := stance.read(typed.get("style", "")):
            ExperiencedStyle.mark(meeting, style)


def _add_to_recap(meeting, words):
    before = Recap.on(meeting).get("conversation")
    text = before.text if before else ""
    if words.strip() not in text:
        text = f"{text}\n\n{words}" if text.strip() else words
        Recap.save_text(meeting, "conversation", text, rev=before.rev if before else 0, page="", field="recap")


def _texts(kind, meeting):
    """What the asker has already kept of this kind from the meeting."""
    pair = meeting.opener
    return {row.text.strip() for row in kind.of(pair).where(kind.meeting == meeting.id, kind.author == pair.person.id)}


def _is_planned(meeting, typed):
    plans = Action.of(meeting.opener).where(Action.meeting == meeting.id)
    return (typed.get("cue", "").strip(), typed.get("act", "").strip()) in {(plan.cue, plan.act) for plan in plans}
