"""Signing in by another system, against a real one on this machine (tests/identity_server.py)."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from dongche.config import single_sign_on
from dongche.org.access import actions
from dongche.org.models import AuditEntry, Officer
from tests.identity_server import IdentityServer, serving
from tests.org.access.conftest import Door
from tests.org.access.test_factors import code_at, enrol
from tests.town import NOW, Town

KEYS = ["oidc", "dingtalk", "feishu", "wecom"]


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityServer]:
    with serving() as server:
        yield server


@pytest.fixture
def server(running: IdentityServer, settings) -> IdentityServer:
    running.next, running.person = {}, "person-1"
    settings.SINGLE_SIGN_ON = {key: running.app(key) for key in KEYS}
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on.for_allauth(settings.SINGLE_SIGN_ON)
    return running


def leave(client: Client, key: str, name: str = "access:sso", **more: str) -> str:
    """Press the button: where the page leads to."""
    answer = client.post(reverse(name, args=[key]), more)
    assert answer.status_code == 200, answer.content.decode()
    target = answer["Refresh"].removeprefix("0;url=")
    assert f'href="{target.replace("&", "&amp;")}"' in answer.content.decode()
    return target


def consent(target: str) -> str:
    """Agree there: the address that leads back, as path and query."""
    parts = urlsplit(target)
    there = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=10)
    there.request("GET", f"{parts.path}?{parts.query}")
    answer = there.getresponse()
    back = answer.headers["Location"]
    there.close()
    assert answer.status == 302
    found = urlsplit(back)
    return f"{found.path}?{found.query}"


def go(client: Client, key: str, **more: str):
    return client.get(consent(leave(client, key, **more)))


def link(town: Town, key: str, uid: str = "person-1") -> None:
    actions.link_identity(officer=town.n1, provider=key, uid=uid, name=key, by=town.duty, at=NOW)


@pytest.mark.parametrize("key", KEYS)
def test_a_linked_identity_signs_its_officer_in(
    door: Door, server: IdentityServer, town: Town, key: str
) -> None:
    link(town, key)
    answer = go(door.client, key, next="/desk/places/")
    assert (answer.status_code, answer["Location"]) == (302, "/desk/places/")
    assert door.client.session["_auth_user_id"] == str(town.n1.pk)
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.action, entry.after["signed_in"]) == ("org.sign_in", key)


@pytest.mark.parametrize("key", KEYS)
def test_an_identity_that_is_not_linked_makes_no_officer(
    door: Door, server: IdentityServer, town: Town, key: str
) -> None:
    link(town, key, uid="person-2")
    before = (Officer.objects.count(), SocialAccount.objects.count())
    answer = go(door.client, key)
    assert answer.status_code == 403
    assert "org.identity_not_linked" in answer.content.decode()
    assert (Officer.objects.count(), SocialAccount.objects.count()) == before
    assert not door.is_in()


@pytest.mark.parametrize("key", KEYS)
def test_an_officer_links_while_signed_in_and_unlinks(
    door: Door, another: Door, server: IdentityServer, town: Town, key: str
) -> None:
    door.sign_in("n1")
    answer = door.client.get(consent(leave(door.client, key, "access:link")))
    assert answer["Location"] == reverse("access:account")
    identity = SocialAccount.objects.get()
    assert (identity.user_id, identity.provider, identity.uid, identity.extra_data) == (
        town.n1.pk,
        key,
        "person-1",
        {},
    )
    assert go(another.client, key).status_code == 302
    identity.refresh_from_db()
    assert identity.extra_data == {}
    door.client.post(reverse("access:unlink", args=[identity.pk]))
    assert not SocialAccount.objects.exists()
    assert go(Client(), key).status_code == 403
    names = AuditEntry.objects.filter(subject="identity").order_by("pk").values_list("action", flat=True)
    assert list(names) == ["org.link_identity", "org.unlink_identity"]


def test_an_identity_belongs_to_one_officer(door: Door, server: IdentityServer, town: Town) -> None:
    link(town, "wecom")
    door.sign_in("duty")
    answer = door.client.get(consent(leave(door.client, "wecom", "access:link")))
    assert answer.status_code == 409
    assert SocialAccount.objects.get().user_id == town.n1.pk
    with pytest.raises(actions.IdentityTaken):
        link(town, "wecom", uid="person-9")


def test_linking_needs_a_recent_proof_and_the_same_officer(
    door: Door, server: IdentityServer, town: Town, later
) -> None:
    door.sign_in("n1")
    back = consent(leave(door.client, "oidc", "access:link"))
    door.client.post(reverse("sign-out"))
    door.sign_in("duty")
    assert door.client.get(back).status_code >= 400
    assert not SocialAccount.objects.exists()
    later(minutes=16)
    answer = door.client.post(reverse("access:link", args=["oidc"]))
    assert answer["Location"].startswith(reverse("access:confirm"))


def test_the_second_factor_is_asked_after_another_system_too(
    door: Door, server: IdentityServer, town: Town
) -> None:
    link(town, "oidc")
    enrol(town.n1)
    answer = go(door.client, "oidc", next="/desk/places/")
    assert answer["Location"] == reverse("access:code")
    assert not door.is_in()
    answer = door.client.post(reverse("access:code"), {"code": code_at()})
    assert answer["Location"] == "/desk/places/"
    assert AuditEntry.objects.order_by("pk").last().after["signed_in"] == "oidc+totp"


def test_a_closed_officer_is_not_let_in(door: Door, server: IdentityServer, town: Town) -> None:
    link(town, "feishu")
    Officer.objects.filter(pk=town.n1.pk).update(is_active=False)
    assert go(door.client, "feishu").status_code == 403


def refused(answer, code: str = "org.sso_failed") -> bool:
    return code in answer.content.decode() and answer.status_code in (403, 502)


@pytest.mark.parametrize("key", KEYS)
def test_a_way_back_without_the_state_of_this_browser_is_refused(
    door: Door, server: IdentityServer, town: Town, key: str
) -> None:
    link(town, key)
    back = consent(leave(door.client, key))
    assert refused(Client().get(back))
    forged = back.replace(parse_qs(urlsplit(back).query)["state"][0], "forged")
    assert refused(door.client.get(forged))
    assert door.client.get(back).status_code == 302
    door.client.post(reverse("sign-out"))
    assert refused(door.client.get(back))
    assert refused(door.client.get(reverse("access:sso-back", args=[key])))


def test_the_state_of_one_system_is_none_for_another(door: Door, server: IdentityServer, town: Town) -> None:
    link(town, "wecom")
    back = consent(leave(door.client, "feishu"))
    assert refused(door.client.get(back.replace("/feishu/", "/wecom/")))


@pytest.mark.parametrize(
    "changed",
    [
        {"claims": {"nonce": "of another browser"}},
        {"claims": {"nonce": None}},
        {"claims": {"aud": "another client"}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"exp": 1}},
        {"claims": {"exp": None}},
        {"claims": {"azp": "another client"}},
        {"claims": {"sub": None}},
        {"claims": {"sub": ""}},
        {"sign": "other"},
        {"sign": "none"},
        {"sign": "hs256"},
        {"token": (200, {"access_token": "x"})},
        {"token": (200, {"access_token": "x", "id_token": "no.jwt"})},
        {"token": (200, {"access_token": "x", "id_token": 7})},
        {"token": (200, {"error": "invalid_grant"})},
        {"token": (200, [])},
        {"token": (500, {})},
        {"token": (200, None)},
    ],
)
def test_an_identity_token_that_proves_nothing_opens_nothing(
    door: Door, server: IdentityServer, town: Town, changed: dict
) -> None:
    link(town, "oidc")
    server.next = changed
    assert refused(go(door.client, "oidc"))
    assert not door.is_in()


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("dingtalk", {"token": (200, {"code": "invalidClientIdOrSecret", "message": "no"})}),
        ("dingtalk", {"token": (200, {"accessToken": "made up"})}),
        ("feishu", {"token": (200, {"code": 20050, "error": "server_error"})}),
        ("feishu", {"refuse_me": True}),
        ("wecom", {"token": (200, {"errcode": 40013, "errmsg": "invalid corpid"})}),
        ("wecom", {"token": (200, {"errcode": 0, "access_token": "made up"})}),
        ("wecom", {"stranger": True}),
    ],
)
def test_a_no_inside_an_answer_with_status_200_is_a_no(
    door: Door, server: IdentityServer, town: Town, key: str, changed: dict
) -> None:
    link(town, key)
    server.next = changed
    assert refused(go(door.client, key))
    assert not door.is_in()


def test_leaving_there_without_consent_is_said(door: Door, server: IdentityServer) -> None:
    server.next = {"deny": True}
    assert refused(go(door.client, "oidc"), "org.sso_cancelled")


def test_a_server_that_is_down_is_a_clear_page(door: Door, server: IdentityServer, settings) -> None:
    server.next = {"down": True}
    assert refused(door.client.post(reverse("access:sso", args=["oidc"])))
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        "http://127.0.0.1:9"
    )
    assert refused(door.client.post(reverse("access:sso", args=["oidc"])))


def test_codes_are_not_told_apart_by_their_verifier_only(
    door: Door, server: IdentityServer, town: Town
) -> None:
    """A code that was caught on its way is worth nothing in another browser, with a state of its own."""
    link(town, "oidc")
    caught = parse_qs(urlsplit(consent(leave(door.client, "oidc"))).query)["code"][0]
    thief = Client()
    state = parse_qs(urlsplit(leave(thief, "oidc")).query)["state"][0]
    assert refused(thief.get(reverse("access:sso-back", args=["oidc"]), {"code": caught, "state": state}))


def test_wecom_does_not_tell_capitals_apart(door: Door, server: IdentityServer, town: Town) -> None:
    link(town, "wecom", uid="zhangsan")
    server.person = "ZhangSan"
    assert go(door.client, "wecom").status_code == 302


def test_buttons_are_there_for_what_is_configured_only(door: Door, server: IdentityServer, settings) -> None:
    page = door.client.get(reverse("sign-in")).content.decode()
    assert [word for word in ("区统一认证", "钉钉", "飞书", "企业微信") if f"用{word}登录" not in page] == []
    settings.SINGLE_SIGN_ON = {}
    assert "/sign-in/with/" not in door.client.get(reverse("sign-in")).content.decode()
    for key in KEYS:
        assert door.client.post(reverse("access:sso", args=[key])).status_code == 404
        assert door.client.get(reverse("access:sso-back", args=[key])).status_code == 404
        assert door.client.get(reverse("access:sso", args=[key])).status_code == 405


def configured(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict:
    for name, value in variables.items():
        monkeypatch.setenv(f"DONGCHE_{name}", value)
    return single_sign_on.described()


def test_the_environment_describes_the_systems(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    assert single_sign_on.described() == {}
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    found = configured(
        monkeypatch,
        OIDC_SERVER="https://id.example.cn/",
        OIDC_CLIENT_ID="c",
        OIDC_SECRET_FILE=str(secret),
        WECOM_CORP_ID="ww1",
        WECOM_AGENT_ID="7",
        WECOM_SECRET="s",
    )
    assert list(found) == ["oidc", "wecom"]
    assert (found["oidc"]["secret"], found["oidc"]["settings"]["server_url"]) == (
        "from a file",
        "https://id.example.cn",
    )
    assert single_sign_on.for_allauth(found)["openid_connect"]["APPS"][0]["provider_id"] == "oidc"


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"OIDC_SERVER": "https://id.example.cn"}, "DONGCHE_OIDC_CLIENT_ID"),
        ({"DINGTALK_CLIENT_ID": "c"}, "DONGCHE_DINGTALK_SECRET"),
        ({"WECOM_CORP_ID": "c", "WECOM_SECRET": "s"}, "DONGCHE_WECOM_AGENT_ID"),
        (
            {"FEISHU_CLIENT_ID": "c", "FEISHU_SECRET": "s", "FEISHU_API_URL": "http://x.cn"},
            "DONGCHE_FEISHU_API_URL",
        ),
        ({"OIDC_SERVER": "http://id.cn", "OIDC_CLIENT_ID": "c", "OIDC_SECRET": "s"}, "DONGCHE_OIDC_SERVER"),
    ],
)
def test_half_a_description_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        configured(monkeypatch, **variables)
