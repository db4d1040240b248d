"""The readable half of an export: a Markdown file for each part of a room, in the reader's language.

What somebody wrote stays what they wrote: it becomes no heading, link, picture or HTML of the file it stands in.
"""

import re

from companion import i18n, reading
from companion.i18n import _

# Parts that are read together; every other kind of row has a file of its own.
AGREEMENT = ("edition", "draft", "answers", "clause proposal", "signature")
PLANS = ("action", "offer", "promise")
QUESTIONS = ("own prompt", "prompt marks")
# At a meeting, in the order it is gone through; any other kind comes after these.
MEETING = ("reflection", "shared preparation", "agenda item", "recap", "insight", "action", "offer", "promise",
           "experienced style")  # fmt: skip


def pages(pair, rows):
    """{file name: Markdown} of one room; `rows` is {kind: [rows]} of all there is to read in it."""
    heading = _("The room: %(mentee)s and %(mentor)s", mentee=pair.mentee_name, mentor=pair.mentor_name)
    parts = [(_("Agreement"), AGREEMENT), (_("Meetings"), ()), (_("Plans"), PLANS), (_("Questions"), QUESTIONS)]
    together = {kind for _name, kinds in parts for kind in kinds} | {"meeting"}
    # What belongs to a meeting stands there; what does not, and what is worth a list of its own, has its own file.
    rest = [kind for kind in rows if kind not in together]
    made = {}
    for name, kinds in [*parts, *[(reading.name_of(kind), (kind,)) for kind in rest]]:
        found = {kind: [row for row in rows.get(kind, ()) if kind in together or alone(row)] for kind in kinds}
        body = _meetings(pair, rows) if not kinds else _part(pair, found)
        if body:
            made[f"{len(made) + 1}-{slug(name)}.md"] = "\n".join([f"# {name}", "", plain(heading), "", *body, ""])
    return made


def alone(row):
    """Whether a row has a file of its kind to stand in: insights do, anything else only without a meeting."""
    return row.kind == "insight" or getattr(row, "meeting_id", None) is None


def slug(name):
    """A file name of a heading of ours: letters, digits and hyphens."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


def _part(pair, found):
    several = len([kind for kind, rows in found.items() if rows]) > 1
    body = []
    for kind, rows in found.items():
        if rows and several:
            body += [f"## {reading.name_of(kind)}", ""]
        for row in rows:
            body += _entry(pair, row, "###" if several else "##")
    return body


def _meetings(pair, rows):
    at_meeting = {}
    for found in rows.values():
        for row in found:
            at_meeting.setdefault(getattr(row, "meeting_id", None), {}).setdefault(row.kind, []).append(row)
    order = [*MEETING, *[kind for kind in rows if kind not in MEETING]]
    body = []
    meetings = sorted(rows.get("meeting", ()), key=lambda meeting: (meeting.starts_at, meeting.id))
    for meeting in meetings:
        body += [f"## {_when(meeting.starts_at)}", "", _state(meeting), "", *_said(meeting)]
        here = at_meeting.get(meeting.id, {})
        for kind in order:
            if kind in here:
                body += [f"### {reading.name_of(kind)}", ""]
                for row in here[kind]:
                    body += [*_said(row), _by(pair, row), ""]
    return body


def _state(meeting):
    states = {"held": _("Held"), "cancelled": _("Cancelled"), "begun": _("Begun"), "planned": _("Planned")}
    return states[meeting.state]


def _entry(pair, row, level):
    title = _("Edition %(number)s", number=row.number) if row.kind == "edition" and row.number else _day(row)
    return [f"{level} {title}", "", *_said(row), _by(pair, row), ""]


def _said(row):
    body = []
    for label, words, note in reading.lines(row):
        if label:
            body += [f"**{plain(label)}**", ""]
        body += [*quoted(words, note=note), ""]
    return body


def _by(pair, row):
    who = [pair.name_of(row.author)] if row.has_author else []
    reads = _("you and %(name)s", name=pair.partner_name) if row.is_shared else _("only you")
    return f"*{' · '.join(plain(part) for part in (*who, _day(row), reads))}*"


def _day(row):
    return i18n.day(row.created_at, year=True)


def _when(moment):
    return _("%(day)s at %(clock)s", day=i18n.day(moment, year=True), clock=i18n.clock(moment))


# Words as words.

# What would become a link, a picture or HTML; and, where no Markdown was meant, anything else than the sign it is.
IN_NOTE = re.compile(r"[\\<>\[\]&!]")
ANYWHERE = re.compile(r"[\\`*_{}\[\]<>&|~]")
# What would begin a heading, a rule, a list or a block of code.
BEGINS_NOTE = re.compile(r"^(\s*)(?=#|~~~|[-=*_]+\s*$)")
BEGINS = re.compile(r"^(\d*)(?=#|[-+]\s|[-=+]+$|(?<=\d)[.)])")


def quoted(words, *, note=False):
    """[lines] of a quotation that holds `words`; a `note` keeps its own emphasis and lists, and nothing else."""
    escaped = [_note(line) if note else _line(line) for line in words.splitlines()]
    # Two spaces at its end keep a line a line.
    return [f"> {line}  " if line.strip() else ">" for line in escaped]


def plain(words):
    """`words` on one line, as they are."""
    return _line(" ".join(str(words).split()))


def _line(line):
    return BEGINS.sub(r"\1\\", ANYWHERE.sub(_escaped, line.strip()), count=1)


def _note(line):
    return BEGINS_NOTE.sub(r"\1\\", IN_NOTE.sub(_escaped, line.rstrip()), count=1)


def _escaped(found):
    # As entities, so that nothing that reads HTML in Markdown makes a tag of it either.
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(found[0], f"\\{found[0]}")
