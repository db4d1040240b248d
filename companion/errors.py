"""What can go wrong, and the pages that say so."""

from flask import current_app, g, render_template, request
from peewee import OperationalError
from werkzeug.exceptions import HTTPException


class Invalid(Exception):
    """A rule was broken: `sentence` says so to the person, `field` names where."""

    def __init__(self, sentence, field=None):
        super().__init__(sentence)
        self.sentence, self.field = sentence, field

    def __str__(self):
        return str(self.sentence)


class Ended(Invalid):
    """The mentorship has ended: its room can be read, and no longer be written in."""


class Missing(Exception):
    """There is no such thing, or it is not the asker's to see. The two are never told apart."""


class NotYours(Exception):
    """The asker may see it, but this is for the other to do; the sentence says who."""

    def __init__(self, sentence):
        super().__init__(sentence)
        self.sentence = sentence


class Conflict(Exception):
    """Somebody else changed the same thing: `current` is what stands there now."""

    def __init__(self, current):
        super().__init__("changed meanwhile")
        self.current = current


class Sealed(Exception):
    """It cannot be opened, for whatever reason. Which one is never said."""


class Busy(Exception):
    """Too much at once; `wait` is the number of seconds after which to try again."""

    def __init__(self, wait):
        super().__init__("busy")
        self.wait = wait


class TooOften(Busy):
    """The same was tried too often from the same place."""


def init_app(app):
    app.register_error_handler(Missing, lambda _: answer(404))
    app.register_error_handler(Ended, lambda error: answer(422, "errors/ended.html", sentence=error.sentence))
    app.register_error_handler(NotYours, lambda error: answer(403, sentence=error.sentence))
    app.register_error_handler(Conflict, lambda _: answer(409))
    app.register_error_handler(Sealed, lambda _: answer(409, "errors/sealed.html"))
    app.register_error_handler(TooOften, lambda error: answer(429, wait=error.wait))
    app.register_error_handler(Busy, lambda error: answer(503, wait=error.wait))
    app.register_error_handler(OperationalError, database_trouble)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(500, lambda _: answer(500))


def from_http(error):
    if error.code is None or error.code < 400:
        return error
    known = {400, 403, 404, 405, 413, 500, 503}
    response = answer(error.code, "errors/any.html" if error.code not in known else None)
    if error.code == 405 and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def database_trouble(error):
    """Locked for too long, or the disk is full: nothing was written, say so and let the person try again."""
    if "locked" in str(error) or "full" in str(error):
        return answer(503, wait=5)
    raise error


def answer(status, template=None, *, wait=None, sentence=None):
    """The page for `status`; a fragment at the field that asked, where htmx did."""
    g.setdefault("person", None)
    fragment = "HX-Request" in request.headers
    page = template or f"errors/{status}.html"
    html = render_template(
        page, wait=wait, sentence=sentence, layout="shared/_fragment.html" if fragment else "layout.html"
    )
    response = current_app.make_response((html, status))
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response
