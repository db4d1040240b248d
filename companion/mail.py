"""Letters that leave the app: they carry a link and no words. Without a mail server they lie in the outbox."""

import logging
import os
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import uuid4

from companion.config import smtp_parts

log = logging.getLogger("companion.mail")
# One letter at a time, beside the request: how long a mail server takes says nothing about who has an account.
_postman = ThreadPoolExecutor(1, thread_name_prefix="mail")


def send(config, *, to, subject, body):
    """Send one letter, or put it into the outbox. Never raises: a letter that fails lies in the outbox."""
    return _postman.submit(_deliver, config, _letter(config, to, subject, body))


def _letter(config, to, subject, body):
    letter = EmailMessage()
    sender = _mailable(config.mail_from)
    letter["From"], letter["To"], letter["Subject"] = sender, _mailable(to), subject
    letter["Date"] = format_datetime(datetime.now(UTC))
    letter["Message-ID"] = f"<{uuid4()}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(body)
    return letter


def _mailable(address):
    """`address` with a domain of letters that every mail server knows: æble.dk is xn--ble-yla.dk."""
    name, _at, domain = address.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return address


def _deliver(config, letter):
    if config.smtp_url:
        try:
            _post(config.smtp_url, letter)
            return
        except (OSError, smtplib.SMTPException) as error:
            log.warning("The mail server did not take a letter (%s).", type(error).__name__)
    path = _put_out(config, letter)
    print(f"A letter waits in {path}", flush=True)


def _post(url, letter):
    scheme, host, port, user, password = smtp_parts(url)
    context = ssl.create_default_context()
    if scheme == "smtps":
        server = smtplib.SMTP_SSL(host, port, timeout=20, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=20)
    with server:
        if scheme == "smtp+starttls":
            server.starttls(context=context)
        if user:
            server.login(user, password)
        server.send_message(letter)


def _put_out(config, letter):
    config.outbox.mkdir(mode=0o700, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid4().hex[:8]}.eml"
    handle = os.open(config.outbox / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(bytes(letter))
    return config.outbox / name
