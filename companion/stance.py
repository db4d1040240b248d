"""The five steps from advisory to question-driven. No step is best.

Source: a refinement of the Danish mentor ladder instruction – advice – guidance – coaching and of the push–pull
spectrum of coaching skills. Stance says what the mentor is invited to do, whoever asks.
"""

from typing import NamedTuple

from companion.i18n import _l


class Stance(NamedTuple):
    step: int
    code: str
    name: str
    says: str
    means: str


STANCES = (
    Stance(1, "direct", _l("Show the way"), _l("This is how: first …"),
           _l("There is a way to do it, and the mentor shows it.")),
    Stance(2, "advise", _l("Give advice"), _l("In your place I would …"),
           _l("The mentor says what they would do. The mentee is free to leave it.")),
    Stance(3, "share", _l("Share experience"), _l("When I was there …"),
           _l("The mentor tells how it was for them. The mentee takes what is of use.")),
    Stance(4, "explore", _l("Explore together"), _l("How would your manager describe it?"),
           _l("The mentor chooses where to look from, and you look together.")),
    Stance(5, "evoke", _l("Hand over the floor"), _l("What matters most to you here?"),
           _l("The mentee chooses what it is about, and the mentor listens.")),
)  # fmt: skip


def read(typed):
    """1 to 5, or None where nothing or nonsense was chosen."""
    return int(typed) if typed in ("1", "2", "3", "4", "5") else None


def named(step):
    return STANCES[int(step) - 1] if step else None
