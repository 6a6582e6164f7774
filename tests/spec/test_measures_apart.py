"""A measure is computed as if nobody had reported, plus what the reports add: for any measure that is the measure itself."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dongche.analytics import engine, facts
from dongche.analytics.definitions import Definitions
from tests.spec.test_engines_agree import FIRST, INSTANTS, PACK, worlds

# None of the pack says most of these: what is not there is where taking apart goes wrong.
MEASURES = (
    "count(*)",
    "count(state)",
    "count(*) FILTER (WHERE NOT reported)",
    "count(*) FILTER (WHERE NOT resumed AND above_scale)",
    "count(*) FILTER (WHERE state IS NULL OR state = 'closed')",
    "count(*) FILTER (WHERE NOT (output_fen > 0) OR energy_wh > 5)",
    "count(*) FILTER (WHERE (output_fen > 0) IS NULL)",
    "count(*) FILTER (WHERE staff_due IN (1, 2) OR energy_wh IS NULL)",
    "count(*) FILTER (WHERE staff_due BETWEEN 1 AND 3 OR NOT above_scale)",
    "count(*) FILTER (WHERE 2 * staff_at_post > staff_due)",
    "count(energy_wh) FILTER (WHERE reported IS FALSE)",
    "sum(whole_ppm) FILTER (WHERE output_ppm IS NULL)",
    "sum(energy_wh) FILTER (WHERE resumed)",
    "sum(output_fen) FILTER (WHERE reported)",
)


@settings(max_examples=40)
@given(worlds(), st.sampled_from(MEASURES), st.sampled_from(MEASURES))
def test_taken_apart_and_put_together_it_is_the_same(world: facts.Facts, above: str, below: str) -> None:
    definition = replace(
        PACK.versions("resumption_rate")[0], numerator=above, denominator=below, needs_reports=False
    )
    whole = engine.shares(world, definition, on=FIRST, instants=[INSTANTS[-1]])[0].values()
    (figure,) = engine.measure(world, Definitions([definition]), days=[FIRST], as_known=INSTANTS[-1])
    assert (figure.numerator, figure.denominator) == (
        sum(numerator for numerator, _ in whole),
        sum(denominator for _, denominator in whole),
    )
