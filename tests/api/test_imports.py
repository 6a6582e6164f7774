"""Imports over the API: sent, read, applied, dropped, what was refused fetched."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from dongche.registry.models import Entity, ImportBatch
from tests.registry.hostile import REFUSED
from tests.town import Town

# The slow ones are shown where the command refuses them: all that is sent goes one way.
SLOW = ("a bomb", "a million rows", "too wide", "all columns of Excel")
QUICK = {name: refused for name, refused in REFUSED.items() if name not in SLOW}

Ask = Callable[..., Client]
IMPORTS = "/api/v1/imports"


@pytest.fixture(autouse=True)
def kept_here(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": []}
    }


def book(*rows: tuple[Any, ...]) -> bytes:
    sheet = openpyxl.Workbook()
    for row in (("单位名称", "类别", "社区", "网格"), *rows):
        sheet.active.append(row)
    file = io.BytesIO()
    sheet.save(file)
    return file.getvalue()


GOOD = ("晨光示例商行", "临街商铺", "North", "North grid 1")
BAD = ("海鸥示例商行", "无此类别", "North", "North grid 1")


def send(client: Client, content: bytes, name: str = "register.xlsx", **more: str) -> Any:
    return client.post(IMPORTS, {"file": SimpleUploadedFile(name, content), **more})


def test_a_file_is_sent_read_and_applied(town: Town, ask: Ask) -> None:
    client = ask("duty")
    sent = send(client, book(GOOD, BAD))
    assert sent.status_code == 202, sent.content.decode()
    address = sent["Location"]
    ready = client.get(address).json()
    assert (ready["state"], ready["counts"]["new"], ready["counts"]["refused"]) == ("ready", 1, 1)
    assert (ready["file_name"], ready["subdistrict"]) == ("register.xlsx", town.subdistrict.code)
    assert Entity.objects.count() == 0
    applied = client.post(f"{address}/apply")
    assert applied.status_code == 202
    assert client.get(address).json()["state"] == "applied"
    assert Entity.objects.get().name == GOOD[0]
    refused = client.get(f"{address}/refused.xlsx")
    assert refused["Content-Type"].endswith("spreadsheetml.sheet")
    rows = list(openpyxl.load_workbook(io.BytesIO(refused.getvalue())).active.iter_rows(values_only=True))
    assert BAD[0] in str(rows)
    again = send(client, book(GOOD, BAD))
    assert again.status_code in (202, 409)


def test_an_import_is_dropped_once(town: Town, ask: Ask) -> None:
    client = ask("duty")
    address = send(client, book(GOOD))["Location"]
    assert client.post(f"{address}/drop").json()["state"] == "dropped"
    again = client.post(f"{address}/drop")
    assert (again.status_code, again.json()["code"]) == (409, "registry.import_state")
    assert client.post(f"{address}/apply").status_code == 409
    assert client.get(f"{address}/refused.xlsx").status_code == 404


def test_the_same_bytes_once_applied_are_not_taken_again(town: Town, ask: Ask) -> None:
    client, content = ask("duty"), book(GOOD)
    client.post(f"{send(client, content)['Location']}/apply")
    again = send(client, content)
    assert (again.status_code, again.json()["code"]) == (409, "registry.already_imported")
    assert again.json()["details"]["batch"] == ImportBatch.objects.get().code


def test_what_is_no_spreadsheet_or_too_large_is_refused_before_it_is_kept(town: Town, ask: Ask) -> None:
    client = ask("duty")
    assert send(client, b"x", "register.exe").json()["code"] == "registry.wrong_extension"
    with override_settings(IMPORT_MAX_BYTES=10):
        assert send(client, book(GOOD)).status_code in (413, 422)
    assert client.post(IMPORTS, {}).json()["errors"][0]["field"] == "file"
    assert send(client, book(GOOD), subdistrict="370203800000").json()["code"] == "registry.unknown_unit"
    assert ImportBatch.objects.count() == 0


def test_a_file_that_cannot_be_read_says_so_in_its_state(town: Town, ask: Ask) -> None:
    client = ask("duty")
    found = client.get(send(client, b"PK no workbook")["Location"]).json()
    assert (found["state"], found["problem"]["message"] != "") == ("failed", True)


@pytest.mark.parametrize("name", sorted(QUICK))
def test_a_hostile_file_is_refused_in_a_sentence(town: Town, ask: Ask, name: str) -> None:
    file_name, content, code = QUICK[name]
    client = ask("duty")
    answer = send(client, content(), file_name)
    told = answer.json() if answer.status_code != 202 else client.get(answer["Location"]).json()["problem"]
    assert told["code"] == code
    assert Entity.objects.count() == 0


@pytest.mark.parametrize("username", ["n1", "north", "economy"])
def test_only_headquarters_imports(town: Town, ask: Ask, username: str) -> None:
    address = send(ask("duty"), book(GOOD))["Location"]
    client = ask(username)
    answers = [
        send(client, book(GOOD)),
        client.get(address),
        client.post(f"{address}/apply"),
        client.post(f"{address}/drop"),
        client.get(f"{address}/refused.xlsx"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5
