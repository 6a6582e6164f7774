"""Only the listed files of node_modules are served."""

from __future__ import annotations

from pathlib import Path

from django.test import override_settings

from dongche.web import finders, storage


def test_every_listed_library_is_found_and_can_be_read():
    finder = finders.NodeModulesFinder()
    assert finder.check() == []
    for name, where in finder.list(None):
        assert Path(finder.find(name)).is_file()
        assert finder.find(name, find_all=True) == [finder.find(name)]
        with where.open(name) as file:
            assert file.read(10)


def test_nothing_else_is_found():
    finder = finders.NodeModulesFinder()
    assert finder.find("vendor/echarts.js") == []
    assert finder.find("../package.json", find_all=True) == []
    assert [name for name, _ in finder.list(["vendor/*"])] == []


def test_missing_libraries_stop_the_start_with_a_hint(tmp_path):
    with override_settings(NODE_MODULES=tmp_path):
        (fault,) = finders.NodeModulesFinder().check()
    assert fault.id == "web.E001"
    assert "npm ci" in str(fault.hint)


def test_only_our_own_modules_are_rewritten():
    assert storage.is_ours("web/web.js")
    assert not storage.is_ours("django_htmx/htmx.min.js")
    assert not storage.is_ours("vendor/htmx.min.js")
