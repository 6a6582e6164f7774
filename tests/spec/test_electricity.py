"""Rates by electricity (domain 2a, V4, V9, V10) and the means of ratios beside the ratios of sums."""

import pytest

from tests.spec.worlds import Measure, check, world

FOUR = """
    place
    1-4
"""
USUAL = """
    place | amount
    1     | 100000
    2     | 100000
    3     | 0
"""


def test_more_than_thirty_per_cent_of_december_is_at_work(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-5
        """,
        baselines="""
            place | amount
            1-4   | 100000
        """,
        electricity="""
            place | energy_wh
            1     | 30001
            2     | 30000
            3     | 250000
            5     | 90000
        """,
    )
    check(
        measure(known, "electricity_resumption_rate"),
        """
            definition                    | value | numerator | denominator | coverage | excluded | reason
            electricity_resumption_rate@1 | 66.67 | 2         | 3           | 0.6000   | 1        |
        """,
    )


def test_no_report_is_looked_at(measure: Measure) -> None:
    known = world(
        places=FOUR,
        baselines=USUAL,
        reports="""
            place | state
            1     | closed
            2     | open
        """,
        electricity="""
            place | energy_wh
            1     | 99000
            2     | 0
        """,
    )
    check(
        measure(known, "electricity_resumption_rate"),
        """
            value | numerator | denominator
            50.00 | 1         | 2
        """,
    )


@pytest.mark.parametrize("metric", ["electricity_production_rate", "electricity_production_mean"])
def test_zero_baseline_is_left_out_and_counted(measure: Measure, metric: str) -> None:
    known = world(
        places=FOUR,
        baselines=USUAL,
        electricity="""
            place | energy_wh
            3     | 10
            4     | 10
        """,
    )
    check(
        measure(known, metric),
        """
            value | numerator | denominator | coverage | excluded | reason
                  | 0         | 0           | 0.0000   | 2        | zero_denominator
        """,
    )


def test_sums_over_all_meters_may_pass_a_hundred(measure: Measure) -> None:
    known = world(
        places=FOUR,
        baselines=USUAL,
        electricity="""
            place | meter | energy_wh
            1     | a     | 90000
            1     | b     | 70000
            2     |       | 80000
        """,
    )
    check(
        measure(known, "electricity_production_rate"),
        """
            value  | numerator | denominator | coverage
            120.00 | 240000    | 200000      | 0.5000
        """,
    )


def test_mean_of_ratios_weighs_a_small_place_as_a_large_one(measure: Measure) -> None:
    known = world(
        places=FOUR,
        baselines="""
            place | amount
            1     | 900000
            2     | 3
        """,
        electricity="""
            place | energy_wh
            1     | 900000
            2     | 1
        """,
        reports="""
            place | output_fen | output_normal_fen
            1     | 900000     | 900000
            2     | 1          | 3
            3     | 5          | 0
        """,
    )
    for metric in ("electricity_production_mean", "capacity_recovery_mean"):
        check(
            measure(known, metric),
            """
                value | numerator | denominator | excluded
                66.67 | 1333333   | 2000000     | {excluded}
            """.format(excluded=1 if metric.startswith("capacity") else 0),
        )
    check(
        measure(known, "electricity_production_rate"),
        """
            value
            100.00
        """,
    )


def test_same_period_is_the_baseline_that_holds_on_the_day(measure: Measure) -> None:
    known = world(
        places=FOUR,
        baselines="""
            place | basis       | amount | from_on | until_on
            1     | same_period | 500    | 02-01   | 03-01
            1     | same_period | 1000   | 03-01   | 04-01
        """,
        electricity="""
            place | energy_wh
            1     | 839
        """,
    )
    check(
        measure(known, "electricity_same_period_rate"),
        """
            value | numerator | denominator | coverage
            83.90 | 839       | 1000        | 0.2500
        """,
    )


def test_corrected_reading_and_baseline_count_from_when_they_were_known(measure: Measure) -> None:
    known = world(
        places=FOUR,
        baselines="""
            place | amount | known_at    | superseded_at
            1     | 1000   | 03-01 09:00 | 03-20 12:00
            1     | 500    | 03-20 12:00 |
        """,
        electricity="""
            place | energy_wh | known_at    | superseded_at
            1     | 1000      | 03-20 09:00 | 03-20 15:00
            1     | 100       | 03-20 15:00 |
        """,
    )
    for as_known, value in (("03-20 11:59", "100.00"), ("03-20 14:59", "200.00"), ("03-20 15:00", "20.00")):
        check(
            measure(known, "electricity_production_rate", as_known=as_known),
            f"""
                value
                {value}
            """,
        )


def test_excluded_place_is_not_monitored(measure: Measure) -> None:
    known = world(
        places=FOUR,
        baselines=USUAL,
        exclusions="""
            place
            1
        """,
        electricity="""
            place | energy_wh
            1     | 100000
            2     | 50000
        """,
    )
    check(
        measure(known, "electricity_production_rate"),
        """
            value | coverage
            50.00 | 0.3333
        """,
    )


def test_nobody_read_is_no_value_and_says_so(measure: Measure) -> None:
    check(
        measure(world(places=FOUR, baselines=USUAL), "electricity_resumption_rate"),
        """
            value | coverage | reason
                  | 0.0000   | zero_denominator
        """,
    )
