"""The certificate of a deletion (个人信息销毁证明) as a printed sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.utils.translation import gettext, pgettext

from dongche.kit import clock
from dongche.registry.models import Erasure
from dongche.registry.roster.labels import DATA_CLASSES, DATA_MEANINGS, TABLES
from dongche.web.templatetags.web import day, moment
from dongche.web.typesetting import to_pdf as typeset

SHEET: Final = Path(__file__).with_name("certificate.typ")


def to_pdf(erasure: Erasure) -> bytes:
    """This function will set the certificate as PDF/A-2b in the language of the page. Raises: FontsMissing"""
    emptied = pgettext("list", ", ").join(
        gettext("%(table)s: %(count)s") % {"table": TABLES.get(table, table), "count": count}
        for table, count in erasure.counts.items()
    )
    content = {
        "title": gettext("Certificate of the deletion of personal data"),
        "number": gettext("No. %(number)s") % {"number": erasure.number},
        "unit": erasure.subdistrict.name,
        "sentence": gettext(
            "The personal data named below were kept for as long as they were needed and no longer. They have been "
            "deleted from the running system, together with their earlier versions, and cannot be restored from it."
        ),
        "rows": [
            [gettext("Class of data"), str(DATA_CLASSES.get(erasure.data_class, erasure.data_class))],
            [gettext("What it is"), str(DATA_MEANINGS.get(erasure.data_class, ""))],
            [gettext("Kept for"), gettext("%(days)s days") % {"days": erasure.kept_days}],
            [gettext("Basis"), erasure.basis],
            [gettext("Not later than"), day(erasure.before_on, "year")],
            [gettext("Rows deleted"), str(erasure.row_count)],
            [gettext("Emptied in all"), emptied],
            [gettext("SHA-256 of the list of rows"), erasure.list_sha256],
            [gettext("Deleted by"), erasure.by.name if erasure.by else gettext("System")],
            [gettext("Deleted at"), moment(erasure.at, "long")],
            [gettext("Remark"), erasure.reason or "—"],
        ],
        "note": gettext(
            "The list of rows has one line “table:number” for each, sorted; it names nobody. Backups made before the "
            "deletion still hold the data until they are replaced."
        ),
        "signatures": [gettext("Carried out by"), gettext("Supervised by"), gettext("Seal")],
        "day": day(clock.day_of(erasure.at), "year"),
    }
    return typeset(SHEET, content, at=erasure.at)
