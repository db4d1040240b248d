"""The environment, read once: what is right is taken, what is wrong stops the start with one sentence."""

from pathlib import Path

import pytest

from companion import config
from companion.config import Misconfigured

WHO = {"COMPANION_OPERATOR": "Vestby Kommune"}


def read(**given):
    return config.read(WHO | {f"COMPANION_{name}": value for name, value in given.items()})


def test_who_runs_it_is_all_that_must_be_said():
    found = config.read(WHO)
    assert found.operator == "Vestby Kommune"
    assert (found.url, found.host, found.bind) == ("http://127.0.0.1:8000", "127.0.0.1:8000", ("127.0.0.1", 8000))
    assert (found.data, found.database) == (Path("data").absolute(), Path("data/companion.db").absolute())
    assert (found.signup, found.proxies, found.smtp_url, found.secret_key) == ("open", 0, None, None)
    assert found.mail_from == "companion@127.0.0.1"


def test_an_empty_value_is_as_good_as_none():
    names = ("URL", "DATA", "SIGNUP", "SMTP_URL", "MAIL_FROM", "SECRET_KEY")
    assert read(**dict.fromkeys(names, "")) == config.read(WHO)


@pytest.mark.parametrize("name", ["", "  ", "ab", "x" * 201])
def test_whoever_runs_it_must_be_named(name):
    with pytest.raises(Misconfigured, match="COMPANION_OPERATOR"):
        read(OPERATOR=name)
    with pytest.raises(Misconfigured, match="COMPANION_OPERATOR"):
        config.read({})


def test_a_name_over_several_lines_is_one_line():
    assert read(OPERATOR=" HR in\n Vestby ").operator == "HR in Vestby"


@pytest.mark.parametrize(
    ("given", "url", "host"),
    [
        ("https://mentor.vestby.dk", "https://mentor.vestby.dk", "mentor.vestby.dk"),
        ("https://Mentor.Vestby.DK/", "https://mentor.vestby.dk", "mentor.vestby.dk"),
        ("https://mentor.vestby.dk:8443", "https://mentor.vestby.dk:8443", "mentor.vestby.dk:8443"),
        ("https://mentor.vestby.dk:443", "https://mentor.vestby.dk", "mentor.vestby.dk"),
        ("http://localhost:80", "http://localhost", "localhost"),
        ("http://localhost:8000", "http://localhost:8000", "localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000", "[::1]:8000"),
        ("https://xn--rsted-vua.dk", "https://xn--rsted-vua.dk", "xn--rsted-vua.dk"),
        ("https://192.0.2.7", "https://192.0.2.7", "192.0.2.7"),
    ],
)
def test_the_house_has_one_address_as_browsers_write_it(given, url, host):
    found = read(URL=given)
    assert (found.url, found.host) == (url, host)


@pytest.mark.parametrize(
    "given",
    [
        "mentor.vestby.dk",
        "//mentor.vestby.dk",
        "http://mentor.vestby.dk",
        "http://127.0.0.1.evil.dk",
        "http://localhost.evil.dk",
        "ftp://mentor.vestby.dk",
        "https://",
        "https://:443",
        "https://@vestby.dk",
        "https://anne@vestby.dk",
        "https://anne:x@vestby.dk",
        "https://mentor vestby.dk",
        "https://ørsted.dk",
        "https://vestby.dk/mentor",
        "https://vestby.dk/?a=b",
        "https://vestby.dk/#top",
        "https://vestby.dk:0",
        "https://vestby.dk:65536",
        "https://vestby.dk:x",
        "https://[::1",
        "https://..",
    ],
)
def test_an_address_that_is_none_stops_the_start(given):
    with pytest.raises(Misconfigured, match="COMPANION_URL"):
        read(URL=given)


@pytest.mark.parametrize(
    ("given", "bind", "url"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080), "http://127.0.0.1:8080"),
        ("0.0.0.0:8000", ("0.0.0.0", 8000), "http://localhost:8000"),
        ("[::]:8000", ("::", 8000), "http://localhost:8000"),
        ("[::1]:8000", ("::1", 8000), "http://[::1]:8000"),
        ("127.0.0.1:65535", ("127.0.0.1", 65535), "http://127.0.0.1:65535"),
    ],
)
def test_where_it_listens_is_where_it_is_found_unless_said(given, bind, url):
    found = read(BIND=given)
    assert (found.bind, found.url) == (bind, url)
    assert read(BIND=given, URL="https://vestby.dk").url == "https://vestby.dk"


@pytest.mark.parametrize(
    "given", ["8000", ":8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:0", "a:65536", "a:²"]
)
def test_where_nobody_can_listen_stops_the_start(given):
    with pytest.raises(Misconfigured, match="COMPANION_BIND"):
        read(BIND=given)


def test_an_address_beyond_this_machine_must_be_said_with_https():
    with pytest.raises(Misconfigured, match="COMPANION_URL"):
        read(BIND="192.0.2.7:8000")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROXIES", "-1"), ("PROXIES", "6"), ("PROXIES", "one"), ("PROXIES", "1.0"), ("PROXIES", "²"),
        ("SIGNUP", "closed"), ("SIGNUP", "Open"),
        ("MAIL_FROM", "companion"), ("MAIL_FROM", "@vestby.dk"), ("MAIL_FROM", "a@"), ("MAIL_FROM", "a@b@c.dk"),
        ("MAIL_FROM", "Companion <a@b.dk>"), ("MAIL_FROM", "a@b.dk\nBcc: c@d.dk"), ("MAIL_FROM", "a@b.dk,c@d.dk"),
        ("SECRET_KEY", "00" * 31), ("SECRET_KEY", "00" * 33), ("SECRET_KEY", "zz" * 32), ("SECRET_KEY", "x"),
        ("SMTP_URL", "mail.vestby.dk"), ("SMTP_URL", "http://mail.vestby.dk"), ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail:0"), ("SMTP_URL", "smtp://mail:99999"), ("SMTP_URL", "smtp://[::1"),
    ],
)  # fmt: skip
def test_a_wrong_value_stops_the_start_and_is_named(name, value):
    with pytest.raises(Misconfigured, match=f"COMPANION_{name}"):
        read(**{name: value})


def test_what_may_hold_a_password_or_a_key_is_not_repeated():
    for name, value in (("SMTP_URL", "smtp:/anne:hemmelig@mail"), ("SECRET_KEY", "hemmelig" * 8)):
        with pytest.raises(Misconfigured) as refused:
            read(**{name: value})
        assert "hemmelig" not in str(refused.value)


def test_right_values_are_taken():
    found = read(PROXIES="1", SIGNUP="invited", DATA="/srv/companion", SECRET_KEY="0A" * 32, MAIL_FROM="rum@vestby.dk")
    assert (found.proxies, found.signup, found.secret_key) == (1, "invited", b"\n" * 32)
    assert (found.outbox, found.mail_from) == (Path("/srv/companion/outbox"), "rum@vestby.dk")
    assert read(URL="https://mentor.vestby.dk").mail_from == "companion@mentor.vestby.dk"


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ("smtp://mail", ("smtp", "mail", 25, "", "")),
        ("smtps://mail", ("smtps", "mail", 465, "", "")),
        ("smtp+starttls://mail", ("smtp+starttls", "mail", 587, "", "")),
        (
            "smtp+starttls://anne%40vestby.dk:p%3Aa%2Fs@mail:2525",
            ("smtp+starttls", "mail", 2525, "anne@vestby.dk", "p:a/s"),
        ),
    ],
)
def test_the_parts_of_a_mail_server(given, parts):
    assert config.smtp_parts(read(SMTP_URL=given).smtp_url) == parts


def test_a_configuration_does_not_change():
    with pytest.raises(AttributeError):
        read().operator = "Somebody else"
