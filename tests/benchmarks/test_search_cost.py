"""What looking for a word costs among a thousand rows, beside opening the same rows."""

import time
from statistics import median

import pytest
from conftest import Browser
from test_pages_cost import counting, fill

from companion.pairs.rows import kinds

pytestmark = pytest.mark.benchmark

AT_MOST = 0.150


def spent(work, times=9):
    """CPU seconds of one run, the median of several."""
    work()
    took = []
    for _ in range(times):
        begun = time.process_time()
        work()
        took.append(time.process_time() - begun)
    return median(took)


def test_looking_for_a_word_costs_little_more_than_opening_what_it_may_stand_in(app, room, capsys):
    fill(room, 30)
    pair, client = room[0], Browser(app, room[0].person)
    path = f"/pairs/{pair.id}/search"
    rows = sum(len(cls.readable_by(pair)) for cls in kinds())
    opening = spent(lambda: [cls.readable_by(pair) for cls in kinds()])
    with counting() as opened:
        client.post(path, {"q": "words insight"})
    with capsys.disabled():
        print(f"\n{rows} rows, opened in {opening * 1000:.1f} ms\nlooked for          ms  times opening them")
        for typed in ("insight", "about words few", "not there", "e"):
            took = spent(lambda typed=typed: client.post(path, {"q": typed}))
            print(f"{typed:16} {took * 1000:6.1f}  {took / opening:4.2f}")
            assert took * 1000 / rows <= AT_MOST, typed
            assert took < 4 * opening, typed
    # Each of them once, and the editions once more to know who is ready.
    assert rows <= len(opened) <= rows + 10
