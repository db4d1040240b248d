"""The agreement: drafted apart, laid side by side, settled clause by clause, signed, read and changed."""

from flask import Blueprint, g, request

from companion.agreement import clauses
from companion.agreement.clauses import CLAUSES, NAMED, PARTS
from companion.agreement.kept import midway_of
from companion.agreement.models import START, Answers, Draft, Edition, fingerprint
from companion.agreement.purpose import WHERE_MANAGER, suits
from companion.agreement.settling import Proposal, Signature, Table
from companion.errors import Conflict, Invalid, Missing
from companion.i18n import _
from companion.pairs.models import MENTEE, ROLES, Pair
from companion.web import done, number, open_pair, page, refused, while_running

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


@bp.get("/cards")
def cards(pair_id):
    return page("agreement/drafts.html", **drafts_page(own_desk(pair_id)))


@bp.get("/cards/<part>")
def card(pair_id, part):
    return page("agreement/card.html", **card_page(own_desk(pair_id), part))


@bp.post("/cards/<part>")
def keep_card(pair_id, part):
    """Saved as it goes, or as a whole; `over` a version from another window once its writer has said so."""
    pair, fragment = own_desk(pair_id), "HX-Request" in request.headers
    keep = request.form.get("keep")
    if keep == "theirs":
        # From another window of the same person: that one stands already.
        return done("agreement.card", pair_id=pair.id, part=part)
    rev = number("over") if keep else number("rev")
    try:
        Draft.save_card(pair, part, request.form, rev=rev, page=request.form.get("page", "")[:40])
    except Invalid as problem:
        if fragment:
            return page("shared/_refused.html", 422, problem=problem)
        return refused("agreement/card.html", problem, **card_page(pair, part))
    except Conflict as conflict:
        template = "agreement/_card_conflict.html" if fragment else "agreement/card.html"
        return page(template, 409, **card_page(pair, part) | two_cards(conflict.current, part))
    if fragment:
        return page("agreement/_card_after.html", **card_page(pair, part))
    if keep:
        return done("agreement.card", pair_id=pair.id, part=part)
    following = after(part)
    if following:
        return done("agreement.card", pair_id=pair.id, part=following)
    return done("agreement.cards", pair_id=pair.id)


def after(part):
    letters = list(PARTS)
    return dict(zip(letters, letters[1:], strict=False)).get(part)


def two_cards(stands, part):
    """Where what was sent and what `stands` differ."""
    clauses_here = [clause for clause in CLAUSES if clause.part == part and clause.key in stands.answers]
    both = [(clause, clause.read(request.form), stands.answers[clause.key]) for clause in clauses_here]
    return {"other": stands, "differing": [(clause, mine, theirs) for clause, mine, theirs in both if mine != theirs]}


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
    mentee = pair.role == MENTEE
    asked = _("Is the mentor your own manager?") if mentee else _("Are you the mentee’s own manager?")
    return {
        "pair": pair,
        **chosen,
        "manager": manager,
        "manager_asked": asked,
        "suits": suits(**chosen) if manager else [],
        "close": WHERE_MANAGER[pair.role],
        "kinds": NAMED["purpose_kind"],
        "scopes": NAMED["purpose_scope"],
        "parts": PARTS,
    }


def card_page(pair, part):
    if part not in PARTS:
        raise Missing
    drafts = Draft.mine(pair)
    draft = drafts.get(part)
    shown = [clause for clause in CLAUSES if clause.part == part and clause.of(pair.role)]
    said = draft.answers if draft and draft.readable else {}
    return {
        "pair": pair,
        "part": part,
        "parts": PARTS,
        "following": after(part),
        "draft": draft,
        "drafts": drafts,
        "unanswered": Draft.unanswered(pair, drafts),
        "is_ready": pair.role in Answers.by(pair),
        "needed": [clause for clause in shown if clause.needed],
        "others": [clause for clause in shown if not clause.needed],
        "answers": {clause.key: said.get(clause.key, clause.first(pair)) for clause in shown},
        "other": None,
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
@while_running
def index(pair_id):
    pair = open_pair(pair_id)
    table = on_the_table(pair)
    lines = [line for line in table.lines.values() if line.clause.kind != "stands"]
    parts = [(letter, title, [line for line in lines if line.clause.part == letter]) for letter, title in PARTS.items()]
    # What stands meanwhile, where the two do not yet say the same.
    agreed, langs = (table.current.answers, table.current.langs) if table.current else ({}, {})
    return page("agreement/clauses.html", pair=pair, parts=parts, agreed=agreed, agreed_langs=langs)


@bp.get("/clauses/<key>")
@while_running
def clause(pair_id, key):
    return page("agreement/clause.html", **clause_page(open_pair(pair_id), key))


@bp.post("/clauses/<key>/answer")
def answer(pair_id, key):
    pair = open_pair(pair_id)
    try:
        if "answer" not in request.form:
            raise Invalid(_("Choose one of the answers."), "answer")
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
    ready, drafts = Answers.by(pair), Draft.mine(pair)
    unanswered = {} if pair.role in ready else Draft.unanswered(pair, drafts)
    return {
        "pair": pair,
        "drafts": drafts,
        "started": START in drafts,
        "unanswered": unanswered,
        "following": min(unanswered, default=None),
        "i_am_ready": pair.role in ready,
        "other_is_ready": ROLES[pair.role] in ready,
        "parts": PARTS,
    }


def table_page(pair, table):
    editions = Edition.accepted(pair) if table.current else []
    # What waits for the asker comes first.
    lines = sorted(table.unsettled, key=lambda line: not line.waits_for(pair))
    wording = table.answers if table.is_whole else None
    current = table.current
    shown = wording or (current.answers if current else {})
    langs = table.langs if wording else current.langs if current else {}
    return {
        "pair": pair,
        "table": table,
        "current": current,
        "earlier": editions[1:],
        "lines": lines,
        "settled": [line for line in table.lines.values() if line.is_settled and line.says_something],
        "signed": Signature.on(table) if table.is_whole else {},
        "other": ROLES[pair.role],
        "wording": wording,
        "sheet": clauses.in_parts(shown),
        "langs": langs,
        "number": table.number,
        "in_question": {line.clause.key for line in lines},
        "fingerprint": fingerprint(pair, shown),
        "midway": midway_of(current),
        "meanwhile": None,
    }


def clause_page(pair, key):
    table = on_the_table(pair)
    line = table.lines.get(key)
    if line is None or line.clause.kind == "stands" or not line.clause.of(pair.role):
        raise Missing
    return {
        "pair": pair,
        "line": line,
        "current": table.current,
        "ways": ways(pair, line, table.current),
        "chosen": "",
        "changed": False,
    }


def ways(pair, line, current):
    """[(value, words, what it says)] of the answers the asker can give on a clause."""
    clause, found = line.clause, []
    theirs, mine = line.says[ROLES[pair.role]], line.says[pair.role]
    stands = current.answers.get(clause.key, clause.empty) if current else None

    def say(value):
        return clause.say(value) if clause.says_something(value) else _("Nothing")

    if not line.is_settled:
        if theirs != stands:
            found.append(("theirs", _("Take what %(name)s says", name=pair.partner_name), say(theirs)))
        if mine != stands:
            found.append(("mine", _("Keep what you said"), say(mine)))
    if current and (not line.is_settled or line.value != stands):
        found.append(("current", _("Leave it as it is agreed now"), say(stands)))
    return [*found, ("third", _("Write a third") if not line.is_settled else _("Write something else"), "")]


# What was accepted.


@bp.get("/editions/<uuid:edition_id>")
def edition(pair_id, edition_id):
    pair = open_pair(pair_id)
    found = accepted(pair, edition_id)
    return page(
        "agreement/edition.html",
        pair=pair,
        edition=found,
        others=[one for one in Edition.accepted(pair) if one.id != found.id],
        sheet=clauses.in_parts(found.answers),
        langs=found.langs,
        in_question=(),
        fingerprint=fingerprint(pair, found.answers),
    )


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
