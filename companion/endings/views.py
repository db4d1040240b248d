"""How it goes on: the chemistry check, pausing, one of the two ending it, closing it together with a harvest."""

from datetime import date, timedelta

from flask import Blueprint, abort, request, url_for

from companion import i18n, writing
from companion.agreement.clauses import agreed
from companion.agreement.models import Edition
from companion.endings.chemistry import ANSWERS, Chemistry, is_asked
from companion.endings.models import QUESTIONS, Farewell, Harvest, close, other_is_ready
from companion.endings.news import news
from companion.errors import Conflict, Invalid
from companion.i18n import _, ngettext
from companion.meetings.models import Meeting
from companion.pairs.models import LONGEST_PAUSE, ROLES, Pair
from companion.web import done, open_pair, page, refused
from companion.writing import Writing

USUAL_PAUSE = timedelta(weeks=4)

bp = Blueprint("endings", __name__, url_prefix="/pairs/<uuid:pair_id>")


@bp.get("/ending")
def show(pair_id):
    return page("endings/show.html", **ending_page(open_pair(pair_id)))


def ending_page(pair):
    today = i18n.today()
    edition = Edition.in_force(pair)
    return {
        "pair": pair,
        "news": news(pair),
        "asked": is_asked(pair),
        "today": today,
        "until": today + USUAL_PAUSE,
        "latest": today + LONGEST_PAUSE,
        "kept": kept(edition),
    }


def kept(edition):
    """How long after the end what is in the room is kept, in words."""
    months = int(agreed(edition, "data_after"))
    if not months:
        return _("a week after the end")
    return ngettext("one month after the end", "%(num)s months after the end", months)


# Is it a match?


@bp.get("/chemistry")
def chemistry(pair_id):
    return page("endings/chemistry.html", **chemistry_page(open_pair(pair_id)))


@bp.post("/chemistry")
def say_chemistry(pair_id):
    pair = open_pair(pair_id)
    try:
        Chemistry.say(pair, request.form.get("answer", ""))
    except Invalid as problem:
        return refused("endings/chemistry.html", problem, **chemistry_page(pair))
    if pair.is_ended:
        return done("pairs.room", pair_id=pair.id)
    return done("endings.chemistry", pair_id=pair.id)


def chemistry_page(pair):
    mine = Chemistry.of_asker(pair)
    return {
        "pair": pair,
        "asked": is_asked(pair),
        "mine": mine.answer if mine else "",
        "answers": [(value, name, says) for value, (name, says) in ANSWERS.items()],
    }


# A pause.


@bp.post("/pause")
def pause(pair_id):
    return told(open_pair(pair_id), lambda pair: pair.pause(_day(request.form.get("until", ""))))


@bp.post("/pause/resumption")
def resume(pair_id):
    return told(open_pair(pair_id), Pair.resume)


def _day(typed):
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise Invalid(_("Choose a day, such as 12 November."), "until") from None


# One of the two ends it.


@bp.get("/exit")
def exit_page(pair_id):
    return page("endings/exit.html", **leaving_page(open_pair(pair_id)))


@bp.post("/exit")
def leave(pair_id):
    pair, words = open_pair(pair_id), request.form.get("words", "")
    return told(pair, lambda pair: Farewell.say(pair, words), "endings/exit.html", leaving_page, "pairs.room")


@bp.post("/exit/withdrawal")
def take_back(pair_id):
    return told(open_pair(pair_id), Farewell.take_back)


def leaving_page(pair):
    edition = Edition.in_force(pair)
    return {
        "pair": pair,
        "talk_first": agreed(edition, "exit") == "talk_first",
        "kept": kept(edition),
    }


# Both close it.


@bp.get("/closing")
def closing(pair_id):
    return page("endings/closing.html", **closing_page(open_pair(pair_id)))


@bp.post("/closing")
def close_together(pair_id):
    pair = open_pair(pair_id)
    return told(pair, close, "endings/closing.html", closing_page, "pairs.room")


@bp.post("/harvest/<question>")
def write_harvest(pair_id, question):
    pair = open_pair(pair_id)
    if question not in QUESTIONS:
        abort(404)
    mine = Harvest.mine(pair)

    def store(words, *, rev, page):
        if words is None:
            raise Conflict(mine.get(question))
        return Harvest.save_text(pair, question, words, rev=rev, page=page)

    return writing.save(harvest_field(pair, question, mine), store, url_for("endings.closing", pair_id=pair.id))


@bp.post("/harvest/sharing")
def share_harvest(pair_id):
    return told(open_pair(pair_id), Harvest.share, "endings/closing.html", closing_page, "endings.closing")


@bp.post("/harvest/withdrawal")
def withdraw_harvest(pair_id):
    return told(open_pair(pair_id), Harvest.take_back, "endings/closing.html", closing_page, "endings.closing")


def harvest_field(pair, question, mine):
    name, asks = QUESTIONS[question]
    action = url_for("endings.write_harvest", pair_id=pair.id, question=question)
    return Writing(action, name, pair, mine.get(question), hint=asks, size="low", rows=3)


def closing_page(pair):
    mine, seen = Harvest.mine(pair), Harvest.seen_by(pair)
    edition = Edition.in_force(pair)
    shared = pair.role in seen
    written = {question: mine[question] for question in QUESTIONS if question in mine and mine[question].says_something}
    sharing = request.args.get("step") == "share" and bool(written) and not shared and not pair.is_ended
    return {
        "pair": pair,
        "questions": QUESTIONS,
        "sharing": sharing,
        "seen": {pair.role: written} if sharing else seen,
        "shared": shared,
        "whole": Harvest.is_whole(pair),
        "other_is_ready": len(seen) < 2 and other_is_ready(pair),
        "fields": [] if shared else [harvest_field(pair, question, mine) for question in QUESTIONS],
        "roles": (pair.role, ROLES[pair.role]),
        "next": Meeting.ahead(pair).first(),
        "kept": kept(edition),
    }


def told(pair, verb, template="endings/show.html", context=ending_page, onwards="endings.show"):
    """Tell the pair to do something; when it cannot, its page says why."""
    try:
        verb(pair)
    except Invalid as problem:
        return refused(template, problem, **context(pair))
    return done(onwards, pair_id=pair.id)
