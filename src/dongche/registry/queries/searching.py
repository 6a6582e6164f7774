"""How places are found by what people type: characters of a name, initials, number, credit code, phone.

Every way of finding is a look-up in an index of its own. What few places share gives their ids, which are put together.
What more than MANY share, as the pair 公司, would give nearly all of them: a page of such a list asks each place on
its way instead, and ends as soon as it is full.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Subquery

from dongche.kit import chinese, pinyin
from dongche.org.models import Unit
from dongche.registry.models import Entity, NameGram, NameKey
from dongche.web.fields import search_hash

MANY: Final = 20_000
MEASURED: Final = 6  # pairs of a long text of which the rarest is looked for
Rows = TypeVar("Rows", bound=QuerySet[Entity, Any])


class _Capped(Subquery):
    """How many rows a query has, none counted beyond its limit."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()


def named_like(places: Rows, text: str, *, is_counted: bool = False) -> Rows:
    """This function will find places whose name, initials of the name, number, credit code or phone match.

    Shape: two characters of a name suffice; initials and credit codes match by how they begin. `is_counted` finds the
           same places in the way that is best for counting them, in no order
    """
    text = chinese.normalise(text)
    if not text:
        return places
    ids: list[QuerySet[Any, Any]] = []
    if text.isascii() and len(text) >= 4:
        ids += [
            Entity.objects.filter(number=text.upper()).values("pk"),
            Entity.objects.filter(_begins("credit_code", text.upper())).values("pk"),
            Entity.objects.filter(contact_phone_hash=search_hash(text)).values("pk"),
        ]
    asks_name = not ids or not (text.isdigit() or len(text) == 18)
    grams = sorted(chinese.grams(text))[:MEASURED] if asks_name else []
    keys = _keyed(text.lower()) if asks_name and pinyin.is_initials(text.lower()) else None
    counts = _sizes([NameGram.objects.filter(gram=gram) for gram in grams] + ([] if keys is None else [keys]))
    on_the_way = Q()
    if grams:
        count, gram = min(zip(counts, grams, strict=False))
        if count and is_counted and not ids and keys is None:
            holders = places.filter(grams__gram=gram)
            return holders.filter(name__icontains=text) if len(text) > 2 else holders
        if count > MANY:
            on_the_way |= _on_the_way(text, gram)
        elif count:
            ids.append(_holders(text, gram))
    if keys is not None:
        if counts[-1] > MANY:
            on_the_way |= Q(Exists(keys.filter(entity=OuterRef("pk"))))
        else:
            ids.append(keys.values("entity_id"))
    found = [one.order_by() for one in ids]
    if found:
        on_the_way |= Q(pk__in=found[0].union(*found[1:], all=True) if len(found) > 1 else found[0])
    return places.filter(on_the_way) if on_the_way else places.none()


def _sizes(rows: Sequence[QuerySet[Any, Any]]) -> Sequence[int]:
    """How many rows each has, up to one more than MANY: one query."""
    if not rows:
        return ()
    # The first unit only lends the query a row to stand on; without a unit there is no place either.
    asked = Unit.objects.order_by("pk").values_list(*(_Capped(one.values("pk")[: MANY + 1]) for one in rows))
    return asked.first() or [0] * len(rows)


def _holders(text: str, gram: str) -> QuerySet[Any, Any]:
    """The ids of places that share a pair of the text, of a longer one those whose names hold it whole."""
    found = NameGram.objects.filter(gram=gram)
    return (found.filter(entity__name__icontains=text) if len(text) > 2 else found).values("entity_id")


def _on_the_way(text: str, gram: str) -> Q:
    # Whoever holds the whole text has each of its pairs: to ask for them too would cost more than it spares.
    if len(text) > 2:
        return Q(name__icontains=text)
    return Q(Exists(NameGram.objects.filter(gram=gram, entity=OuterRef("pk"))))


def _keyed(initials: str) -> QuerySet[NameKey, Any]:
    return NameKey.objects.filter(_begins("key", initials[: pinyin.LONGEST]))


def _begins(column: str, text: str) -> Q:
    """That a column of capital letters or small ones and digits begins with a text, as a range of its index: LIKE has
    none on SQLite, and on PostgreSQL only with an index for it."""
    after = {"9": ("A" if text.upper() == text else "a")}
    stem = text.rstrip("Zz")
    where = Q(**{f"{column}__gte": text})
    if stem:
        where &= Q(**{f"{column}__lt": stem[:-1] + after.get(stem[-1], chr(ord(stem[-1]) + 1))})
    return where
