"""Sealed rows: ordinary models whose words are one sealed JSON, readable once found through an open pair.

A row is *mine* (sealed with my private key) or *ours* (with the room's). In clear stand only ids, who, when,
states and order.
"""

import json
from datetime import datetime
from functools import cache, partial
from operator import itemgetter
from uuid import UUID

from peewee import BlobField, DateTimeField, ForeignKeyField, IntegerField

from companion import text, vault
from companion.db import IdField, Model, db, now
from companion.errors import Conflict, Missing, Sealed
from companion.i18n import _
from companion.pairs.models import Pair
from companion.people.models import Person

# Sealed in every row: who wrote last, when, and on which page of theirs.
WRITTEN = ("by", "at", "page")


class Row(Model):
    """What a pair keeps. A subclass names its `kind` for good, and its `sealed` attributes with their empty values.

    `markdown` names those of them that are notes: they are rendered when written. `withheld` names the columns that
    say what both answer, each without the other's answer: until the asker has too, they are not shown it. Where the
    other's answer is never shown, that is ("author",). `untold` names columns that are told to nobody.
    """

    kind = None
    sealed = {}
    markdown = ()
    withheld = ()
    untold = ()
    # Nobody can tell from such a row which of the two wrote it, whatever key they hold.
    anonymous = False

    pair = ForeignKeyField(Pair, on_delete="CASCADE", backref="+")
    scope = IdField()
    # A plain id, not a key to the person: it is part of what the row is sealed with and outlives them.
    author = IdField()
    epoch = IntegerField()
    rev = IntegerField(default=1)
    created_at = DateTimeField(default=now)
    blob = BlobField()

    readable = True
    by = at = page = None

    @classmethod
    def of(cls, pair):
        """What the asker may read of this kind in `pair`: a query whose rows come opened."""
        rows = cls.select().where(cls.pair == pair.id, cls.scope.in_(list(pair.keys)))
        rows.made = partial(cls._opened, pair)
        return rows

    @classmethod
    def readable_by(cls, pair):
        """[rows] of this kind that the asker may be shown, the oldest first: what a search and an export go through.

        All that their keys open, but what the other answered to something the asker has not answered yet.
        """
        rows = list(cls.of(pair).order_by(cls.created_at, cls.id))
        if not cls.withheld:
            return rows
        me, asked = pair.person.id, itemgetter(*cls.withheld)
        answered = {asked(row.__data__) for row in rows if row.author == me and row.is_shared}
        return [row for row in rows if row.author == me or asked(row.__data__) in answered]

    @classmethod
    def find(cls, pair, row_id):
        """One row; raises Missing."""
        row = cls.of(pair).where(cls.id == row_id).first()
        if row is None:
            raise Missing
        return row

    @classmethod
    def add(cls, pair, *, mine=False, **values):
        """A new row by the asker; raises Ended. `values` are columns and sealed attributes alike."""
        scope = pair.person.id if mine else pair.id
        if scope not in pair.keys:
            raise Missing
        columns = {name: values.pop(name) for name in list(values) if name in cls._meta.fields}
        author = pair.id if cls.anonymous else pair.person.id
        row = cls(pair=pair.id, scope=scope, author=author, epoch=pair.epoch, **columns)
        row._carry(pair)
        row._take(dict(cls.sealed.items()))
        row._take(values)
        with db.atomic():
            row._require_running()
            row.blob = row._seal()
            row.save(force_insert=True)
        return row

    def change(self, *, rev=None, **values):
        """Change columns and sealed attributes; raises Conflict when somebody else did so since `rev`, Ended."""
        if not self.readable:
            raise Sealed
        cls, seen = type(self), self.rev
        if rev is not None and rev != seen:
            raise Conflict(self)
        columns = {name: values.pop(name) for name in list(values) if name in cls._meta.fields}
        before = {name: getattr(self, name) for name in (*values, *columns, "by", "at")}
        with db.atomic():
            self._require_running()
            self._take(values)
            self.rev = seen + 1
            fields = {getattr(cls, name): value for name, value in columns.items()}
            fields |= {cls.rev: self.rev, cls.blob: self._seal()}
            if not cls.update(fields).where(cls.id == self.id, cls.rev == seen).execute():
                self.rev = seen
                for name, value in before.items():
                    setattr(self, name, value)
                raise Conflict(cls.find(self.opener, self.id))
        for name, value in columns.items():
            setattr(self, name, value)
        return self

    def delete_instance(self, *arguments, **options):
        with db.atomic():
            self._require_running()
            return super().delete_instance(*arguments, **options)

    def _require_running(self):
        """The one place that keeps a room as it was when it ended: raises Ended. What is only mine I still write,
        as long as I am here: raises Missing."""
        if self.is_shared:
            self.opener.require_running()
        else:
            self.opener.require_asker()

    @classmethod
    def write(cls, pair, *, mine, where, rev, page, **values):
        """Save what is being typed: a new row, or the next version of the one that `where` (columns) names.

        `rev` is what the writer's page was made from, 0 for none; `page` marks one page of one writer, whose
        answer may have been lost on the way, so that nobody meets a conflict with themselves. Behind a dot it says
        how many times the page has sent something: what was overtaken on the way changes nothing. Raises Conflict.
        """
        scope = pair.person.id if mine else pair.id
        which = [getattr(cls, name) == value for name, value in where.items()]
        with db.atomic():
            row = cls.of(pair).where(cls.scope == scope, *which).first()
            if row is None:
                return cls.add(pair, mine=mine, page=page, **where, **values)
            (mark, sent), (mark_before, sent_before) = _counted(page), _counted(row.page)
            same_page = mark and mark == mark_before and row.by == str(pair.person.id)
            if same_page and sent < sent_before:
                return row
            same_text = all(getattr(row, name) == value for name, value in values.items())
            if rev == row.rev or same_page:
                return row.change(page=page, **values)
            if same_text:
                return row
            raise Conflict(row)

    def html(self, name):
        """The note `name` as safe HTML; where the row cannot be opened, a sentence that says so."""
        if not self.readable:
            return text.safe(text.render(_("This text cannot be opened.")))
        if self._html.get("version") != text.VERSION or name not in self._html:
            return text.safe(text.render(getattr(self, name)))
        return text.safe(self._html[name])

    @property
    def says_something(self):
        """Whether its note is more than spaces, as far as anybody can tell."""
        return not self.readable or bool(self.text.strip())

    @property
    def opener(self):
        """The open pair this row was found through."""
        return self._opener

    @property
    def saved_at(self):
        """When it was last written."""
        return datetime.fromisoformat(self.at) if self.at and not self.anonymous else self.created_at

    @property
    def writer(self):
        """The id of whoever wrote last."""
        return UUID(self.by) if self.by else self.author

    @property
    def is_shared(self):
        return self.scope == self.pair_id

    @property
    def has_author(self):
        """Whether one of the two is known to have written it; of what the room itself says nobody is."""
        return self.author != self.pair_id

    @classmethod
    def _opened(cls, pair, columns):
        row = cls.made(columns)
        row._carry(pair)
        inside = {}
        try:
            inside = json.loads(vault.unseal(pair.keys[row.scope], row.blob, *row._context()).decode())
        except (Sealed, KeyError):
            # One row that cannot be opened must not take the others with it.
            row.readable = False
        row._html = inside.get("html", {})
        vars(row).update({name: inside.get(name, empty) for name, empty in cls._inside().items()})
        return row

    @classmethod
    @cache
    def _inside(cls):
        """What is sealed in every row of this kind, with its empty value."""
        return cls.sealed | dict.fromkeys(WRITTEN)

    def _carry(self, pair):
        self._opener, self._html = pair, {}

    def _take(self, values):
        for name, value in values.items():
            if name not in self._inside():
                raise TypeError(f"{type(self).__name__} has no {name}")
            setattr(self, name, value)

    def _seal(self):
        # A moment tells who it was to whoever knows who was there.
        writer, moment = (self.author, self.created_at) if self.anonymous else (self._opener.person.id, now())
        self.by, self.at = str(writer), moment.isoformat()
        inside = {"v": 1} | {name: getattr(self, name) for name in self._inside()}
        if self.markdown:
            self._html = {name: text.render(getattr(self, name)) for name in self.markdown}
            inside["html"] = self._html = {"version": text.VERSION, **self._html}
        plain = json.dumps(inside, ensure_ascii=False, separators=(",", ":")).encode()
        return vault.seal(self._opener.keys[self.scope], plain, *self._context())

    def _context(self):
        return ("row", self.kind, self.id, self.scope, self.epoch, self.rev, self.author)


def _counted(page):
    """(the mark of a page, how many times it had sent something), 0 where no script counts."""
    mark, _dot, sent = (page or "").partition(".")
    return mark, int(sent) if sent.isdecimal() and len(sent) < 10 else 0


def kinds():
    """Every kind of row there is, by its name."""
    return sorted((cls for cls in Row.__subclasses__() if cls.kind), key=lambda cls: cls.kind)


def forget_retired():
    """What whoever started anew left sealed 90 days ago goes: their private rows, their keys, rooms nobody is in.

    Needs no key. What they shared stays with a partner who is still there.
    """
    due = list(Person.due_to_go())
    with db.atomic():
        for kind in Row.__subclasses__():
            kind.delete().where(kind.scope.in_([person.id for person in due])).execute()
        Person.forget_retired()
        left = Pair.select(Pair.id).where(Pair.mentor.is_null(), Pair.mentee.is_null())
        Pair.delete_for_good(*[id for (id,) in left.tuples()])
