"""Communities and grids by the many ways people write them. What may be two is refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from dongche.kit.chinese import Unreadable, key, parse_count
from dongche.kit.messages import N_

UNKNOWN_COMMUNITY = N_(
    "There is no community “%(given)s” in this sub-district. Its communities are: %(expected)s."
)
UNKNOWN_GRID = N_("There is no grid “%(given)s”%(where)s. Write its code or its name as on the grid list.")
AMBIGUOUS_COMMUNITY = N_("“%(given)s” may be several communities: %(expected)s. Write the 12-digit code.")
AMBIGUOUS_GRID = N_(
    "“%(given)s” may be several grids: %(expected)s. Add the community, or write the grid's code."
)
GRID_ELSEWHERE = N_("Grid “%(given)s” lies in %(found)s, not in %(expected)s. Correct the one or the other.")

_SUFFIX = re.compile(
    r"(?:社区)?(?:居民委员会|居委会|村民委员会|村委会|党委|党总支)?$|(?:neighbourhood|community)$"
)
_ORDINAL = re.compile(
    r"(?:第)?([0-9]+|[零〇一二两三四五六七八九十百]+)(?:号)?(?:网格)?|网格(?:第)?([0-9]+|[零〇一二两三四五六七八九十百]+)(?:号)?"
)


@dataclass(frozen=True)
class Community:
    code: str
    name: str


@dataclass(frozen=True)
class Grid:
    code: str
    name: str
    community: str  # code


@dataclass
class Lookups:
    """Every community and grid of the sub-district, ready to be found. Fill with `add`; then `community` and `grid`
    remember what they answered, for the same words come thousands of times."""

    subdistrict: str = ""
    _communities: dict[str, Community] = field(default_factory=dict)
    _grids: dict[str, Grid] = field(default_factory=dict)
    _by_words: dict[str, set[str]] = field(default_factory=dict)
    _grid_words: dict[str, set[str]] = field(default_factory=dict)
    _found: dict[tuple[str, str | None], tuple[str | None, str | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, communities: Iterable[Community], grids: Iterable[Grid], *, subdistrict: str = "") -> Lookups:
        """This function will index communities and grids; `subdistrict` is its name, which people put in front."""
        self = cls(subdistrict=key(subdistrict))
        for community in communities:
            self._communities[community.code] = community
            for word in {community.code, community.code.removesuffix("000"), self._bare(community.name)}:
                self._by_words.setdefault(word, set()).add(community.code)
        for grid in grids:
            self._grids[grid.code] = grid
            for word in {key(grid.code), *self._grid_spellings(grid.name, grid.community)}:
                self._grid_words.setdefault(word, set()).add(grid.code)
        return self

    def communities(self) -> list[Community]:
        """Every community, by code."""
        return sorted(self._communities.values(), key=lambda one: one.code)

    def grids(self) -> list[Grid]:
        """Every grid, by code."""
        return sorted(self._grids.values(), key=lambda one: one.code)

    def resolve(self, community: str, grid: str) -> tuple[str | None, str | None]:
        """This function will find the codes of a community and a grid, either of which may be empty.

        Empty:  None for what is empty; a grid alone gives its community as well
        Raises: Unreadable – unknown, several, or a grid of another community
        """
        known = self._found.get((community, grid))
        if known is None:
            code = self._community(community) if community else None
            grid_code = self._grid(grid, code) if grid else None
            known = (self._grids[grid_code].community if grid_code else code, grid_code)
            self._found[community, grid] = known
        return known

    def candidates(self, community: str, grid: str) -> list[tuple[str, str]]:
        """This function will give what may be meant by words that `resolve` refused: code and name of each.

        Shape: grids when a grid is given, else communities; every one of them when the words fit none
        """
        if not grid:
            codes = self._codes(community) or set(self._communities)
            return [(code, f"{self._communities[code].name} {code}") for code in sorted(codes)]
        try:
            within = self._community(community) if community else None
        except Unreadable:
            within = None
        found = self._grid_codes(grid, within)
        inside = {code for code in found if within is None or self._grids[code].community == within}
        if not inside:
            inside = {one.code for one in self._grids.values() if within is None or one.community == within}
        return [
            (code, f"{self._communities[self._grids[code].community].name} {self._grids[code].name} {code}")
            for code in sorted(inside)
        ]

    def _codes(self, text: str) -> set[str]:
        return self._by_words.get(key(text)) or self._by_words.get(self._bare(text)) or set()

    def _community(self, text: str) -> str:
        codes = self._codes(text)
        if len(codes) == 1:
            return next(iter(codes))
        if codes:
            names = "、".join(f"{self._communities[code].name} {code}" for code in sorted(codes))
            raise Unreadable("registry.community_ambiguous", AMBIGUOUS_COMMUNITY, given=text, expected=names)
        names = "、".join(community.name for community in list(self._communities.values())[:30])
        raise Unreadable("registry.community_unknown", UNKNOWN_COMMUNITY, given=text, expected=names)

    def _grid(self, text: str, community: str | None) -> str:
        codes = self._grid_codes(text, community)
        inside = {code for code in codes if self._grids[code].community == community} if community else codes
        if len(inside) == 1:
            return next(iter(inside))
        if inside:
            names = "、".join(f"{self._grids[code].name} {code}" for code in sorted(inside)[:10])
            raise Unreadable("registry.grid_ambiguous", AMBIGUOUS_GRID, given=text, expected=names)
        if len(codes) == 1 and community:
            lies_in = self._communities[self._grids[next(iter(codes))].community].name
            raise Unreadable(
                "registry.grid_elsewhere", GRID_ELSEWHERE, given=text, found=lies_in,
                expected=self._communities[community].name,
            )  # fmt: skip
        where = f"（{self._communities[community].name}）" if community else ""
        raise Unreadable("registry.grid_unknown", UNKNOWN_GRID, given=text, where=where)

    def _grid_codes(self, text: str, community: str | None) -> set[str]:
        codes: set[str] = set()
        for word in (key(text), *sorted(self._grid_spellings(text, community))):
            codes = codes or self._grid_words.get(word, set())
        return codes

    def _bare(self, name: str) -> str:
        """The name without the sub-district in front and 社区居委会 behind."""
        text = key(name)
        if self.subdistrict:
            text = text.removeprefix(self.subdistrict).removeprefix(self.subdistrict.removesuffix("街道"))
        return _SUFFIX.sub("", text.removeprefix("街道").removeprefix("办事处"), count=1) or text

    def _grid_spellings(self, name: str, community: str | None) -> set[str]:
        """A grid's name, also without its community in front, and its number in figures: 南山社区第三网格 → 3网格."""
        text = key(name)
        spellings = {text}
        if community in self._communities:
            owner = self._communities[community].name
            for front in sorted(
                {key(owner), self._bare(owner), self._bare(owner) + "社区"}, key=len, reverse=True
            ):
                if text.startswith(front) and len(text) > len(front):
                    spellings.add(text.removeprefix(front))
                    break
        return spellings | {number for spelling in spellings if (number := _numbered(spelling))}


def _numbered(spelling: str) -> str | None:
    """第三网格, 03号网格, 网格3 and 3 as 3网格; None for other names."""
    found = _ORDINAL.fullmatch(spelling)
    if found is None:
        return None
    try:
        return f"{parse_count(found[1] or found[2])}网格"
    except Unreadable:
        return None
