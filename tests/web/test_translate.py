"""Messages are found wherever they are marked, and catalogues keep what people wrote."""

from __future__ import annotations

import polib
import pytest

from dongche.web.translate import (
    Message,
    Untranslatable,
    collect,
    compile_all,
    extract,
    in_python,
    in_template,
    tables,
)


def test_python_marks_are_found_in_every_form():
    source = """
label = N_("Over"
           "view")
gettext(label)
_("Sign in")
translation.gettext_lazy("Sign out")
ngettext("%(n)d place", "%(n)d places", n)
pgettext("of a shop", "Open")
"""
    assert list(in_python(source)) == [
        Message("Overview"),
        Message("Sign in"),
        Message("Sign out"),
        Message("%(n)d place", "%(n)d places"),
        Message("Open", "", "of a shop"),
    ]


def test_the_sentence_of_a_problem_needs_no_mark():
    source = (
        'class A(Problem):\n    code: ClassVar[str] = "a.b"\n    message: ClassVar[str] = "No %(what)s."\n'
    )
    assert list(in_python(source)) == [Message("No %(what)s.")]
    assert list(in_python('class A:\n    message = "not a problem"\n')) == []


def test_template_marks_are_found_in_every_form():
    source = """
<h1 title="{% translate "It's late" %}">{% trans 'Places' context "plural" %}</h1>
{% include "x.html" with label=_("Search") %}
{% blocktranslate count n=places|length trimmed %}
  One place
{% plural %}
  {{ n }} places
{% endblocktranslate %}
{% translate "100% done" as text %}
"""
    assert list(in_template(source)) == [
        Message("It's late"),
        Message("Places", "", "plural"),
        Message("Search"),
        Message("One place", "%(n)s places"),
        Message("100%% done"),
    ]


def test_a_table_with_a_missing_cell_is_refused(tmp_path):
    (tmp_path / "shop.tsv").write_text("Places\t场所\nonly one cell\n", encoding="utf-8")
    with pytest.raises(Untranslatable, match=r"shop\.tsv line 2: expected 2 or 3 cells, found 1"):
        list(tables(tmp_path))


def test_extraction_keeps_translations_drops_orphans_and_takes_given_ones(tmp_path):
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Places", msgstr="场所"))
    catalogue.append(polib.POEntry(msgid="Gone", msgstr="旧"))
    found = {
        Message("Places"): {"b.py", "a.html"},
        Message("%(n)d row", "%(n)d rows"): {"a.py"},
        Message("New"): {"a.py"},
    }
    (tmp_path / "given.tsv").write_text(
        "Places\t地方\n%(n)d row\t%(n)d rows\t%(n)d 行\n\n# a remark\nElsewhere\t别处\n", encoding="utf-8"
    )
    extract(catalogue, found, tables(tmp_path))
    assert [(entry.msgid, entry.msgstr or entry.msgstr_plural.get(0, "")) for entry in catalogue] == [
        ("%(n)d row", "%(n)d 行"),
        ("New", ""),
        ("Places", "场所"),
    ]
    assert [entry.flags for entry in catalogue] == [["python-format"], [], []]
    assert catalogue[2].occurrences == [("a.html", ""), ("b.py", "")]


def test_traditional_chinese_is_made_from_simplified(tmp_path):
    source = polib.POFile()
    source.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Language": "zh_Hans"}
    source.append(polib.POEntry(msgid="%(n)s resumed", msgstr="%(n)s 户复工"))
    path = tmp_path / "zh_Hans" / "django.po"
    path.parent.mkdir()
    source.save(str(path))
    compile_all(path, tmp_path / "zh_Hant" / "django.mo")
    assert [entry.msgstr for entry in polib.mofile(str(path.with_suffix(".mo")))] == ["%(n)s 户复工"]
    assert [entry.msgstr for entry in polib.mofile(str(tmp_path / "zh_Hant" / "django.mo"))] == [
        "%(n)s 戶復工"
    ]


def test_the_package_has_messages_in_python_and_templates():
    files = set().union(*collect().values())
    assert {name.rsplit(".", 1)[1] for name in files} >= {"py", "html"}
