"""What the organisation publishes for analysis: the line rules."""

from __future__ import annotations

import pyarrow as pa

from dongche.analytics.facts import SCHEMAS
from dongche.web import arrow


def line_rules() -> pa.Table:
    """This function will read every line rule, past and superseded ones too.

    Shape: analytics.facts.SCHEMAS["line_rules"]
    """
    schema = SCHEMAS["line_rules"]
    own = {"line": "unit.code", "subdistrict": "subdistrict.code"}
    return arrow.select(
        schema,
        [own.get(name, f"rule.{name}") for name in schema.names],
        "org_linerule rule JOIN org_unit unit ON unit.id = rule.department_id"
        " JOIN org_unit subdistrict ON subdistrict.id = rule.subdistrict_id",
    )
