"""The agreement: drafted apart, settled clause by clause, in force when both have signed the same wording."""

import json
from datetime import datetime
from uuid import UUID

from peewee import CharField, DateTimeField, IntegerField

from companion import stance, vault
from companion.agreement.clauses import CLAUSES, NAMED, PARTS, check_dates
from companion.db import IdField, db, now
from companion.errors import Invalid, Missing, Sealed
from companion.i18n import _
from companion.pairs.rows import Row

# Besides the five cards: what the guided start asks and no clause holds.
START = "start"


class Edition(Row):
    """One wording of the agreement that both said yes to; never changed afterwards.

    Before agreements were settled clause by clause, a row without `accepted_at` was a proposal of the whole.
    """

    kind = "edition"
    sealed = {"answers": {}, "langs": {}, "signatures": []}

    number = IntegerField(null=True)
    accepted_at = DateTimeField(null=True)
    accepted_by = IdField(null=True)
    superseded_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("pair", "number"), True),)

    @classmethod
    def accepted(cls, pair):
        """The editions both said yes to, the newest first."""
        return list(cls.of(pair).where(cls.accepted_at.is_null(False)).order_by(cls.number.desc()))

    @classmethod
    def in_force(cls, pair):
        """The edition that counts now, or None."""
        return cls.of(pair).where(cls.accepted_at.is_null(False)).order_by(cls.number.desc()).first()

    @classmethod
    def waiting(cls, pair):
        """The proposal of a whole that nobody answered, from when agreements were made so; or None."""
        return cls.of(pair).where(cls.accepted_at.is_null(), cls.superseded_at.is_null()).first()

    @classmethod
    def readable_by(cls, pair):
        """A proposal of the whole, from when agreements were made so, is an answer: withheld like any other."""
        ready = Answers.by(pair)
        one_sided = not cls.in_force(pair) and len(ready) < 2
        hidden = {row.id for role, row in ready.items() if one_sided and role != pair.role}
        return [row for row in super().readable_by(pair) if row.id not in hidden]

    @classmethod
    def style_wanted(cls, pair):
        """The style (Stance) the two agreed on, or None."""
        edition = cls.in_force(pair)
        return stance.named(edition.answers.get("stance_wanted")) if edition and edition.readable else None

    @classmethod
    def come_into_force(cls, table, signatures):
        pair = table.pair
        given = [{"by": str(one.author), "at": one.saved_at.isoformat(), "proof": one.proof} for one in signatures]
        return cls.add(
            pair,
            number=table.number,
            accepted_at=now(),
            accepted_by=pair.person.id,
            answers=table.answers,
            langs=table.langs,
            signatures=given,
        )

    @property
    def signed(self):
        """[(person id, when, whether their signature holds for this very wording)], the first to sign first."""
        if not self.signatures:
            return [(self.author, self.created_at, True), (self.accepted_by, self.accepted_at, True)]
        pair = self.opener
        return [
            (
                UUID(one["by"]),
                datetime.fromisoformat(one["at"]),
                vouched(pair, self.number, one["by"], self.answers, one["proof"]),
            )
            for one in sorted(self.signatures, key=lambda one: one["at"])
        ]


class Draft(Row):
    """One card of the agreement as one of the two answers it, before they know what the other does."""

    kind = "draft"
    sealed = {"answers": {}, "langs": {}}

    part = CharField()

    class Meta:
        indexes = ((("pair", "scope", "part"), True),)

    @classmethod
    def mine(cls, pair):
        """{card: the asker's draft}."""
        return {row.part: row for row in cls.of(pair).where(cls.scope == pair.person.id)}

    @classmethod
    def save_card(cls, pair, part, typed, *, rev, page):
        """Save a card while it is being filled in; raises Invalid, Missing, Conflict."""
        if part not in PARTS:
            raise Missing
        answers = {clause.key: clause.read(typed) for clause in CLAUSES if clause.part == part and clause.of(pair.role)}
        check_dates(answers)
        return cls._write(pair, part, answers, rev=rev, page=page)

    @classmethod
    def save_start(cls, pair, typed):
        """Keep what the guided start asked: two clauses of the first card, and whether the mentor is the manager."""
        kind, scope = NAMED["purpose_kind"].read(typed), NAMED["purpose_scope"].read(typed)
        manager = typed.get("manager", "")
        if not kind or not scope or manager not in ("yes", "no"):
            missing = "purpose_kind" if not kind else "purpose_scope" if not scope else "manager"
            raise Invalid(_("Choose one of the answers."), missing)
        with db.atomic():
            for part, answers in (("A", {"purpose_kind": kind, "purpose_scope": scope}), (START, {"manager": manager})):
                row = cls.mine(pair).get(part)
                answers = (row.answers if row else {}) | answers
                cls._write(pair, part, answers, rev=row.rev if row else 0, page="")

    @classmethod
    def _write(cls, pair, part, answers, *, rev, page):
        with db.atomic():
            if Answers.by(pair).get(pair.role):
                raise Invalid(_("You have said that you are ready. Take that back first."))
            before = cls.mine(pair).get(part)
            if before and not before.readable:
                raise Sealed
            langs = {key: lang_of(pair, key, value, before) for key, value in answers.items()}
            return cls.write(pair, mine=True, where={"part": part}, rev=rev, page=page, answers=answers,
                             langs={key: lang for key, lang in langs.items() if lang})  # fmt: skip

    @classmethod
    def unanswered(cls, pair, drafts):
        """{card: [clauses that have to be answered and are not]}, of the cards that have any."""
        found = {}
        for clause in CLAUSES:
            if clause.needed and clause.of(pair.role):
                draft = drafts.get(clause.part)
                if not (draft and draft.readable and draft.answers.get(clause.key)):
                    found.setdefault(clause.part, []).append(clause)
        return found


def is_in_words(key, value):
    """Whether `value` holds anything its writer wrote, rather than chose."""
    clause = NAMED.get(key)
    return bool(clause and clause.is_written and (value["words"] if clause.kind == "chips" else value))


def lang_of(pair, key, value, before=None):
    """The language the asker writes a value in: the one they read in, unless it stood there already."""
    if not is_in_words(key, value):
        return ""
    if before and before.answers.get(key) == value and before.langs.get(key):
        return before.langs[key]
    return pair.person.language


class Answers(Row):
    """All that one of the two answered, from when they say so: withheld until the other has too.

    Source: filled in apart, compared afterwards, as in the three-column sheet mentee – mentor – consensus.
    """

    kind = "answers"
    sealed = {"answers": {}, "langs": {}}
    withheld = ("pair",)

    class Meta:
        indexes = ((("pair", "author"), True),)

    @classmethod
    def by(cls, pair):
        """{role: what they answered}, of those who are ready. Only with both is the other's for the asker to see."""
        if not pair.is_open:
            return {}
        ready = {pair.voice_of(row.author): row for row in cls.of(pair)}
        # Proposed in one piece, as agreements once were: that was an answer too.
        waiting = Edition.waiting(pair)
        if waiting and pair.voice_of(waiting.author) not in ready:
            ready[pair.voice_of(waiting.author)] = waiting
        return ready

    @classmethod
    def give(cls, pair):
        """The asker is ready; raises Invalid, naming the first clause that has to be answered."""
        with db.atomic():
            if cls.by(pair).get(pair.role):
                return
            drafts = Draft.mine(pair)
            answers, langs = {}, {}
            for clause in CLAUSES:
                if not clause.of(pair.role):
                    continue
                draft = drafts.get(clause.part)
                if draft and not draft.readable:
                    raise Sealed
                value = draft.answers.get(clause.key, clause.first(pair)) if draft else clause.first(pair)
                if clause.needed and not value:
                    raise Invalid(_("Before you are ready: “%(clause)s” is not answered yet.", clause=clause.label),
                                  clause.key)  # fmt: skip
                answers[clause.key] = value
                if draft and clause.key in draft.langs:
                    langs[clause.key] = draft.langs[clause.key]
            cls.add(pair, answers=answers, langs=langs)
            for part, draft in drafts.items():
                # What the guided start asked stays with whoever answered it.
                if part != START:
                    draft.delete_instance()

    @classmethod
    def take_back(cls, pair):
        """Not ready after all, as long as the other is not ready either; raises Invalid."""
        with db.atomic():
            ready = cls.by(pair)
            mine = ready.get(pair.role)
            if mine is None:
                return
            if not mine.readable:
                raise Sealed
            if len(ready) == 2:
                raise Invalid(_("You are both ready: what each of you answered lies on the table."))
            for part in PARTS:
                keys = [clause.key for clause in CLAUSES if clause.part == part and clause.key in mine.answers]
                Draft.write(pair, mine=True, where={"part": part}, rev=0, page="",
                            answers={key: mine.answers[key] for key in keys},
                            langs={key: mine.langs[key] for key in keys if key in mine.langs})  # fmt: skip
            if isinstance(mine, Edition):
                mine.change(superseded_at=now())
            else:
                mine.delete_instance()


def fingerprint(pair, answers):
    """A few figures that both see alike as long as they read the same wording."""
    mark = vault.vouch(pair.keys[pair.id], *_context(pair, 0, "wording", answers)).hex()
    return " ".join(mark[n : n + 4] for n in range(0, 16, 4))


def vouch(pair, number, person_id, answers):
    """Proof that one of the two said yes to a wording: the same in whichever language it is read."""
    return vault.vouch(pair.keys[pair.id], *_context(pair, number, person_id, answers)).hex()


def vouched(pair, number, person_id, answers, proof):
    context = _context(pair, number, person_id, answers)
    return vault.vouched(pair.keys[pair.id], bytes.fromhex(proof), *context)


def _context(pair, number, person_id, answers):
    wording = json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "agreement", pair.id, number, str(person_id), wording
