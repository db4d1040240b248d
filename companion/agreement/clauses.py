"""What a pair agrees on: every clause of the agreement, with its answers, its default and who answers it.

Source: the mentoring agreements of Danish programmes, gathered as fields with types and defaults; the source
text's own list is number of meetings, initiative, confidentiality, where and how, theme or open talk.
Keys and values are kept in the sealed rows and never change; the words beside them are translated.
"""

from datetime import date

from companion.agreement.kinds import Chips, Clause, Day, Stands, Step, Words
from companion.errors import Invalid
from companion.i18n import _, _l
from companion.pairs.models import MENTEE, MENTOR, months_later
from companion.stance import STANCES

PARTS = {
    "A": _l("Purpose"),
    "B": _l("Practicalities"),
    "C": _l("Style of conversation"),
    "D": _l("Confidentiality"),
    "E": _l("Along the way and ending"),
}
# What programmes allow at most.
MONTHS_AT_MOST = 12


def _steps():
    return tuple((str(stance.step), stance.name) for stance in STANCES)


CLAUSES = (
    # A: purpose
    Clause(
        "purpose_kind", "A", _l("What is the mentorship about?"),
        (
            ("professional", _l("Professional mentoring")),
            ("career", _l("Career mentoring")),
            ("both", _l("A bit of both")),
        ),
        "both", needed=True,
        ask=_l("What would each of you be sorry not to have talked about when it is over?"),
    ),
    Clause(
        "purpose_scope", "A", _l("How specific is the purpose?"),
        (
            ("tasks", _l("Specific work tasks")),
            ("area", _l("A development area")),
            ("broad", _l("Broader reflection")),
        ),
        "area", needed=True,
        ask=_l("What would a first meeting look like with the one answer, and with the other?"),
    ),
    Words(
        "mentee_aim", "A", _l("What the mentee wants from it"), who=MENTEE, needed=True,
        mine=_l("What do I want from the mentorship?"),
    ),
    Words(
        "mentor_offer", "A", _l("What the mentor can contribute"), who=MENTOR,
        mine=_l("What can I contribute?"), says=_l("Experience, time, a way of looking at things."),
    ),
    Words(
        "mentor_aim", "A", _l("What the mentor hopes to learn"), who=MENTOR, mine=_l("What do I hope to learn myself?"),
    ),
    Words(
        "success_sign", "A", _l("It has succeeded if …"),
        says=_l("Something the two of you would notice."),
        ask=_l("What would you both be able to see? Find words for that."),
    ),
    Chips(
        "out_of_scope", "A", _l("What we leave out"),
        (
            ("pay", _l("Pay")),
            ("health", _l("Health")),
            ("private_life", _l("Private life")),
            ("colleagues", _l("Named colleagues")),
            ("mentors_workplace", _l("The mentor’s own workplace")),
        ),
        ask=_l("What would make it safe to talk about, and what is best left out altogether?"),
    ),
    # B: practicalities
    Day(
        "start_date", "B", _l("Runs from"),
        ask=_l("When does it begin to count?"),
    ),
    Day(
        "end_date", "B", _l("Runs until"),
        says=_l("Twelve months at most. You can always make a new agreement."),
        ask=_l("How long is long enough for what you want?"),
    ),
    Clause(
        "meeting_count", "B", _l("Number of meetings"), 
        (
            ("3", _l("Three meetings")),
            ("4", _l("Four meetings")),
            ("5", _l("Five meetings")),
            ("6", _l("Six meetings")),
            ("7", _l("Seven meetings")),
            ("8", _l("Eight meetings")),
            ("9", _l("Nine meetings")),
            ("10", _l("Ten meetings")),
        ),
        "6", needed=True,
        ask=_l("What is enough, and what fits into both your calendars?"),
    ),
    Clause(
        "interval", "B", _l("Time between meetings"),
        (
            ("2", _l("About two weeks")),
            ("4", _l("About four weeks")),
            ("6", _l("About six weeks")),
            ("8", _l("About eight weeks")),
            ("as_needed", _l("As needed")),
        ),
        "6", needed=True,
        ask=_l("How long does it take to try something out before you talk again?"),
    ),
    Clause(
        "meeting_length", "B", _l("Meeting length"),
        tuple((str(n), _l("%(number)s minutes", number=n)) for n in (45, 60, 75, 90)),
        "90", needed=True,
        ask=_l("When in the day do you both have that long in peace?"),
    ),
    Clause(
        "format", "B", _l("How we meet"),
        (
            ("in_person", _l("In person")),
            ("video", _l("By video")),
            ("phone", _l("By phone")),
            ("walk", _l("On a walk")),
            ("mixed", _l("Now one way, now another")),
        ),
        "mixed",
        ask=_l("Where does each of you talk most freely?"),
    ),
    Clause(
        "place", "B", _l("Where we meet"),
        (
            ("mentor", _l("At the mentor’s workplace")),
            ("mentee", _l("At the mentee’s workplace")),
            ("neutral", _l("In a neutral place")),
            ("online", _l("Online")),
        ),
        "neutral",
        ask=_l("Who may see you together, and where are you undisturbed?"),
    ),
    Clause(
        "meeting_style", "B", _l("Form of the meetings"),
        (
            ("theme", _l("A theme agreed beforehand")),
            ("open", _l("Open talk")),
            ("mix", _l("A mix of the two")),
        ),
        "mix",
        ask=_l("What does each of you need in order to come prepared?"),
    ),
    Clause(
        "initiative_holder", "B", _l("Who takes the initiative?"),
        (
            ("mentee", _l("The mentee")),
            ("mentor", _l("The mentor")),
            ("shared", _l("Both")),
            ("turns", _l("We take turns")),
        ),
        "mentee", needed=True,
        says=_l("Books the meetings and makes sure there is an agenda. It is often the mentee."),
        ask=_l("Who writes first if nothing has been heard for a while?"),
    ),
    Clause(
        "initiative_fallback", "B", _l("If it goes quiet"),
        tuple((str(n), _l("After %(number)s days the other one writes", number=n)) for n in (7, 14, 21, 30)),
        "14",
        ask=_l("How long may it be quiet before one of you begins to wonder?"),
    ),
    Clause(
        "agenda_lead", "B", _l("The agenda is sent"),
        (
            ("1", _l("The day before")),
            ("2", _l("Two days before")),
            ("5", _l("Five days before")),
            ("none", _l("No agenda")),
        ),
        "2",
        ask=_l("When does the mentor have time to read, and the mentee time to write?"),
    ),
    Clause(
        "prep_mentee", "B", _l("The mentee prepares"),
        (
            ("app", _l("Ten minutes here")),
            ("free", _l("In their own way")),
            ("none", _l("Not at all")),
        ),
        "app",
        ask=_l("What has helped you to get something out of a talk before?"),
    ),
    Clause(
        "prep_mentor", "B", _l("The mentor prepares"),
        (
            ("reads", _l("Reads what was shared, three to five minutes")),
            ("none", _l("Not at all")),
        ),
        "reads",
        ask=_l("What should the mentor know before you sit down?"),
    ),
    Clause(
        "cancel_notice", "B", _l("A meeting is cancelled no later than"),
        (
            ("24", _l("24 hours before")),
            ("48", _l("48 hours before")),
            ("week", _l("A week before")),
        ),
        "24",
        ask=_l("What does a late cancellation cost each of you?"),
    ),
    Clause(
        "cancel_rule", "B", _l("After a cancellation"),
        (
            ("two_dates", _l("Whoever cancels suggests two new dates within seven days")),
            ("together", _l("We find a new date together")),
        ),
        "two_dates",
        ask=_l("How do you make sure that a cancelled meeting does not just go?"),
    ),
    Clause(
        "contact_between", "B", _l("Contact between meetings"),
        (
            ("none", _l("None")),
            ("short", _l("Short questions")),
            ("free", _l("As we like")),
        ),
        "short",
        ask=_l("What may you write about between meetings, and what can wait?"),
    ),
    Clause(
        "channel", "B", _l("We write by"),
        (
            ("mail", _l("E-mail")),
            ("text", _l("Text message")),
            ("phone", _l("We call")),
            ("app", _l("Here in the room")),
        ),
        "mail",
        ask=_l("Where does each of you see a message, and who else might?"),
    ),
    Clause(
        "reply_days", "B", _l("An answer comes within"),
        (("2", _l("Two working days")), ("3", _l("Three working days")), ("5", _l("Five working days"))),
        "3",
        ask=_l("How long can you wait without wondering?"),
    ),
    # C: style of conversation
    Step(
        "stance_wanted", "C", _l("What the mentee mostly wants from the mentor"), _steps(), "4",
        who=MENTEE, needed=True, mine=_l("What do I mostly want from my mentor?"),
        says=_l("No step is best. It can be chosen anew for each meeting."),
    ),
    Step(
        "stance_natural", "C", _l("What comes naturally to the mentor"), _steps(), "",
        who=MENTOR, mine=_l("What comes naturally to me?"), says=_l("No step is best. It is good to know of oneself."),
    ),
    Clause(
        "challenge", "C", _l("How much challenge?"),
        (
            ("1", _l("Support above all")),
            ("2", _l("More support than challenge")),
            ("3", _l("As much of each")),
            ("4", _l("More challenge than support")),
            ("5", _l("Challenge above all")),
        ),
        "3",
        ask=_l("How does the mentee show that it is too much, or too little?"),
    ),
    Clause(
        "advice_rule", "C", _l("Advice"),
        (
            ("any", _l("At any time")),
            ("asked", _l("When the mentee asks, or the mentor has asked first")),
            ("rather_not", _l("Rather not")),
        ),
        "asked", who=MENTEE, mine=_l("When do I want advice?"),
    ),
    Clause(
        "timeout", "C", _l("Time-out"),
        (
            ("both", _l("Either may stop and talk about the conversation")),
            ("wrap_up", _l("We keep it for the end")),
        ),
        "both",
        ask=_l("What would make it easy to stop and say that you are off track?"),
    ),
    # D: confidentiality
    Clause(
        "conf_level", "D", _l("Degree of confidentiality"),
        (
            ("C1", _l("Everything stays between us")),
            ("C2", _l("Topics may be mentioned, not content")),
            ("C3", _l("Insights may be used, without names")),
        ),
        "C1", needed=True,
        ask=_l("Whom might you want to tell something, and what exactly?"),
    ),
    Stands(
        "conf_exceptions", "D", _l("Always exceptions"),
        (("read", _l("Danger to life, serious harm, and what the law demands.")),), "read", needed=True,
        points=(
            _l("Danger to life or of serious harm, to one of you or to somebody else."),
            _l("What the law demands: a child who is not thriving, a serious crime that can be averted, a court."),
            _l("Serious breaches of the law at work: they belong with a whistleblower scheme. The mentor does not "
               "investigate."),
            _l("The mentor may seek help with the mentoring itself, without names and only if you have agreed on it."),
            _l("Whoever has to say something tells the other first where that is safe, and says as little as will do."),
        ),
    ),
    Clause(
        "relation_visible", "D", _l("May others know that we are a pair?"),
        (
            ("no", _l("No")),
            ("yes", _l("Yes, but not what we talk about")),
            ("free", _l("As we like")),
        ),
        "yes",
        ask=_l("Who knows already, and who had better hear it from you?"),
    ),
    Clause(
        "manager_info", "D", _l("What the mentee’s manager learns"),
        (
            ("nothing", _l("Nothing")),
            ("exists", _l("That there is a mentorship")),
            ("mentee_tells", _l("What the mentee tells")),
        ),
        "mentee_tells", who=MENTEE, mine=_l("What does my manager learn?"),
    ),
    Clause(
        "notes", "D", _l("Notes"),
        (
            ("none", _l("None")),
            ("mentee", _l("Only the mentee")),
            ("own_and_shared", _l("Each their own, and a recap we share")),
            ("log", _l("One log we share")),
        ),
        "own_and_shared",
        ask=_l("What do you want to be able to read again, and what not?"),
    ),
    Stands(
        "third_party", "D", _l("Other people in the notes"), (("roles", _l("No names, we use roles")),), "roles",
    ),
    Words(
        "mentor_limits", "D", _l("Where the mentor’s own duties may get in the way"), who=MENTOR,
        mine=_l("Where may my own duties get in the way?"),
        says=_l("For example a duty of confidentiality to your own workplace."),
    ),
    Clause(
        "no_favours", "D", _l("References and recruitment"),
        (
            ("both_say_yes", _l("Not used for this, unless we both say yes")),
            ("never", _l("Never used for this")),
        ),
        "both_say_yes",
        ask=_l("What if the mentor hears of a position that would fit?"),
    ),
    # E: along the way and ending
    Clause(
        "chemistry_check", "E", _l("Chemistry check after the first meeting"),
        (
            ("yes", _l("Yes: either can say no thanks, without a reason")),
            ("no", _l("No")),
        ),
        "yes",
        ask=_l("How would each of you like to be told if it is not a match?"),
    ),
    Clause(
        "midway", "E", _l("Midway review"),
        (
            *((str(n), _l("After meeting %(number)s", number=n)) for n in range(2, 6)),
            ("no", _l("No")),
        ),
        "3",
        ask=_l("When will you know enough to say whether it works?"),
    ),
    Stands(
        "renegotiate", "E", _l("We can change the agreement"),
        (("any_time", _l("At any time. We are asked midway and after two cancelled meetings")),), "any_time",
    ),
    Clause(
        "exit", "E", _l("If one of us wants to stop"),
        (
            ("no_reason", _l("Without giving a reason; we say it to each other first")),
            ("talk_first", _l("After one last talk about it")),
        ),
        "no_reason", needed=True,
        ask=_l("What would make it all right to stop early?"),
    ),
    Words(
        "help_contact", "E", _l("If it gets difficult between us"),
        says=_l("Whom you can turn to: a role, and how to reach it."),
        ask=_l("Whom would you both trust with it?"),
    ),
    Clause(
        "closing", "E", _l("A closing meeting"),
        (("yes", _l("Yes")), ("no", _l("No"))),
        "yes",
        ask=_l("How do you want to say goodbye to it?"),
    ),
    Clause(
        "data_after", "E", _l("What we have shared here is deleted"),
        (
            ("0", _l("When we end")),
            ("3", _l("Three months after")),
            ("6", _l("Six months after")),
        ),
        "3", says=_l("Private notes in the room go too. Each of you can take a copy first."),
        ask=_l("What might you want to read again afterwards?"),
    ),
    Clause(
        "afterwards", "E", _l("Afterwards"),
        (
            ("end", _l("We leave it there")),
            ("informal", _l("We may write to each other")),
            ("new", _l("We make a new agreement")),
        ),
        "end",
        ask=_l("What would you miss if you never heard from each other again?"),
    ),
)  # fmt: skip
NAMED = {clause.key: clause for clause in CLAUSES}


def check_dates(answers):
    """Raise Invalid unless it ends after it begins, and at most twelve months later; days not said are all right."""
    start, end = answers.get("start_date"), answers.get("end_date")
    if not (start and end):
        return
    if end <= start:
        raise Invalid(_("It has to end after it begins."), "end_date")
    if date.fromisoformat(end) > months_later(date.fromisoformat(start), MONTHS_AT_MOST):
        raise Invalid(_("Twelve months are the most. You can always make a new agreement."), "end_date")


def differences(old, new):
    """[(clause, value before or None, value after or None)] for every clause that says something else."""

    def said(answers, clause):
        value = answers.get(clause.key)
        return value if clause.says_something(value) else None

    both = [(clause, said(old, clause), said(new, clause)) for clause in CLAUSES]
    return [(clause, before, after) for clause, before, after in both if before != after]


def agreed(edition, key):
    """What `edition` (None before there is one) says at one clause; what most pairs answer where it says nothing."""
    said = edition.answers.get(key) if edition and edition.readable else None
    return said or NAMED[key].default


def in_parts(answers):
    """[(letter, title, [(clause, value)])] of what `answers` say, as one reads an agreement."""
    # In the first editions the exceptions stood below the answers, not among them.
    answers = {"conf_exceptions": NAMED["conf_exceptions"].default} | answers
    said = [(clause, answers.get(clause.key, clause.empty)) for clause in CLAUSES]
    said = [(clause, value) for clause, value in said if clause.says_something(value)]
    parts = [(letter, title, [(c, v) for c, v in said if c.part == letter]) for letter, title in PARTS.items()]
    return [part for part in parts if part[2]]
