"""The environment, read once. A wrong or missing value stops the start with one sentence."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
HOST = r"([\w-]+(\.[\w-]+)*|\[[\da-fA-F:.]+\])(:\d+)?"


class Misconfigured(Exception):
    """A variable in the environment is wrong; the sentence names it."""


@dataclass(frozen=True)
class Config:
    operator: str
    url: str
    bind: tuple[str, int]
    proxies: int
    data: Path
    signup: str
    smtp_url: str | None
    mail_from: str
    secret_key: bytes | None

    @property
    def host(self):
        return urlsplit(self.url).netloc

    @property
    def database(self):
        return self.data / "companion.db"

    @property
    def outbox(self):
        return self.data / "outbox"


def read(environ=os.environ):
    """The configuration in `environ`; raises Misconfigured with a sentence for whoever runs the server."""
    bind = _bind(environ.get("COMPANION_BIND", "127.0.0.1:8000"))
    url = _url(environ.get("COMPANION_URL") or f"http://{_joined(bind)}")
    return Config(
        operator=_operator(environ.get("COMPANION_OPERATOR", "")),
        url=url,
        bind=bind,
        proxies=_proxies(environ.get("COMPANION_PROXIES", "0")),
        data=Path(environ.get("COMPANION_DATA") or "data").absolute(),
        signup=_one_of("COMPANION_SIGNUP", environ.get("COMPANION_SIGNUP") or "open", {"open", "invited"}),
        smtp_url=_smtp(environ.get("COMPANION_SMTP_URL") or None),
        mail_from=_mail_from(environ.get("COMPANION_MAIL_FROM") or f"companion@{urlsplit(url).hostname}"),
        secret_key=_secret_key(environ.get("COMPANION_SECRET_KEY") or None),
    )


def _operator(value):
    name = " ".join(value.split())
    if not 3 <= len(name) <= 200:
        raise Misconfigured(
            "COMPANION_OPERATOR is missing: say who runs this server, for example "
            "COMPANION_OPERATOR='the HR partnership of Vestby Municipality'. Everyone who signs up is told."
        )
    return name


def _url(value):
    try:
        url = urlsplit(value)
        plain = url.scheme == "http" and url.hostname in LOOPBACK
        whole = re.fullmatch(HOST, url.netloc, re.ASCII) and url.path in ("", "/") and not (url.query or url.fragment)
        usual = url.port == {"http": 80, "https": 443}.get(url.scheme)
        sound = whole and url.port != 0 and (plain or url.scheme == "https")
    except ValueError:
        sound = False
    if not sound:
        raise Misconfigured(
            f"COMPANION_URL is {value!r}: it must be https://name.of.the.server without a path "
            "(http only for localhost)."
        )
    # As browsers write it: they leave the usual port out.
    host = url.netloc.rpartition(":")[0] if usual else url.netloc
    return f"{url.scheme}://{host.lower()}"


def _bind(value):
    host, colon, port = value.rpartition(":")
    if not (colon and host and port.isdecimal() and port.isascii() and 0 < int(port) < 65536):
        raise Misconfigured(f"COMPANION_BIND is {value!r}: it must be address:port, such as 127.0.0.1:8000.")
    return host.strip("[]"), int(port)


def _joined(bind):
    host, port = bind
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _proxies(value):
    if not (value.isascii() and value.isdecimal() and int(value) <= 5):
        raise Misconfigured(f"COMPANION_PROXIES is {value!r}: it must be the number of trusted proxies, 0 to 5.")
    return int(value)


def _one_of(name, value, allowed):
    if value not in allowed:
        raise Misconfigured(f"{name} is {value!r}: it must be {' or '.join(sorted(allowed))}.")
    return value


def _smtp(value):
    if value is None:
        return None
    try:
        url = urlsplit(value)
        sound = url.scheme in ("smtp", "smtp+starttls", "smtps") and url.hostname and url.port != 0
    except ValueError:
        sound = False
    if not sound:
        # The value may hold a password: name the variable, never show what is in it.
        raise Misconfigured(
            "COMPANION_SMTP_URL must look like smtp+starttls://user:password@mail.example.org:587 "
            "(or smtps://, or smtp:// for a server on this machine)."
        )
    return value


def _mail_from(value):
    name, at, domain = value.partition("@")
    if not (at and name and domain) or any(c.isspace() or c in '<>,;"@' for c in name + domain):
        raise Misconfigured(f"COMPANION_MAIL_FROM is {value!r}: it must be one e-mail address.")
    return value


def _secret_key(value):
    if value is None:
        return None
    try:
        key = bytes.fromhex(value)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Misconfigured("COMPANION_SECRET_KEY must be 32 bytes written as 64 hexadecimal digits.")
    return key


def smtp_parts(url):
    """(scheme, host, port, user, password) of an SMTP address that `read` has let through."""
    parts = urlsplit(url)
    port = parts.port or {"smtp": 25, "smtp+starttls": 587, "smtps": 465}[parts.scheme]
    return parts.scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or "")
