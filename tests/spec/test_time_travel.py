"""As known then: the figures of a day at one time after another are a replay of history, and their places add up."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dongche.analytics import engine, facts, pinned, reference
from tests.spec.test_engines_agree import FIRST, INSTANTS, LENGTH, PACK, worlds

METRICS = tuple(one for one in PACK.metrics if f"{one}@1" in reference.FORMULAS)
days = st.integers(0, LENGTH - 1).map(lambda number: FIRST + timedelta(days=number))
scopes = st.sampled_from([None, [{"community": ("c1",)}], [{"line": ("l1",)}, {"grid": ("g1", "g2")}]])


@given(worlds(), days, st.sets(st.sampled_from(INSTANTS), min_size=1, max_size=3).map(sorted), scopes)
def test_a_course_is_a_replay_of_history(world: facts.Facts, on, instants, scope):
    found = engine.course(world, PACK, on=on, instants=instants, metrics=METRICS, scope=scope)
    replayed = [
        figure
        for instant in instants
        for figure in reference.measure(
            world, PACK, days=[on], as_known=instant, scope=scope, metrics=METRICS
        )
    ]
    assert found == replayed


@given(worlds(), days, st.sampled_from(METRICS), st.sampled_from(INSTANTS), scopes)
def test_what_places_add_sums_up_to_the_figure(world: facts.Facts, on, metric: str, instant, scope):
    definition, instants = PACK.versions(metric)[0], [instant, INSTANTS[-1]]
    shares = engine.shares(world, definition, on=on, instants=instants, scope=scope)
    course = engine.course(world, PACK, on=on, instants=instants, metrics=(metric,), scope=scope)
    for of_places, figure in zip(shares, course, strict=True):
        numerators, denominators = zip(*of_places.values(), strict=True) if of_places else ((), ())
        assert (sum(numerators), sum(denominators)) == (figure.numerator, figure.denominator)


def test_a_definition_that_was_written_down_is_the_same_again():
    written = json.loads(json.dumps([pinned.as_plain(one) for one in PACK], ensure_ascii=False))
    assert list(pinned.definitions(written)) == list(PACK)


@given(worlds(), days, st.sampled_from(INSTANTS))
def test_what_was_said_comes_out_again_after_any_later_rows(world: facts.Facts, on, instant):
    """The rows as they stood at an instant, before any of the later ones was written, give what "as known then" gives."""
    then = facts.from_rows(
        **{
            name: [
                {
                    **row,
                    "superseded_at": None
                    if _is_after(row["superseded_at"], instant)
                    else row["superseded_at"],
                }
                for row in getattr(world, name).to_pylist()
                if row["known_at"] <= instant
            ]
            for name in facts.TABLES
        }
    )
    by = ((), ("line",), ("community",), ("line", "community"))
    asked = {"days": [on], "as_known": instant, "by": by, "metrics": METRICS}
    assert engine.measure(then, PACK, **asked) == engine.measure(world, PACK, **asked)


def _is_after(superseded_at: datetime | None, instant: datetime) -> bool:
    return superseded_at is not None and superseded_at > instant
