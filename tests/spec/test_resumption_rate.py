"""Resumption rate (S10): places open or partly open ÷ places that should resume."""

from tests.spec.worlds import Measure, check, day, world

METRIC = "resumption_rate"


def test_open_and_partly_open_places_have_resumed(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-4
        """,
        reports="""
            place | state
            1     | open
            2     | part
            3     | closed
        """,
    )
    check(
        measure(known, METRIC),
        """
            definition        | value | numerator | denominator | coverage | on         | reason
            resumption_rate@1 | 50.00 | 2         | 4           | 0.7500   | 2020-03-20 |
        """,
    )


def test_the_figure_of_the_article_comes_from_147_of_188_places(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-188
        """,
        reports="""
            place   | state
            1-147   | open
            148-188 | closed
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | numerator | denominator
            78.19 | 147       | 188
        """,
    )


def test_excluded_place_is_not_expected_on_the_days_of_its_exclusion(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-4
        """,
        exclusions="""
            place | kind              | from_on | until_on
            1     | closed_by_order   | 03-20   | 03-21
            2     | seasonally_closed | 03-01   | 03-20
            3     | deregistered      | 03-21   |
        """,
        reports="""
            place | state
            1-2   | open
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | numerator | denominator | coverage
            33.33 | 1         | 3           | 0.3333
        """,
    )


def test_a_place_excluded_now_and_then_is_expected_on_the_days_between(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-2
        """,
        exclusions="""
            place | kind              | from_on | until_on
            1     | closed_by_order   | 03-02   | 03-04
            1     | seasonally_closed | 03-03   | 03-05
            1     | closed_by_order   | 03-07   | 03-08
        """,
        reports="""
            place | on    | state
            1     | 03-01 | open
            1     | 03-03 | open
            1     | 03-05 | open
            2     | 03-08 | open
        """,
    )
    check(
        measure(known, METRIC, days=[day(f"03-0{number}") for number in (8, 1, 2, 3, 4, 5, 7)]),
        """
            on         | numerator | denominator
            2020-03-08 | 1         | 2
            2020-03-01 | 1         | 2
            2020-03-02 | 0         | 1
            2020-03-03 | 0         | 1
            2020-03-04 | 0         | 1
            2020-03-05 | 1         | 2
            2020-03-07 | 0         | 1
        """,
    )


def test_exclusion_counts_from_when_it_was_known_until_it_was_withdrawn(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-2
        """,
        exclusions="""
            place | known_at    | superseded_at
            1     | 03-20 12:00 | 03-22 12:00
        """,
        reports="""
            place | state
            2     | open
        """,
    )
    for as_known, value in (("03-20 11:59", "50.00"), ("03-20 12:00", "100.00"), ("03-22 12:00", "50.00")):
        check(
            measure(known, METRIC, as_known=as_known),
            f"""
                value
                {value}
            """,
        )


def test_correction_changes_the_figure_only_from_when_it_was_known(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-2
        """,
        reports="""
            place | state  | known_at    | superseded_at | received_at
            1     | closed | 03-20 09:00 | 03-21 10:00   | 03-20 09:00
            1     | open   | 03-21 10:00 |               | 03-20 09:00
        """,
    )
    for as_known, value, numerator in (("03-21 09:59", "0.00", "0"), ("03-21 10:00", "50.00", "1")):
        check(
            measure(known, METRIC, as_known=as_known),
            f"""
                value   | numerator   | denominator | coverage
                {value} | {numerator} | 2           | 0.5000
            """,
        )


def test_late_report_counts_once_it_is_there(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-2
        """,
        reports="""
            place | known_at
            1     | 03-20 09:00
            2     | 03-21 09:00
        """,
    )
    for as_known, value in (("03-21 08:59", "50.00"), ("03-21 09:00", "100.00")):
        check(
            measure(known, METRIC, as_known=as_known),
            f"""
                value
                {value}
            """,
        )


def test_report_of_the_day_before_is_not_carried_forward(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-2
        """,
        reports="""
            place | on    | known_at
            1     | 03-19 | 03-19 09:00
            2     | 03-20 | 03-20 09:00
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | numerator | denominator
            50.00 | 1         | 2
        """,
    )


def test_nothing_reported_is_no_value_and_says_so(measure: Measure) -> None:
    known = world(
        places="""
            place
            1-2
        """,
    )
    check(
        measure(known, METRIC),
        """
            value | numerator | denominator | coverage | reason
                  | 0         | 2           | 0.0000   | no_reports
        """,
    )


def test_unknown_size_industry_and_grid_are_groups_of_their_own(measure: Measure) -> None:
    known = world(
        places="""
            place | size  | industry | grid | community | focus
            1-2   | large | C        | n1   | nanshan   | key_enterprise
            3     |       |          |      |           |
        """,
        reports="""
            place | state
            1     | open
            3     | open
        """,
    )
    check(
        measure(known, METRIC, by=[("size",), ("industry", "focus"), ("community", "grid")]),
        """
            size    | industry | focus          | community | grid    | value  | denominator
            large   |          |                |           |         | 50.00  | 2
            unknown |          |                |           |         | 100.00 | 1
                    | C        | key_enterprise |           |         | 50.00  | 2
                    | unknown  | none           |           |         | 100.00 | 1
                    |          |                | nanshan   | n1      | 50.00  | 2
                    |          |                | unknown   | unknown | 100.00 | 1
        """,
    )


def test_scope_without_places_is_no_value_and_says_so(measure: Measure) -> None:
    known = world(
        places="""
            place
            1
        """,
        reports="""
            place
            1
        """,
    )
    nothing = """
        value | numerator | denominator | coverage | reason
              | 0         | 0           |          | no_entities
    """
    check(measure(known, METRIC, scope=[]), nothing)
    check(measure(known, METRIC, scope=[{"community": ["xiaocun"]}]), nothing)
    check(measure(known, METRIC, scope=[{"community": []}]), nothing)
    assert measure(known, METRIC, scope=[], by=[("community",)]) == []


def test_scope_is_any_of_filters_that_each_need_all_their_dimensions(measure: Measure) -> None:
    known = world(
        places="""
            place | community | category
            1     | nanshan   | enterprise
            2     | nanshan   | street_shop
            3     | xiaocun   | enterprise
            4     | xiaocun   | street_shop
        """,
        rules="""
            line    | category
            economy | enterprise
            law     | street_shop
        """,
        reports="""
            place
            1-2
        """,
    )
    scope = [
        {"community": ["nanshan"], "category": ["enterprise"]},
        {"line": ["law"], "community": ["xiaocun", "x"]},
    ]
    check(
        measure(known, METRIC, scope=scope, by=[(), ("community",)]),
        """
            community | value  | denominator
                      | 50.00  | 2
            nanshan   | 100.00 | 1
            xiaocun   |        | 1
        """,
    )
    check(
        measure(known, METRIC, scope=[{}]),
        """
            denominator
            4
        """,
    )


def test_place_moves_with_its_version_on_the_day_and_as_known(measure: Measure) -> None:
    known = world(
        places="""
            place | community | from_on | until_on | known_at    | superseded_at
            1     | nanshan   | 01-01   |          | 01-01 08:00 | 03-18 08:00
            1     | nanshan   | 01-01   | 03-20    | 03-18 08:00 |
            1     | xiaocun   | 03-20   |          | 03-18 08:00 |
        """,
        reports="""
            place | on    | known_at
            1     | 03-17 | 03-17 09:00
            1     | 03-19 | 03-19 09:00
            1     | 03-20 | 03-20 09:00
        """,
    )
    days = [day("03-19"), day("03-20")]
    check(
        measure(known, METRIC, days=days, by=[("community",)]),
        """
            on         | community | value
            2020-03-19 | nanshan   | 100.00
            2020-03-20 | xiaocun   | 100.00
        """,
    )
    check(
        measure(known, METRIC, days=days, by=[("community",)], as_known="03-18 07:59"),
        """
            on         | community | value | reason
            2020-03-19 | nanshan   |       | no_reports
            2020-03-20 | nanshan   |       | no_reports
        """,
    )


def test_place_founded_later_or_gone_is_not_expected(measure: Measure) -> None:
    known = world(
        places="""
            place | from_on | until_on
            1     | 03-21   |
            2     | 01-01   | 03-20
            3     | 03-20   | 03-21
        """,
        reports="""
            place
            1-3
        """,
    )
    check(
        measure(known, METRIC),
        """
            value  | denominator
            100.00 | 1
        """,
    )
