"""Keyset paging against the obvious list, forwards and backwards."""

from __future__ import annotations

from typing import Any

import pytest

from dongche.registry.queries import Places
from dongche.web import paging
from tests.factories.registry import place
from tests.town import Town


@pytest.mark.parametrize("sort", ["name", "-name", "id", "-id"])
def test_pages_are_the_slices_of_the_whole_list_in_both_directions(
    town: Town, sort: str, django_assert_num_queries: Any
) -> None:
    for name in ("甲", "乙", "乙", "丙", "乙", "丁", "甲"):
        place(town.grid_n1, name=name)
    rows = Places.visible_to(town.duty)
    keys = [sort, sort[0] + "pk" if sort[0] == "-" else "pk"] if "name" in sort else [sort]
    whole = [row.pk for row in rows.order_by(*keys)]

    seen, cursor, pages = [], "", []
    while True:
        with django_assert_num_queries(1):
            found = paging.page(rows, sort, after=cursor, size=3)
        pages.append(found)
        seen += [row.pk for row in found.rows]
        if found.pager.next is None:
            break
        cursor = found.pager.next
    assert seen == whole
    assert pages[0].pager.previous is None

    back = paging.page(rows, sort, before=pages[2].pager.previous or "", size=3)
    assert [row.pk for row in back.rows] == whole[3:6]
    first = paging.page(rows, sort, before=back.pager.previous or "", size=3)
    assert [row.pk for row in first.rows] == whole[:3]
    assert first.pager.previous is None
    assert first.pager.next is not None


@pytest.mark.parametrize("cursor", ["x", "####", "WzFd", "eyJhIjoxfQ", "W1sxXSwyXQ", "A" * 500])
def test_a_damaged_cursor_is_refused_in_words(town: Town, cursor: str) -> None:
    with pytest.raises(paging.BrokenCursor):
        paging.page(Places.visible_to(town.duty), "name", after=cursor)


def test_an_empty_list_has_no_pages(town: Town) -> None:
    found = paging.page(Places.visible_to(town.duty), "name", total=0)
    assert (list(found.rows), found.pager.next, found.pager.previous) == ([], None, None)
