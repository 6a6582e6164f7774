"""Which of many places may be one, by Splink on DuckDB: candidates by blocks, each scored by what its fields say.

The chances of each level are fixed and stand here, counted on a labelled set (bench/duplicates.py) and rounded: a pair
has the same score today and tomorrow, in a small sub-district and in a large one, and nothing is drawn by lot. What is
learned from unlabelled rows would follow whatever those rows are mostly like.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa

from dongche.solvers.duplicates import names

SCHEMA: Final = pa.schema(
    [
        pa.field("place", pa.int64(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("credit_code", pa.string()),
        pa.field("address", pa.string()),
        pa.field("phone", pa.string()),
        pa.field("lon", pa.float64()),
        pa.field("lat", pa.float64()),
        pa.field("grid", pa.int64()),
    ]
)
PAIRS: Final = pa.schema(
    [
        pa.field("left", pa.int64(), nullable=False),
        pa.field("right", pa.int64(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        *(pa.field(name, pa.string()) for name in ("code", "name", "address", "phone", "position", "grid")),
    ]
)
# A key that more places share than these tells nothing about which of them are one, and pairs grow with its square.
MOST_IN_BLOCK: Final = 40
# A phone that more places give than these is that of somebody who does the books for many.
FEW_PHONES: Final = 3
METRES: Final = 111_195.0  # of a degree of latitude


class Level(NamedTuple):
    """One thing that two records may say: its name, its condition, and how often it is so, out of a thousand candidates
    that are one place and out of a thousand that are two."""

    name: str
    condition: str
    of_one: float
    of_two: float


_APART: Final = "branch_l <> branch_r"
_EDITS: Final = "damerau_levenshtein(shape_l, shape_r)"
_SOUND_EDITS: Final = "damerau_levenshtein(sound_l, sound_r)"
_SHORTER: Final = "least(length(shape_l), length(shape_r))"
_DISTANCE: Final = (
    f"{METRES} * sqrt(pow(lat_l - lat_r, 2) + pow((lon_l - lon_r) * cos(radians((lat_l + lat_r) / 2)), 2))"
)
LEVELS: Final[Mapping[str, tuple[str, tuple[Level, ...]]]] = {
    "code": (
        "credit_code_l IS NULL OR credit_code_r IS NULL",
        (
            Level("same", "credit_code_l = credit_code_r", 970, 0.5),
            Level("one_off", "damerau_levenshtein(credit_code_l, credit_code_r) <= 1", 27, 0.3),
            Level("other", "", 3, 999.2),
        ),
    ),
    "name": (
        "core_l = '' OR core_r = ''",
        (
            Level("same", "name_l = name_r", 280, 15),
            Level("other_branch", f"{_APART} AND branch_l <> '' AND branch_r <> ''", 3, 110),
            Level("one_branch", f"{_APART} AND {_SOUND_EDITS} <= 1", 10, 55),
            Level("same_core", "core_l = core_r", 240, 10),
            Level("sounds_alike", f"{_SHORTER} >= 3 AND sound_l = sound_r", 120, 6),
            Level("one_off", f"{_SHORTER} >= 5 AND least({_EDITS}, {_SOUND_EDITS}) <= 1", 165, 12),
            Level(
                "alike",
                f"{_SHORTER} >= 4 AND (least({_EDITS}, {_SOUND_EDITS}) <= CASE WHEN {_SHORTER} >= 7 THEN 2 ELSE 1 END"
                " OR contains(core_l, core_r) OR contains(core_r, core_l))",
                140, 55,
            ),
            Level("other", "", 42, 737),
        ),
    ),
    "address": (
        "address_l IS NULL OR address_r IS NULL",
        (
            Level("same", "address_l = address_r", 700, 350),
            Level("same_doorway", "doorway_l = doorway_r", 100, 170),
            Level("one_off", "length(address_l) >= 6 AND levenshtein(address_l, address_r) <= 3", 50, 5),
            Level("other", "", 150, 475),
        ),
    ),
    "phone": (
        "phone_l IS NULL OR phone_r IS NULL",
        (
            Level("same", f"phone_l = phone_r AND phone_count_l <= {FEW_PHONES}", 740, 4),
            Level("shared", "phone_l = phone_r", 60, 100),
            Level("other", "", 200, 896),
        ),
    ),
    "position": (
        "lon_l IS NULL OR lon_r IS NULL OR lat_l IS NULL OR lat_r IS NULL",
        (
            Level("here", f"{_DISTANCE} <= 30", 550, 450),
            Level("near", f"{_DISTANCE} <= 200", 300, 80),
            Level("other", "", 150, 470),
        ),
    ),
    "grid": (
        "grid_l IS NULL OR grid_r IS NULL OR (lon_l IS NOT NULL AND lon_r IS NOT NULL)",
        (
            Level("same", "grid_l = grid_r", 900, 600),
            Level("other", "", 100, 400),
        ),
    ),
}  # fmt: skip
# Of the candidates that the blocks give, how many are one place.
OF_CANDIDATES: Final = 0.1
_KEYS: Final = (
    "k_code", "k_phone", "k_core", "k_sound", "k_address", "k_doorway_front", "k_doorway_back", "k_front", "k_back",
    "k_grid_front", "k_grid_back",
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What the search may use of the machine. Past `memory` it spills into `spill_to`."""

    memory: str = "1GB"
    threads: int = 2
    spill_to: Path | None = None


def find(
    places: pa.Table, *, near: Collection[str] = (), least: float = 0.5, limits: Limits | None = None
) -> pa.Table:
    """This function will find the pairs of places that may be one.

    Shape: places as SCHEMA says; `near` names what lies around them all (province, city, district). Gives PAIRS: the
           smaller id on the left, likeliest first; beside the score, the level each field is at, null where one of the
           two does not say it. The same rows in another order give the same pairs
    Units: score in [0, 1]; `least` is the smallest that is given
    Empty: no pairs of fewer than two places
    """
    if len(places) < 2:
        return PAIRS.empty_table()
    # Half a second to load, and only this search needs them.
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    limits = limits or Limits()
    logging.getLogger("splink").setLevel(logging.ERROR)
    connection = duckdb.connect(config=_config(limits))
    try:
        connection.register("given", prepared(places, names.localities(near)))
        connection.execute(_KEYED)
        connection.unregister("given")
        database = DuckDBAPI(connection=connection)
        settings = SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="place",
            probability_two_random_records_match=OF_CANDIDATES,
            comparisons=[_comparison(name, *levels) for name, levels in LEVELS.items()],
            blocking_rules_to_generate_predictions=[block_on(key) for key in _KEYS],
            retain_matching_columns=True,
        )
        linker = Linker(database.register("keyed"), settings, log_level="ERROR", validate_settings=False)
        found = linker.inference.predict(threshold_match_probability=least, warning_mode="never")
        pairs: pa.Table = connection.sql(_told(found.physical_name)).to_arrow_table()
    finally:
        connection.close()
    return pairs.cast(PAIRS)


def prepared(places: pa.Table, near: Any) -> pa.Table:
    """This function will give the places with their names and addresses taken apart."""
    taken = [names.parts(name, near) for name in places["name"].to_pylist()]
    lying = [names.address(text, near) if text else ("", "") for text in places["address"].to_pylist()]
    columns: dict[str, Any] = {
        name: places[name] for name in ("place", "credit_code", "phone", "lon", "lat", "grid")
    }
    columns |= {
        name: pa.array([getattr(one, name) for one in taken], pa.string()) for name in names.Parts._fields
    }
    columns["address"] = pa.array([whole or None for whole, _ in lying], pa.string())
    columns["doorway"] = pa.array([doorway or None for _, doorway in lying], pa.string())
    return pa.table(columns)


def _config(limits: Limits) -> dict[str, Any]:
    config: dict[str, Any] = {
        "memory_limit": limits.memory,
        "threads": limits.threads,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if limits.spill_to is not None:
        config["temp_directory"] = str(limits.spill_to)
    return config


def _comparison(name: str, unknown: str, levels: tuple[Level, ...]) -> dict[str, Any]:
    ones, twos = sum(level.of_one for level in levels), sum(level.of_two for level in levels)
    return {
        "output_column_name": name,
        "comparison_levels": [
            {"sql_condition": unknown, "label_for_charts": "unknown", "is_null_level": True},
            *(
                {
                    "sql_condition": level.condition or "ELSE",
                    "label_for_charts": level.name,
                    "m_probability": level.of_one / ones,
                    "u_probability": level.of_two / twos,
                }
                for level in levels
            ),
        ],
    }


def _told(table: str) -> str:
    """The pairs with the levels by their names; Splink numbers them from the last one, which is 0."""
    words = ", ".join(
        f"CASE gamma_{name} "
        + " ".join(f"WHEN {place} THEN '{level.name}'" for place, level in enumerate(reversed(levels)))
        + f" END AS {name}"
        for name, (_, levels) in LEVELS.items()
    )
    return (
        "SELECT least(place_l, place_r) AS left, greatest(place_l, place_r) AS right,"  # noqa: S608 – our own names
        f" match_probability AS score, {words} FROM {table} ORDER BY score DESC, 1, 2"
    )


def _kept(key: str) -> str:
    return f"CASE WHEN count(*) OVER (PARTITION BY {key}) <= {MOST_IN_BLOCK} THEN {key} END AS {key}"


_KEYED: Final = f"""
CREATE TABLE keyed AS
WITH cleaned AS (
    SELECT * REPLACE (nullif(credit_code, '') AS credit_code, nullif(phone, '') AS phone) FROM given
), keys AS (
    SELECT *,
        count(*) OVER (PARTITION BY phone) AS phone_count,
        credit_code AS k_code,
        phone AS k_phone,
        nullif(core, '') AS k_core,
        CASE WHEN length(sound) >= 2 THEN sound END AS k_sound,
        address AS k_address,
        doorway || ' ' || sound[1:2] AS k_doorway_front,
        doorway || ' ' || sound[-2:] AS k_doorway_back,
        CASE WHEN length(sound) >= 4 THEN sound[1:4] END AS k_front,
        CASE WHEN length(sound) >= 4 THEN sound[-4:] END AS k_back,
        grid || ' ' || sound[1:2] AS k_grid_front,
        grid || ' ' || sound[-2:] AS k_grid_back
    FROM cleaned
)
SELECT * EXCLUDE ({", ".join(_KEYS)}), {", ".join(map(_kept, _KEYS))} FROM keys ORDER BY place
"""  # noqa: S608 – our own names
