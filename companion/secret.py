"""The server secret: 32 bytes in a file beside the database, without which nothing in it opens."""

import os

from peewee import BlobField

from companion import vault
from companion.config import Misconfigured
from companion.db import Model


class SecretCheck(Model):
    """What tells the right secret from another, and says nothing about it."""

    value = BlobField()


def path(config):
    return config.data / "secret"


def read(config):
    """The secret (32 bytes); raises Misconfigured when it is missing or cannot be one."""
    if config.secret_key:
        return config.secret_key
    try:
        secret = path(config).read_bytes()
    except FileNotFoundError:
        raise Misconfigured(
            f"{path(config)} is missing. Without it nothing that was written opens: put it back from its backup."
        ) from None
    if len(secret) != 32:
        raise Misconfigured(f"{path(config)} is damaged: it should hold 32 bytes. Put it back from its backup.")
    return secret


def make(config):
    """Make the secret, once, unless it is there or comes from the environment."""
    if config.secret_key or path(config).exists():
        return
    handle = os.open(path(config), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(32))
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(config.data, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def check(config):
    """Raise Misconfigured unless the secret is the one this database was begun with."""
    vault.init(read(config))
    value = vault.blur("server secret")
    known = SecretCheck.select().first()
    if known is None:
        SecretCheck.create(value=value)
    elif bytes(known.value) != value:
        raise Misconfigured(
            f"The secret in {path(config)} (or COMPANION_SECRET_KEY) is not the one this database was begun with. "
            "Put the right one back from its backup; with another, nothing opens."
        )
