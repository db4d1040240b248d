"""Static files: one address that changes with their content, kept by browsers for good, sent compressed."""

import gzip
import hashlib
import mimetypes
import re
from functools import cache

from flask import Blueprint, Response, request

from companion.errors import Missing
from companion.paths import data_dir

TYPES = {".woff2": "font/woff2", ".svg": "image/svg+xml", ".css": "text/css", ".js": "text/javascript"}
# Within the layer of components the later file wins, so their order is part of the design.
COMPONENTS = (
    *("icon", "masthead", "menu", "thread", "knot", "words", "action", "field", "reader", "stance", "scale"),
    *("prompt", "plan", "note", "choice", "notice", "compare", "table", "footer", "room", "agenda", "prepare"),
    *("meeting", "agreement", "checkins", "goal", "course", "library", "cards", "review", "door", "missing", "search"),
)
STYLES = ("layers", "reset", "tokens", "base", "layout", *(f"components/{name}" for name in COMPONENTS),
          "utilities", "print")  # fmt: skip
COMPRESSED = {"text/css", "text/javascript", "image/svg+xml"}
FOR_GOOD = "public, max-age=31536000, immutable"

bp = Blueprint("static", __name__, url_prefix="/static")


def init_app(app):
    app.register_blueprint(bp)
    app.jinja_env.globals["static"] = address
    # The favicon is asked for at the root by whoever reads no markup.
    app.add_url_rule("/favicon.ico", "static.favicon", favicon)


def address(name):
    """Where `name` is served."""
    return f"{bp.url_prefix}/{version()}/{name}"


@bp.get("/<version>/<path:name>")
def file(version, name):
    body, packed, kind = content(name)
    response = Response(body, mimetype=kind)
    if packed and request.accept_encodings["gzip"]:
        response = Response(packed, mimetype=kind, headers={"Content-Encoding": "gzip"})
    response.headers["Cache-Control"] = FOR_GOOD if version == _version() else "no-cache"
    if packed:
        response.vary.add("Accept-Encoding")
    return response


def favicon():
    body, _packed, kind = content("mark.svg")
    return Response(body, mimetype=kind, headers={"Cache-Control": "public, max-age=86400"})


def version():
    return _version()


@cache
def _version():
    digest = hashlib.sha256()
    for path in sorted(data_dir("static").rglob("*")):
        if path.is_file():
            digest.update(f"{path.name}:{path.stat().st_size}:".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def content(name):
    """(bytes, bytes compressed or None, type) of a static file; raises Missing."""
    if name == "css/companion.css":
        body, kind = stylesheet(), "text/css"
    else:
        if not re.fullmatch(r"[\w./-]{1,100}", name):
            raise Missing
        root = data_dir("static").resolve()
        path = (root / name).resolve()
        # One name for each file: what is kept in memory must not grow with what is asked for.
        if str(path) != f"{root}/{name}" or not path.is_file():
            raise Missing
        body = path.read_bytes()
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(body, 9, mtime=0) if kind in COMPRESSED else None
    return body, packed, kind


def stylesheet():
    """All style sheets as one, in the order of the house."""
    folder = data_dir("static") / "css"
    return b"\n".join((folder / f"{name}.css").read_bytes() for name in STYLES)
