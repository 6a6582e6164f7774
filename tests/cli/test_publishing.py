"""dongche publish and published: what is frozen on the command line, and its proof with an exit code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from dongche.kit import clock
from dongche.reporting.models import Publication
from tests.cli.conftest import Answer
from tests.factories.registry import place
from tests.factories.reporting import report
from tests.town import NOW, Town

Command = Callable[..., Answer]
DAY = "2020-03-20"


@pytest.fixture(autouse=True)
def on_the_day():
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


def test_published_is_proved_again_until_somebody_changes_a_row(dongche: Command, town: Town):
    told = report(place(town.grid_n1), known_at=NOW - timedelta(hours=1))
    given = ("publish", "--unit", town.subdistrict.code, "--on", DAY, "--speaker", "Secretary")
    assert "no. 1" in dongche(*given).out
    again = dongche(*given)
    assert (again.code, "reporting.publication_reason_missing" in again.err) == (1, True)
    assert dongche(*given, "--reason", "a late report").code == 0
    assert Publication.objects.first().digest in dongche("published", "list").out
    assert [row["reproduced"] for row in dongche("published", "verify", "--json").json] == [True, True]
    # Past the program: a stored report says something else now.
    told.state = "closed"
    told.save()
    broken = dongche("published", "verify", "--on", DAY)
    assert (broken.code, "NO" in broken.out, "cli.not_reproduced" in broken.err) == (1, True, True)
    assert dongche(*given, "--reason", "wrong", "--withdraw").code == 0
