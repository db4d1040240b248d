"""To the annual review (MUS): what the mentee takes along, picked and worded by them, and the mentor's yes to theirs.

Source: the mentee owns the material for the development talk; a line manager sees only what the mentee brings.
"""

from peewee import DateTimeField, ForeignKeyField, IntegerField, fn

from companion import text
from companion.db import db, now
from companion.errors import Invalid, Missing
from companion.i18n import _, _l, ngettext
from companion.pairs.models import MENTEE, MENTOR
from companion.pairs.rows import Row
from companion.review.sources import HEADINGS, OWN, everything, is_mentors

ITEMS_AT_MOST = 40
LONGEST = 4000
STATES = {
    "in": _l("Goes in"),
    "to_ask": _l("Not in yet: these are %(name)s’s words"),
    "asked": _l("Not in yet: %(name)s has not answered"),
    "refused": _l("Not in: %(name)s would rather not"),
}


class ReviewItem(Row):
    """One piece of the paper, worded by the mentee, who alone can read it here."""

    kind = "review item"
    sealed = {"source": "", "text": "", "lang": "", "mentors": False}

    position = IntegerField()

    request = None

    @classmethod
    def mine(cls, pair):
        """Everything picked, in the mentee's order, each with the `request` to the mentor if there is one."""
        pair.only(MENTEE)
        items = list(cls.of(pair).where(cls.scope == pair.person.id).order_by(cls.position, cls.id))
        requests = {row.item_id: row for row in ReviewRequest.of(pair)} if items else {}
        for item in items:
            item.request = requests.get(item.id)
        return items

    @classmethod
    def find_mine(cls, pair, item_id):
        """One piece, with its request; raises Missing."""
        item = next((one for one in cls.mine(pair) if one.id == item_id), None)
        if item is None:
            raise Missing
        return item

    @classmethod
    def pick(cls, pair, keys):
        """Take what `keys` name along, as it stands now; raises Invalid. What is there already is left alone."""
        pair.only(MENTEE)
        found = {one.key: one for kind in everything(pair).values() for one in kind}
        with db.atomic():
            there = {item.source for item in cls.mine(pair)}
            chosen = [one for key, one in found.items() if key in keys and key not in there]
            if not chosen:
                raise Invalid(_("Choose something to take along first."), "source")
            for one in chosen:
                theirs = is_mentors(pair, one.author)
                writer = pair.partner if theirs else pair.person
                lang = writer.language if writer else ""
                if len(one.text) > LONGEST:
                    # Named, as several were chosen at once.
                    words = one.text[:40].strip()
                    raise Invalid(_("“%(words)s …” is longer than %(number)s characters. Write the heart of it in "
                                    "words of your own instead.", words=words, number=LONGEST), "source")  # fmt: skip
                cls._put(pair, source=one.key, text=_read(one.text), lang=lang, mentors=theirs)

    @classmethod
    def write_own(cls, pair, typed):
        """Words of the mentee's own that stand nowhere else; raises Invalid."""
        pair.only(MENTEE)
        return cls._put(pair, source=OWN, text=_read(typed), lang=pair.person.language)

    @classmethod
    def _put(cls, pair, **values):
        with db.atomic():
            mine = cls.select(fn.COUNT(cls.id), fn.MAX(cls.position)).where(
                cls.pair == pair.id, cls.scope == pair.person.id
            )
            count, last = mine.scalar(as_tuple=True)
            if count >= ITEMS_AT_MOST:
                raise Invalid(ngettext("At most %(num)s piece.", "At most %(num)s pieces.", ITEMS_AT_MOST), "source")
            return cls.add(pair, mine=True, position=(last or 0) + 1, **values)

    @property
    def part(self):
        """What kind of words: a source's key, or own."""
        return self.source.partition(":")[0]

    @property
    def heading(self):
        """What stands over it on the paper."""
        return HEADINGS.get(self.part, HEADINGS[OWN])

    @property
    def state(self):
        """One of STATES. The mentor's words go in with their yes to exactly these."""
        if not self.mentors:
            return "in"
        if self.request is None or self.request.text != self.text:
            return "to_ask"
        if self.request.agreed_at:
            return "in"
        return "refused" if self.request.declined_at else "asked"

    def reword(self, typed, *, rev):
        """Other words; raises Invalid, Conflict. The mentor's words have to be asked for anew."""
        self.opener.only(MENTEE)
        self.change(rev=rev, text=_read(typed))

    def move(self, way):
        """One place `up` or `down`; at the end nothing happens."""
        self.opener.only(MENTEE)
        if way not in ("up", "down"):
            raise Invalid(_("Choose up or down."))
        with db.atomic():
            order = [item.id for item in type(self).mine(self.opener)]
            here = order.index(self.id) if self.id in order else -1
            there = here + (1 if way == "down" else -1)
            if here < 0:
                raise Missing
            if not 0 <= there < len(order):
                return
            order[here], order[there] = order[there], order[here]
            for position, item_id in enumerate(order, 1):
                type(self).update(position=position).where(type(self).id == item_id).execute()

    def remove(self):
        """It stays at home, and what was asked about it is no longer asked."""
        self.opener.only(MENTEE)
        self.delete_instance()

    def ask(self):
        """Ask the mentor whether exactly these words of theirs may go in; raises Invalid."""
        pair = self.opener
        pair.only(MENTEE)
        with db.atomic():
            item = type(self).find_mine(pair, self.id)
            if not item.mentors:
                raise Invalid(_("These words are your own. They need nobody’s yes."))
            if item.state == "refused":
                raise Invalid(_("%(name)s would rather not. You can leave it out, or say it otherwise and ask again.",
                                name=pair.mentor_name))  # fmt: skip
            if item.state != "to_ask":
                return
            # A new wording is a new question: a yes to the old one never counts for it.
            if item.request:
                item.request.delete_instance()
            ReviewRequest.add(pair, item=item.id, text=item.text)


class ReviewRequest(Row):
    """The mentee asks whether words of the mentor's may go in, exactly so. Both read it; the mentor answers."""

    kind = "review request"
    sealed = {"text": ""}

    item = ForeignKeyField(ReviewItem, unique=True, on_delete="CASCADE", backref="+")
    agreed_at = DateTimeField(null=True)
    declined_at = DateTimeField(null=True)

    @classmethod
    def asked(cls, pair):
        """All that is asked or answered, what waits first."""
        waiting = cls.agreed_at.is_null() & cls.declined_at.is_null()
        return list(cls.of(pair).order_by(waiting.desc(), cls.created_at, cls.id))

    @classmethod
    def waiting(cls, pair):
        """How many wait for the asker's answer."""
        if pair.role != MENTOR:
            return 0
        unanswered = cls.agreed_at.is_null() & cls.declined_at.is_null()
        return cls.select().where(cls.pair == pair.id, cls.scope == pair.id, unanswered).count()

    def answer(self, said):
        """The mentor says yes or no, and may say otherwise later; raises Invalid."""
        self.opener.only(MENTOR)
        if said not in ("yes", "no"):
            raise Invalid(_("Choose yes or no."), "answer")
        moment = now()
        self.change(agreed_at=moment if said == "yes" else None, declined_at=moment if said == "no" else None)


def _read(typed):
    return text.read(typed, longest=LONGEST, required=True)
