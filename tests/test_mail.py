"""Letters: posted to a real mail server when there is one, and never lost when there is none."""

import base64
import socket
import socketserver
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from acting import letters
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from companion import cli, config, mail
from companion.errors import Invalid
from companion.people.models import read_email

BODY = "Hej\n\nLinket virker i syv dage:\n\nhttps://mentor.vestby.dk/invitation/abc\n"


class Server(socketserver.ThreadingTCPServer):
    """A mail server that takes what it is sent, after the user and password it knows, if any."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, *, account=None, refuses=(), tls=None, starttls=False, hangs_up=False):
        self.account, self.refuses, self.starttls, self.hangs_up = account, refuses, starttls, hangs_up
        self.tls, self.taken, self.said, self.logins = tls, [], [], []
        super().__init__(("127.0.0.1", 0), Visit)

    @property
    def port(self):
        return self.server_address[1]


class Visit(socketserver.BaseRequestHandler):
    """One visit of a postman, as far as it can be understood."""

    def handle(self):
        self.encrypted, self.sender, self.signed_in = False, None, not self.server.account
        try:
            if self.server.tls and not self.server.starttls:
                self.encrypt()
            self.say("220 mail.vestby.dk")
            lines = self.lines()
            for line in lines:
                self.server.said.append(line)
                if self.answer(line, lines) == "bye":
                    break
        except OSError:
            pass
        finally:
            self.request.close()

    def encrypt(self):
        self.request, self.encrypted = self.server.tls.wrap_socket(self.request, server_side=True), True

    def say(self, line):
        self.request.sendall(line.encode() + b"\r\n")

    def lines(self):
        rest = b""
        while more := self.request.recv(65536):
            *whole, rest = (rest + more).split(b"\r\n")
            yield from whole

    def answer(self, line, lines):
        verb, server = line.split(b" ")[0].upper().decode(), self.server
        if verb in server.refuses:
            return self.say("550 no")
        if verb == "EHLO":
            offers = "STARTTLS" if server.starttls and not self.encrypted else "AUTH PLAIN"
            return self.say(f"250-mail.vestby.dk\r\n250-{offers}\r\n250 OK")
        if verb == "STARTTLS" and server.starttls:
            self.say("220 go on")
            return self.encrypt()
        if verb == "AUTH":
            account = tuple(base64.b64decode(line.split(b" ")[2]).decode().split("\0")[1:])
            server.logins.append((account, self.encrypted))
            self.signed_in = account == server.account
            return self.say("235 welcome" if self.signed_in else "535 who are you?")
        if verb == "MAIL":
            self.sender = line if self.signed_in else None
            return self.say("250 OK" if self.signed_in else "530 sign in first")
        if verb == "DATA" and server.hangs_up:
            return "bye"
        if verb == "DATA" and self.sender:
            self.say("354 go on")
            body = []
            while (part := next(lines)) != b".":
                body.append(part.removeprefix(b"."))
            letter = message_from_bytes(b"\r\n".join([*body, b""]), policy=policy.default)
            server.taken.append((letter, self.encrypted))
            return self.say("250 taken")
        self.say({"RCPT": "250 OK", "RSET": "250 OK", "QUIT": "221 bye"}.get(verb, "502 what?"))
        return "bye" if verb == "QUIT" else None


@pytest.fixture
def start(settings):
    """start(…) begins a mail server: (server, the settings that lead to it)."""
    servers = []

    def begin(scheme="smtp", login="", host="127.0.0.1", **rules):
        server = Server(**rules)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server, replace(settings, smtp_url=f"{scheme}://{login}{host}:{server.port}")

    cli.prepare(settings)
    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def post(settings, **changed):
    """Send one letter and wait for the postman: what came of it in the outbox."""
    sent = {"to": "birgitte@example.dk", "subject": "Et rum", "body": BODY} | changed
    mail.send(settings, **sent).result(timeout=30)
    return letters(settings)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """(path of a certificate for localhost, the server's side of it); nobody but the test vouches for it."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    day = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(day - timedelta(days=1))
        .not_valid_after(day + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(path)
    return path, server_side


# Without a mail server.


def test_without_a_mail_server_letters_lie_in_the_outbox(app, settings):
    for n in range(3):
        mail.send(settings, to="birgitte@example.dk", subject=f"Et rum {n}", body=BODY)
    found = letters(settings)
    assert [letter["Subject"] for letter in found] == ["Et rum 0", "Et rum 1", "Et rum 2"]
    letter = found[0]
    assert (letter["From"], letter["To"]) == (settings.mail_from, "birgitte@example.dk")
    assert letter.get_content() == BODY
    assert letter["Auto-Submitted"] == "auto-generated"
    assert len({one["Message-ID"] for one in found}) == 3


def test_the_outbox_is_for_whoever_runs_the_server_alone(app, settings, capsys):
    post(settings)
    (path,) = settings.outbox.glob("*")
    assert settings.outbox.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    assert str(path) in capsys.readouterr().out


# With one.


def test_a_letter_arrives_as_it_was_written(start):
    server, settings = start()
    assert post(settings) == []
    ((letter, _encrypted),) = server.taken
    assert (letter["From"], letter["To"], letter["Subject"]) == (settings.mail_from, "birgitte@example.dk", "Et rum")
    assert letter.get_content().replace("\r\n", "\n") == BODY
    assert server.logins == []


def test_letters_arrive_in_order(start):
    server, settings = start()
    for n in range(5):
        mail.send(settings, to="birgitte@example.dk", subject=str(n), body=BODY)
    assert letters(settings) == []
    assert [letter["Subject"] for letter, _encrypted in server.taken] == list("01234")


def test_the_house_signs_in_where_it_must(start):
    server, settings = start(login="anne%40vestby.dk:p%3Aa%2Fs@", account=("anne@vestby.dk", "p:a/s"))
    assert post(settings) == []
    assert len(server.taken) == 1


def test_a_refused_login_leaves_the_letter_in_the_outbox_and_the_password_nowhere(start, caplog, capsys):
    server, settings = start(login="anne:hemmelig@", account=("anne", "another"))
    (letter,) = post(settings)
    assert (letter["To"], letter.get_content()) == ("birgitte@example.dk", BODY)
    assert server.taken == []
    assert "did not take a letter" in caplog.text
    for said in (caplog.text, *capsys.readouterr()):
        assert "hemmelig" not in said
        assert "birgitte" not in said
        assert "invitation/abc" not in said


@pytest.mark.parametrize("refused", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_whatever_a_mail_server_refuses_is_not_lost(start, refused):
    server, settings = start(refuses={refused, "HELO"})
    assert len(post(settings)) == 1
    assert server.taken == []


def test_a_mail_server_that_hangs_up_loses_nothing(start):
    server, settings = start(hangs_up=True)
    assert len(post(settings)) == 1
    assert server.taken == []


def test_a_mail_server_that_is_down_loses_nothing(start, settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert len(post(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}"))) == 1
    assert len(post(replace(settings, smtp_url="smtp://mail.invalid"))) == 2


def test_after_a_failure_the_next_letter_is_posted_again(start, settings):
    _server, refusing = start(refuses={"MAIL"})
    server, taking = start()
    assert len(post(refusing)) == 1
    assert len(post(taking)) == 1
    assert len(server.taken) == 1


# Encrypted.


@pytest.mark.parametrize(("scheme", "starttls"), [("smtps", False), ("smtp+starttls", True)])
def test_an_encrypted_way_is_taken_before_anything_is_said(start, certificate, monkeypatch, scheme, starttls):
    path, tls = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    server, settings = start(
        scheme, login="anne:hemmelig@", host="localhost", account=("anne", "hemmelig"), tls=tls, starttls=starttls
    )
    assert post(settings) == []
    assert server.logins == [(("anne", "hemmelig"), True)]
    assert [encrypted for _letter, encrypted in server.taken] == [True]


@pytest.mark.parametrize(("scheme", "starttls"), [("smtps", False), ("smtp+starttls", True)])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_mail_server_nobody_vouches_for_learns_nothing(start, certificate, monkeypatch, scheme, starttls, host):
    path, tls = certificate
    if host == "127.0.0.1":
        # Vouched for, but as another.
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    server, settings = start(
        scheme, login="anne:hemmelig@", host=host, account=("anne", "hemmelig"), tls=tls, starttls=starttls
    )
    assert len(post(settings)) == 1
    assert (server.logins, server.taken) == ([], [])


def test_a_mail_server_that_cannot_encrypt_learns_no_password(start):
    server, settings = start("smtp+starttls", login="anne:hemmelig@", host="localhost", account=("anne", "hemmelig"))
    assert len(post(settings)) == 1
    assert (server.logins, server.taken) == ([], [])


# Addresses and words of any kind.


LETTERS = st.text(alphabet="abz.09!#$%&'*+-/=?^_`{|}~æø日é\u0301\u202e🦊", min_size=1, max_size=12)


@given(LETTERS, LETTERS, st.sampled_from(["dk", "æ", "museum"]))
@hypothesis(deadline=None, max_examples=300)
def test_to_every_address_that_is_one_a_letter_can_be_written(name, place, ending):
    try:
        address = read_email(f"{name}@{place}.{ending}")
    except Invalid:
        return
    house = config.read({"COMPANION_OPERATOR": "Vestby Kommune"})
    letter = message_from_bytes(bytes(mail._letter(house, address, "Et rum", BODY)), policy=policy.default)
    assert letter.get_content() == BODY
    if address.isascii():
        assert letter["To"] == address


def test_a_domain_with_danish_letters_is_written_as_mail_servers_know_it(start):
    server, settings = start()
    assert post(settings, to="emil@æbleø.dk") == []
    assert b"rcpt TO:<emil@xn--ble-xla7g.dk>" in server.said


@pytest.mark.parametrize("subject", ["Et mentorrum for to", "Æ" * 200, "🦊"])
def test_any_subject_and_any_words_arrive(start, subject):
    server, settings = start()
    assert post(settings, subject=subject, body=".\n..\næ\n" + "x" * 3000 + "\n") == []
    ((letter, _encrypted),) = server.taken
    assert letter["Subject"] == subject
    assert letter.get_content().replace("\r\n", "\n") == ".\n..\næ\n" + "x" * 3000 + "\n"
