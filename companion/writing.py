"""A field that saves itself: one way for every note, with JavaScript and without, and for two at once."""

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

from flask import make_response, redirect, render_template, request

from companion.errors import Conflict, Invalid
from companion.web import number


@dataclass
class Writing:
    """One note on a page: where it is saved, what it asks, and the row that holds it (None before the first word)."""

    action: str
    label: str
    pair: object
    row: object = None
    shared: bool = False
    hint: str = ""
    placeholder: str = ""
    size: str = ""
    rows: int = 4
    label_class: str = "field__label"
    # A choice beside it is saved with it.
    choice: bool = False

    @property
    def id(self):
        return self.action.strip("/").replace("/", "-")

    @property
    def text(self):
        return self.row.text if self.row else ""

    @property
    def rev(self):
        return self.row.rev if self.row else 0


def save(writing, store, onwards):
    """Store what was typed and answer the page it came from.

    `store(text, rev=…, page=…)` saves and returns the row, or raises Invalid or Conflict; `onwards` is where a
    plain form goes then.
    """
    form, fragment = request.form, "HX-Request" in request.headers
    keep = form.get("keep", "")
    text = form.get("both" if keep == "both" else "text", "")
    rev = number("over") if keep else number("rev")
    try:
        if keep == "theirs":
            return _as_it_stands(writing, store, onwards, fragment)
        writing.row = store(text, rev=rev, page=form.get("page", "")[:40])
    except Invalid as problem:
        template = "shared/_refused.html" if fragment else "shared/refused.html"
        return render_template(template, writing=writing, problem=problem, text=text), 422
    except Conflict as conflict:
        return _both(writing, conflict.current, text, fragment), 409
    if not fragment:
        return redirect(onwards, 303)
    # Kept by a button in the conflict: the field itself has to show the text that now stands.
    template = "shared/_writing.html" if keep == "both" else "shared/_after.html"
    return _field(template, writing, whole=keep == "both")


def _as_it_stands(writing, store, onwards, fragment):
    """They chose the other's text: nothing is written, the field shows what stands."""
    try:
        store(None, rev=-1, page="")
    except Conflict as conflict:
        writing.row = conflict.current
    return _field("shared/_writing.html", writing, whole=True) if fragment else redirect(onwards, 303)


def _field(template, writing, *, whole):
    response = make_response(render_template(template, writing=writing, w=writing))
    if whole:
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "closest .field", "outerHTML"
    return response


def _both(writing, current, text, fragment):
    mine, theirs = marked(text, current.text)
    template = "shared/_conflict.html" if fragment else "shared/conflict.html"
    context = {"mine": mine, "theirs": theirs, "text": text, "current": current}
    return render_template(template, writing=writing, **context)


def marked(mine, theirs):
    """Both texts as [(words, whether they differ)], for the template to underline what differs."""
    one, other = mine.split(" "), theirs.split(" ")
    # Very long texts are shown whole, and such as say the same words again and again: finding what differs takes time
    # that grows with both, and more so with how often a word of the one stands in the other.
    times = Counter(other)
    if len(one) * len(other) > 1_000_000 or sum(times[word] for word in one) > 20_000:
        return [(mine, False)], [(theirs, False)]
    left, right = [], []
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        left.append((" ".join(one[a:b]), kind != "equal"))
        right.append((" ".join(other[c:d]), kind != "equal"))
    return [part for part in left if part[0]], [part for part in right if part[0]]
