"""The fields in which one of the two writes for themselves, and how each is saved."""

from flask import request, url_for

from companion import stance, writing
from companion.errors import Conflict
from companion.i18n import _
from companion.reflections.models import STEPS, Reflection
from companion.writing import Writing


def save(pair, meeting, step, onwards):
    """Save one of the asker's own answers and say so."""
    field = own_writing(pair, meeting, step)

    def store(words, *, rev, page):
        if words is None:
            raise Conflict(Reflection.on(pair, meeting).get(step))
        style = stance.read(request.form.get("style", ""))
        return Reflection.save_text(pair, meeting, step, words, rev=rev, page=page, style=style)

    return writing.save(field, store, onwards)


def own_writing(pair, meeting, step, mine=None):
    """The field for one of the asker's own answers."""
    row = (mine or {}).get(step)
    values = {"pair_id": pair.id} | ({"meeting_id": meeting.id} if meeting else {})
    if step in STEPS:
        key = STEPS[step]
        action = url_for("reflections.answer", step=step, **values)
        return Writing(action, key.asks, pair, row, hint=key.hint, label_class="knot__title",
                       size="hero" if step == "question" else "", style=step == "question")  # fmt: skip
    if step == "arrival":
        label = _("What do you hope the first meeting will bring?")
        return Writing(url_for("pairs.arrive", **values), label, pair, row)
    if step == "intention":
        label = _("Your intention for this meeting")
        hint = _("For example: ask before I tell.")
        return Writing(
            url_for("prompts.intend", pair_id=pair.id), label, pair, row, placeholder=hint, size="low", rows=2
        )
    label = _("Your own note")
    return Writing(
        url_for("meetings.note", **values), label, pair, row, placeholder=_("To yourself"), size="low", rows=3
    )
