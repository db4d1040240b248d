"""Taking it along: the file is made when asked for with the passphrase, and kept nowhere."""

from flask import Blueprint, g, make_response

from companion.errors import Busy, Invalid
from companion.export.archive import pack
from companion.pairs.models import Pair
from companion.people import gate
from companion.web import page, refused

bp = Blueprint("export", __name__)


@bp.get("/export")
@bp.get("/pairs/<uuid:pair_id>/export")
def show(pair_id=None):
    return page("export/show.html", **export_page(pair_id))


@bp.post("/export")
@bp.post("/pairs/<uuid:pair_id>/export")
def take(pair_id=None):
    context = export_page(pair_id)
    try:
        gate.prove_again()
        name, content = pack(g.person, [Pair.opened_by(g.person, one.id) for one in context["pairs"]])
    except (Invalid, Busy) as problem:
        return refused("export/show.html", problem, **context)
    response = make_response(content)
    response.mimetype = "application/zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def export_page(pair_id):
    """One room, or all of the asker's: those that are not open too, for what they wrote there themselves."""
    pair = Pair.opened_by(g.person, pair_id) if pair_id else None
    return {"pair": pair, "pairs": [pair] if pair else Pair.of(g.person)}
