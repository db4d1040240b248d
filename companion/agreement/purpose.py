"""What a mentorship is for, and what kind of mentor suits that.

Source: the text the product comes from: settle the aim first, then consider what kind of mentor fits it; for a
career somebody with experience and a network; a mentor stands at a distance from everyday work.
"""

from companion.i18n import _l
from companion.pairs.models import MENTEE, MENTOR

SUITS = {
    "professional": _l("Somebody who is good at the work itself and likes to show how they think about it."),
    "career": _l("Somebody with experience and a network, who can open doors and has chosen a few times themselves."),
    "both": _l("Somebody who knows the field and has gone a way in it. It need not be the way the mentee will go."),
}
CLOSE = {
    "tasks": _l("Close to the tasks: so that you can look at the same thing together, and soon."),
    "area": _l("Further on in just that area, and not part of each other’s everyday work."),
    "broad": _l("From somewhere else altogether, another field or workplace: distance helps."),
}

# What to do where the mentor decides on the mentee's pay and tasks: the two parts cannot be played at once.
WHERE_MANAGER = {
    MENTEE: (
        _l("Whoever decides on your pay and your tasks cannot also be the one you tell what you doubt. It is no fault "
           "of either of you."),
        _l("Find a mentor in another department or another workplace: ask the programme or HR, or somebody you look up "
           "to. Your manager can still support you, in your development talks."),
        _l("If you go on all the same, agree what is never taken along into the daily work, and write it on card D."),
    ),
    MENTOR: (
        _l("You decide on the mentee’s pay and tasks. Then it is hard for the mentee to tell you what they doubt, "
           "however much you wish it."),
        _l("Help the mentee find a mentor in another department or another workplace. You can still support them as "
           "their manager, in their development talks."),
        _l("If you go on all the same, agree what is never taken along into the daily work, and write it on card D."),
    ),
}  # fmt: skip


def suits(kind, scope):
    """[sentences] on the mentor who suits what was answered at purpose_kind and purpose_scope."""
    return [words for words in (SUITS.get(kind), CLOSE.get(scope)) if words]
