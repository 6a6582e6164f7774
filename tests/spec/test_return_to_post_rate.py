"""Return-to-post rate: staff at post ÷ staff due, over places that gave both."""

from tests.spec.worlds import Measure, check, world

METRIC = "return_to_post_rate"

FOUR = """
    place
    1-4
"""


def test_ratio_of_people_over_places_that_gave_both(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | state  | staff_due | staff_at_post
            1     | open   | 100       | 60
            2     | closed | 20        | 0
            3     | open   |           | 9
            4     | open   | 9         |
        """,
    )
    check(
        measure(known, METRIC),
        """
            definition            | value | numerator | denominator | coverage | excluded | reason
            return_to_post_rate@1 | 50.00 | 60        | 120         | 0.5000   | 0        |
        """,
    )


def test_more_people_than_due_is_above_100(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | staff_due | staff_at_post
            1     | 8         | 9
        """,
    )
    check(
        measure(known, METRIC),
        """
            value  | coverage
            112.50 | 0.2500
        """,
    )


def test_halves_are_rounded_up(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | staff_due | staff_at_post
            1     | 20000     | 1
        """,
    )
    check(
        measure(known, METRIC),
        """
            value
            0.01
        """,
    )


def test_nobody_due_leaves_nothing_to_divide_by(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | staff_due | staff_at_post
            1     | 0         | 0
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | numerator | denominator | coverage | reason
                  | 0         | 0           | 0.2500   | zero_denominator
        """,
    )


def test_excluded_place_does_not_count(measure: Measure) -> None:
    known = world(
        places=FOUR,
        exclusions="""
            place
            1
        """,
        reports="""
            place | staff_due | staff_at_post
            1     | 100       | 100
            2     | 10        | 1
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | denominator | coverage
            10.00 | 10          | 0.3333
        """,
    )


def test_correction_and_late_report_change_the_figure_from_when_they_were_known(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | staff_due | staff_at_post | known_at    | superseded_at | received_at
            1     | 10        | 5             | 03-20 09:00 | 03-21 09:00   | 03-20 09:00
            1     | 10        | 6             | 03-21 09:00 |               | 03-20 09:00
            2     | 10        | 10            | 03-22 09:00 |               | 03-22 09:00
        """,
    )
    for as_known, value in (("03-21 08:59", "50.00"), ("03-21 09:00", "60.00"), ("03-22 09:00", "80.00")):
        check(
            measure(known, METRIC, as_known=as_known),
            f"""
                value
                {value}
            """,
        )


def test_nothing_reported_or_empty_scope_is_no_value_and_says_so(measure: Measure) -> None:
    check(
        measure(world(places=FOUR), METRIC),
        """
            value | reason
                  | no_reports
        """,
    )
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
            1     | medium
            2     |
        """,
        reports="""
            place | staff_due | staff_at_post
            2     | 4         | 1
        """,
    )
    check(
        measure(known, METRIC, by=[("size",)]),
        """
            size    | value | reason
            medium  |       | no_reports
            unknown | 25.00 |
        """,
    )
