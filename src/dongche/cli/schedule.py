"""What is done every day, and when (Beijing time), by whichever worker is free.

To add a line: a task in the `tasks.py` of your room that takes the day as text, and one line in this table.

    @task
    def check_coverage(on: str) -> None:
        '''Open work for every gap of the day.'''
        actions.note_gaps(on=date.fromisoformat(on), by=System("schedule"), at=clock.now())

A task is run once a day however many workers there are, and again when its worker was killed in the middle of it: it
must bear that. `only_if` keeps a line back until what it needs is configured. docs/operations.md, “Daily work”.
"""

from __future__ import annotations

from django.conf import settings

from dongche.operations.schedule import Daily

TABLE = (
    Daily(
        "00:01",
        "dongche.org.tasks.change_units",
        "units take the names, places and outlines planned for the day",
    ),
    Daily("00:05", "dongche.registry.tasks.carry_out_grids", "grids decided for this day begin"),
    Daily("00:10", "dongche.operations.tasks.keep_brief", "yesterday's reports and brief are kept ready"),
    Daily(
        "02:00",
        "dongche.operations.tasks.back_up",
        "a backup is taken into DONGCHE_BACKUP_DIR",
        only_if=lambda: bool(settings.BACKUP_DIR),
    ),
    Daily(
        "03:00", "dongche.org.tasks.verify_audit", "the audit log is checked; administrators hear of a break"
    ),
    Daily("03:30", "dongche.operations.tasks.sweep", "ended sessions and tasks done long ago are removed"),
    Daily(
        "04:00", "dongche.registry.tasks.settle_standings", "standings are brought in line with the reports"
    ),
    Daily(
        "06:30",
        "dongche.registry.tasks.list_due_erasures",
        "personal data whose time is over are listed as work of headquarters",
    ),
    Daily(
        "07:30",
        "dongche.registry.tasks.prove_coverage",
        "gaps in who answers for what open work for their owners",
    ),
    Daily(
        "07:35",
        "dongche.reporting.tasks.remind",
        "whoever answers for places that were silent yesterday is reminded",
    ),
    Daily(
        "07:38",
        "dongche.reporting.tasks.propose_checks",
        "whoever serves places whose electricity contradicts their reports is asked to check",
    ),
    Daily(
        "07:40",
        "dongche.org.tasks.raise_overdue_tasks",
        "overdue tasks of working groups rise to their leaders",
    ),
)
