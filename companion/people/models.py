"""People: their keys, their sessions, and the two ways into a vault."""

import json
import unicodedata
from datetime import timedelta
from uuid import uuid4

from peewee import (
    BlobField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    IntegrityError,
)

from companion import vault
from companion.db import Model, db, now
from companion.errors import Invalid, Missing, Sealed
from companion.i18n import LANGUAGES, TIMEZONE, _, isolated, known_timezone
from companion.people import passphrases

KEPT_SEALED = timedelta(days=90)
RESTART_LASTS = timedelta(minutes=30)
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
REMEMBERED = timedelta(days=1)
# Letters and signs that show nothing: the Hangul fillers and the empty Braille pattern.
BLANK = "\u115f\u1160\u3164\uffa0\u2800"


class Person(Model):
    """Somebody with an account. `vault` is there only while they are signed in."""

    name = CharField()
    email = CharField(unique=True, null=True)
    language = CharField()
    timezone = CharField(default=TIMEZONE)
    public_key = BlobField()
    identity = BlobField()
    created_at = DateTimeField(default=now)
    # Whoever lost both ways in started anew under the same address; this is what stays sealed behind them.
    retired_at = DateTimeField(null=True)
    delete_on = DateField(null=True, index=True)

    vault = None

    @property
    def called(self):
        """The name, safe to stand in a sentence."""
        return isolated(self.name)

    @classmethod
    def sign_up(cls, *, name, email, passphrase, language, timezone=TIMEZONE):
        """A new person, unlocked, with both ways into their vault; raises Invalid."""
        name, email = read_name(name), read_email(email)
        if cls.select().where(cls.email == email).exists():
            raise Invalid(_("There is already an account with this address. Sign in instead?"), "email")
        passphrases.check(passphrase, name=name, email=email)
        person, slots = cls._new(name, email, language, timezone, passphrase)
        try:
            with db.atomic():
                person._keep(slots)
        except IntegrityError:
            raise Invalid(_("There is already an account with this address. Sign in instead?"), "email") from None
        return person

    @classmethod
    def _new(cls, name, email, language, timezone, passphrase):
        """A person and both slots, not yet in the database: Argon2 runs before the database is held."""
        person_id = uuid4()
        opened = vault.Vault.new(person_id)
        public_key, identity = opened.new_identity()
        person = cls(
            id=person_id,
            name=name,
            email=email,
            language=language if language in LANGUAGES else "da",
            timezone=timezone if known_timezone(timezone) else TIMEZONE,
            public_key=public_key,
            identity=identity,
        )
        person.vault = opened
        return person, [KeySlot.for_passphrase(opened, passphrase), KeySlot.for_code(opened)]

    def _keep(self, slots):
        self.save(force_insert=True)
        for slot in slots:
            slot.save(force_insert=True)

    @classmethod
    def sign_in(cls, email, passphrase):
        """The person, unlocked; raises Sealed for an unknown address and for a wrong passphrase alike."""
        person = cls.by_email(email)
        slot = person and KeySlot.get_or_none(person=person, kind="passphrase")
        if not slot:
            vault.decoy(passphrase)
            raise Sealed
        person.vault = vault.open_slot(slot, passphrase)
        if vault.outdated(slot):
            slot.replace_with(KeySlot.for_passphrase(person.vault, passphrase))
        return person

    @classmethod
    def recover(cls, email, code, passphrase):
        """With the recovery code: a new passphrase and a new code, all sessions ended; raises Invalid, Sealed."""
        try:
            code = vault.read_code(code)
        except ValueError:
            raise Invalid(_("That is not quite the code. Check it letter by letter."), "code") from None
        person = cls.by_email(email)
        slot = person and KeySlot.get_or_none(person=person, kind="recovery")
        if not slot:
            raise Sealed
        person.vault = vault.open_slot(slot, code)
        passphrases.check(passphrase, name=person.name, email=person.email)
        new = KeySlot.for_passphrase(person.vault, passphrase)
        with db.atomic():
            if not slot.replace_with(KeySlot.for_code(person.vault)):
                # The same code was used a moment ago.
                raise Sealed
            person.slot("passphrase").replace_with(new)
            Session.end_all(person)
        return person

    @classmethod
    def by_email(cls, email):
        try:
            return cls.get_or_none(cls.email == read_email(email))
        except Invalid:
            return None

    def slot(self, kind):
        return KeySlot.get(person=self, kind=kind)

    def change_passphrase(self, old, new, *, keep):
        """From `old` to `new`; every session but `keep` ends. Raises Invalid."""
        slot = self.prove(old, "old")
        passphrases.check(new, name=self.name, email=self.email)
        replacement = KeySlot.for_passphrase(self.vault, new)
        with db.atomic():
            if not slot.replace_with(replacement):
                # Changed a moment ago from another window: what was typed is no longer the one they have.
                raise Invalid(_("That is not the passphrase you have now."), "old")
            Session.end_all(self, but=keep)

    def prove(self, passphrase, field):
        """The slot that `passphrase` opens: whoever sits here is the person. Raises Invalid at `field`."""
        slot = self.slot("passphrase")
        try:
            vault.open_slot(slot, passphrase)
        except Sealed:
            raise Invalid(_("That is not the passphrase you have now."), field) from None
        return slot

    def renew_code(self):
        """A new recovery code in place of the old one."""
        self.slot("recovery").replace_with(KeySlot.for_code(self.vault))

    def settle(self, *, name, language, timezone):
        """Name, language and time zone; raises Invalid."""
        name = read_name(name)
        if language not in LANGUAGES:
            raise Invalid(_("Choose Danish or English."), "language")
        if not known_timezone(timezone):
            raise Invalid(_("Choose a time zone from the list."), "timezone")
        self.name, self.language, self.timezone = name, language, timezone
        self.save()

    def choose(self, language):
        """Read the house in another language."""
        self.language = language
        self.save()

    def start_anew(self, *, passphrase):
        """A new person with an empty vault under the same address; what this one wrote stays sealed 90 days."""
        passphrases.check(passphrase, name=self.name, email=self.email or "")
        successor, slots = type(self)._new(self.name, self.email, self.language, self.timezone, passphrase)
        with db.atomic():
            if type(self).get_by_id(self.id).retired_at:
                # The same link was used a moment ago.
                raise Missing
            Session.delete().where(Session.person == self).execute()
            RestartLink.delete().where(RestartLink.person == self).execute()
            self.email, self.retired_at, self.delete_on = None, now(), (now() + KEPT_SEALED).date()
            self.save()
            successor._keep(slots)
        return successor

    @classmethod
    def due_to_go(cls):
        """Who started anew 90 days ago or more."""
        return cls.select().where(cls.delete_on <= now().date())

    @classmethod
    def forget_retired(cls):
        """The people who are due to go, and their keys with them."""
        cls.delete().where(cls.delete_on <= now().date()).execute()


class KeySlot(Model):
    """One way into a vault."""

    person = ForeignKeyField(Person, on_delete="CASCADE", backref="slots")
    kind = CharField()
    memory = IntegerField()
    passes = IntegerField()
    lanes = IntegerField()
    salt = BlobField()
    verifier = BlobField()
    blob = BlobField()
    created_at = DateTimeField(default=now)
    # A recovery code, sealed for its owner until two of its groups have been typed back.
    shown = BlobField(null=True)

    class Meta:
        indexes = ((("person", "kind"), True),)

    @classmethod
    def for_passphrase(cls, opened, passphrase):
        slot_id = uuid4()
        columns = vault.new_slot("passphrase", passphrase, opened, slot_id)
        return cls(id=slot_id, person=opened.person_id, **columns)

    @classmethod
    def for_code(cls, opened):
        slot_id, code = uuid4(), vault.new_code()
        columns = vault.new_slot("recovery", code, opened, slot_id)
        shown = opened.keep(code.encode(), "code", slot_id)
        return cls(id=slot_id, person=opened.person_id, shown=shown, **columns)

    def replace_with(self, other):
        """Whether `other` now stands in place of this; not when something else already does."""
        with db.atomic():
            replaced = bool(self.delete_instance())
            if replaced:
                other.save(force_insert=True)
            return replaced

    def code(self, opened):
        """The code while it is still to be shown, else None."""
        return opened.find(self.shown, "code", self.id).decode() if self.shown else None

    @property
    def asked(self):
        """Which two groups (1 to 7) the owner types back."""
        first = self.id.bytes[0] % 7
        second = (first + 1 + self.id.bytes[1] % 6) % 7
        return tuple(sorted((first + 1, second + 1)))

    def confirm(self, opened, typed):
        """The owner has written the code down: `typed` are the two groups asked for. Raises Invalid."""
        code = self.code(opened)
        if code is None:
            return
        groups = vault.code_groups(code)
        read = [group.strip().upper().translate(str.maketrans("OIL", "011")) for group in typed]
        if read != [groups[n - 1] for n in self.asked]:
            raise Invalid(_("That is not what the paper should say. Look at the two groups once more."), "groups")
        self.shown = None
        self.save()


class Session(Model):
    """Signed in somewhere: the cookie's token opens the vault key sealed here."""

    hash = BlobField(unique=True)
    person = ForeignKeyField(Person, on_delete="CASCADE", backref="sessions")
    blob = BlobField(null=True)
    device = BlobField(null=True)
    created_at = DateTimeField(default=now)
    seen_at = DateTimeField(default=now)

    @classmethod
    def start(cls, person, device):
        """(session, token for the cookie). `device` is a short name such as Firefox, Linux."""
        token, raw = vault.new_token()
        cls.forget_old()
        session = cls.create(
            hash=vault.token_hash(raw, "session"),
            person=person,
            blob=vault.seal_session(raw, person.vault),
            device=person.vault.keep(json.dumps(device).encode(), "device"),
        )
        return session, token

    @classmethod
    def forget_old(cls):
        """Those in which nobody was seen for a day."""
        cls.delete().where(cls.seen_at < now() - REMEMBERED).execute()

    @classmethod
    def of(cls, token):
        """The session behind a cookie, alive or not, or None."""
        try:
            hashed = vault.token_hash(vault.read_token(token), "session")
        except Sealed:
            return None
        return cls.get_or_none(cls.hash == hashed)

    @property
    def alive(self):
        """Neither ended, idle nor too old; nor from a time that, by the clock, is still to come."""
        slack = timedelta(minutes=5)
        started = self.created_at - slack <= now() <= self.created_at + ABSOLUTE
        return self.blob is not None and started and self.seen_at - slack <= now() <= self.seen_at + IDLE

    def unlock(self, token):
        """The person, with their vault; raises Sealed."""
        person = self.person
        person.vault = vault.open_session(vault.read_token(token), person.id, self.blob)
        return person

    def seen(self):
        """Somebody was here: written at most once a minute."""
        if now() - self.seen_at >= timedelta(minutes=1):
            self.seen_at = now()
            self.save()

    def device_name(self, opened):
        try:
            return json.loads(opened.find(self.device, "device"))
        except Sealed:
            return ""

    @classmethod
    def alive_of(cls, person):
        """The sessions of `person` that are alive, the newest first."""
        sessions = cls.select().where(cls.person == person, cls.blob.is_null(False))
        return [session for session in sessions.order_by(cls.seen_at.desc()) if session.alive]

    @classmethod
    def end_one(cls, person, session_id):
        """End one of the person's own sessions; raises Missing."""
        if not cls._lock(cls.id == session_id, cls.person == person):
            raise Missing

    @classmethod
    def end_all(cls, person, but=None):
        others = [cls.id != but.id] if but else []
        cls._lock(cls.person == person, *others)

    @classmethod
    def _lock(cls, *which):
        # The row stays a day without its key, so that text being typed there can be saved by the same person.
        return cls.update(blob=None, device=None).where(*which).execute()


class RestartLink(Model):
    """A mailed link through which somebody who lost both ways in may start anew."""

    person = ForeignKeyField(Person, on_delete="CASCADE")
    hash = BlobField(unique=True)
    expires_at = DateTimeField()

    @classmethod
    def make(cls, person):
        """The link's token. An earlier link stops working."""
        token, raw = vault.new_token()
        with db.atomic():
            cls.delete().where(cls.person == person).execute()
            hashed = vault.token_hash(raw, "restart")
            cls.create(person=person, hash=hashed, expires_at=now() + RESTART_LASTS)
        return token

    @classmethod
    def forget_old(cls):
        """Those that no longer work."""
        cls.delete().where(cls.expires_at <= now()).execute()

    @classmethod
    def person_of(cls, token):
        """Whose link this is; raises Missing when it is unknown, used or too old."""
        try:
            hashed = vault.token_hash(vault.read_token(token), "restart")
        except Sealed:
            raise Missing from None
        link = cls.get_or_none(cls.hash == hashed, cls.expires_at > now())
        if link is None:
            raise Missing
        return link.person


def read_name(typed):
    """A name as its owner writes it; raises Invalid only for what nobody can see or say."""
    name = unicodedata.normalize("NFC", typed).strip()
    visible = any(unicodedata.category(letter)[0] in "LNSP" and letter not in BLANK for letter in name)
    if not visible or any(unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") for letter in name):
        raise Invalid(_("Write the name you go by."), "name")
    if len(name) > 100:
        raise Invalid(_("At most 100 characters, please."), "name")
    return name


def read_email(typed):
    """An e-mail address as this house keeps it; raises Invalid."""
    email = unicodedata.normalize("NFC", typed).strip().casefold()
    name, at, domain = email.rpartition("@")
    odd = any(letter in '<>()[],;:\\"' or letter.isspace() or not letter.isprintable() for letter in email)
    # =?…?= is how a letter writes other addresses than it seems to.
    if odd or not (at and name and domain) or "@" in name or "=?" in name or len(email) > 254:
        raise Invalid(_("Write one e-mail address, such as name@workplace.dk."), "email")
    labels = domain.split(".")
    if len(labels) < 2 or not all(labels):
        raise Invalid(_("This address has no ending, such as “.dk”."), "email")
    return email
