"""The agreement: read it, propose other words, say yes."""

from flask import Blueprint, request

from companion.agreement import clauses
from companion.agreement.models import Edition
from companion.errors import Conflict, Invalid
from companion.web import done, open_pair, page, refused

bp = Blueprint("agreement", __name__, url_prefix="/pairs/<uuid:pair_id>/agreement")


@bp.get("/")
def show(pair_id):
    return page("agreement/show.html", **agreement_page(open_pair(pair_id)))


@bp.get("/editions/<uuid:edition_id>")
def edition(pair_id, edition_id):
    pair = open_pair(pair_id)
    return page("agreement/edition.html", pair=pair, edition=Edition.find(pair, edition_id), parts=clauses.PARTS,
                clauses=clauses.CLAUSES)  # fmt: skip


@bp.get("/proposal")
def draft(pair_id):
    return page("agreement/proposal.html", **proposal_page(open_pair(pair_id)))


@bp.post("/proposal")
def propose(pair_id):
    pair = open_pair(pair_id)
    try:
        Edition.propose(pair, request.form, seen=request.form.get("seen", ""))
    except Invalid as problem:
        return refused("agreement/proposal.html", problem, **proposal_page(pair))
    except Conflict:
        return page("agreement/proposal.html", 409, **proposal_page(pair) | {"changed": True})
    return done("agreement.show", pair_id=pair.id)


@bp.post("/proposal/<uuid:edition_id>/acceptance")
def accept(pair_id, edition_id):
    return told(pair_id, edition_id, Edition.accept)


@bp.post("/proposal/<uuid:edition_id>/withdrawal")
def withdraw(pair_id, edition_id):
    return told(pair_id, edition_id, Edition.withdraw)


def told(pair_id, edition_id, verb):
    """Answer a proposal; when it cannot be, the page says why and shows what waits now."""
    pair = open_pair(pair_id)
    try:
        verb(Edition.find(pair, edition_id))
    except Invalid as problem:
        return refused("agreement/show.html", problem, **agreement_page(pair))
    except Conflict:
        return page("agreement/show.html", 409, **agreement_page(pair) | {"changed": True})
    return done("agreement.show", pair_id=pair.id)


def agreement_page(pair):
    editions, proposal = Edition.accepted(pair), Edition.proposal(pair)
    current = editions[0] if editions else None
    before = current.answers if current else {}
    return {
        "pair": pair,
        "current": current,
        "earlier": editions[1:],
        "proposal": proposal,
        "differences": clauses.differences(before, proposal.answers) if proposal else [],
        "parts": clauses.PARTS,
        "clauses": clauses.CLAUSES,
    }


def proposal_page(pair):
    proposal, current = Edition.proposal(pair), Edition.in_force(pair)
    latest = proposal or current
    return {
        "pair": pair,
        "latest": latest,
        "answers": clauses.DEFAULTS | (latest.answers if latest else {}),
        "parts": clauses.PARTS,
        "clauses": clauses.CLAUSES,
    }
