"""Documents of a place: kept encrypted, fetched by those who answer for it, withdrawn for a reason."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dongche.kit import clock
from dongche.org.models import AuditEntry
from dongche.registry import actions
from dongche.registry.actions.documents import (
    DocumentEmpty,
    DocumentKnown,
    DocumentReasonMissing,
    DocumentWithdrawn,
)
from dongche.registry.models import Document, Entity
from dongche.registry.papers import DocumentKind, DocumentSize
from dongche.registry.queries import Documents, version_of
from dongche.web import vault
from tests.factories.registry import place
from tests.town import DAY, NOW, Town

PDF = b"%PDF-1.7\nsecret words\n%%EOF"
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def kept(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield settings.MEDIA_ROOT  # type: ignore[misc]
    clock.use(None)


@pytest.fixture
def shop(town: Town) -> Entity:
    return place(town.grid_n1)


def attach(town: Town, shop: Entity, name: str = "执照.pdf", content: bytes = PDF) -> Document:
    return actions.attach_document(
        entity=shop, kind="licence", title="", file_name=name, content=content, by=town.n1, at=NOW
    )


def files(kept: Path) -> list[Path]:
    return [path for path in kept.rglob("*") if path.is_file()]


def test_a_document_is_kept_encrypted_and_comes_back_as_it_was(town: Town, shop: Entity, kept: Path) -> None:
    document = attach(town, shop)
    (file,) = files(kept)
    assert b"secret" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert vault.read(document.path) == PDF
    assert (document.title, document.media_type, document.size) == ("执照.pdf", "application/pdf", len(PDF))
    entry = AuditEntry.objects.get(action="registry.attach_document")
    assert (entry.by_id, entry.subject_id) == (town.n1.pk, shop.pk)
    assert "执照" not in str(entry.after)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.pdf", b"", DocumentEmpty),
        ("a.pdf", b"%PDF-" + b"x" * 2_000_000, DocumentSize),
        ("a.pdf", b"MZ this is a program", DocumentKind),
        ("a.exe", PDF, DocumentKind),
        ("a.html", b"<script>", DocumentKind),
        ("a.png", PDF, DocumentKind),
    ],
)
def test_what_is_no_document_is_refused_and_leaves_no_file(
    town: Town, shop: Entity, kept: Path, settings: Any, name: str, content: bytes, error: type[Exception]
) -> None:
    settings.DOCUMENT_MAX_BYTES = 1024 * 1024
    with pytest.raises(error):
        attach(town, shop, name, content)
    assert not files(kept)


def test_the_same_file_again_is_told_where_it_is(town: Town, shop: Entity, kept: Path) -> None:
    attach(town, shop)
    with pytest.raises(DocumentKnown, match=shop.number):
        attach(town, shop, "copy.pdf")
    assert len(files(kept)) == 1


def test_a_path_in_a_name_is_only_a_name(town: Town, shop: Entity) -> None:
    assert attach(town, shop, "..\\..\\etc/passwd.pdf").file_name == "passwd.pdf"


def test_withdrawn_its_content_is_gone_and_that_it_was_there_is_known(
    town: Town, shop: Entity, kept: Path, django_capture_on_commit_callbacks: Any
) -> None:
    document = attach(town, shop)
    with pytest.raises(DocumentReasonMissing):
        actions.withdraw_document(document=document, reason=" ", by=town.n1, at=LATER)
    path = document.path
    with django_capture_on_commit_callbacks(execute=True):
        actions.withdraw_document(document=document, reason="wrong place", by=town.north, at=LATER)
    assert not files(kept)
    with pytest.raises(vault.FileLost):
        vault.read(path)
    document.refresh_from_db()
    assert (document.path, document.withdrawn_by, document.reason) == ("", town.north, "wrong place")
    assert not Documents.unscoped(reason="test").of(shop).exists()
    with pytest.raises(DocumentWithdrawn):
        actions.withdraw_document(document=document, reason="again", by=town.n1, at=LATER)


def test_whoever_answers_for_the_place_adds_fetches_and_withdraws(
    client: Client, town: Town, shop: Entity
) -> None:
    client.force_login(town.n1)
    url = reverse("registry:document-new", args=[shop.number])
    given = {"kind": "photo", "title": "门口", "on": DAY.isoformat()}
    assert client.post(url, given).status_code == 422
    wrong = SimpleUploadedFile("a.png", b"not a picture")
    assert "a.png" in client.post(url, given | {"file": wrong}).content.decode()
    picture = SimpleUploadedFile("门.png", b"\x89PNG\r\n\x1a\nrest")
    assert client.post(url, given | {"file": picture}).status_code == 302
    shown = client.get(reverse("desk:place", args=[shop.number])).content.decode()
    assert "门口" in shown
    (link,) = set(re.findall(r"/registry/places/[^/\"]+/documents/[0-9A-Z]{20,}/(?=\")", shown))
    answer = client.get(link)
    assert answer.content == b"\x89PNG\r\n\x1a\nrest"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "private, no-store"
    assert client.post(f"{link}withdraw/", {"reason": "blurred"}).status_code == 302
    assert client.get(link).status_code == 404


def test_of_another_grid_there_is_none(client: Client, town: Town, shop: Entity) -> None:
    document = attach(town, shop)
    client.force_login(town.s1)
    assert client.get(reverse("registry:document", args=[shop.number, document.code])).status_code == 404
    assert client.get(reverse("registry:document-new", args=[shop.number])).status_code == 404
    assert not Documents.visible_to(town.s1).exists()
    assert Documents.visible_to(town.duty).get() == document


def test_documents_follow_a_merge_and_part_again(town: Town, shop: Entity) -> None:
    other = place(town.grid_n2)
    same, both, own = attach(town, shop), attach(town, other), attach(town, other, "b.pdf", PDF + b"2")
    versions = {one.pk: version_of(one) for one in (shop, other)}
    merge = actions.merge_places(
        survivor=shop, merged=other, versions=versions, taken=(), by=town.duty, at=NOW, reason="one shop"
    )
    assert set(Documents.unscoped(reason="test").of(shop)) == {same, own}
    actions.part_places(merge=merge, by=town.duty, at=LATER)
    assert set(Documents.unscoped(reason="test").of(other)) == {both, own}
