"""Full capacity rate: resumed places with at least 80 % of a normal day's output ÷ resumed places."""

from tests.spec.worlds import Measure, check, world

METRIC = "full_capacity_rate"


def test_from_the_threshold_on_a_resumed_place_is_at_capacity(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-7
        """,
        reports="""
            place | state  | output_fen | output_normal_fen
            1     | open   | 80         | 100
            2     | part   | 79         | 100
            3     | closed | 100        | 100
            4     | open   | 3          | 0
            5     | open   | 3          |
            6     | open   |            | 100
        """,
    )
    check(
        measure(known, METRIC),
        """
            definition           | value | numerator | denominator | coverage | excluded | reason
            full_capacity_rate@1 | 20.00 | 1         | 5           | 0.4000   | 2        |
        """,
    )


def test_nobody_resumed_leaves_nothing_to_divide_by(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-2
        """,
        reports="""
            place | state
            1     | closed
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | numerator | denominator | reason
                  | 0         | 0           | zero_denominator
        """,
    )


def test_a_share_is_compared_exactly(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-3
        """,
        reports="""
            place | output_fen | output_normal_fen
            1     | 7999999999 | 10000000000
            2     | 8000000000 | 10000000000
            3     | 3          | 4
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | numerator | denominator
            33.33 | 1         | 3
        """,
    )
