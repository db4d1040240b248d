"""What was deleted for good: a random id and a day each, in a file beside the database.

A backup that is put back brings deleted rooms with it; at the next start they go again. The file tells nobody's
name: what had the id is gone.
"""

import os
import re
from pathlib import Path
from uuid import UUID

from companion.db import db, now

# Half a line, from a power cut while it was written, is passed over: what it was for had not been deleted yet.
LINE = re.compile(r"([0-9a-f]{32}) \d{4}-\d{2}-\d{2}\n")


def path():
    return Path(db.database).with_name("tombstones")


def set_up(*ids):
    """Write down, before they are deleted, that `ids` (UUIDs) are gone as of today."""
    known, day = buried(), now().date().isoformat()
    lines = "".join(f"{one.hex} {day}\n" for one in ids if one not in known)
    if not lines:
        return
    handle = os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "wb", buffering=0) as file:
        # In one piece, so that two at once do not mix.
        file.write(lines.encode())
        os.fsync(handle)
    folder = os.open(path().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def buried():
    """The ids of everything that was deleted for good."""
    try:
        written = path().read_text("ascii", "replace")
    except FileNotFoundError:
        return set()
    return {UUID(hex=line[1]) for line in LINE.finditer(written)}
