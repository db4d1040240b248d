"""The fields in which one of the two writes for themselves, and how each is saved."""

from functools import partial

from flask import request, url_for

from companion import stance, writing
from companion.errors import Conflict
from companion.i18n import _
from companion.reflections.models import AFTER, STEPS, WAYS, Reflection, way_of
from companion.writing import Writing


def save(pair, meeting, step, onwards):
    """Save one of the asker's own answers and say so."""

    def store(words, *, rev, page):
        if words is None:
            raise Conflict(Reflection.on(pair, meeting).get(step))
        style, talked = stance.read(request.form.get("style", "")), request.form.get("talked", "")
        return Reflection.save_text(pair, meeting, step, words, rev=rev, page=page, style=style, talked=talked)

    return writing.save(own_writing(pair, meeting, step, Reflection.on(pair, meeting)), store, onwards)


def own_writing(pair, meeting, step, mine=None):
    """The field for one of the asker's own answers; `mine` is {step: reflection}."""
    mine = mine or {}
    values = {"pair_id": pair.id} | ({"meeting_id": meeting.id} if meeting else {})
    field = partial(Writing, pair=pair, row=mine.get(step))
    looking_back = {key: (asks, hint) for key, asks, hint in AFTER[pair.role]}
    if step in STEPS:
        # Another way may be chosen on another device: a question that is not of this one is still saved.
        asked = {one.key: one for way in (*WAYS, way_of(mine)) for one in WAYS[way].steps}[step]
        return field(url_for("reflections.answer", step=step, **values), asked.asks, hint=asked.hint,
                     label_class="knot__title", size="hero" if step == "question" else "",
                     choice=step == "question")  # fmt: skip
    if step == "arrival":
        return field(url_for("pairs.arrive", **values), _("What do you hope the first meeting will bring?"))
    if step == "intention":
        return field(url_for("reflections.answer", step=step, **values), _("In this meeting I will …"),
                     placeholder=_("For example: ask before I tell."), size="low", rows=2)  # fmt: skip
    if step in looking_back:
        asks, hint = looking_back[step]
        return field(url_for("reflections.look_back", step=step, **values), asks, hint=hint, size="low", rows=3,
                     choice=step == "practice")  # fmt: skip
    place = step.removeprefix("note-") if step.startswith("note-") else "whole"
    return field(url_for("hour.note", step=place, **values), _("Your own note"), placeholder=_("To yourself"),
                 size="low", rows=3)  # fmt: skip
