"""Documents of a place: brought, and withdrawn."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import PurePath
from typing import Final

from django.db import transaction

from dongche.kit.errors import Problem
from dongche.kit.messages import N_
from dongche.org.audit import Actor, action, record
from dongche.registry.models import Document, Entity
from dongche.registry.papers import refuse_large, type_of
from dongche.web import vault

FOLDER: Final = "documents"


class DocumentEmpty(Problem):
    code = "registry.document_empty"
    message = N_("“%(file)s” is empty. Choose the file again.")


class DocumentKnown(Problem):
    code = "registry.document_known"
    status = 409
    message = N_("This very file is with %(number)s already, as “%(title)s”.")


class DocumentWithdrawn(Problem):
    code = "registry.document_withdrawn"
    status = 409
    message = N_("This document has been withdrawn already; nothing was changed.")


class DocumentReasonMissing(Problem):
    code = "registry.document_reason_missing"
    message = N_(
        "Say why the document is withdrawn: its content is deleted for good. Write a few words, such as “wrong place”."
    )


@action("registry.attach_document")
def attach_document(
    *,
    entity: Entity,
    kind: str,
    title: str,
    file_name: str,
    content: bytes,
    by: Actor,
    at: datetime,
    on: date | None = None,
) -> Document:
    """Keep a document with a place, encrypted; `on` is the day the paper itself bears.

    Raises: DocumentEmpty, DocumentSize, DocumentKind, DocumentKnown
    """
    name = PurePath(file_name.replace("\\", "/")).name[-200:].encode(errors="replace").decode() or "file"
    if not content:
        raise DocumentEmpty(file=name)
    refuse_large(name, len(content))
    media_type = type_of(name, content)
    digest = hashlib.sha256(content).hexdigest()
    Entity.objects.select_for_update(no_key=True).only("pk").get(pk=entity.pk)
    same = Document.objects.filter(entity=entity, sha256=digest, withdrawn_at__isnull=True).first()
    if same is not None:
        raise DocumentKnown(number=entity.number, title=same.title)
    path = vault.keep(content, FOLDER)
    try:
        with transaction.atomic():
            document = Document.objects.create(
                entity=entity,
                kind=kind,
                title=title.strip()[:120] or name[:120],
                file_name=name,
                media_type=media_type,
                size=len(content),
                sha256=digest,
                path=path,
                on=on,
                by_id=by.officer_id,
                known_at=at,
            )
            told = {"document": document.pk, "document_kind": kind, "bytes": len(content)}
            record("entity", entity.pk, by=by, at=at, after=told, within=entity.subdistrict_id)
    except BaseException:
        vault.remove(path)
        raise
    return document


@action("registry.withdraw_document")
def withdraw_document(*, document: Document, reason: str, by: Actor, at: datetime) -> None:
    """Delete the content of a document for good; that it was there, and why it went, stays known.

    Raises: DocumentReasonMissing, DocumentWithdrawn
    """
    reason = reason.strip()[:200]
    if not reason:
        raise DocumentReasonMissing
    row = Document.objects.select_for_update().select_related("entity").get(pk=document.pk)
    if row.withdrawn_at is not None:
        raise DocumentWithdrawn
    path = row.path
    row.withdrawn_at, row.withdrawn_by_id, row.reason, row.path = at, by.officer_id, reason, ""
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "reason", "path"])
    told = {"document": row.pk, "document_kind": row.kind}
    record(
        "entity", row.entity_id, by=by, at=at, before=told, reason=reason, within=row.entity.subdistrict_id
    )
    transaction.on_commit(lambda: vault.remove(path))
