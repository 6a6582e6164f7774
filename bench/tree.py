"""The tree of the whole country: how long it takes to load, to list and to search.

    DONGCHE_DATA=/some/folder .venv/bin/python -m bench.tree [--load] [--rounds 30]

The folder holds an instance begun with `dongche init`; `--load` brings in the list of divisions first. Times are CPU
times of this process, so they do not depend on what else the machine does. The ratio is that of a search by pairs of
characters to LIKE '%…%' over the names, in the same run.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable
from statistics import quantiles
from typing import Any

WORDS = ("南山", "新村", "阜新路", "南山社区", "前进村", "石牛", "瓦窑", "370203", "康平路")


def p95(works: Iterable[Callable[[], Any]]) -> float:
    """The 95th percentile of the CPU seconds of some works, each done once."""
    spent = []
    for work in works:
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return quantiles(spent, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load", action="store_true")
    parser.add_argument("--rounds", type=int, default=30)
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dongche.config.settings")
    import django

    django.setup()
    from dongche.kit import clock
    from dongche.org import actions, divisions
    from dongche.org.audit import System
    from dongche.org.queries import Units
    from dongche.web import paging

    every = Units.unscoped(reason="bench")
    if given.load:
        start, added = time.process_time(), 0
        for one in divisions.provinces():
            loaded = actions.load_divisions(
                province=one, from_on=clock.today(), by=System("bench"), at=clock.now()
            )
            added += loaded.added
        print(f"load: {added} units in {time.process_time() - start:.1f} s")
    print(f"units: {every.count()}")
    streets = list(every.filter(kind="subdistrict").order_by("pk").values_list("pk", flat=True))
    parents = streets[:: max(1, len(streets) // given.rounds)]
    listing = p95(lambda pk=pk: paging.page(every.filter(parent=pk), "code") for pk in parents)
    words = [WORDS[n % len(WORDS)] for n in range(given.rounds)]
    searching = p95(lambda word=word: paging.page(every.named_like(word), "code") for word in words)
    like = p95(lambda word=word: paging.page(every.filter(name__contains=word), "code") for word in words)
    print(f"list p95: {listing * 1000:.1f} ms")
    print(
        f"search p95: {searching * 1000:.1f} ms; LIKE p95: {like * 1000:.1f} ms; ratio {like / searching:.0f}"
    )


if __name__ == "__main__":
    main()
