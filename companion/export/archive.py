"""All that somebody may take along, as one zip in memory: each room in words, and everything as JSON.

The JSON is described in docs/export.md and docs/export.schema.json.
"""

import json
import threading
import zipfile
from datetime import date, datetime
from io import BytesIO
from uuid import UUID

from peewee import fn

from companion import i18n, reading
from companion.db import now
from companion.errors import Busy, Invalid
from companion.export.pages import pages, plain, slug
from companion.i18n import _
from companion.pairs.models import ROLES, Invitation
from companion.pairs.rows import Row
from companion.people.models import Session

FORMAT, VERSION = "companion export", 1
# So much sealed text is made into one file: what two people write in a lifetime, and less than fills a machine.
LARGEST = 64 * 1024 * 1024
# All of it stands in memory at once, so one is made at a time.
_one = threading.Semaphore()
WAIT = 5


def pack(person, pairs):
    """(file name, bytes of a zip) of what `person` may read in `pairs`; raises Invalid when it is too much, Busy."""
    if not _one.acquire(timeout=WAIT):
        raise Busy(WAIT)
    try:
        _require_room_for(pairs)
        return f"companion-{i18n.today()}.zip", _zip(person, pairs)
    finally:
        _one.release()


def _require_room_for(pairs):
    sealed = 0
    for cls in reading.in_order():
        size = cls.select(fn.SUM(fn.LENGTH(cls.blob))).where(cls.pair.in_([pair.id for pair in pairs]))
        sealed += size.scalar() or 0
    if sealed > LARGEST:
        raise Invalid(_("That is more than fits in one file. Take one room at a time.") if len(pairs) > 1 else
                      _("This room holds more than fits in one file. Tell whoever runs this server."))  # fmt: skip


def _zip(person, pairs):
    rooms = [(pair, {cls.kind: cls.readable_by(pair) for cls in reading.in_order()}) for pair in pairs]
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(slug(_("Read me first")) + ".md", _cover(person, pairs))
        archive.writestr("export.json", json.dumps(everything(person, rooms), ensure_ascii=False, indent=1))
        for number, (pair, rows) in enumerate(rooms, start=1):
            folder = slug(_("Room %(number)s", number=number))
            for name, words in pages(pair, rows).items():
                archive.writestr(f"{folder}/{name}", words)
    return buffer.getvalue()


def _cover(person, pairs):
    rooms = [f"{number}. {_with(pair)}" for number, pair in enumerate(pairs, start=1)]
    day = i18n.day(now(), year=True)
    return "\n\n".join([
        "# " + _("What is yours in Companion"),
        plain(_("Taken along by %(name)s on %(day)s.", name=person.called, day=day)),
        "\n".join(rooms),
        _("Each room has a folder with what you may read there, in words. The file export.json holds all of it for "
          "other programs, with the times and your settings."),
        _("What your partner keeps private is not here, nor what they have answered and you have not yet."),
        _("Nothing here is locked any more. Keep it where you keep what is nobody else’s business: what was said in "
          "confidence still is."),
        "",
    ])  # fmt: skip


def _with(pair):
    return plain(_("With %(name)s", name=pair.partner_name) if pair.partner else _("A room without the other"))


# The half for other programs.


def everything(person, rooms):
    """All there is, of plain values; `rooms` is [(pair, {kind: [rows]})]."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": _value(now()),
        "person": _person(person),
        "rooms": [_room(pair, rows) for pair, rows in rooms],
    }


def _person(person):
    invitations = Invitation.select().where(Invitation.inviter == person).order_by(Invitation.created_at, Invitation.id)
    sessions = Session.select().where(Session.person == person).order_by(Session.created_at, Session.id)
    return {
        **{name: _value(getattr(person, name)) for name in ("id", "name", "email", "language", "timezone")},
        "created_at": _value(person.created_at),
        "sessions": [
            {
                "device": one.device_name(person.vault),
                "began_at": _value(one.created_at),
                "seen_at": _value(one.seen_at),
            }
            for one in sessions
        ],
        "invitations": [
            {"room": _value(one.pair_id), "email": one.email, "sent_at": _value(one.created_at), "state": one.state}
            for one in invitations
        ],
    }


def _room(pair, rows):
    return {
        "id": _value(pair.id),
        "role": pair.role,
        "partner": {
            "id": _value(pair.partner.id if pair.partner else None),
            "name": pair.partner.name if pair.partner else None,
            "role": ROLES[pair.role],
        },
        "created_at": _value(pair.created_at),
        "opened_at": _value(pair.opened_at),
        "rows": {kind: [_row(pair, row) for row in found] for kind, found in rows.items()},
    }


def _row(pair, row):
    own = [name for name in row._meta.fields if name not in Row._meta.fields and name not in row.untold]
    # Who wrote last, when and how often would tell what is told to nobody.
    at, by, rev = (row.created_at, row.author, 1) if row.untold else (row.saved_at, row.writer, row.rev)
    return {
        "id": _value(row.id),
        "private": not row.is_shared,
        "author": _value(row.author) if row.has_author else None,
        "voice": pair.voice_of(row.author) if row.has_author else None,
        "created_at": _value(row.created_at),
        "saved_at": _value(at),
        "saved_by": _value(by) if row.has_author else None,
        "rev": rev,
        "columns": {row._meta.fields[name].column_name: _value(row.__data__.get(name)) for name in own},
        # None where it cannot be opened.
        "content": {name: getattr(row, name) for name in row.sealed} if row.readable else None,
    }


def _value(value):
    """A column as JSON has it: moments in UTC, ids as text."""
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='seconds')}Z"
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value
