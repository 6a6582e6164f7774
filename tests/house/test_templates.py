"""Pages carry no code of their own: the content security policy would refuse it, and rightly."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.house.source import Template, templates

COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}", re.S)
RULES = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"importmap\"[^>]*nonce)", re.S),
    "a style element": re.compile(r"<style\b"),
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "an event attribute": re.compile(r"\s(?:on[a-z]{3,}|hx-on[:\w-]*)\s*="),
    "a javascript: address": re.compile(r"[\"']\s*javascript:", re.I),
    "a file from another host": re.compile(
        r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)\s*=\s*[\"'](?:https?:)?//"
    ),
    "unescaped output": re.compile(r"\|\s*safe\b|\{%\s*autoescape off"),
}
DATA_SCRIPT = re.compile(r"<script[^>]*type=\"application/json\"")


def inline_code(pages: Iterable[Template]) -> list[str]:
    said = []
    for page in pages:
        text = DATA_SCRIPT.sub("<data", COMMENT.sub("", page.text))
        said += [f"{page.name} has {what}" for what, rule in RULES.items() if rule.search(text)]
    return said


def test_templates_have_no_inline_code():
    broken = [
        Template("a.html", "<script>alert(1)</script>"),
        Template("b.html", "<style>p{}</style><p style='color:red' onclick=\"x()\" hx-on:click='y'>"),
        Template(
            "c.html", '<a href="javascript:x()"><script src="//cdn.example/x.js"></script>{{ name|safe }}'
        ),
        Template(
            "d.html",
            '<script type="importmap" nonce="{{ csp_nonce }}">{}</script><script src="{% static "a.js" %}">',
        ),
        Template(
            "e.html", '<p class="on" data-onward="x">{# <style> #}<script type="application/json">1</script>'
        ),
    ]
    assert inline_code(broken) == [
        "a.html has an inline script",
        "b.html has a style element",
        "b.html has a style attribute",
        "b.html has an event attribute",
        "c.html has a javascript: address",
        "c.html has a file from another host",
        "c.html has unescaped output",
    ]
    assert len(templates()) >= 10
    assert inline_code(templates()) == []
