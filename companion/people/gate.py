"""The door: closed by default, and how somebody whose session ran out goes on where they were."""

import re

from flask import abort, g, make_response, redirect, render_template, request, url_for

from companion.errors import Busy, Sealed, TooOften
from companion.i18n import _
from companion.people.attempts import Attempt
from companion.people.models import Person, Session
from companion.web import patience

COOKIE = "__Host-companion"
PUBLIC = {
    "static.file",
    "static.favicon",
    "people.welcome",
    "people.promise",
    "people.sign_in",
    "people.open_session",
    "people.sign_up",
    "people.create",
    "people.offer_again",
    "people.forgot",
    "people.recover",
    "people.send_restart",
    "people.restart",
    "people.start_anew",
    "people.choose_language",
    "pairs.invitation",
    "pairs.decline",
}
# What an open page asks by itself: nobody need be there, so it does not keep a room open.
BY_ITSELF = {"hour.look", "hour.be_here"}
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


def init_app(app):
    app.before_request(require_person)
    app.after_request(carry_cookie)
    app.jinja_env.globals["asker"] = lambda: g.get("person")


def require_person():
    g.person = g.session = None
    if request.endpoint in ("static.file", "static.favicon"):
        return None
    token = request.cookies.get(COOKIE, "")
    session = Session.of(token) if token else None
    if session and session.alive:
        try:
            g.person, g.session = session.unlock(token), session
            if request.endpoint not in BY_ITSELF:
                session.seen()
            return None
        except Sealed:
            session = None
    if request.endpoint in PUBLIC or request.endpoint is None:
        return None
    if request.method == "POST":
        return unlock_in_place(session)
    return redirect(url_for("people.sign_in", next=request.full_path.rstrip("?")), 303)


def unlock_in_place(session):
    """What was typed goes on with the same person's passphrase; without it, ask, and keep what was typed.

    Only who was signed in here can go on so: the ended session says who, and no address is asked for.
    """
    problem, status = None, 401
    if session and "unlock" in request.form:
        try:
            enter(sign_in(session.person.email or "", request.form["unlock"]))
            session.delete_instance()
            return None
        except Sealed:
            problem = _("That is not the passphrase for this address. Try once more.")
        except Busy as error:
            problem, status = patience(error), 429 if isinstance(error, TooOften) else 503
    fragment = "HX-Request" in request.headers
    template = "people/_unlock.html" if fragment else "people/unlock.html"
    html = render_template(template, who=session.person if session else None, problem=problem)
    return make_response(html, status)


def sign_in(email, passphrase):
    """The person, unlocked; counted and slowed. Raises Sealed, TooOften, Busy."""
    attempt = Attempt.begin("sign-in", email.strip().casefold(), request.remote_addr or "")
    person = Person.sign_in(email, passphrase)
    attempt.forgiven()
    return person


def prove_again(field="passphrase"):
    """Whoever is signed in types their passphrase once more, at `field`: counted and slowed as a sign-in is.

    Raises Invalid, TooOften, Busy.
    """
    attempt = Attempt.begin("sign-in", g.person.email or "", request.remote_addr or "")
    g.person.prove(request.form.get(field, ""), field)
    attempt.forgiven()


def enter(person):
    """Begin a session for `person`: this request goes on as theirs, and its answer carries the cookie."""
    g.person = person
    g.session, g.token = Session.start(person, device())


def leave():
    if g.session:
        g.session.delete_instance()
    g.person, g.token = None, ""


def carry_cookie(response):
    token = g.get("token")
    if token is not None:
        age = {} if token else {"max_age": 0}
        response.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="Lax", path="/", **age)
    return response


def device():
    """What the person may recognise in the list of their sessions: Firefox, Linux."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part)


def local_path(path):
    """`path` when it is a page of this house, else None: nobody is sent anywhere else."""
    sound = re.fullmatch(r"/[A-Za-z0-9_~.-][A-Za-z0-9_~./?=&-]{0,500}", path or "")
    return path if sound and "//" not in path and not path.startswith("/sign-") else None


def require_invitation(config, invitation):
    """Where only the invited may sign up, there must be an invitation that still lets them."""
    if config.signup == "invited" and not (invitation and invitation.lets_sign_up):
        abort(403)
