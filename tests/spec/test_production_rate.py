"""Production rate: resumed places that produce ÷ resumed places."""

from tests.spec.worlds import Measure, check, world

METRIC = "production_rate"

FOUR = """
    place
    1-4
"""


def test_resumed_place_with_output_above_zero_produces(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | state  | output_fen
            1     | open   | 100
            2     | part   | 0
            3     | open   |
            4     | closed | 100
        """,
    )
    check(
        measure(known, METRIC),
        """
            definition        | value | numerator | denominator | coverage | reason
            production_rate@1 | 33.33 | 1         | 3           | 0.6667   |
        """,
    )


def test_excluded_place_does_not_count_although_it_reported(measure: Measure) -> None:
    known = world(
        places=FOUR,
        exclusions="""
            place
            1
        """,
        reports="""
            place | output_fen
            1     | 100
            2     | 0
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | numerator | denominator
            0.00  | 0         | 1
        """,
    )


def test_correction_of_the_output_changes_the_figure_from_when_it_was_known(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | output_fen | known_at    | superseded_at | received_at
            1     | 0          | 03-20 09:00 | 03-20 15:00   | 03-20 09:00
            1     | 7          | 03-20 15:00 |               | 03-20 09:00
        """,
    )
    for as_known, value in (("03-20 14:59", "0.00"), ("03-20 15:00", "100.00")):
        check(
            measure(known, METRIC, as_known=as_known),
            f"""
                value
                {value}
            """,
        )


def test_late_report_counts_once_it_is_there(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | output_fen | known_at
            1     | 0          | 03-20 09:00
            2     | 5          | 03-22 09:00
        """,
    )
    for as_known, value, denominator in (("03-22 08:59", "0.00", "1"), ("03-22 09:00", "50.00", "2")):
        check(
            measure(known, METRIC, as_known=as_known),
            f"""
                value   | denominator
                {value} | {denominator}
            """,
        )


def test_nothing_resumed_leaves_nothing_to_divide_by(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | state
            1     | closed
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | numerator | denominator | coverage | reason
                  | 0         | 0           |          | zero_denominator
        """,
    )


def test_nothing_reported_is_no_value_and_says_so(measure: Measure) -> None:
    check(
        measure(world(places=FOUR), METRIC),
        """
            value | reason
                  | no_reports
        """,
    )


def test_empty_scope_is_no_value_and_says_so(measure: Measure) -> None:
    check(
        measure(world(places=FOUR), METRIC, scope=[]),
        """
            value | reason
                  | no_entities
        """,
    )


def test_unknown_size_is_a_group_of_its_own(measure: Measure) -> None:
    known = world(
        places="""
            place | size
            1     | micro
            2     |
        """,
        reports="""
            place | output_fen
            1     | 0
            2     | 1
        """,
    )
    check(
        measure(known, METRIC, by=[("size",)]),
        """
            size    | value
            micro   | 0.00
            unknown | 100.00
        """,
    )
