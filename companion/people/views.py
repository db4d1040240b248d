"""The way in and out: sign-up, sign-in, recovery, settings."""

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for

from companion import i18n, mail
from companion.errors import Busy, Invalid, Missing, Sealed
from companion.i18n import LANGUAGE_COOKIE, LANGUAGES, _
from companion.pairs.models import Invitation, Pair
from companion.people import gate, passphrases
from companion.people.attempts import Attempt
from companion.people.models import Person, RestartLink, Session, read_email
from companion.web import absolute, done, page, refused

bp = Blueprint("people", __name__)


@bp.get("/")
def welcome():
    if g.person:
        return home()
    return page("people/welcome.html", open=signup_is_open(), erased="erased" in request.args)


def home():
    """Where somebody who signs in begins: in their room, when they have just the one."""
    pairs = Pair.of(g.person)
    if len(pairs) == 1 and g.person.slot("recovery").shown is None:
        return done("pairs.room", pair_id=pairs[0].id)
    return done("pairs.index")


@bp.get("/promise")
def promise():
    return page("people/promise.html")


def signup_is_open():
    return current_app.config["COMPANION"].signup == "open"


@bp.get("/sign-in")
def sign_in():
    if g.person:
        goal = gate.local_path(request.args.get("next"))
        return redirect(goal, 303) if goal else home()
    return page("people/sign_in.html", next=gate.local_path(request.args.get("next")), open=signup_is_open())


@bp.post("/sign-in")
def open_session():
    goal = gate.local_path(request.form.get("next"))
    try:
        person = gate.sign_in(request.form.get("email", ""), request.form.get("passphrase", ""))
    except Sealed:
        wrong = Invalid(_("The address and the passphrase do not belong together. Try once more."), "passphrase")
        return refused("people/sign_in.html", wrong, next=goal, open=signup_is_open())
    except Busy as problem:
        return refused("people/sign_in.html", problem, next=goal, open=signup_is_open())
    if g.session:
        g.session.delete_instance()
    gate.enter(person)
    return redirect(goal, 303) if goal else home()


@bp.post("/sign-out")
def sign_out():
    gate.leave()
    response = make_response(redirect(url_for("people.welcome"), 303))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.get("/sign-up")
def sign_up():
    if g.person:
        return done("pairs.index")
    token, invitation = invitation_in(request.args)
    gate.require_invitation(current_app.config["COMPANION"], invitation)
    return page("people/sign_up.html", **sign_up_page(token, invitation))


@bp.post("/sign-up/passphrase")
def offer_again():
    token, invitation = invitation_in(request.form)
    return page("people/sign_up.html", **sign_up_page(token, invitation))


@bp.post("/sign-up")
def create():
    token, invitation = invitation_in(request.form)
    gate.require_invitation(current_app.config["COMPANION"], invitation)
    form = request.form
    offered = form.get("choice") == "offered"
    try:
        Attempt.begin("sign-up", form.get("email", "").strip().casefold(), request.remote_addr or "")
        person = Person.sign_up(
            name=form.get("name", ""),
            email=form.get("email", ""),
            passphrase=form.get("offered" if offered else "own", ""),
            language=form.get("language", i18n.language()),
        )
        if invitation and invitation.lets_sign_up:
            invitation.use(person)
    except (Invalid, Busy) as problem:
        return refused("people/sign_up.html", problem, **sign_up_page(token, invitation, form.get("offered")))
    gate.enter(person)
    return done("people.recovery_code", invitation=token if invitation and invitation.pair_id else None)


def invitation_in(values):
    """(token, invitation) that a sign-up came with, or empty."""
    token = values.get("invitation", "")
    try:
        return token, Invitation.find(token)
    except Missing:
        return "", None


def sign_up_page(token, invitation, offered=None):
    if offered is None or len(offered.split()) != passphrases.OFFERED:
        offered = passphrases.offer(i18n.language())
    return {"token": token, "invitation": invitation, "offered": offered}


@bp.get("/recovery-code")
def recovery_code():
    return page("people/recovery_code.html", **recovery_page())


@bp.post("/recovery-code")
def confirm_code():
    slot = g.person.slot("recovery")
    try:
        slot.confirm(g.person.vault, (request.form.get("first", ""), request.form.get("second", "")))
    except Invalid as problem:
        return refused("people/recovery_code.html", problem, **recovery_page())
    token = request.form.get("invitation")
    return done("pairs.invitation", token=token) if token else done("pairs.index")


def recovery_page():
    slot = g.person.slot("recovery")
    token = request.values.get("invitation", "")
    return {"code": slot.code(g.person.vault), "asked": slot.asked, "token": token}


@bp.get("/forgot")
def forgot():
    return page("people/forgot.html", sent=False)


@bp.post("/forgot")
def recover():
    form = request.form
    try:
        attempt = Attempt.begin("recovery", form.get("email", "").strip().casefold(), request.remote_addr or "")
        person = Person.recover(form.get("email", ""), form.get("code", ""), form.get("passphrase", ""))
        attempt.forgiven()
    except Sealed:
        wrong = Invalid(_("The address and the code do not belong together. Is it the newest code?"), "code")
        return refused("people/forgot.html", wrong, sent=False)
    except Invalid as problem:
        # A slip of the finger is not a guess.
        attempt.delete_instance()
        return refused("people/forgot.html", problem, sent=False)
    except Busy as problem:
        return refused("people/forgot.html", problem, sent=False)
    gate.enter(person)
    return done("people.recovery_code")


@bp.post("/forgot/letter")
def send_restart():
    try:
        email = read_email(request.form.get("email", ""))
        Attempt.begin("restart", email, request.remote_addr or "")
    except (Invalid, Busy) as problem:
        return refused("people/forgot.html", problem, sent=False)
    # Known and unknown addresses look the same from here on.
    if person := Person.by_email(email):
        link = absolute("people.restart", token=RestartLink.make(person))
        with i18n.force_locale(person.language):
            body = render_template("people/restart_letter.txt", link=link)
            mail.send(current_app.config["COMPANION"], to=email, subject=_("A new start in Companion"), body=body)
    return page("people/forgot.html", sent=True)


@bp.get("/restart/<token>")
def restart(token):
    person = RestartLink.person_of(token)
    return page("people/restart.html", token=token, who=person, offered=passphrases.offer(i18n.language()))


@bp.post("/restart/<token>")
def start_anew(token):
    person, form = RestartLink.person_of(token), request.form
    offered = form.get("offered", "")
    try:
        chosen = offered if form.get("choice") == "offered" else form.get("own", "")
        successor = person.start_anew(passphrase=chosen)
    except (Invalid, Busy) as problem:
        return refused("people/restart.html", problem, token=token, who=person, offered=offered)
    gate.enter(successor)
    return done("people.recovery_code")


@bp.post("/language")
def choose_language():
    language = request.form.get("language")
    if language not in LANGUAGES:
        abort(400)
    response = make_response(redirect(gate.local_path(request.form.get("next")) or url_for("people.welcome"), 303))
    if g.person:
        g.person.choose(language)
    else:
        age = 365 * 24 * 3600
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=age, secure=True, httponly=True, samesite="Lax")
    return response


@bp.get("/settings")
def settings():
    return page("people/settings.html", **settings_page())


@bp.post("/settings")
def settle():
    form = request.form
    try:
        g.person.settle(**{name: form.get(name, "") for name in ("name", "language", "timezone")})
    except Invalid as problem:
        return refused("people/settings.html", problem, **settings_page())
    return done("people.settings")


@bp.post("/settings/passphrase")
def change_passphrase():
    form = request.form
    try:
        attempt = Attempt.begin("sign-in", g.person.email, request.remote_addr or "")
        g.person.change_passphrase(form.get("old", ""), form.get("passphrase", ""), keep=g.session)
        attempt.forgiven()
    except (Invalid, Busy) as problem:
        return refused("people/settings.html", problem, **settings_page())
    g.session.delete_instance()
    gate.enter(g.person)
    return done("people.settings", changed="passphrase", anchor="new-passphrase")


@bp.post("/settings/code")
def renew_code():
    try:
        gate.prove_again("current")
    except (Invalid, Busy) as problem:
        return refused("people/settings.html", problem, **settings_page())
    g.person.renew_code()
    return done("people.recovery_code")


@bp.post("/settings/sessions/<uuid:session_id>/end")
def end_session(session_id):
    if session_id == g.session.id:
        return sign_out()
    Session.end_one(g.person, session_id)
    return done("people.settings", anchor="sessions")


def settings_page():
    return {
        "sessions": [(session, session.device_name(g.person.vault)) for session in Session.alive_of(g.person)],
        "this": g.session,
        "timezones": i18n.timezones(),
        "unconfirmed": g.person.slot("recovery").shown is not None,
        "changed": request.args.get("changed") == "passphrase",
    }
