"""Goals: one to three, each with five levels in the mentee's own words, scored at meetings; and the nearest step.

Source: goal attainment scaling (Kiresuk & Sherman 1968; in coaching, Spence 2007): levels written before the work
begins, one observable thing a goal. Its levels only, not its arithmetic: nothing is added up or averaged. The nearest
step, and how sure one is of it: proximal subgoals (Bandura & Schunk 1981; Stock & Cervone 1990).
"""

from peewee import DateTimeField, ForeignKeyField, fn

from companion import text
from companion.db import db, now
from companion.errors import Invalid
from companion.i18n import _, _l
from companion.meetings.models import Meeting
from companion.pairs.models import MENTEE, MENTOR
from companion.pairs.rows import Row

# Three are as many as anybody carries at once.
OPEN_AT_MOST = 3
# Who is less sure than this is asked for a smaller step.
SURE = 7
LEVELS = {
    2: _l("Much more than expected"),
    1: _l("Somewhat more"),
    0: _l("As expected"),
    -1: _l("Somewhat less"),
    -2: _l("Much less than expected"),
}
LOWEST = min(LEVELS)
ENDINGS = {"reached": _l("Reached"), "let_go": _l("Let go")}


class Goal(Row):
    """Something others could see if it happened, and five sentences, from far less of it to far more.

    The mentee's own; the mentor reads it. `levels` holds the sentences from −2 to +2. `version` counts how often they
    were written anew after work had begun, so that scores of different sentences are never joined.
    """

    kind = "goal"
    sealed = {"what": "", "why": "", "levels": ["", "", "", "", ""], "version": 1, "ending": "", "learned": ""}

    closed_at = DateTimeField(null=True)

    @classmethod
    def write_down(cls, pair, typed):
        """A new goal by the mentee, with where they are today; raises Invalid."""
        pair.only(MENTEE)
        words, level = cls._read(typed), _level(typed.get("now", ""), "now")
        with db.atomic():
            cls._room_for_one(pair)
            goal = cls.add(pair, **words)
            Score.add(pair, goal=goal.id, meeting=None, **goal.fitting(level))
            return goal

    @classmethod
    def _read(cls, typed):
        return {
            "what": text.read(typed.get("what", ""), field="what", longest=200, required=True),
            "why": text.read(typed.get("why", ""), field="why", longest=1000, required=True),
            "levels": [
                text.read(typed.get(name, ""), field=name, longest=300, required=True)
                for name in map(field_of, sorted(LEVELS))
            ],
        }

    @classmethod
    def _room_for_one(cls, pair):
        if cls.count_open(pair) >= OPEN_AT_MOST:
            raise Invalid(_("Three goals are plenty to carry. Let one go first, or say that you have reached it."))

    @classmethod
    def count_open(cls, pair):
        """How many goals are open; none of them is opened to be read."""
        query = cls.select(fn.COUNT(cls.id)).where(cls.pair == pair.id, cls.closed_at.is_null())
        return query.scalar()

    @classmethod
    def open_in(cls, pair):
        """The goals neither reached nor let go, the oldest first."""
        return list(cls.of(pair).where(cls.closed_at.is_null()).order_by(cls.created_at, cls.id))

    @classmethod
    def closed_in(cls, pair):
        """The goals that were reached or let go, the latest first."""
        return list(cls.of(pair).where(cls.closed_at.is_null(False)).order_by(cls.closed_at.desc(), cls.id))

    def reword(self, typed, *, rev):
        """Other words; what it said before is kept. Raises Invalid, Conflict.

        Until it was scored at a meeting, where one stood at first is said anew too (`now`); afterwards other levels
        are a new version of them.
        """
        self._mine_and_open()
        words = self._read(typed)
        with db.atomic():
            goal = Goal.find(self.opener, self.id)
            goal._mine_and_open()
            begun = goal.is_scored
            level = None if begun else _level(typed.get("now", ""), "now")
            before = {name: getattr(goal, name) for name in words}
            anew = begun and words["levels"] != goal.levels
            if before != words or rev != goal.rev:
                goal.change(rev=rev, version=goal.version + anew, **words)
                GoalWording.add(goal.opener, goal=goal.id, **before)
            if not begun:
                start = Score.start_of(goal)
                start.change(**goal.fitting(level))
            return goal

    def end(self, typed):
        """It was reached, or is let go, with what was learned; raises Invalid."""
        self._mine_and_open()
        ending = typed.get("ending", "")
        if ending not in ENDINGS:
            raise Invalid(_("Choose one of the two."), "ending")
        learned = text.read(typed.get("learned", ""), field="learned", longest=2000)
        self.change(closed_at=now(), ending=ending, learned=learned)

    def reopen(self):
        """It goes on after all; raises Invalid where three others are open."""
        self.opener.only(MENTEE)
        with db.atomic():
            goal = Goal.find(self.opener, self.id)
            if goal.closed_at:
                Goal._room_for_one(self.opener)
                goal.change(closed_at=None, ending="")

    def sentence(self, level):
        """What the mentee wrote for `level`, −2 to +2."""
        return self.levels[level - LOWEST]

    def fitting(self, level):
        """What a score of `level` keeps: its sentence stays, whatever the goal says later."""
        return {"level": level, "sentence": self.sentence(level), "version": self.version}

    @property
    def rungs(self):
        """[(level, its name, its sentence)], the highest first."""
        return [(level, name, self.sentence(level)) for level, name in LEVELS.items()]

    @property
    def is_scored(self):
        """Whether work has begun: it has been scored at a meeting."""
        return Score.select().where(Score.goal == self.id, Score.meeting.is_null(False)).exists()

    @property
    def ending_name(self):
        return ENDINGS.get(self.ending, _("Open"))

    def _mine_and_open(self):
        self.opener.only(MENTEE)
        self._still_open()

    def _still_open(self):
        if self.closed_at:
            raise Invalid(_("This goal is closed. Open it again first."))


class GoalWording(Row):
    """What a goal said before it was put in other words, then, at `created_at`. Never changed."""

    kind = "goal wording"
    sealed = {"what": "", "why": "", "levels": ["", "", "", "", ""]}

    goal = ForeignKeyField(Goal, on_delete="CASCADE", backref="+")

    @classmethod
    def before(cls, goal):
        """What `goal` said before, the latest first."""
        return list(cls.of(goal.opener).where(cls.goal == goal.id).order_by(cls.created_at.desc(), cls.id))

    @property
    def rungs(self):
        return [(level, name, self.levels[level - LOWEST]) for level, name in LEVELS.items()]


class NearestStep(Row):
    """What the mentee can do before they meet next, and how sure they are, from 1 to 10. Those before it are kept."""

    kind = "nearest step"
    sealed = {"text": "", "sureness": None}

    goal = ForeignKeyField(Goal, on_delete="CASCADE", backref="+")
    replaced_at = DateTimeField(null=True)

    class Meta:
        indexes = ((("pair", "replaced_at"), False),)

    @classmethod
    def take(cls, goal, typed):
        """The nearest step is this one now; raises Invalid.

        Whoever is not sure of it is asked once for a smaller one. It is their step: with `keep` it stands as it is.
        """
        pair = goal.opener
        goal._mine_and_open()
        words = text.read(typed.get("step", ""), field="step", longest=500, required=True)
        sureness = typed.get("sureness", "")
        if sureness not in {str(n) for n in range(1, 11)}:
            raise Invalid(_("Choose from 1 to 10."), "sureness")
        if int(sureness) < SURE and typed.get("keep") != "1":
            raise TooBig(int(sureness))
        with db.atomic():
            Goal.find(pair, goal.id)._still_open()
            # The step itself stays as it was sealed.
            cls.update(replaced_at=now()).where(cls.goal == goal.id, cls.replaced_at.is_null()).execute()
            return cls.add(pair, goal=goal.id, text=words, sureness=int(sureness))

    @classmethod
    def current(cls, pair, goals):
        """{goal's id: its nearest step} of those `goals` that have one."""
        rows = cls.of(pair).where(cls.goal.in_([goal.id for goal in goals]), cls.replaced_at.is_null())
        return {row.goal_id: row for row in rows.order_by(cls.created_at)}

    @classmethod
    def current_at(cls, meeting, goals):
        """{goal's id: the step that was the nearest one when `meeting` began}."""
        stood = cls.replaced_at.is_null() | (cls.replaced_at >= meeting.starts_at)
        before = (cls.created_at < meeting.starts_at) & stood
        rows = cls.of(meeting.opener).where(cls.goal.in_([goal.id for goal in goals]), before)
        return {row.goal_id: row for row in rows.order_by(cls.created_at)}

    @classmethod
    def before(cls, goal):
        """The steps that others have taken the place of, the latest first."""
        replaced = (cls.goal == goal.id) & cls.replaced_at.is_null(False)
        return list(cls.of(goal.opener).where(replaced).order_by(cls.replaced_at.desc(), cls.id))


class TooBig(Invalid):
    """The step is larger than its owner is sure of. They are asked for a smaller one, and may keep it."""

    def __init__(self, sureness):
        super().__init__(
            _("%(number)s of 10. What would be small enough for an 8? Half of it, once, or only the beginning.",
              number=sureness), "step")  # fmt: skip


class Score(Row):
    """Which sentence of a goal fits at a meeting, as one of the two sees it; the mentee's is the one that counts.

    Without a meeting it is where the mentee stood when the goal was written down. The mentor's is shown to the mentee
    once they have said themselves, so that it does not say it for them.
    """

    kind = "score"
    sealed = {"level": 0, "sentence": "", "version": 1, "moment": ""}
    withheld = ("goal", "meeting")

    goal = ForeignKeyField(Goal, on_delete="CASCADE", backref="+")
    meeting = ForeignKeyField(Meeting, null=True, on_delete="CASCADE", backref="+")

    class Meta:
        indexes = ((("goal", "meeting", "author"), True), (("pair", "meeting"), False))

    @classmethod
    def give(cls, goal, meeting, typed):
        """The asker says which sentence fits at `meeting`, once more if they did before; raises Invalid."""
        pair = goal.opener
        level = _level(typed.get("level", ""), "level")
        moment = text.read(typed.get("moment", ""), field="moment", longest=1000)
        if meeting.state not in ("begun", "held"):
            raise Invalid(_("This is said when you meet, or afterwards."))
        with db.atomic():
            goal = Goal.find(pair, goal.id)
            goal._still_open()
            if typed.get("version", "") != str(goal.version):
                raise Invalid(_("The sentences were written anew meanwhile. Read them again, and choose."), "level")
            values = goal.fitting(level) | {"moment": moment}
            mine = (cls.goal == goal.id) & (cls.meeting == meeting.id) & (cls.author == pair.person.id)
            row = cls.of(pair).where(mine).first()
            if row is None:
                return cls.add(pair, goal=goal.id, meeting=meeting.id, **values)
            return row.change(**values)

    @classmethod
    def readable_by(cls, pair):
        """The mentee's is there for both; only the mentor's waits."""
        return list(cls.of(pair).order_by(cls.created_at, cls.id)) if pair.role == MENTOR else super().readable_by(pair)

    @classmethod
    def start_of(cls, goal):
        """Where the mentee stood when `goal` was written down."""
        return cls.of(goal.opener).where(cls.goal == goal.id, cls.meeting.is_null()).first()

    @classmethod
    def at_meeting(cls, meeting):
        """{goal's id: {role: score}} at one meeting; the mentor's is kept from a mentee who has not said yet."""
        return cls._apart(meeting.opener, cls.of(meeting.opener).where(cls.meeting == meeting.id))

    @classmethod
    def _apart(cls, pair, rows):
        found = {}
        for row in rows:
            found.setdefault(row.goal_id, {})[pair.voice_of(row.author)] = row
        for said in found.values():
            if pair.role == MENTEE and MENTEE not in said:
                said.clear()
        return found

    @classmethod
    def over_meetings(cls, pair, goals, meetings, *, start=True):
        """{goal's id: [(meeting's id or None, {role: score})]} in the order of `meetings`, where the mentee has said.

        `start` says whether where they stood at first comes before.
        """
        which = cls.meeting.in_(list(meetings))
        which = which | cls.meeting.is_null() if start else which
        by_meeting = {}
        for row in cls.of(pair).where(cls.goal.in_([goal.id for goal in goals]), which):
            by_meeting.setdefault(row.meeting_id, []).append(row)
        found = {goal.id: [] for goal in goals}
        for meeting_id in (None, *meetings):
            for goal_id, said in cls._apart(pair, by_meeting.get(meeting_id, [])).items():
                if MENTEE in said:
                    found[goal_id].append((meeting_id, said))
        return found

    @property
    def level_name(self):
        return LEVELS[self.level]


def field_of(level):
    """The name of the field that `level` is written in: level-0 to level-4, from the lowest."""
    return f"level-{level - LOWEST}"


def _level(typed, field):
    if typed not in {str(level) for level in LEVELS}:
        raise Invalid(_("Choose the sentence that fits best."), field)
    return int(typed)
