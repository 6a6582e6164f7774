"""Capacity recovery rate (S11): sum of output ÷ sum of normal output, over places with both; never clamped."""

from tests.spec.worlds import Measure, check, world

METRIC = "capacity_recovery_rate"

FOUR = """
    place
    1-4
"""


def test_ratio_of_sums_over_places_that_gave_both(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | state  | output_fen | output_normal_fen
            1     | open   | 900        | 1000
            2     | part   | 10         | 100
            3     | closed | 0          | 200
            4     | open   |            | 500
        """,
    )
    check(
        measure(known, METRIC),
        """
            definition               | value | numerator | denominator | coverage | excluded | reason
            capacity_recovery_rate@1 | 70.00 | 910       | 1300        | 0.6667   | 0        |
        """,
    )


def test_the_figure_of_the_article_is_above_100_and_is_not_clamped(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | output_fen | output_normal_fen
            1     | 500        | 200
            2     | 71         | 236
        """,
    )
    check(
        measure(known, METRIC),
        """
            value  | numerator | denominator | coverage
            130.96 | 571       | 436         | 1.0000
        """,
    )


def test_place_with_zero_or_no_baseline_is_left_out_and_counted(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | output_fen | output_normal_fen
            1     | 50         | 100
            2     | 70         | 0
            3     | 70         |
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | numerator | denominator | coverage | excluded
            50.00 | 50        | 100         | 0.3333   | 2
        """,
    )


def test_only_zero_baselines_leave_nothing_to_divide_by(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | output_fen | output_normal_fen
            1     | 50         | 0
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | numerator | denominator | coverage | excluded | reason
                  | 0         | 0           | 0.0000   | 1        | zero_denominator
        """,
    )


def test_province_wide_sums_are_exact(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | output_fen          | output_normal_fen
            1     | 9223372036854775807 | 9223372036854775807
            2     | 9223372036854775807 | 9223372036854775807
            3     | 9223372036854775807 | 9223372036854775806
        """,
    )
    check(
        measure(known, METRIC),
        """
            value  | numerator            | denominator
            100.00 | 27670116110564327421 | 27670116110564327420
        """,
    )


def test_excluded_place_does_not_add_to_the_sums(measure: Measure) -> None:
    known = world(
        places=FOUR,
        exclusions="""
            place
            1
        """,
        reports="""
            place | output_fen | output_normal_fen
            1     | 1000       | 1
            2     | 1          | 4
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | denominator
            25.00 | 4
        """,
    )


def test_correction_replaces_the_earlier_sum_from_when_it_was_known(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | output_fen | output_normal_fen | known_at    | superseded_at | received_at
            1     | 100        | 400               | 03-20 09:00 | 03-20 15:00   | 03-20 09:00
            1     | 300        | 400               | 03-20 15:00 | 03-20 15:30   | 03-20 09:00
            1     | 500        | 400               | 03-20 15:30 |               | 03-20 09:00
        """,
    )
    for as_known, value in (("03-20 14:59", "25.00"), ("03-20 15:29", "75.00"), ("03-20 15:30", "125.00")):
        check(
            measure(known, METRIC, as_known=as_known),
            f"""
                value   | denominator
                {value} | 400
            """,
        )


def test_late_report_adds_once_it_is_there(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | output_fen | output_normal_fen | known_at
            1     | 1          | 2                 | 03-20 09:00
            2     | 2          | 2                 | 03-23 09:00
        """,
    )
    for as_known, value in (("03-21 08:00", "50.00"), ("03-23 09:00", "75.00")):
        check(
            measure(known, METRIC, as_known=as_known),
            f"""
                value
                {value}
            """,
        )


def test_nothing_reported_is_no_value_and_says_so(measure: Measure) -> None:
    check(
        measure(world(places=FOUR), METRIC),
        """
            value | numerator | denominator | coverage | reason
                  | 0         | 0           |          | no_reports
        """,
    )


def test_empty_scope_is_no_value_and_says_so(measure: Measure) -> None:
    check(
        measure(world(places=FOUR), METRIC, scope=[{"line": ["economy"]}]),
        """
            value | reason
                  | no_entities
        """,
    )


def test_above_scale_and_unknown_size_are_groups(measure: Measure) -> None:
    known = world(
        places="""
            place | size  | above_scale
            1     | large | yes
            2     |       | no
        """,
        reports="""
            place | output_fen | output_normal_fen
            1     | 3          | 2
            2     | 1          | 3
        """,
    )
    check(
        measure(known, METRIC, by=[("above_scale", "size")]),
        """
            above_scale | size    | value
            no          | unknown | 33.33
            yes         | large   | 150.00
        """,
    )
