"""Loads the demonstration the way a real instance is filled: a structure, an imported spreadsheet, reports.

Nothing is written past the actions, and no figure is written at all: at the end the figures of the day are computed by
the ordinary code, and the load fails when they are not those of the article.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from time import monotonic

import numpy as np
from django.conf import settings
from django.db import connection

from dongche.cli.demo import (
    absences,
    backbone,
    brought,
    checked,
    decided,
    exclusions,
    geography,
    groups,
    history,
    organisation,
    places,
    published,
    reports,
    rosters,
    twins,
    workbook,
)
from dongche.cli.demo.aims import CAPACITY_RECOVERY_RATE, RESUMPTION_RATE, Aims, aims_for
from dongche.cli.demo.scene import DAYS, FIRST, FOUNDED_AT, IMPORTED_AT, LAST, PASSWORD, SHOWN_AT, SIGN_INS
from dongche.cli.language import gettext
from dongche.cli.reading import REASON
from dongche.kit.clock import BEIJING
from dongche.kit.errors import Problem
from dongche.org import structure
from dongche.org.audit import System
from dongche.org.models import Unit
from dongche.org.queries import Officers
from dongche.registry import actions as registry
from dongche.registry.importing import import_file
from dongche.registry.queries import Places
from dongche.reporting import actions as reporting
from dongche.reporting import figures

Say = Callable[[str], None]
BY = System("demonstration")
WANTED = {"resumption_rate": RESUMPTION_RATE, "capacity_recovery_rate": CAPACITY_RECOVERY_RATE}


class FiguresDiffer(Problem):
    code = "cli.demo_figures"
    status = 500
    message = (
        "The demonstration came out wrong: %(metric)s is %(given)s and should be %(expected)s. This is a fault of the "
        "program; please tell us with the number of places and the seed."
    )


class ImportDiffers(Problem):
    code = "cli.demo_import"
    status = 500
    message = (
        "The demonstration came out wrong: the import took %(given)s of %(expected)s places. This is a fault of the "
        "program; please tell us with the number of places and the seed."
    )


def load(count: int, seed: int, say: Say) -> None:
    """This function will fill an empty database.

    Raises: FiguresDiffer, ImportDiffers – never for any number of places that `aims_for` accepts
    """
    aims = aims_for(count)
    with _step(gettext("Organisation: 71 grids in 9 communities"), say):
        land = geography.build()
        subdistrict = structure.load(
            organisation.build(land),
            by=BY,
            at=FOUNDED_AT,
            passwords=dict.fromkeys((u for u, _ in SIGN_INS), PASSWORD),
        )
    with _step(
        gettext("Register: %(count)s places, as a spreadsheet and its import") % {"count": count}, say
    ):
        made = places.make(count, land, np.random.default_rng([seed, 0]))
        entity_ids = _register(made, subdistrict)
    with _step(gettext("Places that need not work"), say):
        excluded = exclusions.make(made, aims, np.random.default_rng([seed, 2]))
        _exclude(excluded, entity_ids)
    with _step(gettext("Six weeks of reports"), say):
        reported = _report(made, aims, excluded, entity_ids, seed)
        registry.settle_standings(subdistrict=subdistrict, by=BY, at=SHOWN_AT)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    with _step(gettext("Who was away, and the proof of every day"), say):
        absences.load(by=BY)
        for on in (FIRST + timedelta(days=day) for day in range(DAYS)):
            at = datetime.combine(on, time(9), BEIJING)
            registry.prove_coverage(subdistrict=subdistrict, on=on, by=BY, at=at, opens_work=False)
    with _step(gettext("The working group and its tasks"), say):
        groups.load()
    with _step(gettext("Rosters of six places"), say):
        rosters.load(subdistrict, seed, BY)
    backbone.load(made, entity_ids, subdistrict, by=BY)
    with _step(gettext("Shops that look alike, and a search for duplicates"), say):
        twins.load(made, entity_ids, subdistrict, by=BY)
    with _step(gettext("Firms of a building, electricity, papers and decisions"), say):
        brought.load(subdistrict, seed)
        decided.load(subdistrict)
    with _step(gettext("Figures of the day before, locked and put right"), say):
        published.load(subdistrict, BY)
    with _step(gettext("Doubtful reports checked, and a sample rung up"), say):
        checked.load(subdistrict, BY)
    with _step(gettext("Figures of %(count)s reports") % {"count": reported}, say):
        _prove()
        # Past days are kept in files once they have been asked for: so the first page is as quick as any other.
        figures.series(BY, "resumption_rate", [FIRST + timedelta(days=day) for day in range(DAYS)])


@contextmanager
def _step(what: str, say: Say) -> Iterator[None]:
    began = monotonic()
    say(f"… {what}")
    yield
    say(f"✓ {what} ({monotonic() - began:.1f} s)")


def _register(made: places.Places, subdistrict: Unit) -> list[int]:
    """Write the spreadsheet, import it, and give the id of each place in its order."""
    file = settings.DATA / "demo" / "registry.xlsx"
    workbook.write(made, file)
    counts = import_file(file, subdistrict=subdistrict, by=BY, at=IMPORTED_AT).counts
    if counts.get("new") != len(made):
        raise ImportDiffers(given=counts.get("new"), expected=len(made))
    ids = dict(Places.unscoped(reason=REASON).values_list("name", "pk"))
    return [ids[made.name_of(i)] for i in range(len(made))]


def _exclude(excluded: tuple[exclusions.Excluded, ...], entity_ids: list[int]) -> None:
    """Exclude each place when it became known: orders lifted later were open-ended at first."""
    rows = Places.unscoped(reason=REASON).in_bulk([entity_ids[row.place] for row in excluded])
    for row in excluded:
        at = IMPORTED_AT if row.from_on == FIRST else datetime.combine(row.from_on, time(9), BEIJING)
        exclusion = registry.exclude_place(
            entity=rows[entity_ids[row.place]],
            kind=row.kind,
            reason=row.reason,
            from_on=row.from_on,
            by=BY,
            at=at,
        )
        if row.until_on is not None:
            registry.end_exclusion(
                exclusion=exclusion,
                until_on=row.until_on,
                by=BY,
                at=datetime.combine(row.until_on, time(9), BEIJING),
                reason="解除停业要求（示范数据）",
            )


def _report(
    made: places.Places,
    aims: Aims,
    excluded: tuple[exclusions.Excluded, ...],
    entity_ids: list[int],
    seed: int,
) -> int:
    expected = [
        exclusions.expected_on(len(made), excluded, FIRST + timedelta(days=day)) for day in range(DAYS)
    ]
    course = reports.plan(made, aims, expected[-1], seed)
    workers = dict(Officers.unscoped(reason=REASON).values_list("username", "pk"))
    officer_ids = [
        workers[organisation.grid_worker(organisation.grid_code(organisation.COMMUNITIES[c].code, g + 1))]
        for c, g in zip(made.community.tolist(), made.grid.tolist(), strict=True)
    ]
    total = 0
    for on, day in reports.days(made, course, expected, seed):
        at = min(datetime.combine(on + timedelta(days=1), time(), BEIJING), SHOWN_AT)
        total += reporting.record_many(rows=history.rows(on, day, entity_ids, officer_ids), by=BY, at=at)
    return total


def _prove() -> None:
    for figure in figures.measure(BY, days=[LAST], as_known=SHOWN_AT, metrics=list(WANTED)):
        if figure.value != WANTED[figure.metric]:
            raise FiguresDiffer(metric=figure.metric, given=figure.value, expected=WANTED[figure.metric])
