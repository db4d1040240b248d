"""A pair, its room, and how the room is opened."""

import calendar
from contextlib import suppress
from datetime import date, timedelta
from types import MappingProxyType

from peewee import JOIN, BlobField, CharField, DateField, DateTimeField, ForeignKeyField, IntegerField, IntegrityError

from companion import i18n, tombstones, vault
from companion.db import IdField, Model, db, now
from companion.errors import Ended, Invalid, Missing, NotYours, Sealed
from companion.i18n import _
from companion.people.models import Person, read_email

MENTOR, MENTEE = "mentor", "mentee"
ROLES = {MENTOR: MENTEE, MENTEE: MENTOR}
LINK_LASTS = timedelta(days=7)
LONGEST_PAUSE = timedelta(days=366)
# Even where the two agreed on "when we end": both must have been told, and able to take their copy.
READABLE_AT_LEAST = timedelta(days=7)
# Nowhere does a day begin later than so long after it has begun in UTC.
FURTHEST_BEHIND = timedelta(hours=12)


class Pair(Model):
    """A mentor, a mentee and the room that only these two open.

    Found through `opened_by`, a pair knows who asks (`person`), who the other is (`partner`) and the keys the
    asker holds: `keys` maps a row's scope, the pair's id or the person's, to the key that seals it.
    """

    mentor = ForeignKeyField(Person, null=True, on_delete="SET NULL", backref="mentor_in")
    mentee = ForeignKeyField(Person, null=True, on_delete="SET NULL", backref="mentee_in")
    created_at = DateTimeField(default=now)
    opened_at = DateTimeField(null=True)
    epoch = IntegerField(default=1)
    paused_at = DateTimeField(null=True)
    paused_by = IdField(null=True)
    look_again_on = DateField(null=True)
    # The last time one of the two said that it goes on, after a pause or after having said that it ends.
    resumed_at = DateTimeField(null=True)
    resumed_by = IdField(null=True)
    # When what was answered to the chemistry check is looked at, the same whatever it was; when both had answered.
    chemistry_due = DateTimeField(null=True)
    chemistry_at = DateTimeField(null=True)
    # When one of the two erased themselves: the other can still read.
    left_at = DateTimeField(null=True)
    # May lie ahead, as long as it can be taken back. Without `ended_by` both ended it, or nobody is to be named.
    ended_at = DateTimeField(null=True)
    ended_by = IdField(null=True)
    delete_on = DateField(null=True, index=True)

    person = partner = role = None
    keys = MappingProxyType({})
    # What other features do with an open pair when its time has come: each a function that is safe to call twice.
    due_with_key = []  # noqa: RUF012

    @classmethod
    def of(cls, person):
        """The pairs `person` is in, the newest first, each knowing who asks; their rooms are not opened."""
        pairs = cls._with_people().where((cls.mentor == person) | (cls.mentee == person))
        return [pair._asked_by(person) for pair in pairs.order_by(cls.created_at.desc(), cls.id)]

    @classmethod
    def opened_by(cls, person, pair_id):
        """The pair with the keys `person` holds; raises Missing for whoever is not one of the two."""
        which = (cls.id == pair_id) & ((cls.mentor == person) | (cls.mentee == person))
        pair = cls.get_or_none(which)
        if pair is None:
            raise Missing
        pair._asked_by(person)
        pair.keys = {person.id: person.vault.private_key}
        pair._unlock()
        return pair

    @classmethod
    def _with_people(cls):
        mentor, mentee = Person.alias(), Person.alias()
        return (
            cls.select(cls, mentor, mentee)
            .join(mentor, JOIN.LEFT_OUTER, on=(cls.mentor == mentor.id), attr="mentor")
            .join_from(cls, mentee, JOIN.LEFT_OUTER, on=(cls.mentee == mentee.id), attr="mentee")
        )

    def _asked_by(self, person):
        self.role = MENTOR if self.mentor_id == person.id else MENTEE
        # Whoever asks is known already, and is not looked up again.
        setattr(self, self.role, person)
        self.person, self.partner = person, getattr(self, ROLES[self.role])
        return self

    def _unlock(self):
        self._take_key()
        if self.opened_at and (not self.is_open or self._is_due):
            self.catch_up()

    def _take_key(self):
        mine = (RoomKey.pair == self.id) & (RoomKey.person == self.person.id) & (RoomKey.epoch == self.epoch)
        held = RoomKey.get_or_none(mine)
        if held is not None:
            key = self.person.vault.find(held.blob, "room key", self.id, self.epoch)
            self.keys[self.id] = vault.content_key(key, self.id, self.epoch)
        return held

    def catch_up(self):
        """What had to wait until this person was here with their key: safe to do twice. Gives back their copy of it."""
        if not self.is_open:
            # Picked up a moment ago from another page of the same person, or not genuine.
            with suppress(Sealed, IntegrityError):
                HandOver.pick_up(self)
        held = self._take_key()
        if held and self._is_due:
            for verb in self.due_with_key:
                verb(self)
        return held

    @property
    def _is_due(self):
        return bool(self.chemistry_due and self.chemistry_due <= now())

    @property
    def is_open(self):
        """Whether the asker can read and write in the room."""
        return self.id in self.keys

    @property
    def mentee_name(self):
        return self.mentee.called if self.mentee else _("Former mentee")

    @property
    def mentor_name(self):
        return self.mentor.called if self.mentor else _("Former mentor")

    @property
    def partner_name(self):
        return self.mentor_name if self.role == MENTEE else self.mentee_name

    def name_of(self, person_id):
        """The name of one of the two."""
        return self.mentee_name if self.voice_of(person_id) == MENTEE else self.mentor_name

    def voice_of(self, person_id):
        """Which of the two voices: mentee or mentor. Whoever is gone is the one whom the other is not."""
        if self.mentee_id is None:
            return MENTOR if person_id == self.mentor_id else MENTEE
        return MENTEE if person_id == self.mentee_id else MENTOR

    def only(self, role):
        """Raise NotYours unless the asker is the pair's `role`."""
        if self.role != role:
            raise NotYours(_("Only the mentee does this.") if role == MENTEE else _("Only the mentor does this."))

    # How it goes on.

    @property
    def state(self):
        """waiting, open, paused, ending (it can still be taken back) or ended."""
        if self.ended_at:
            return "ended" if self.ended_at <= now() else "ending"
        if not self.opened_at:
            return "waiting"
        return "paused" if self.paused_at else "open"

    @property
    def is_ended(self):
        """Whether the room can be read and no longer be written in."""
        return self.state == "ended"

    @property
    def is_ending(self):
        return self.state == "ending"

    @property
    def is_paused(self):
        """Whether nobody is to be reminded of anything."""
        return self.state == "paused"

    @property
    def looks_again(self):
        """Whether the day has come on which the two look at their pause again."""
        return self.is_paused and self.look_again_on <= i18n.today()

    def pause(self, until):
        """Rest until a day (date), or longer than until now; raises Invalid."""
        today = i18n.today()
        if not isinstance(until, date) or not today < until <= today + LONGEST_PAUSE:
            raise Invalid(_("Choose a day within the coming year."), "until")
        self._turn(("open", "paused"), paused_at=now(), paused_by=self.person.id, look_again_on=until)

    def resume(self):
        """The pause is over; either of the two says so. Raises Invalid."""
        self._turn(("paused",), paused_at=None, paused_by=None, look_again_on=None,
                   resumed_at=now(), resumed_by=self.person.id)  # fmt: skip

    def end(self, *, months, at=None, by=None):
        """It ends now, or `at` a moment ahead until which it can be taken back; raises Invalid.

        `by` is the id of whoever ended it, None where nobody is named. What is in the room is deleted `months` later.
        """
        moment = at or now()
        last = i18n.local(moment).date()
        day = months_later(last, months) if months else last + READABLE_AT_LEAST
        self._turn(("open", "paused"), ended_at=moment, ended_by=by, delete_on=day)

    def take_back(self):
        """It does not end after all, says who said that it would, as long as it has not; raises Invalid."""
        if self.ended_by != self.person.id:
            raise Invalid(_("Only who said it can take it back."))
        self._turn(("ending",), ended_at=None, ended_by=None, delete_on=None,
                   resumed_at=now(), resumed_by=self.person.id)  # fmt: skip

    def require_running(self):
        """Raise Ended when it has ended by now, whatever was so when the pair was found; Missing when it is gone."""
        self.look_up()
        if self.is_ended:
            raise Ended(_("This mentorship has ended. What is here can be read, and nothing more is written."))

    def require_asker(self):
        """Raise Missing when whoever asks has erased themselves meanwhile, or the pair is gone."""
        cls, me = type(self), self.person.id
        if cls.select(cls.id).where(cls.id == self.id, (cls.mentor == me) | (cls.mentee == me)).first() is None:
            raise Missing

    def _turn(self, allowed, **columns):
        """Set `columns` if the pair is in one of the `allowed` states, as the database has it this moment."""
        cls = type(self)
        with db.atomic():
            self.require_running()
            if self.state not in allowed:
                self._refuse()
            cls.update({getattr(cls, name): value for name, value in columns.items()}).where(
                cls.id == self.id
            ).execute()
        for name, value in columns.items():
            setattr(self, name, value)

    def _refuse(self):
        if self.state == "waiting":
            raise Invalid(_("The room is not open yet."))
        if self.state == "ending":
            raise Invalid(_("It has been said already that the mentorship ends."))
        raise Invalid(_("You are not taking a pause."))

    def look_up(self):
        """Know what the database says this moment of who and when; raises Missing when the pair is gone."""
        cls = type(self)
        current = cls.get_or_none(cls.id == self.id)
        if current is None:
            raise Missing
        for name in ("paused_at", "paused_by", "look_again_on", "resumed_at", "resumed_by", "chemistry_due",
                     "chemistry_at", "ended_at", "ended_by", "left_at", "delete_on", "opened_at"):  # fmt: skip
            setattr(self, name, getattr(current, name))

    @classmethod
    def due_to_go(cls):
        """The ids of the pairs whose day of deletion has come, wherever its two people are."""
        day = (now() - FURTHEST_BEHIND).date()
        return [id for (id,) in cls.select(cls.id).where(cls.delete_on <= day).tuples()]

    @classmethod
    def delete_for_good(cls, *ids):
        """Everything of these pairs goes, keys and hand-overs with it, and stays gone when a backup is put back.

        Needs no key. Nothing of them is left in the database file once its log has been written back as well
        (`db.write_back`), which is for after the transaction this may stand in.
        """
        # First, so that a power cut between the two is made good at the next start.
        tombstones.set_up(*ids)
        # All that hangs on a pair goes with it: every row, its room keys, its invitations.
        cls.delete().where(cls.id.in_(ids)).execute()


def months_later(day, months):
    """The day `months` after `day` (a date); the last of the month where that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


class RoomKey(Model):
    """One person's copy of a room's key, sealed in their vault."""

    pair = ForeignKeyField(Pair, on_delete="CASCADE")
    person = ForeignKeyField(Person, on_delete="CASCADE")
    epoch = IntegerField()
    blob = BlobField()

    class Meta:
        indexes = ((("pair", "person", "epoch"), True),)

    @classmethod
    def keep(cls, pair, key):
        blob = pair.person.vault.keep(key, "room key", pair.id, pair.epoch)
        return cls.create(pair=pair, person=pair.person, epoch=pair.epoch, blob=blob)


class HandOver(Model):
    """A room's key on its way to the one who was invited: deleted when picked up."""

    pair = ForeignKeyField(Pair, on_delete="CASCADE", unique=True)
    sender = ForeignKeyField(Person, on_delete="CASCADE", backref="+")
    recipient = ForeignKeyField(Person, on_delete="CASCADE", backref="+")
    blob = BlobField()
    proof = BlobField()
    created_at = DateTimeField(default=now)

    @classmethod
    def pick_up(cls, pair):
        """The asker's copy of the room key, from what was handed over; raises Sealed when it is not genuine."""
        handed = cls.get_or_none(cls.pair == pair, cls.recipient == pair.person)
        invitation = Invitation.get_or_none(
            Invitation.pair == pair,
            Invitation.accepted_by == pair.person,
            Invitation.confirmed_at.is_null(False),
        )
        if handed is None or invitation is None:
            return None
        me, sender = pair.person, handed.sender
        secret = me.vault.find(invitation.accepter_copy, "invitation", invitation.id)
        context = ("hand-over", pair.id, sender.id, me.id, pair.epoch)
        if not vault.vouched(secret, handed.proof, *context, bytes(sender.public_key), bytes(handed.blob)):
            raise Sealed
        key = vault.take_over(me.vault, me.identity, sender.public_key, handed.blob, *context)
        with db.atomic():
            kept = RoomKey.keep(pair, key)
            handed.delete_instance()
            invitation.accepter_copy = None
            invitation.save()
        return kept


class Invitation(Model):
    """A link to a room, or, from the command line, only to the house (then without pair and inviter).

    The link's secret is known to the two alone: the database holds its hash, and a copy sealed for each. It
    vouches for both public keys, so that whoever can write in the database cannot put in a key of their own.
    """

    pair = ForeignKeyField(Pair, null=True, on_delete="CASCADE", backref="invitations")
    inviter = ForeignKeyField(Person, null=True, on_delete="CASCADE", backref="+")
    role = CharField(null=True)
    email = CharField()
    hash = BlobField(unique=True)
    inviter_copy = BlobField(null=True)
    inviter_proof = BlobField(null=True)
    accepter_copy = BlobField(null=True)
    accepter_proof = BlobField(null=True)
    created_at = DateTimeField(default=now)
    expires_at = DateTimeField()
    accepted_by = ForeignKeyField(Person, null=True, on_delete="SET NULL", backref="+")
    accepted_at = DateTimeField(null=True)
    declined_at = DateTimeField(null=True)
    revoked_at = DateTimeField(null=True)
    confirmed_at = DateTimeField(null=True)

    @classmethod
    def to_room(cls, inviter, email, role):
        """(invitation, token): a new pair with `inviter` as the other role than `role`; raises Invalid."""
        email = read_email(email)
        if email == inviter.email:
            raise Invalid(_("This is your own address. A room is for two."), "email")
        if role not in ROLES:
            raise Invalid(_("Say which of the two you are."), "role")
        with db.atomic():
            pair = Pair.create(**{ROLES[role]: inviter})
            return cls._make(pair, inviter, email, role)

    @classmethod
    def to_house(cls, email):
        """(invitation, token) for somebody who may sign up here; raises Invalid."""
        token, raw = vault.new_token()
        hashed = vault.token_hash(raw, "invitation")
        return cls.create(email=read_email(email), hash=hashed, expires_at=now() + LINK_LASTS), token

    @classmethod
    def _make(cls, pair, inviter, email, role):
        token, raw = vault.new_token()
        invitation = cls(
            pair=pair,
            inviter=inviter,
            email=email,
            role=role,
            hash=vault.token_hash(raw, "invitation"),
            expires_at=now() + LINK_LASTS,
        )
        invitation.inviter_copy = inviter.vault.keep(raw, "invitation", invitation.id)
        invitation.inviter_proof = vault.vouch(raw, *invitation._inviter_context())
        invitation.save(force_insert=True)
        return invitation, token

    @classmethod
    def find(cls, token):
        """The invitation behind a link, whatever became of it; raises Missing."""
        try:
            hashed = vault.token_hash(vault.read_token(token), "invitation")
        except Sealed:
            raise Missing from None
        invitation = cls.get_or_none(cls.hash == hashed)
        if invitation is None:
            raise Missing
        return invitation

    @classmethod
    def latest_of(cls, pair):
        """The invitation a waiting pair stands on; raises Missing."""
        # Of two from the same second the older has been taken back.
        newest = (cls.created_at.desc(), cls.revoked_at.is_null().desc())
        invitation = cls.select().where(cls.pair == pair).order_by(*newest).first()
        if invitation is None:
            raise Missing
        return invitation

    @property
    def state(self):
        """waiting, accepted, confirmed, declined, revoked or expired."""
        for state in ("confirmed", "revoked", "declined", "accepted"):
            if getattr(self, f"{state}_at"):
                return state
        return "waiting" if self.expires_at > now() else "expired"

    @property
    def lets_sign_up(self):
        """Whether whoever holds the link may make an account with it."""
        return self.state == "waiting"

    def token(self, inviter):
        """The link's token once more, for the inviter to copy; raises Sealed."""
        return vault.token_text(inviter.vault.find(self.inviter_copy, "invitation", self.id))

    def accept(self, person, token):
        """`person` says yes; the inviter still has to confirm. Raises Invalid, and Sealed when a key was swapped."""
        raw = vault.read_token(token)
        if self.pair_id is None:
            raise Missing
        if person.id == self.inviter_id:
            raise Invalid(_("This is your own invitation. Send the link to the one you want in the room."))
        if person.id == self.accepted_by_id and self.state in ("accepted", "confirmed"):
            return
        if not vault.vouched(raw, self.inviter_proof, *self._inviter_context()):
            raise Sealed
        with db.atomic():
            self._close(
                accepted_at=now(),
                accepted_by=person,
                accepter_copy=person.vault.keep(raw, "invitation", self.id),
                accepter_proof=vault.vouch(raw, *self._accepter_context(person)),
            )
            Pair.update({self.role: person.id}).where(Pair.id == self.pair_id, Pair.opened_at.is_null()).execute()

    def use(self, person):
        """`person` signed up with it: a link to the house alone lets in one. Raises Invalid for whoever is second."""
        if self.pair_id is None:
            try:
                self._close(accepted_at=now(), accepted_by=person)
            except Invalid:
                person.delete_instance()
                raise

    def decline(self):
        self._close(declined_at=now())

    def _close(self, **what):
        """Once and for all: of any number at the same moment one succeeds. Raises Invalid for the others."""
        cls = type(self)
        fields = {getattr(cls, name): value for name, value in what.items()}
        unused = cls.accepted_at.is_null() & cls.declined_at.is_null() & cls.revoked_at.is_null()
        if not cls.update(fields).where(cls.id == self.id, unused, cls.expires_at > now()).execute():
            raise Invalid(_("This invitation has already been answered, or it is too old."))
        for name, value in what.items():
            setattr(self, name, value)

    def revoke(self, inviter):
        """The inviter takes it back, also after somebody has accepted, until the room is open."""
        self._by(inviter)
        cls = type(self)
        with db.atomic():
            open_still = cls.confirmed_at.is_null() & cls.revoked_at.is_null()
            cls.update(revoked_at=now(), accepter_copy=None).where(cls.id == self.id, open_still).execute()
            Pair.update({self.role: None}).where(Pair.id == self.pair_id, Pair.opened_at.is_null()).execute()

    def renew(self, inviter):
        """(invitation, token): a new link for the same pair in place of one that ended."""
        self._by(inviter)
        if self.state in ("accepted", "confirmed"):
            raise Invalid(_("This invitation has already been answered, or it is too old."))
        if not self.email:
            raise Invalid(_("The one you invited has left Companion. You can invite somebody else to another room."))
        with db.atomic():
            self.revoke(inviter)
            return type(self)._make(self.pair, inviter, self.email, self.role)

    def confirm(self, inviter):
        """The inviter has seen who accepted, and opens the room. Raises Sealed when a key was swapped."""
        self._by(inviter)
        if self.state == "confirmed":
            return
        accepter, nobody = self.accepted_by, Invalid(_("Nobody is waiting at the door just now."))
        if self.state != "accepted" or accepter is None:
            raise nobody
        secret = inviter.vault.find(self.inviter_copy, "invitation", self.id)
        if not vault.vouched(secret, self.accepter_proof, *self._accepter_context(accepter)):
            raise Sealed
        with db.atomic():
            current = type(self).get_by_id(self.id)
            if current.state == "confirmed":
                return
            if current.state != "accepted":
                raise nobody
            pair = Pair.get_by_id(self.pair_id)._asked_by(inviter)
            Pair.update(opened_at=now()).where(Pair.id == pair.id).execute()
            key = vault.room_key()
            RoomKey.keep(pair, key)
            context = ("hand-over", pair.id, inviter.id, accepter.id, pair.epoch)
            blob = vault.hand_over(inviter.vault, inviter.identity, bytes(accepter.public_key), key, *context)
            proof = vault.vouch(secret, *context, bytes(inviter.public_key), blob)
            HandOver.create(pair=pair, sender=inviter, recipient=accepter, blob=blob, proof=proof)
            self.confirmed_at, self.inviter_copy = now(), None
            self.save()

    def _by(self, person):
        if person.id != self.inviter_id:
            raise Missing

    def _inviter_context(self):
        inviter = self.inviter
        return ("inviter", self.id, self.pair_id, inviter.id, bytes(inviter.public_key), self.role)

    def _accepter_context(self, person):
        return ("accepter", self.id, self.pair_id, person.id, bytes(person.public_key), self.role)
