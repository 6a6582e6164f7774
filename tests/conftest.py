"""What every test has: a database, a browser, hypothesis profiles. Rooms add their rows from tests/factories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db.models.signals import post_migrate
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from dongche.org.audit import chain
from dongche.reporting import figures
from tests.browser import browser, open_page, page, phone
from tests.town import Town
from tests.town import build as build_town

__all__ = ["browser", "open_page", "page", "phone"]

# The same examples on every machine of CI; new ones each time for a person who may find something.
hypothesis.register_profile("ci", derandomize=True, deadline=None, database=None)
hypothesis.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("ci" if os.environ.get("CI") else "dev")

JOURNEYS = Path(__file__).parent / "journeys"


def uses_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db", "live_server", "django_db_setup"}
    return item.get_closest_marker("django_db") is not None or bool(fixtures & set(item.fixturenames))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the journeys, and leave out what this run cannot show (`make test` runs on both databases).

    SQLite cannot show what only PostgreSQL does; PostgreSQL shows nothing new with tests that use no database, or one
    only behind what they look at.
    """
    on_postgres = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    left_out = []
    for item in items:
        if JOURNEYS in item.path.parents:
            item.add_marker(pytest.mark.django_db(transaction=True))
        if "browser" in item.fixturenames:
            item.add_marker("journey")
            item.add_marker(
                pytest.mark.flaky(reruns=1)
            )  # the browser's clock is the wall's, not the processor's
        if "begin" in item.fixturenames or "founded" in item.fixturenames:
            item.add_marker(
                pytest.mark.django_db
            )  # an instance of its own, on the kind of database under test
        only_postgres = item.get_closest_marker("postgres") is not None
        any_database = item.get_closest_marker("any_database") is not None or not uses_database(item)
        if any_database if on_postgres else only_postgres:
            left_out.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """The tables, once. Whoever empties them afterwards does not write Django's own permissions again, which nobody in the
    house asks for: that took longer than emptying."""
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """No test is given a figure, counts a request or speaks the language of another: rows that are rolled back leave
    no version behind."""
    figures.forget()
    cache.clear()
    translation.deactivate()


@pytest.fixture(autouse=True)
def log_begun(request: pytest.FixtureRequest) -> None:
    """The audit log has its head, which a test with real transactions before this one emptied away with all tables."""
    if uses_database(request.node):
        request.getfixturevalue("db")
        chain.begin()


@pytest.fixture
def town(db: None) -> Town:
    """The town everybody knows (see tests/town.py)."""
    return build_town()
