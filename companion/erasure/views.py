"""Erase me: said once more with the passphrase, done at once."""

from flask import Blueprint, g, request

from companion.erasure.models import STAY, erase, prospects
from companion.errors import Busy, Invalid
from companion.i18n import _
from companion.people import gate
from companion.web import done, page, refused

bp = Blueprint("erasure", __name__)


@bp.get("/erasure")
def show():
    return page("erasure/show.html", **erasure_page())


@bp.post("/erasure")
def take_effect():
    form, context = request.form, erasure_page()
    choices = {one.pair.id: form.get(f"room-{one.pair.id}", STAY) for one in context["prospects"]}
    try:
        if "understood" not in form:
            raise Invalid(_("Say that you know it cannot be undone."), "understood")
        gate.prove_again()
    except (Invalid, Busy) as problem:
        return refused("erasure/show.html", problem, **context)
    erase(g.person, choices)
    gate.leave()
    response = done("people.welcome", erased=1)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def erasure_page():
    return {"prospects": prospects(g.person)}
