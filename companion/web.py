"""What every view relies on: from where it is asked, how an answer reaches htmx or a plain form, the headers."""

import secrets
from functools import lru_cache, wraps
from uuid import UUID

from flask import abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from companion.errors import Busy, Conflict, Ended, Invalid, TooOften
from companion.i18n import _, ngettext
from companion.pairs.models import Pair
from companion.stance import STANCES

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
HSTS = "max-age=31536000; includeSubDomains"
# What is never shown again in an answer.
UNREPEATED = {"passphrase", "offered", "own", "old", "current", "unlock", "code"}


def init_app(app):
    config = app.config["COMPANION"]
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=0, x_port=0)
    app.before_request(refuse_other_hosts)
    app.before_request(refuse_other_sites)
    app.after_request(add_headers)
    app.jinja_env.globals.update(
        home=lambda: config.url,
        url_for=address,
        stances=STANCES,
        typed=typed,
        page_mark=page_mark,
        repeatable=repeatable,
        operator=operator,
    )


def refuse_other_hosts():
    if request.host.lower() != current_app.config["COMPANION"].host:
        abort(400)


def refuse_other_sites():
    if request.method not in ("GET", "HEAD", "OPTIONS") and not asked_from_this_site():
        abort(403)


def asked_from_this_site():
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in ("same-origin", "none")
    return request.headers.get("Origin") == current_app.config["COMPANION"].url


def add_headers(response):
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["COMPANION"].url.startswith("https:"):
        response.headers["Strict-Transport-Security"] = HSTS
    response.headers.setdefault("Cache-Control", "no-store")
    if response.mimetype == "text/html":
        response.vary.add("HX-Request")
    return response


def operator():
    return current_app.config["COMPANION"].operator


def address(endpoint, *, _anchor="", **values):
    """Where a page is, for links. One that only ids lead to is worked out once; a token is never remembered."""
    if all(type(value) is UUID for value in values.values()):
        return _address(endpoint, *values.items()) + (f"#{_anchor}" if _anchor else "")
    return url_for(endpoint, _anchor=_anchor or None, **values)


@lru_cache(maxsize=10_000)
def _address(endpoint, *values):
    # A page of a long course has a hundred links, and the house stands at the root of its server.
    return url_for(endpoint, **dict(values))


def absolute(endpoint, **values):
    """An address that leaves the app: always below COMPANION_URL, whatever the request says."""
    return current_app.config["COMPANION"].url + url_for(endpoint, **values)


def open_pair(pair_id):
    """The asker's pair with its room open; a pair whose room is not open is shown by its front page alone."""
    pair = Pair.opened_by(g.person, pair_id)
    if not pair.is_open:
        abort(redirect(url_for("pairs.room", pair_id=pair.id), 303))
    return pair


def while_running(view):
    """A page that is only there to write what both read: once the mentorship has ended it leads to the room."""

    @wraps(view)
    def shown(pair_id, **ids):
        if Pair.opened_by(g.person, pair_id).is_ended:
            return done("pairs.room", pair_id=pair_id)
        return view(pair_id, **ids)

    return shown


def page(template, status=200, /, **context):
    """A whole page."""
    context.setdefault("problem", None)
    return render_template(template, **context), status


def refused(template, problem, /, **context):
    """The page again, with what was typed and why not."""
    if isinstance(problem, Ended):
        # The page has no form any more in which it could stand: the error's own page keeps it.
        raise problem
    status = 422 if isinstance(problem, Invalid) else 429 if isinstance(problem, TooOften) else 503
    context["problem"] = problem if status == 422 else Invalid(patience(problem))
    response = make_response(render_template(template, **context), status)
    if isinstance(problem, Busy):
        response.headers["Retry-After"] = str(problem.wait)
    return response


def not_changed(problem, template, context, pair, row):
    """A change was not taken: the page again, with what was typed and why not.

    Where somebody else was faster (Conflict), it shows what stands now beside what was typed. The template is given
    what `context(pair, row)` says of it.
    """
    if isinstance(problem, Conflict):
        return page(template, 409, **context(pair, problem.current) | {"changed": True})
    return refused(template, problem, **context(pair, row))


def not_taken(problem, template, context):
    """A small form on a larger page was refused: htmx gets the sentence, a plain form its page again."""
    if "HX-Request" in request.headers:
        return page("shared/_refused.html", 422, problem=problem)
    return refused(template, problem, **context())


def patience(problem):
    """What to say when it was too much or too often."""
    if isinstance(problem, TooOften):
        return ngettext(
            "That was many tries. Wait %(num)s second, then try again.",
            "That was many tries. Wait %(num)s seconds, then try again.",
            problem.wait,
        )
    return _("There is a queue at the door just now. Try again in a moment.")


def done(endpoint, **values):
    """It is done: a plain form goes on to the page that shows it."""
    anchor = values.pop("anchor", None)
    return redirect(url_for(endpoint, _anchor=anchor, **values), 303)


def swapped(fragment, endpoint, /, context, **values):
    """It is done: htmx gets the partial that changed, a plain form goes on to the page that includes it."""
    if "HX-Request" in request.headers:
        context.setdefault("problem", None)
        g.is_done = True
        return render_template(fragment, **context)
    return done(endpoint, **values)


def typed(name, otherwise=""):
    """What was typed into the field `name`, when a form comes back to its writer; else what stands there."""
    if request.method == "POST" and name in request.form and not g.get("is_done"):
        return request.form[name]
    return "" if otherwise is None else otherwise


def repeatable():
    """[(name, text)] of a refused form, so that it can be sent again; no passphrases."""
    if request.method != "POST":
        return []
    try:
        form = request.form
    except HTTPException:
        # More than fits: there is nothing to repeat.
        return []
    return [(name, text) for name, text in form.items(multi=True) if name not in UNREPEATED]


def page_mark():
    """One mark for each time a page is shown, by which a writer's own saves are told from others'."""
    if "page_mark" not in g:
        g.page_mark = secrets.token_urlsafe(9)
    return g.page_mark


def number(name):
    """A whole number from a hidden field, 0 where there is none."""
    value = request.form.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else 0
