"""Chinese is complete; nothing that people read is left unmarked."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import polib
import pytest

from dongche.web import translate
from tests.house.source import Module, made_up, modules


def unmarked_choices(house: Iterable[Module]) -> list[str]:
    """Labels of choices that are plain text: they would be shown in English to everybody."""
    said = []
    for module in house:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ClassDef) or not any(
                "Choices" in ast.unparse(base) for base in node.bases
            ):
                continue
            for line in node.body:
                if not isinstance(line, ast.Assign):
                    continue
                labelled = isinstance(line.value, ast.Tuple) and isinstance(line.value.elts[-1], ast.Call)
                if not labelled:
                    said.append(
                        f"{module.place}:{line.lineno} {node.name} has a label that is not translated"
                    )
    return said


def test_simplified_chinese_is_complete():
    assert translate.faults(polib.pofile(str(translate.CATALOGUE)), translate.collect()) == []


def test_every_fault_of_a_catalogue_is_seen():
    found = {
        translate.Message("Places"): {"a.py"},
        translate.Message("%(n)d row", "%(n)d rows"): {"a.py"},
        translate.Message("New"): {"a.py"},
        translate.Message("%d days"): {"a.py"},
        translate.Message("Hello"): {"a.py"},
    }
    catalogue = polib.POFile()
    catalogue.extend(
        [
            polib.POEntry(msgid="Places", msgstr=""),
            polib.POEntry(msgid="%(n)d row", msgid_plural="%(n)d rows", msgstr_plural={0: "%(m)d 行"}),
            polib.POEntry(msgid="Old", msgstr="旧"),
            polib.POEntry(msgid="%d days", msgstr="%d 天"),
            polib.POEntry(msgid="Hello", msgstr="你好", flags=["fuzzy"]),
        ]
    )
    assert translate.faults(catalogue, found) == [
        "not translated: 'New' (a.py)",
        "not translated: 'Places' ()",
        "other placeholders than the English: '%(n)d row' → '%(m)d 行'",
        "no longer used: 'Old'",
        "placeholder without a name: '%d days'",
        "fuzzy: 'Hello'",
    ]


def test_a_formatted_string_cannot_be_marked():
    with pytest.raises(translate.Untranslatable, match=r"line 1: an f-string"):
        list(translate.in_python('gettext(f"{n} rows")'))


def test_labels_of_choices_are_translated():
    broken = [
        made_up(
            "org/models.py",
            "class K(models.TextChoices):\n    A = 'a', _('A')\n    B = 'b', 'B'\n    C = 'c'",
        )
    ]
    assert unmarked_choices(broken) == [
        "org/models.py:3 K has a label that is not translated",
        "org/models.py:4 K has a label that is not translated",
    ]
    assert unmarked_choices(modules()) == []
