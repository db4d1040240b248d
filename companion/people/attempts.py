"""Slowing down whoever guesses, without locking out whoever knows.

Every try is counted before it is made, by account and by address, both as keyed hashes. The first few are
free; from then on each address waits twice as long after each miss. An account under attack from many
addresses gives each new address one free try instead of five, so its owner always has one.
"""

import unicodedata
from datetime import timedelta

from peewee import CharField, DateTimeField, fn

from companion import vault
from companion.db import IdField, Model, db, now
from companion.errors import TooOften

WINDOW = timedelta(hours=1)
FREE, FREE_UNDER_ATTACK, ATTACK = 5, 1, 20
FREE_FOR_ADDRESS = 20
# A scheme may begin with all its pairs in one room, behind one address.
FREE_TO_SIGN_UP = 100
LONGEST_WAIT, LONGEST_WAIT_FOR_ADDRESS = 900, 60


class Attempt(Model):
    kind = CharField()
    account = IdField()
    address = IdField()
    at = DateTimeField(default=now, index=True)

    class Meta:
        indexes = ((("kind", "account"), False), (("kind", "address"), False))

    @classmethod
    def begin(cls, kind, account, address):
        """Count one try; raises TooOften when it comes too soon. Tell it when it was `forgiven`."""
        # One account, however its address was typed.
        account, address = _hash("account", unicodedata.normalize("NFC", account)), _hash("address", address)
        with db.atomic():
            cls.forget_old()
            wait = cls._wait(kind, account, address)
            if wait > 0:
                raise TooOften(wait)
            return cls.create(kind=kind, account=account, address=address)

    @classmethod
    def forget_old(cls):
        """Those that no longer count."""
        cls.delete().where(cls.at < now() - WINDOW).execute()

    @classmethod
    def _wait(cls, kind, account, address):
        # Signed in elsewhere and back in time: what the clock says ahead of now has not happened.
        same = cls.select(fn.COUNT(cls.id), fn.MAX(cls.at)).where(cls.kind == kind, cls.at <= now())
        on_account = same.where(cls.account == account).scalar() or 0
        here, last_here = same.where(cls.account == account, cls.address == address).scalar(as_tuple=True)
        by_address, last = same.where(cls.address == address).scalar(as_tuple=True)
        free = FREE if on_account < ATTACK else FREE_UNDER_ATTACK
        free_here = FREE_TO_SIGN_UP if kind == "sign-up" else FREE_FOR_ADDRESS
        return max(
            _left(here - free, last_here, LONGEST_WAIT),
            _left(by_address - free_here, last, LONGEST_WAIT_FOR_ADDRESS),
        )

    def forgiven(self):
        """It was the right one: what came before from here does not count against it."""
        cls = type(self)
        cls.delete().where(cls.kind == self.kind, cls.account == self.account, cls.address == self.address).execute()

    @classmethod
    def forget(cls, *values):
        """Every try in which one of `values` was the account or the address."""
        hashed = [
            _hash(what, unicodedata.normalize("NFC", value)) for value in values for what in ("account", "address")
        ]
        cls.delete().where(cls.account.in_(hashed) | cls.address.in_(hashed)).execute()


def _left(misses, last, longest):
    """Whole seconds until the next try, after `misses` beyond the free ones, the last of them at `last`."""
    if misses < 0:
        return 0
    pause = min(2 ** min(misses + 1, 30), longest)
    return max(0, pause - int((now() - Attempt.at.python_value(last)).total_seconds()))


def _hash(what, value):
    return vault.blur(what, value)[:16]
