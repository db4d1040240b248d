"""Settling the agreement clause by clause: what each of the two says, what is agreed, and saying yes to the whole."""

from functools import cached_property
from typing import NamedTuple

from peewee import IntegerField

from companion.agreement import clauses
from companion.agreement.clauses import CLAUSES, NAMED
from companion.agreement.kinds import BOTH
from companion.agreement.models import Answers, Draft, Edition, lang_of, vouch, vouched
from companion.db import db
from companion.errors import Conflict, Invalid, Missing, Sealed
from companion.i18n import _
from companion.pairs.models import MENTEE, MENTOR, ROLES
from companion.pairs.rows import Row


class Proposal(Row):
    """What one of the two says a clause should say. To say yes to the other's is to propose the same."""

    kind = "clause proposal"
    sealed = {"key": "", "value": "", "lang": ""}

    # The edition it leads to.
    number = IntegerField()

    class Meta:
        indexes = ((("pair", "number"), False),)

    @classmethod
    def towards(cls, pair, current):
        """What was proposed on the way from `current` (an Edition, or None) to the next, in order."""
        number = current.number + 1 if current else 1
        made = list(cls.of(pair).where(cls.number == number).order_by(cls.created_at, cls.id))
        return cls._in_one_piece(pair, current) + made if current else made

    @classmethod
    def _in_one_piece(cls, pair, current):
        """The same of a change that was proposed in one piece, as changes once were, and waits."""
        if current.signatures:
            # It was settled clause by clause, and what was proposed in one piece is older than that.
            return []
        waiting = Edition.waiting(pair)
        if waiting is None or not waiting.readable or waiting.created_at < current.accepted_at:
            return []
        made = []
        for clause, _before, after in clauses.differences(current.answers, waiting.answers):
            one = cls(id=waiting.id, author=waiting.author, created_at=waiting.created_at, number=current.number + 1)
            one._carry(pair)
            one._take({"key": clause.key, "value": after if after is not None else clause.empty, "lang": ""})
            made.append(one)
        return made

    @classmethod
    def make(cls, pair, key, typed, *, seen):
        """The asker's answer on one clause, read from a form; raises Invalid, Conflict.

        It is `theirs`, `mine`, `current` (as the edition in force has it) or a `third`.

        `seen` is the id (text) of the latest proposal on the clause they had before them, empty for none.
        """
        clause = NAMED.get(key)
        # What stands in every agreement is not to be settled.
        if clause is None or clause.kind == "stands":
            raise Missing
        with db.atomic():
            table = Table.of(pair)
            if table is None:
                raise Missing
            if table.current and not table.current.readable:
                raise Sealed
            line = table.lines[key]
            if clause.who == ROLES[pair.role]:
                raise Invalid(_("This clause is %(name)s’s own.", name=pair.partner_name))
            value, lang = cls._read(table, line, typed)
            if clause.needed and not value:
                raise Invalid(_("This has to be answered."), key)
            if line.proposals and line.proposals[-1].author == pair.person.id and value == line.says[pair.role]:
                # Sent twice.
                return line.proposals[-1]
            if line.latest != seen:
                raise Conflict(line)
            return cls.add(pair, number=table.number, key=key, value=value, lang=lang)

    @staticmethod
    def _read(table, line, typed):
        pair, clause, answer = table.pair, line.clause, typed.get("answer", "third")
        if answer == "theirs":
            return line.says[ROLES[pair.role]], line.langs[ROLES[pair.role]]
        if answer == "mine":
            return line.says[pair.role], line.langs[pair.role]
        if answer == "current" and table.current:
            return table.current.answers.get(clause.key, clause.empty), table.current.langs.get(clause.key, "")
        if answer != "third":
            raise Invalid(_("Choose one of the answers."), "answer")
        value = clause.read(typed)
        if not line.proposals and value == line.says[pair.role] and line.is_settled:
            raise Invalid(_("That is what it says already."), clause.key)
        return value, lang_of(pair, clause.key, value)


class Line:
    """One clause on the table: what each of the two says, and how they came to it."""

    def __init__(self, clause, says, langs, proposals):
        self.clause, self.says, self.langs, self.proposals = clause, says, langs, proposals

    @property
    def latest(self):
        """The id of the latest proposal, as text; empty before there is one."""
        return str(self.proposals[-1].id) if self.proposals else ""

    @property
    def is_settled(self):
        mentee, mentor = self.says[MENTEE], self.says[MENTOR]
        return self.clause.who != BOTH or self.clause.kind == "stands" or mentee == mentor

    @property
    def voice(self):
        """Whose words count: the one it belongs to; else the mentee's, who says the same as the mentor."""
        return MENTOR if self.clause.who == MENTOR else MENTEE

    @property
    def lang(self):
        """The language it is written in, where it is in somebody's own words."""
        return self.langs[self.voice]

    @property
    def value(self):
        """What it says, once it is settled."""
        return self.clause.default if self.clause.kind == "stands" else self.says[self.voice]

    @property
    def says_something(self):
        return self.clause.says_something(self.value)

    @property
    def state(self):
        """settled, one (only one of them has answered) or differ."""
        if self.is_settled:
            return "settled"
        both = all(self.clause.says_something(value) for value in self.says.values())
        return "differ" if both else "one"

    def waits_for(self, pair):
        """Whether the asker is the one to answer: the other proposed last, or nobody has yet."""
        return not self.is_settled and (not self.proposals or self.proposals[-1].author != pair.person.id)


class Table:
    """Where the two stand on the way to their next edition: each clause, what each says, what is settled."""

    def __init__(self, pair, current, ready, proposals):
        self.pair, self.current, self.proposals = pair, current, proposals
        self.number = (current.number if current else 0) + 1
        self._said = {role: current or ready.get(role) for role in ROLES}

    @classmethod
    def of(cls, pair, current=None):
        """What lies on the table now; None while the two still draft. `current` spares looking for it again."""
        current = current or Edition.in_force(pair)
        ready = {} if current else Answers.by(pair)
        if not current and len(ready) < 2:
            return None
        return cls(pair, current, ready, Proposal.towards(pair, current))

    @cached_property
    def lines(self):
        """{clause's key: its Line} of all that was proposed."""
        return self._lines(self.proposals)

    def _lines(self, proposals):
        says = {role: dict(said.answers) for role, said in self._said.items()}
        langs = {role: dict(said.langs) for role, said in self._said.items()}
        by_key = {clause.key: [] for clause in CLAUSES}
        for one in proposals:
            # One that cannot be opened says nothing.
            if one.key not in by_key:
                continue
            role = self.pair.voice_of(one.author)
            says[role][one.key], langs[role][one.key] = one.value, one.lang
            by_key[one.key].append(one)
        return {
            clause.key: Line(
                clause,
                {role: says[role].get(clause.key, clause.empty) for role in ROLES},
                {role: langs[role].get(clause.key, "") for role in ROLES},
                by_key[clause.key],
            )
            for clause in CLAUSES
        }

    @property
    def unsettled(self):
        """The lines still to be settled, those where both have answered first."""
        return sorted(
            (line for line in self.lines.values() if not line.is_settled), key=lambda line: line.state == "one"
        )

    @property
    def answers(self):
        """{key: value} of the wording both would sign."""
        return self._wording(self.lines)

    @property
    def langs(self):
        """{key: language} of what stands in own words."""
        return {key: line.langs[line.voice] for key, line in self.lines.items() if line.langs[line.voice]}

    @staticmethod
    def _wording(lines):
        return {key: line.value for key, line in lines.items() if line.clause.says_something(line.value)}

    @property
    def latest(self):
        """The id of the latest proposal of all, as text; empty before there is one."""
        return str(self.proposals[-1].id) if self.proposals else ""

    def as_seen(self, latest):
        """The wording when `latest` was the latest proposal; raises Missing."""
        if not latest:
            return self._wording(self._lines([]))
        places = [n for n, one in enumerate(self.proposals, start=1) if str(one.id) == latest]
        if not places:
            raise Missing
        return self._wording(self._lines(self.proposals[: places[-1]]))

    @property
    def changes(self):
        """[(clause, before, after)] from the edition in force to what is settled now."""
        settled = {key: line.value for key, line in self.lines.items() if line.is_settled}
        before = self.current.answers if self.current else {}
        return clauses.differences(before, {**before, **settled})

    @property
    def is_whole(self):
        """Everything is settled, and it is not simply what is in force already."""
        if self.unsettled:
            return False
        # What stands in every agreement is no change by itself.
        return self.current is None or any(clause.kind != "stands" for clause, *_values in self.changes)

    @property
    def problem(self):
        """Why what is settled cannot be signed as it is (Invalid), or None: each day may be fine and the two not."""
        try:
            clauses.check_dates(self.answers)
        except Invalid as problem:
            return problem
        return None

    @property
    def has_closed(self):
        """Whether something that was proposed cannot be opened: then it counts for nothing, and both are told."""
        return not all(one.readable for one in self.proposals)

    def waiting_for(self, pair):
        """The lines on which the asker is the one to answer."""
        return [line for line in self.unsettled if line.waits_for(pair)]


class Signature(Row):
    """One of the two says yes to a wording: proof under the room's key, over keys, values and own words."""

    kind = "signature"
    sealed = {"proof": ""}

    number = IntegerField()

    class Meta:
        indexes = ((("pair", "author", "number"), True),)

    @classmethod
    def on(cls, table):
        """{role: signature} of those whose signature holds for what stands on the table now."""
        pair = table.pair
        rows = cls.of(pair).where(cls.number == table.number)
        return {
            pair.voice_of(row.author): row
            for row in rows
            if vouched(pair, table.number, row.author, table.answers, row.proof)
        }

    @classmethod
    def give(cls, pair, *, seen):
        """The asker says yes to the whole; with the other's yes it comes into force. Returns the edition then.

        `seen` is the id (text) of the latest proposal on the page they read. Raises Invalid while there is something
        to settle, Conflict with {key: value} as they read it when the wording has changed under them.
        """
        with db.atomic():
            table = Table.of(pair)
            if table is None:
                raise Missing
            read = table.as_seen(seen)
            if read != table.answers:
                raise Conflict(read)
            if table.unsettled:
                raise Invalid(_("Some clauses are still to be settled."))
            if not table.is_whole:
                raise Invalid(_("There is nothing to say yes to just now."))
            if table.current and not table.current.readable:
                raise Sealed
            clauses.check_dates(table.answers)
            mine = cls.of(pair).where(cls.number == table.number, cls.author == pair.person.id).first()
            proof = vouch(pair, table.number, pair.person.id, table.answers)
            if mine:
                mine.change(proof=proof)
            else:
                mine = cls.add(pair, number=table.number, proof=proof)
            given = cls.on(table)
            return Edition.come_into_force(table, given.values()) if len(given) == 2 else None


class Duty(NamedTuple):
    """What is the asker's to do about the agreement, and how many cards or clauses that is.

    `what` is begin, draft, ready, withheld (they are ready, the other is not), settle, theirs (the other is to answer),
    sign, signed (they have, the other has not), or nothing. `other`: the other has done theirs already.
    """

    what: str
    count: int = 0
    other: bool = False


def duty(pair, current):
    """The asker's next step towards an agreement, or from `current` (an Edition in force) to the next."""
    table = Table.of(pair, current)
    if table is None:
        ready = Answers.by(pair)
        other = ROLES[pair.role] in ready
        if pair.role in ready:
            return Duty("withheld")
        drafts = Draft.mine(pair)
        left = len(Draft.unanswered(pair, drafts))
        if not left:
            return Duty("ready", other=other)
        return Duty("draft" if drafts else "begin", left, other)
    if current and not table.proposals:
        # As on nearly every day: nobody wants it otherwise.
        return Duty("nothing")
    if waiting := table.waiting_for(pair):
        return Duty("settle", len(waiting))
    if table.unsettled:
        return Duty("theirs", len(table.unsettled))
    if not table.is_whole:
        return Duty("nothing")
    signed = Signature.on(table)
    return Duty("signed" if pair.role in signed else "sign", other=ROLES[pair.role] in signed)
