"""The agreement: drafted apart, laid side by side, settled clause by clause, signed, read and changed."""

from flask import Blueprint, g, request

from companion.agreement import clauses
from companion.agreement.clauses import CLAUSES, NAMED, PARTS
from companion.agreement.models import START, Answers, Draft, Edition, fingerprint
from companion.agreement.purpose import suits
from companion.agreement.settling import Proposal, Signature, Table
from companion.errors import Conflict, Invalid, Missing
from companion.pairs.models import ROLES, Pair
from companion.web import done, number, open_pair, page, refused

bp = Blueprint("agreement", __name__, url_prefix="/pairs/<uuid:pair_id>/agreement")


# Drafting apart: also before the room is open.


@bp.get("/start")
def start(pair_id):
    return page("agreement/start.html", **start_page(own_desk(pair_id)))


@bp.post("/start")
def keep_start(pair_id):
    pair = own_desk(pair_id)
    try:
        Draft.save_start(pair, request.form)
    except Invalid as problem:
        return refused("agreement/start.html", problem, **start_page(pair))
    return done("agreement.start", pair_id=pair.id, anchor="suits")


@bp.get("/cards/<part>")
def card(pair_id, part):
    return page("agreement/card.html", **card_page(own_desk(pair_id), part))


@bp.post("/cards/<part>")
def keep_card(pair_id, part):
    """Saved as it goes, or as a whole; `over` a version from another window once its writer has said so."""
    pair, fragment = own_desk(pair_id), "HX-Request" in request.headers
    rev = number("over") or number("rev")
    try:
        Draft.save_card(pair, part, request.form, rev=rev, page=request.form.get("page", "")[:40])
    except Invalid as problem:
        if fragment:
            return page("shared/_refused.html", 422, problem=problem)
        return refused("agreement/card.html", problem, **card_page(pair, part))
    except Conflict as conflict:
        template = "agreement/_card_conflict.html" if fragment else "agreement/card.html"
        return page(template, 409, **card_page(pair, part) | {"other": conflict.current})
    if fragment:
        return page("agreement/_card_after.html", **card_page(pair, part))
    following = chr(ord(part) + 1)
    if following in PARTS:
        return done("agreement.card", pair_id=pair.id, part=following)
    return done("agreement.show", pair_id=pair.id)


def own_desk(pair_id):
    """The asker's pair, its room open or not yet, as long as the two still draft."""
    pair = Pair.opened_by(g.person, pair_id)
    if pair.is_open and Table.of(pair):
        raise Missing
    return pair


def start_page(pair):
    drafts = Draft.mine(pair)
    answers = drafts["A"].answers if "A" in drafts else {}
    chosen = {"kind": answers.get("purpose_kind", ""), "scope": answers.get("purpose_scope", "")}
    manager = drafts[START].answers.get("manager", "") if START in drafts else ""
    return {"pair": pair, **chosen, "manager": manager, "suits": suits(**chosen) if manager else [],
            "kinds": NAMED["purpose_kind"], "scopes": NAMED["purpose_scope"]}  # fmt: skip


def card_page(pair, part):
    if part not in PARTS:
        raise Missing
    mine = Draft.mine(pair)
    draft = mine.get(part)
    shown = [clause for clause in CLAUSES if clause.part == part and clause.of(pair.role)]
    said = draft.answers if draft and draft.readable else {}
    return {
        "pair": pair,
        "part": part,
        "parts": PARTS,
        "draft": draft,
        "drafts": mine,
        "is_ready": pair.role in Answers.by(pair),
        "needed": [clause for clause in shown if clause.needed],
        "others": [clause for clause in shown if not clause.needed],
        "answers": {clause.key: said.get(clause.key, clause.first(pair)) for clause in shown},
    }


# Ready, side by side, settled.


@bp.get("/")
def show(pair_id):
    pair = open_pair(pair_id)
    table = Table.of(pair)
    if table is None:
        return page("agreement/drafts.html", **drafts_page(pair))
    return page("agreement/show.html", **table_page(pair, table))


@bp.post("/readiness")
def be_ready(pair_id):
    return told(open_pair(pair_id), Answers.give)


@bp.post("/readiness/withdrawal")
def take_back(pair_id):
    return told(open_pair(pair_id), Answers.take_back)


def told(pair, verb):
    try:
        verb(pair)
    except Invalid as problem:
        # Meanwhile the other may have become ready too.
        if table := Table.of(pair):
            return refused("agreement/show.html", problem, **table_page(pair, table))
        return refused("agreement/drafts.html", problem, **drafts_page(pair))
    return done("agreement.show", pair_id=pair.id)


@bp.get("/clauses")
def index(pair_id):
    pair = open_pair(pair_id)
    return page("agreement/clauses.html", pair=pair, table=on_the_table(pair), parts=PARTS)


@bp.get("/clauses/<key>")
def clause(pair_id, key):
    return page("agreement/clause.html", **clause_page(open_pair(pair_id), key))


@bp.post("/clauses/<key>/answer")
def answer(pair_id, key):
    pair = open_pair(pair_id)
    try:
        Proposal.make(pair, key, request.form, seen=request.form.get("seen", ""))
    except Invalid as problem:
        return refused("agreement/clause.html", problem, **clause_page(pair, key))
    except Conflict:
        return page("agreement/clause.html", 409, **clause_page(pair, key) | {"changed": True})
    return done("agreement.show", pair_id=pair.id)


@bp.post("/signature")
def sign(pair_id):
    pair = open_pair(pair_id)
    try:
        Signature.give(pair, seen=request.form.get("seen", ""))
    except Invalid as problem:
        return refused("agreement/show.html", problem, **table_page(pair, on_the_table(pair)))
    except Conflict as conflict:
        table = on_the_table(pair)
        meanwhile = clauses.differences(conflict.current, table.answers)
        return page("agreement/show.html", 409, **table_page(pair, table) | {"meanwhile": meanwhile})
    return done("agreement.show", pair_id=pair.id)


def on_the_table(pair):
    table = Table.of(pair)
    if table is None:
        raise Missing
    return table


def drafts_page(pair):
    ready = Answers.by(pair)
    return {
        "pair": pair,
        "drafts": Draft.mine(pair),
        "i_am_ready": pair.role in ready,
        "other_is_ready": ROLES[pair.role] in ready,
        "parts": PARTS,
    }


def table_page(pair, table):
    editions = Edition.accepted(pair) if table.current else []
    signed = Signature.on(table) if table.is_whole else {}
    return {
        "pair": pair,
        "table": table,
        "current": table.current,
        "earlier": editions[1:],
        "signed": signed,
        "fingerprint": fingerprint(pair, table.answers),
        "parts": PARTS,
        "clauses": CLAUSES,
        "meanwhile": None,
    }


def clause_page(pair, key):
    if key not in NAMED:
        raise Missing
    table = on_the_table(pair)
    return {"pair": pair, "line": table.lines[key], "current": table.current, "changed": False}


# What was accepted.


@bp.get("/editions/<uuid:edition_id>")
def edition(pair_id, edition_id):
    pair = open_pair(pair_id)
    found = accepted(pair, edition_id)
    others = [one for one in Edition.accepted(pair) if one.id != found.id]
    return page("agreement/edition.html", pair=pair, edition=found, others=others, parts=PARTS, clauses=CLAUSES,
                fingerprint=fingerprint(pair, found.answers))  # fmt: skip


@bp.get("/editions/<uuid:edition_id>/since/<uuid:other_id>")
def differences(pair_id, edition_id, other_id):
    pair = open_pair(pair_id)
    one, other = sorted((accepted(pair, edition_id), accepted(pair, other_id)), key=lambda edition: edition.number)
    return page("agreement/differences.html", pair=pair, before=one, after=other,
                differences=clauses.differences(one.answers, other.answers))  # fmt: skip


def accepted(pair, edition_id):
    found = Edition.find(pair, edition_id)
    if not found.accepted_at:
        raise Missing
    return found
