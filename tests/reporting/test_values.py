"""What no place can have meant is refused with a sentence; what is merely unusual is not."""

from __future__ import annotations

import pytest

from dongche.reporting.values import ReportValues, faults


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        (ReportValues("open"), []),
        (ReportValues("closed", staff_at_post=2, output_fen=0), []),
        (ReportValues("open", staff_due=18, staff_at_post=74), []),
        (ReportValues("open", staff_due=18, staff_at_post=75), ["reporting.staff_absurd"]),
        (ReportValues("open", staff_due=0, staff_at_post=21), ["reporting.staff_absurd"]),
        (ReportValues("open", output_fen=5_000_000, output_normal_fen=100_000), []),
        (ReportValues("open", output_fen=5_000_001, output_normal_fen=100_000), ["reporting.output_absurd"]),
        (ReportValues("open", output_fen=5_000_001, output_normal_fen=0), []),
        (ReportValues("closed", output_fen=1), ["reporting.output_while_closed"]),
        (ReportValues("open", staff_at_post=3, abnormal_temperature=3), []),
        (
            ReportValues("open", staff_at_post=3, abnormal_temperature=4),
            ["reporting.temperature_above_staff"],
        ),
        (ReportValues("open", abnormal_temperature=4), []),
        (ReportValues("open", mask_days=999), []),
        (ReportValues("open", mask_days=1000), ["reporting.number_out_of_bounds"]),
        (ReportValues("open", staff_at_post=-1), ["reporting.number_out_of_bounds"]),
        (ReportValues("open", output_fen=-1), ["reporting.number_out_of_bounds"]),
        (ReportValues("open", output_fen=10**12 + 1), ["reporting.number_out_of_bounds"]),
        (ReportValues("ajar"), ["reporting.unknown_state"]),
        (ReportValues("open", difficulties=("staff", "weather")), ["reporting.unknown_difficulty"]),
        (ReportValues("open", note="长" * 201), ["reporting.note_too_long"]),
    ],
)
def test_values_are_judged_together(values: ReportValues, codes: list[str]) -> None:
    assert [fault.code for fault in faults(values)] == codes


def test_a_fault_says_what_was_given_and_expected() -> None:
    (fault,) = faults(ReportValues("open", output_fen=60_000_100, output_normal_fen=1_200_000))
    assert (fault.field, fault.details) == (
        "output_fen",
        {"given": "600001", "normal": "12000", "factor": 50},
    )
    (fault,) = faults(ReportValues("open", mask_days=-1))
    assert (fault.field, str(fault)) == (
        "mask_days",
        "“mask_days” is given as -1; expected is a number from 0 to 999.",
    )
