"""What a pair agrees on: the clauses of the first edition, with their options and defaults.

Source: the mentoring agreements of Danish programmes, gathered as fields with types and defaults; the source
text's own list is number of meetings, initiative, confidentiality, where and how, theme or open talk.
Keys and values are kept in the sealed rows and never change; the words beside them are translated.
"""

from dataclasses import dataclass

from companion import text
from companion.errors import Invalid
from companion.i18n import _, _l
from companion.stance import STANCES

PARTS = {
    "A": _l("Purpose"),
    "B": _l("Practicalities"),
    "C": _l("Style of conversation"),
    "D": _l("Confidentiality"),
    "E": _l("Along the way and ending"),
}


@dataclass(frozen=True)
class Clause:
    key: str
    part: str
    label: str
    options: tuple = ()
    default: str = ""
    says: str = ""
    longest: int = 0

    @property
    def is_text(self):
        return self.longest > 0

    def read(self, typed):
        """The value a person chose or wrote; raises Invalid."""
        if self.is_text:
            return text.read(typed, field=self.key, longest=self.longest, required=True)
        if typed not in dict(self.options):
            raise Invalid(_("Choose one of the answers."), self.key)
        return typed

    def say(self, value):
        """`value` in the reader's language."""
        return value if self.is_text else dict(self.options).get(value, value)


CLAUSES = (
    Clause(
        "purpose_kind",
        "A",
        _l("What is the mentorship about?"),
        (
            ("professional", _l("The work itself")),
            ("career", _l("The career")),
            ("both", _l("Both the work and the career")),
        ),
        "both",
    ),
    Clause(
        "purpose_scope",
        "A",
        _l("How specific is the purpose?"),
        (
            ("tasks", _l("Specific work tasks")),
            ("area", _l("A development area")),
            ("broad", _l("Broader reflection")),
        ),
        "area",
    ),
    Clause(
        "mentee_aim",
        "A",
        _l("What the mentee wants from it"),
        says=_l("In the mentee’s own words."),
        longest=500,
    ),
    Clause(
        "meeting_count",
        "B",
        _l("Number of meetings"),
        tuple((str(n), _l("%(number)s meetings", number=n)) for n in range(3, 11)),
        "6",
    ),
    Clause(
        "interval",
        "B",
        _l("Time between meetings"),
        (
            ("2", _l("About two weeks")),
            ("4", _l("About four weeks")),
            ("6", _l("About six weeks")),
            ("8", _l("About eight weeks")),
            ("as_needed", _l("As needed")),
        ),
        "6",
    ),
    Clause(
        "meeting_length",
        "B",
        _l("Meeting length"),
        tuple((str(n), _l("%(number)s minutes", number=n)) for n in (45, 60, 75, 90)),
        "90",
    ),
    Clause(
        "format",
        "B",
        _l("How we meet"),
        (
            ("in_person", _l("In person")),
            ("video", _l("By video")),
            ("phone", _l("By phone")),
            ("walk", _l("On a walk")),
            ("mixed", _l("Now one way, now another")),
        ),
        "mixed",
    ),
    Clause(
        "place",
        "B",
        _l("Where we meet"),
        (
            ("mentor", _l("At the mentor’s workplace")),
            ("mentee", _l("At the mentee’s workplace")),
            ("neutral", _l("In a neutral place")),
            ("online", _l("Online")),
        ),
        "neutral",
    ),
    Clause(
        "meeting_style",
        "B",
        _l("Form of the meetings"),
        (
            ("theme", _l("A theme agreed beforehand")),
            ("open", _l("Open talk")),
            ("mix", _l("A mix of the two")),
        ),
        "mix",
    ),
    Clause(
        "initiative_holder",
        "B",
        _l("Who takes the initiative?"),
        (
            ("mentee", _l("The mentee")),
            ("mentor", _l("The mentor")),
            ("shared", _l("Both")),
            ("turns", _l("We take turns")),
        ),
        "mentee",
        says=_l("Books the meetings and makes sure there is an agenda. It is often the mentee."),
    ),
    Clause(
        "stance_wanted",
        "C",
        _l("What the mentee mostly wants from the mentor"),
        tuple((str(stance.step), stance.name) for stance in STANCES),
        "4",
        says=_l("No step is best. It can be chosen anew for each meeting."),
    ),
    Clause(
        "conf_level",
        "D",
        _l("Degree of confidentiality"),
        (
            ("C1", _l("Everything stays between us")),
            ("C2", _l("Topics may be mentioned, not content")),
            ("C3", _l("Insights may be used, without names")),
        ),
        "C1",
        says=_l("Danger to life, serious harm and what the law demands are always exceptions."),
    ),
    Clause(
        "exit",
        "E",
        _l("If one of us wants to stop"),
        (
            ("no_reason", _l("Without giving a reason; we say it to each other first")),
            ("talk_first", _l("After one last talk about it")),
        ),
        "no_reason",
    ),
)

DEFAULTS = {clause.key: clause.default for clause in CLAUSES}


def read(typed):
    """The answers to all clauses from a form; raises Invalid at the first that does not hold."""
    return {clause.key: clause.read(typed.get(clause.key, "")) for clause in CLAUSES}


def differences(old, new):
    """[(clause, value before or None, value after)] for every clause that changed."""
    changed = [clause for clause in CLAUSES if old.get(clause.key) != new.get(clause.key)]
    return [(clause, old.get(clause.key), new.get(clause.key)) for clause in changed]
