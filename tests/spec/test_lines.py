"""The line of a place (S23–S26): the first rule that matches what it is, on the day and as known at the time."""

from tests.spec.worlds import Measure, check, day, world

METRIC = "reporting_rate"


def test_smallest_priority_among_matching_rules_wins(measure: Measure) -> None:
    known = world(
        places="""
            place | category    | focus          | industry | size
            1     | enterprise  |                | C        | large
            2     | enterprise  | key_enterprise | C        | large
            3     | street_shop |                | F        |
            4     | street_shop |                |          | micro
            5     | supermarket |                | F        | large
        """,
        rules="""
            line    | priority | category    | focus          | industry | size
            leaders | 1        |             | key_enterprise |          |
            economy | 20       | enterprise  |                |          |
            industry| 10       |             |                | C        |
            law     | 30       | street_shop |                |          |
            small   | 25       |             |                |          | micro
        """,
    )
    check(
        measure(known, METRIC, by=[("line", "category")]),
        """
            line     | category    | denominator
            industry | enterprise  | 1
            law      | street_shop | 1
            leaders  | enterprise  | 1
            small    | street_shop | 1
            unknown  | supermarket | 1
        """,
    )


def test_rule_holds_on_its_days_and_from_when_it_was_known(measure: Measure) -> None:
    known = world(
        places="""
            place
            1
        """,
        rules="""
            line    | priority | from_on | until_on | known_at    | superseded_at
            new     | 1        | 03-20   |          | 03-19 08:00 |
            old     | 2        | 01-01   | 03-20    | 01-01 08:00 |
            mistake | 3        | 01-01   |          | 01-01 08:00 | 03-19 08:00
        """,
    )
    check(
        measure(known, METRIC, by=[("line",)], days=[day("03-20"), day("03-19")]),
        """
            on         | line
            2020-03-20 | new
            2020-03-19 | old
        """,
    )
    check(
        measure(known, METRIC, by=[("line",)], as_known="03-19 07:59"),
        """
            on         | line
            2020-03-20 | mistake
        """,
    )


def test_scope_by_line_needs_no_grouping_by_line(measure: Measure) -> None:
    known = world(
        places="""
            place | category
            1-2   | enterprise
            3     | street_shop
        """,
        rules="""
            line    | category
            economy | enterprise
        """,
    )
    for line, expected in (("economy", "2"), ("unknown", "1")):
        check(
            measure(known, METRIC, scope=[{"line": [line]}]),
            f"""
                denominator
                {expected}
            """,
        )


def test_two_rules_of_equal_rank_that_disagree_give_no_line(measure: Measure) -> None:
    known = world(
        places="""
            place | category    | industry
            1     | enterprise  | C
            2     | enterprise  | F
            3     | street_shop | C
        """,
        rules="""
            line    | priority | category   | industry
            economy | 10       | enterprise |
            works   | 10       |            | C
            works   | 10       | street_shop|
            rest    | 20       |            |
        """,
    )
    check(
        measure(known, METRIC, by=[("line", "category")]),
        """
            line    | category    | denominator
            economy | enterprise  | 1
            unknown | enterprise  | 1
            works   | street_shop | 1
        """,
    )


def test_each_sub_district_has_rules_of_its_own(measure: Measure) -> None:
    known = world(
        places="""
            place | subdistrict
            1     | 370203026
            2     | 370203027
            3     | 370203028
        """,
        rules="""
            line | priority | subdistrict
            here | 10       | 370203026
            there| 10       | 370203027
        """,
    )
    check(
        measure(known, METRIC, by=[("line",)]),
        """
            line    | denominator
            here    | 1
            there   | 1
            unknown | 1
        """,
    )
