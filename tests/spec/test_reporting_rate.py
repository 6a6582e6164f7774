"""Reporting rate: places whose report is in ÷ places expected; on time: whose first report came by the cut-off."""

import pytest

from tests.spec.worlds import Measure, check, world

METRICS = ("reporting_rate", "reporting_rate_on_time")

FOUR = """
    place
    1-4
"""


def test_closed_places_have_reported_too(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | state
            1     | open
            2     | closed
        """,
    )
    check(
        measure(known, "reporting_rate"),
        """
            definition       | value | numerator | denominator | coverage | reason
            reporting_rate@1 | 50.00 | 2         | 4           | 1.0000   |
        """,
    )


def test_on_time_is_up_to_and_with_the_cut_off_in_beijing(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | known_at
            1     | 03-20 00:30
            2     | 03-20 17:00
            3     | 03-20 17:01
        """,
    )
    check(
        measure(known, "reporting_rate_on_time"),
        """
            definition               | value | numerator | denominator | reason
            reporting_rate_on_time@1 | 50.00 | 2         | 4           |
        """,
    )
    check(
        measure(known, "reporting_rate"),
        """
            value
            75.00
        """,
    )


def test_correction_after_the_cut_off_does_not_make_a_place_late(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | known_at    | superseded_at | received_at
            1     | 03-20 09:00 | 03-20 20:00   | 03-20 09:00
            1     | 03-20 20:00 |               | 03-20 09:00
        """,
    )
    for as_known in ("03-20 19:59", "03-20 20:00"):
        for metric in METRICS:
            check(
                measure(known, metric, as_known=as_known),
                """
                    value
                    25.00
                """,
            )


def test_late_report_is_received_but_never_on_time(measure: Measure) -> None:
    known = world(
        places=FOUR,
        reports="""
            place | known_at
            1     | 03-20 09:00
            2     | 03-21 09:00
        """,
    )
    for as_known, received in (("03-20 18:00", "25.00"), ("03-21 09:00", "50.00")):
        check(
            measure(known, "reporting_rate", as_known=as_known),
            f"""
                value
                {received}
            """,
        )
        check(
            measure(known, "reporting_rate_on_time", as_known=as_known),
            """
                value
                25.00
            """,
        )


def test_excluded_place_is_not_expected_to_report(measure: Measure) -> None:
    known = world(
        places=FOUR,
        exclusions="""
            place
            1
        """,
        reports="""
            place
            1-2
        """,
    )
    for metric in METRICS:
        check(
            measure(known, metric),
            """
                value | numerator | denominator
                33.33 | 1         | 3
            """,
        )


@pytest.mark.parametrize("metric", METRICS)
def test_nothing_reported_is_data_here(measure: Measure, metric: str) -> None:
    check(
        measure(world(places=FOUR), metric),
        """
            value | numerator | denominator | coverage | reason
            0.00  | 0         | 4           | 1.0000   |
        """,
    )


@pytest.mark.parametrize("metric", METRICS)
def test_empty_scope_is_no_value_and_says_so(measure: Measure, metric: str) -> None:
    check(
        measure(world(places=FOUR), metric, scope=[]),
        """
            value | denominator | coverage | reason
                  | 0           |          | no_entities
        """,
    )


def test_unknown_size_is_a_group_of_its_own(measure: Measure) -> None:
    known = world(
        places="""
            place | size
            1     |
            2     | large
        """,
        reports="""
            place
            1
        """,
    )
    check(
        measure(known, "reporting_rate", by=[("size",)]),
        """
            size    | value
            large   | 0.00
            unknown | 100.00
        """,
    )
