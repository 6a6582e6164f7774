"""At the door in a real browser: a code from the phone, a passkey, a lock, sessions that end, another system."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import override_settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from dongche.config import single_sign_on
from dongche.kit import clock
from dongche.org.access import actions
from tests import town as founding
from tests.browser import DESK, PHONE, OpenPage, assert_accessible, assert_no_sideways_scroll, follow, sign_in
from tests.identity_server import serving
from tests.town import NOW, PASSWORD, Town

WIDTHS = [pytest.param(DESK, id="desk"), pytest.param(PHONE, id="phone")]


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    clock.use(clock.SlowClock(shown=NOW, started=datetime.now(UTC)))
    yield
    clock.use(None)


@pytest.fixture
def town(transactional_db: None) -> Town:
    return founding.build()


def code_of(secret: str, steps: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps))


def give_password(page: Page, live_server: Any, password: str = PASSWORD) -> None:
    page.goto(f"{live_server.url}{reverse('sign-in')}")
    page.locator("[name=username]").fill("duty")
    page.locator("[name=password]").fill(password)
    page.locator("form button[type=submit].btn-primary").click()


def check(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    assert_no_sideways_scroll(page)
    assert_accessible(page, name=f"access-{name}")


@pytest.mark.parametrize("size", WIDTHS)
def test_an_app_is_added_and_its_code_asked_at_the_next_sign_in(
    open_page: OpenPage, live_server: Any, town: Town, size: tuple[int, int]
) -> None:
    page = sign_in(open_page(*size), live_server)
    page.goto(f"{live_server.url}{reverse('access:account')}")
    check(page, "account")
    follow(page.locator(f"a[href='{reverse('access:totp')}']"))
    secret = page.locator(".dc-secret").inner_text().replace(" ", "")
    assert page.locator(".dc-enrol img").evaluate("image => image.naturalWidth") > 100
    check(page, "totp")
    page.locator("[name=code]").fill(code_of(secret, -1))
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(reverse("access:codes")))
    expect(page.locator(".dc-codes code")).to_have_count(10)
    check(page, "codes")
    with page.expect_download() as download:
        page.locator("a[download]").click()
    assert download.value.suggested_filename == "dongche-recovery-codes.txt"
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/account/$"))
    check(page, "account-with-factor")
    page.context.clear_cookies()
    give_password(page, live_server)
    page.wait_for_url(re.compile(reverse("access:code")))
    check(page, "code")
    page.locator("[name=code]").fill("000000")
    page.locator("form button.btn-primary").click()
    expect(page.locator("main")).to_contain_text("验证码不正确")
    page.locator("[name=code]").fill(code_of(secret))
    page.locator("form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/desk/"))


@pytest.mark.parametrize("size", WIDTHS)
def test_a_program_gets_a_token_uses_it_and_is_refused_once_it_is_revoked(
    open_page: OpenPage, live_server: Any, town: Town, size: tuple[int, int]
) -> None:
    page = sign_in(open_page(*size), live_server)
    page.goto(f"{live_server.url}{reverse('access:account')}")
    follow(page.locator(f"a[href='{reverse('access:token-issue')}']"))
    check(page, "token-form")
    page.locator("[name=name]").fill("大数据局每晚同步")
    follow(page.locator("main form button.btn-primary"))
    secret = page.locator("#token").inner_text()
    check(page, "token-shown")

    def ask() -> int:
        headers = {"Authorization": f"Bearer {secret}"}
        return page.context.request.get(f"{live_server.url}/api/v1/places", headers=headers).status

    assert ask() == 200
    page.locator(f"main a[href='{reverse('access:account')}']").last.click()
    expect(page.locator("#tokens")).to_contain_text("大数据局每晚同步")
    check(page, "account-with-token")
    page.locator("#tokens form button").click()
    page.locator("#dc-confirm button[value=yes]").click()
    expect(page.locator("#tokens")).not_to_contain_text("大数据局每晚同步")
    assert ask() == 401


def test_the_door_works_without_javascript(open_page: OpenPage, live_server: Any, town: Town) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    actions.add_totp(officer=town.duty, secret=secret, by=town.duty, at=NOW)
    page = open_page(*DESK, javascript=False)
    give_password(page, live_server)
    page.locator("[name=code]").fill(code_of(secret))
    page.locator("form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/desk/"))
    page.goto(f"{live_server.url}{reverse('access:passkey-add')}")
    expect(page.locator("noscript, .dc-alert").first).to_be_visible()


@pytest.mark.parametrize("size", WIDTHS)
def test_a_passkey_is_made_named_and_signs_in_without_a_password(
    open_page: OpenPage, live_server: Any, town: Town, size: tuple[int, int]
) -> None:
    page = open_page(*size)
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    key = browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    sign_in(page, live_server)
    page.goto(f"{live_server.url}{reverse('access:passkey-add')}")
    check(page, "passkey")
    page.locator("[name=name]").fill("办公室电脑")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(reverse("access:codes")))
    page.locator("main form button.btn-primary").click()
    expect(page.locator("main")).to_contain_text("办公室电脑")
    assert len(browser.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]) == 1
    # Alone, without name or password.
    page.context.clear_cookies()
    page.goto(f"{live_server.url}{reverse('sign-in')}")
    check(page, "sign-in-with-passkey")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url(re.compile(r"/desk/"))
    # As the second factor after a password.
    page.context.clear_cookies()
    give_password(page, live_server)
    page.wait_for_url(re.compile(reverse("access:code")))
    page.get_by_role("button", name="使用通行密钥").click()
    page.wait_for_url(re.compile(r"/desk/"))
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None
    # Taken away here, it opens nothing although the device still has it.
    page.goto(f"{live_server.url}{reverse('access:account')}")
    page.locator("form[action*='/factors/'] button").click()
    page.locator("#dc-confirm button[value=yes]").click()
    expect(page.locator(".dc-messages")).to_contain_text("已移除")
    page.context.clear_cookies()
    page.goto(f"{live_server.url}{reverse('sign-in')}")
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.locator("main")).to_contain_text("通行密钥未通过验证")
    # Nobody touches the key: the browser gives up, and the page says so.
    browser.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})


def test_a_passkey_of_one_officer_is_no_second_factor_of_another(
    page: Page, live_server: Any, town: Town
) -> None:
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(page, live_server, "n1")
    page.goto(f"{live_server.url}{reverse('access:passkey-add')}")
    page.locator("[name=name]").fill("key of n1")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(reverse("access:codes")))
    actions.add_totp(officer=town.duty, secret="JBSWY3DPEHPK3PXP", by=town.duty, at=NOW)
    page.context.clear_cookies()
    give_password(page, live_server)
    page.wait_for_url(re.compile(reverse("access:code")))
    # The page offers no key; whoever sends one nevertheless is refused.
    assert page.get_by_role("button", name="使用通行密钥").count() == 0
    page.goto(f"{live_server.url}{reverse('sign-in')}")
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.locator("main")).to_contain_text("通行密钥未通过验证")


@pytest.mark.parametrize("size", WIDTHS)
def test_whoever_guesses_is_locked_out_until_a_time_that_is_said(
    open_page: OpenPage, live_server: Any, town: Town, size: tuple[int, int]
) -> None:
    page = open_page(*size)
    for n in range(5):
        give_password(page, live_server, f"guess-{n}")
        expect(page.locator(".dc-alert.error")).to_be_visible()
    expect(page.locator(".dc-alert.error")).to_contain_text(re.compile(r"已锁定至 \d\d:\d\d（还有15分钟）"))
    check(page, "locked")
    give_password(page, live_server)
    expect(page.locator(".dc-alert.error")).to_contain_text("已锁定至")
    actions.unlock(officer=town.duty, by=town.duty, at=NOW, reason="it was me")
    give_password(page, live_server)
    page.wait_for_url(re.compile(r"/desk/"))


def test_a_session_is_ended_from_another_and_the_next_click_asks_to_sign_in(
    open_page: OpenPage, live_server: Any, town: Town
) -> None:
    desk = sign_in(open_page(*DESK), live_server)
    telephone = sign_in(open_page(*PHONE), live_server)
    desk.goto(f"{live_server.url}{reverse('access:account')}")
    expect(desk.locator("#sessions > li")).to_have_count(2)
    desk.locator("#sessions form button").click()
    expect(desk.locator("#sessions > li")).to_have_count(1)
    telephone.goto(f"{live_server.url}{reverse('desk:places')}")
    telephone.wait_for_url(re.compile(r"/sign-in/\?next="))


def test_another_system_signs_in_and_its_button_leads_there_and_back(
    page: Page, live_server: Any, town: Town
) -> None:
    with serving() as server:
        systems = {"oidc": server.app("oidc")}
        with override_settings(
            SINGLE_SIGN_ON=systems, SOCIALACCOUNT_PROVIDERS=single_sign_on.for_allauth(systems)
        ):
            sign_in(page, live_server)
            page.goto(f"{live_server.url}{reverse('access:account')}")
            page.get_by_role("button", name="绑定", exact=True).click()
            expect(page.locator(".dc-messages")).to_contain_text("今后可以用区统一认证登录")
            page.context.clear_cookies()
            page.goto(f"{live_server.url}{reverse('sign-in')}")
            check(page, "sign-in-with-systems")
            page.get_by_role("button", name="用区统一认证登录").click()
            page.wait_for_url(re.compile(r"/desk/"))


@pytest.mark.parametrize("size", WIDTHS)
def test_an_invitation_leads_to_a_password_of_ones_own(
    open_page: OpenPage, live_server: Any, town: Town, size: tuple[int, int]
) -> None:
    now = clock.real()
    _, code = actions.invite(
        officer=town.n1, invited_at=now, expires_at=now.replace(year=now.year + 1), by=town.duty, at=NOW
    )
    page = open_page(*size)
    page.goto(f"{live_server.url}{reverse('access:invitation', args=[code])}")
    check(page, "invitation")
    page.locator("[name=new]").fill("seven-blue-trains")
    page.locator("[name=again]").fill("seven-blue-trains")
    page.locator("form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/sign-in/"))
    page.locator("[name=username]").fill("n1")
    page.locator("[name=password]").fill("seven-blue-trains")
    page.locator("form button[type=submit].btn-primary").click()
    page.wait_for_url(re.compile(r"/desk/"))
    page.goto(f"{live_server.url}{reverse('access:password')}")
    check(page, "password")
