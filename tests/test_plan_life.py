"""The life of plans, in any order somebody may try: what was written stays, five are open at most, no line forks."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.actions.models import OPEN_AT_MOST, OUTCOMES, Action
from companion.errors import Invalid

PLAN = {"cue": "I am asked for something new", "act": "I say that I will come back tomorrow"}
VERBS = {
    "done": lambda plan, words: plan.complete("done", words),
    "partly": lambda plan, words: plan.complete("partly", words),
    "not_done": lambda plan, words: plan.complete("not_done", words),
    "let_go": lambda plan, words: plan.let_go(words),
    "reopen": lambda plan, words: plan.reopen(),
    "replan": lambda plan, words: plan.replan(PLAN | {"cue": words}, words),
    "reword": lambda plan, words: plan.reword(PLAN | {"cue": words}, rev=plan.rev),
}
STEPS = st.lists(st.tuples(st.sampled_from(["plan", "plan", *VERBS]), st.integers(0, 7)), max_size=25)


class Book:
    """What ought to stand: the plans in the order they were made, each [cue, learned, outcome, what it went on as]."""

    def __init__(self):
        self.plans = []

    @property
    def full(self):
        return sum(not outcome for _cue, _learned, outcome, _after in self.plans) >= OPEN_AT_MOST

    def takes(self, verb, n, words):
        """Whether the house ought to do it; if so it is written down here too."""
        if verb == "plan":
            if self.full:
                return False
            self.plans.append([words, "", "", None])
            return True
        plan = self.plans[n]
        _cue, _learned, outcome, after = plan
        if verb in OUTCOMES:
            if outcome:
                return False
            plan[1:3] = words, verb
        elif verb == "reword":
            if outcome:
                return False
            plan[0] = words
        elif verb == "reopen":
            if outcome and (after is not None or self.full):
                return False
            plan[2] = ""
        else:
            if after is not None or (outcome and self.full):
                return False
            if not outcome:
                plan[1:3] = words, "changed"
            plan[3] = len(self.plans)
            self.plans.append([words, "", "", None])
        return True

    def line(self, n):
        """The places of the plan `n` and all it was and became."""
        while any(plan[3] == n for plan in self.plans):
            n = next(place for place, plan in enumerate(self.plans) if plan[3] == n)
        line = [n]
        while (after := self.plans[line[-1]][3]) is not None:
            line.append(after)
        return line


@given(STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_to_plans_all_that_was_written_stands_as_it_ought_to(room, steps):
    mine, hers = room
    Action.delete().execute()
    book, ids = Book(), []
    for turn, (verb, which) in enumerate(steps):
        if verb != "plan" and not ids:
            continue
        words, n = f"words {turn}", which % len(ids) if ids else 0
        ought = book.takes(verb, n, words)
        try:
            if verb == "plan":
                made = Action.plan(mine, PLAN | {"cue": words})
            else:
                made = VERBS[verb](Action.find(mine, ids[n]), words)
        except Invalid:
            assert not ought, (verb, n)
        else:
            assert ought, (verb, n)
            if verb in ("plan", "replan"):
                ids.append(made.id)
    stands = {plan.id: plan for plan in Action.of(hers)}
    assert len(stands) == len(ids)
    for place, (plan_id, (cue, learned, outcome, _after)) in enumerate(zip(ids, book.plans, strict=True)):
        plan = stands[plan_id]
        assert (plan.cue, plan.outcome, bool(plan.closed_at)) == (cue, outcome, bool(outcome))
        assert not outcome or plan.learned == learned
        assert [ids.index(one.id) for one in plan.line()] == book.line(place)
    assert {plan.id for plan in Action.open_in(mine)} == {ids[n] for n, plan in enumerate(book.plans) if not plan[2]}
    assert Action.count_open(mine) <= OPEN_AT_MOST
