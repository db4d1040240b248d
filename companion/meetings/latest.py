"""Whether a meeting's page has anything new to show: one short query, asked every two seconds and opening no row."""

import hashlib
from datetime import datetime, timedelta

from companion.db import db, now
from companion.errors import Missing
from companion.meetings.models import AWAY_AFTER, KEYS, OVERTIME, UNDONE_WITHIN

# What stands on the page; of private rows only the asker's own, so that nobody sees when the other writes to
# themselves, and of how it was only whether both have said. Written out, because an ordinary query takes longer to
# make than to answer.
SHOWN = """
SELECT m.begun_at, m.starts_at, m.minutes, coalesce(m.held_at, m.cancelled_at), m.rev,
  (SELECT group_concat(hex(person_id) || (seen_at >= :here) || coalesce(together_at, ''))
     FROM presence WHERE meeting_id = :meeting),
  (SELECT group_concat(hex(id) || rev) FROM agenda_item WHERE meeting_id = :meeting),
  (SELECT group_concat(hex(id) || rev) FROM recap WHERE meeting_id = :meeting),
  (SELECT group_concat(hex(id) || rev) FROM shared_preparation WHERE meeting_id = :meeting),
  (SELECT group_concat(hex(id) || rev) FROM insight WHERE meeting_id = :meeting AND scope IN (:pair, :person)),
  (SELECT group_concat(hex(id) || rev) FROM action WHERE meeting_id = :meeting
     OR (m.step = :since AND pair_id = :pair AND closed_at IS NULL)),
  (SELECT group_concat(hex(id) || rev) FROM offer WHERE meeting_id = :meeting),
  (SELECT group_concat(hex(id) || rev) FROM promise WHERE meeting_id = :meeting
     OR (m.step = :since AND pair_id = :pair AND closed_at IS NULL)),
  CASE WHEN m.step = :next THEN
    (SELECT hex(n.id) || n.rev FROM meeting n
       WHERE n.pair_id = :pair AND n.id != :meeting AND n.held_at IS NULL AND n.cancelled_at IS NULL
       ORDER BY n.starts_at, n.id LIMIT 1) END,
  (SELECT count(*) = 2 FROM experienced_style WHERE meeting_id = :meeting)
FROM meeting m JOIN pair p ON p.id = m.pair_id
WHERE m.id = :meeting AND p.id = :pair AND :person IN (p.mentor_id, p.mentee_id)
"""


def look(person, pair_id, meeting_id):
    """(version, whether the meeting is going on within its time); raises Missing.

    The version, an opaque text, changes with whatever the page shows: rows, who is here, the minutes used, and
    whether its end can still be undone.
    """
    moment = now()
    values = {"person": person.id.bytes, "pair": pair_id.bytes, "meeting": meeting_id.bytes}
    values |= {"here": str(moment - AWAY_AFTER), "since": KEYS.index("since"), "next": KEYS.index("next")}
    row = db.execute_sql(SHOWN, values).fetchone()
    if row is None:
        raise Missing
    begun_at, starts_at, minutes, over, *rest = row
    used, within, undone = 0, False, False
    if over:
        undone = moment - datetime.fromisoformat(over) <= UNDONE_WITHIN
    elif begun_at:
        begun = datetime.fromisoformat(begun_at)
        used = int((moment - begun).total_seconds() // 60)
        planned = max(begun, datetime.fromisoformat(starts_at)) + timedelta(minutes=minutes)
        within = moment <= planned + OVERTIME
    shown = repr((person.language, begun_at, used, over, undone, *rest))
    return hashlib.blake2s(shown.encode(), digest_size=12).hexdigest(), within
