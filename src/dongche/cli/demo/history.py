"""The days of the demonstration as rows of reports, each mistake followed by its correction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from dongche.cli.demo.reports import DIFFICULTIES, MISTAKES, STATES, Day
from dongche.kit.clock import BEIJING
from dongche.reporting.appending import Row

HARDSHIPS = tuple(
    tuple(name for bit, name in enumerate(DIFFICULTIES) if bits >> bit & 1)
    for bits in range(1 << len(DIFFICULTIES))
)
FEN = 100


def rows(on: date, day: Day, entity_ids: Sequence[int], officer_ids: Sequence[int]) -> Iterator[Row]:
    """This function will give the reports of one day, first reports and corrections, as they would have come in.

    Shape: `entity_ids` and `officer_ids` have one element a place; the officer is the one who reports on its behalf
    """
    midnight = datetime.combine(on, time(), BEIJING)
    key = f"demo-{on:%m%d}"
    columns = (
        day.rows, day.state, day.staff_due, day.staff_at_post, day.output, day.normal, day.abnormal, day.masks,
        day.difficulties, day.received, day.corrected, day.mistake, day.by_officer,
    )  # fmt: skip
    for (
        i,
        state,
        due,
        at_post,
        output,
        normal,
        abnormal,
        masks,
        bits,
        received,
        corrected,
        mistake,
        helped,
    ) in zip(*(column.tolist() for column in columns), strict=True):
        received_at = midnight + timedelta(seconds=received)
        true = Row(
            entity_id=entity_ids[i],
            on=on,
            known_at=received_at,
            superseded_at=None,
            received_at=received_at,
            key=key,
            state=STATES[state],
            staff_due=due,
            staff_at_post=at_post,
            output_fen=None if output < 0 else output * FEN,
            output_normal_fen=None if normal < 0 else normal * FEN,
            abnormal_temperature=abnormal,
            mask_days=None if masks < 0 else masks,
            difficulties=HARDSHIPS[bits],
            note="",
            channel="officer" if helped else "qr",
            by_id=officer_ids[i] if helped else None,
        )
        if corrected < 0:
            yield true
            continue
        corrected_at = midnight + timedelta(seconds=corrected)
        yield _mistaken(true, mistake)._replace(superseded_at=corrected_at)
        yield true._replace(known_at=corrected_at, key=f"{key}-2", note=MISTAKES[mistake])


def _mistaken(true: Row, mistake: int) -> Row:
    """What the place had said at first."""
    if mistake == 1 and true.output_fen:
        return true._replace(output_fen=true.output_fen // (10 * FEN) * FEN)
    if mistake == 2:
        return true._replace(state="closed", staff_at_post=0, output_fen=0, abnormal_temperature=0)
    return true._replace(staff_at_post=(true.staff_at_post or 0) // 2, abnormal_temperature=0)
