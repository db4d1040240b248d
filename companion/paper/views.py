"""The agreement on paper."""

from flask import Blueprint, request

from companion.agreement.clauses import CLAUSES, PARTS
from companion.agreement.models import Edition, fingerprint
from companion.errors import Missing, Sealed
from companion.i18n import LANGUAGES, _, clock, day, force_locale, language
from companion.paper import typesetting
from companion.paper.answer import paper
from companion.web import open_pair

bp = Blueprint("paper", __name__, url_prefix="/pairs/<uuid:pair_id>")


@bp.get("/agreement/editions/<uuid:edition_id>/pdf")
def agreement(pair_id, edition_id):
    """An edition both said yes to, in the reader's language or the one asked for."""
    pair = open_pair(pair_id)
    edition = Edition.find(pair, edition_id)
    if not edition.accepted_at:
        raise Missing
    if not edition.readable:
        raise Sealed
    chosen = request.args.get("language")
    chosen = chosen if chosen in LANGUAGES else language()
    with force_locale(chosen):
        content = agreement_content(pair, edition, chosen)
        if not typesetting.has_every_sign("agreement", content):
            content["foot"] += " · " + _("An empty box is a sign that these letters do not have.")
    return paper(typesetting.pdf("agreement", content), "agreement.pdf")


def agreement_content(pair, edition, chosen):
    parts = []
    for letter, name in PARTS.items():
        said = [said_of(clause, edition, chosen) for clause in CLAUSES if clause.part == letter]
        parts.append({"letter": letter, "name": str(name), "clauses": [one for one in said if one]})
    under = _(
        "Edition %(number)s · in force from %(day)s", number=edition.number, day=day(edition.accepted_at, year=True)
    )
    return {
        "title": _("Our agreement"),
        "language": chosen,
        "heading": _("Agreement between %(mentee)s and %(mentor)s", mentee=pair.mentee_name, mentor=pair.mentor_name),
        "under": under,
        "foot": under,
        "parts": [part for part in parts if part["clauses"]],
        "signatures": [signature(pair, *one) for one in edition.signed],
        "fingerprint": _("Fingerprint: %(mark)s", mark=fingerprint(pair, edition.answers)),
    }


def said_of(clause, edition, chosen):
    """One clause with its answer, as data; None where nothing was said."""
    value = edition.answers.get(clause.key, clause.empty)
    if clause.kind != "stands" and not clause.says_something(value):
        return None
    # What stands in every agreement says itself what it means.
    stands = "\n\n".join(str(point) for point in clause.points) or (clause.says if clause.kind == "stands" else "")
    words = str(stands or clause.say(value))
    lang = edition.langs.get(clause.key) if clause.kind in ("words", "chips") else None
    return {"label": str(clause.label), "said": words, "language": lang or chosen}


def signature(pair, person_id, at, holds):
    role = _("Mentee") if pair.voice_of(person_id) == "mentee" else _("Mentor")
    when = _("%(day)s at %(clock)s", day=day(at, year=True), clock=clock(at))
    says = _("%(role)s · signed %(when)s", role=role, when=when)
    if not holds:
        says = _("%(role)s · this signature does not belong to these words", role=role)
    return {"name": pair.name_of(person_id), "says": says}
