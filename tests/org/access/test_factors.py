"""Second factors: authenticator apps, recovery codes, the policy, what headquarters may reset."""

from __future__ import annotations

import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from dongche.org import actions as org
from dongche.org.access import actions, factors
from dongche.org.models import AuditEntry, Officer
from tests.org.access.conftest import Door
from tests.town import BY, NOW, PASSWORD, Town

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_at(steps: int = 0, secret: str = SECRET) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps))


def enrol(officer: Officer) -> None:
    actions.add_totp(officer=officer, secret=SECRET, by=officer, at=NOW)


def first(door: Door, username: str = "duty") -> None:
    answer = door.sign_in(username)
    assert (answer.status_code, answer["Location"]) == (302, reverse("access:code"))


def give(door: Door, code: str):
    return door.client.post(reverse("access:code"), {"code": code}, REMOTE_ADDR="192.0.2.7")


def test_the_password_alone_opens_nothing_once_there_is_a_factor(door: Door, town: Town) -> None:
    enrol(town.duty)
    first(door)
    assert not door.is_in()
    assert give(door, "000000").status_code == 422
    assert not door.is_in()
    answer = give(door, code_at())
    assert (answer.status_code, answer["Location"]) == (302, reverse("desk:overview"))
    assert door.is_in()
    assert AuditEntry.objects.order_by("pk").last().after["signed_in"] == "password+totp"


@pytest.mark.parametrize(("steps", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phone_may_be_half_a_minute_off(town: Town, steps: int, is_right: bool) -> None:
    # Far enough from the edge of a step, so that the next one does not begin while the test runs.
    if time.time() % 30 > 27:
        time.sleep(3.5)
    enrol(town.duty)
    assert factors.use_code(town.duty, code_at(steps)) == ("totp" if is_right else "")


def test_a_code_is_good_once_for_all_processes(door: Door, another: Door, town: Town) -> None:
    enrol(town.duty)
    code = code_at()
    first(door)
    assert give(door, code).status_code == 302
    first(another)
    assert give(another, code).status_code == 422
    # What another process would have to know is in the row, not in a cache.
    assert Authenticator.objects.get(type="totp").data["last_step"] > 0


@pytest.mark.parametrize(
    "spaced", [lambda code: code, lambda code: f"{code[:3]} {code[3:]}", lambda code: f" {code}\t"]
)
def test_spaces_in_a_code_do_not_matter(town: Town, spaced) -> None:
    enrol(town.duty)
    assert factors.use_code(town.duty, spaced(code_at())) == "totp"


@pytest.mark.parametrize(
    "code", ["", " ", "12345", "1234567", "abcdef", "１２３４５６", "\x00", "9" * 20, "-1"]
)
def test_what_is_no_code_is_refused(town: Town, code: str) -> None:
    enrol(town.duty)
    assert factors.use_code(town.duty, code) == ""


def test_guessing_codes_locks_and_a_new_password_entry_does_not_help(door: Door, town: Town) -> None:
    enrol(town.duty)
    codes = []
    for n in range(3):
        first(door)
        codes.append(give(door, f"00000{n}").status_code)
    first(door)
    codes += [give(door, "000003").status_code, give(door, "000004").status_code]
    assert codes == [422, 422, 422, 422, 429]
    assert door.sign_in().status_code == 429
    assert give(door, code_at()).status_code == 429
    assert not door.is_in()


def test_the_first_half_is_forgotten_after_five_minutes(door: Door, town: Town, later) -> None:
    enrol(town.duty)
    first(door)
    later(minutes=5, seconds=1)
    assert give(door, code_at())["Location"] == reverse("sign-in")
    assert not door.is_in()


def test_the_first_half_is_worth_nothing_after_the_password_changed(door: Door, town: Town) -> None:
    enrol(town.duty)
    first(door)
    org.set_password(officer=town.duty, password="another-long-password", by=town.duty, at=NOW)
    assert give(door, code_at())["Location"] == reverse("sign-in")


def test_without_a_first_half_there_is_no_second(door: Door, town: Town) -> None:
    enrol(town.duty)
    assert door.client.get(reverse("access:code"))["Location"] == reverse("sign-in")
    assert give(door, code_at())["Location"] == reverse("sign-in")


def test_an_app_is_enrolled_by_its_code_and_other_sessions_end(door: Door, another: Door, town: Town) -> None:
    another.sign_in()
    door.sign_in()
    page = door.client.get(reverse("access:totp"))
    shown = re.search(r'class="dc-secret">([A-Z2-7 ]+)<', page.content.decode())
    assert shown is not None
    secret = shown[1].replace(" ", "")
    image = door.client.get(reverse("access:totp-qr"))
    assert (image["Content-Type"], image["Cache-Control"].count("no-store")) == ("image/svg+xml", 1)
    assert b"style" not in image.content
    assert b"<script" not in image.content
    wrong = door.client.post(reverse("access:totp"), {"code": "000000"})
    assert wrong.status_code == 422
    assert secret[:4] in wrong.content.decode()
    answer = door.client.post(reverse("access:totp"), {"code": code_at(secret=secret)})
    assert (answer.status_code, answer["Location"]) == (302, reverse("access:codes"))
    assert door.is_in()
    assert not another.is_in()
    assert door.client.get(reverse("access:totp-qr")).status_code == 404
    assert door.client.get(reverse("access:totp")).status_code == 409


def test_secrets_are_kept_encrypted_everywhere(door: Door, town: Town) -> None:
    door.sign_in()
    page = door.client.get(reverse("access:totp")).content.decode()
    secret = re.search(r'class="dc-secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    assert secret not in json.dumps(dict(door.client.session.items()))
    door.client.post(reverse("access:totp"), {"code": code_at(secret=secret)})
    codes = factors.recovery_codes(town.duty)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        stored = repr(cursor.fetchall())
    assert [text for text in (secret, *(code.replace(" ", "") for code in codes)) if text in stored] == []
    assert len(codes) == 10


def test_recovery_codes_are_shown_once_and_downloaded_then(door: Door, town: Town, later) -> None:
    door.sign_in()
    assert door.client.get(reverse("access:codes")).status_code == 410
    enrol(town.duty)
    door.client.post(reverse("access:codes-renew"))
    codes = factors.recovery_codes(town.duty)
    page = door.client.get(reverse("access:codes")).content.decode()
    assert re.findall(r"<code>(\d{4} \d{4})</code>", page) == codes
    file = door.client.get(reverse("access:codes-file"))
    assert file["Content-Disposition"] == 'attachment; filename="dongche-recovery-codes.txt"'
    assert re.findall(r"^\d{4} \d{4}", file.content.decode(), re.M) == codes
    door.client.post(reverse("access:codes"))
    assert door.client.get(reverse("access:codes")).status_code == 410
    door.client.post(reverse("access:codes-renew"))
    assert factors.recovery_codes(town.duty) != codes
    later(minutes=10, seconds=1)
    assert door.client.get(reverse("access:codes-file")).status_code == 410


def test_a_recovery_code_is_good_once(door: Door, another: Door, town: Town) -> None:
    enrol(town.duty)
    code = factors.recovery_codes(town.duty)[3]
    first(door)
    assert give(door, code).status_code == 302
    first(another)
    assert give(another, code).status_code == 422
    assert len(factors.recovery_codes(town.duty)) == 9


@pytest.mark.django_db(transaction=True)
def test_one_code_used_at_the_same_moment_opens_one_session() -> None:
    from concurrent.futures import ThreadPoolExecutor

    from tests.town import build

    officer = build().duty
    enrol(officer)
    for code in (code_at(), factors.recovery_codes(officer)[0]):

        def use(_: int, code: str = code) -> str:
            try:
                return factors.use_code(officer, code)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(6) as pool:
            assert len([kind for kind in pool.map(use, range(6)) if kind]) == 1


def test_the_last_factor_takes_the_recovery_codes_along(door: Door, town: Town) -> None:
    enrol(town.duty)
    first(door)
    give(door, code_at())
    factor = Authenticator.objects.get(type="totp")
    door.client.post(reverse("access:factor-remove", args=[factor.pk]))
    assert not Authenticator.objects.exists()
    assert AuditEntry.objects.order_by("pk").last().action == "org.remove_factor"
    door.client.post(reverse("sign-out"))
    assert door.sign_in()["Location"] == reverse("desk:overview")


def test_a_deed_of_weight_asks_again_after_a_quarter_of_an_hour(door: Door, town: Town, later) -> None:
    door.sign_in()
    later(minutes=15, seconds=1)
    ask = door.client.get(reverse("access:totp"))
    assert ask["Location"] == f"{reverse('access:confirm')}?next={reverse('access:totp')}"
    assert door.client.post(ask["Location"], {"password": "wrong"}).status_code == 422
    answer = door.client.post(
        reverse("access:confirm"), {"password": PASSWORD, "next": reverse("access:totp")}
    )
    assert answer["Location"] == reverse("access:totp")
    assert door.client.get(reverse("access:totp")).status_code == 200
    later(minutes=16)
    enrol(town.duty)
    factor = Authenticator.objects.get(type="totp")
    door.client.post(reverse("access:factor-remove", args=[factor.pk]))
    assert Authenticator.objects.filter(type="totp").exists()


def test_whoever_has_no_password_proves_by_code_and_who_has_nothing_is_told(
    door: Door, town: Town, later
) -> None:
    town.duty.set_unusable_password()
    town.duty.save()
    door.client.force_login(town.duty)
    assert "退出后重新登录" in door.client.get(reverse("access:confirm")).content.decode()
    enrol(town.duty)
    assert door.client.post(reverse("access:confirm"), {"code": code_at()}).status_code == 302


@pytest.mark.parametrize(
    ("policy", "username", "is_led_away"),
    [
        ("optional", "duty", False),
        ("required-for-headquarters", "duty", True),
        ("required-for-headquarters", "leader1", False),
        ("required-for-headquarters", "n1", False),
        ("required", "n1", True),
    ],
)
def test_the_policy_leads_to_the_page_that_adds_a_factor(
    door: Door, town: Town, settings, policy: str, username: str, is_led_away: bool
) -> None:
    settings.MFA_POLICY = policy
    door.sign_in(username)
    answer = door.client.get(reverse("desk:overview"))
    if not is_led_away:
        assert answer.status_code == 200
        return
    assert (answer.status_code, answer["Location"]) == (302, reverse("access:account"))
    assert "您的职责要求有第二验证方式" in door.client.get(reverse("access:account")).content.decode()
    fragment = door.client.get(reverse("desk:places"), headers={"hx-request": "true"})
    assert (fragment.status_code, fragment["HX-Redirect"]) == (204, reverse("access:account"))
    page = door.client.get(reverse("access:totp")).content.decode()
    secret = re.search(r'class="dc-secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    door.client.post(reverse("access:totp"), {"code": code_at(secret=secret)})
    assert door.client.get(reverse("desk:overview")).status_code == 200


def test_the_policy_holds_for_the_maintenance_site(door: Door, town: Town, settings) -> None:
    settings.MFA_POLICY = "required-for-headquarters"
    org.create_officer(username="root", name="Root", password=PASSWORD, is_superuser=True, by=BY, at=NOW)
    door.sign_in("root")
    assert door.client.get("/admin/")["Location"] == reverse("access:account")


def test_a_required_factor_cannot_be_removed_unless_another_is_there(
    door: Door, town: Town, settings
) -> None:
    settings.MFA_POLICY = "required"
    enrol(town.n1)
    factor = Authenticator.objects.get(type="totp")
    with pytest.raises(actions.FactorNeeded):
        actions.remove_factor(factor=factor, by=town.n1, at=NOW)
    Authenticator.objects.create(user=town.n1, type="webauthn", data={"name": "key"})
    actions.remove_factor(factor=factor, by=town.n1, at=NOW)
    assert sorted(Authenticator.objects.values_list("type", flat=True)) == ["recovery_codes", "webauthn"]


def test_headquarters_resets_a_lost_factor_with_a_reason(door: Door, town: Town) -> None:
    enrol(town.n1)
    first(door, "n1")
    give(door, code_at())
    with pytest.raises(actions.ReasonMissing):
        actions.reset_second_factor(officer=town.n1, reason="  ", by=town.duty, at=NOW)
    actions.reset_second_factor(officer=town.n1, reason="phone lost", by=town.duty, at=NOW)
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.action, entry.subject_id, entry.by_id, entry.reason, entry.before) == (
        "org.reset_second_factor",
        town.n1.pk,
        town.duty.pk,
        "phone lost",
        {"factors": ["recovery_codes", "totp"]},
    )
    assert not door.is_in()
    assert door.sign_in("n1")["Location"] == reverse("desk:overview")
    with pytest.raises(actions.NoFactor):
        actions.reset_second_factor(officer=town.n1, reason="again", by=town.duty, at=NOW)


def test_nobody_touches_the_factor_of_another(door: Door, town: Town) -> None:
    enrol(town.n1)
    door.sign_in("duty")
    factor = Authenticator.objects.get(type="totp")
    codes = Authenticator.objects.get(type="recovery_codes")
    assert door.client.post(reverse("access:factor-remove", args=[factor.pk])).status_code == 404
    assert door.client.post(reverse("access:factor-remove", args=[codes.pk])).status_code == 404
    assert door.client.get(reverse("access:passkey-rename", args=[factor.pk])).status_code == 404
    assert factors.has_second_factor(town.n1)


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "x",
        "[]",
        "1",
        "null",
        "{}",
        '{"response": {}}',
        '{"response": {"userHandle": "AA"}}',
        '{"id": 1, "response": 2}',
    ],
)
def test_a_damaged_passkey_is_refused_with_a_sentence(door: Door, credential: str) -> None:
    door.client.post(reverse("access:passkey-sign-in-begin"))
    answer = door.client.post(reverse("access:passkey-sign-in"), {"credential": credential})
    assert answer.status_code == 422
    assert "org.passkey_refused" in answer.content.decode()
    door.sign_in()
    door.client.post(reverse("access:passkey-begin"))
    answer = door.client.post(
        reverse("access:passkey-add"), {"name": "key", "credential": credential or " x"}
    )
    assert answer.status_code == 422
    assert not Authenticator.objects.exists()


def test_the_names_of_passkeys_are_told_apart() -> None:
    assert factors.passkey_name("  my   phone ", []) == "my phone"
    assert factors.passkey_name("my phone", ["my phone", "my phone 2"]) == "my phone 3"
    assert len(factors.passkey_name("长" * 90, ["长" * 40])) <= 40


ADDRESSES = {
    "access:account": "get",
    "access:password": "both",
    "access:confirm": "both",
    "access:totp": "both",
    "access:totp-qr": "get",
    "access:codes": "both",
    "access:codes-file": "get",
    "access:codes-renew": "post",
    "access:passkey-add": "both",
    "access:passkey-begin": "post",
    "access:sessions-end": "post",
    "sign-out": "post",
}


@pytest.mark.parametrize(("name", "methods"), ADDRESSES.items())
def test_pages_of_ones_own_account_want_somebody_and_their_method(
    door: Door, name: str, methods: str
) -> None:
    url = reverse(name)
    asked = {"get": ["get"], "post": ["post"], "both": ["get", "post"]}[methods]
    for method in asked:
        answer = getattr(door.client, method)(url)
        assert (answer.status_code, answer["Location"]) == (302, f"{reverse('sign-in')}?next={url}")
    door.sign_in()
    wrong = "put" if methods == "both" else {"get": "post", "post": "get"}[methods]
    assert getattr(door.client, wrong)(url).status_code == 405


@pytest.mark.parametrize("name", ["access:passkey-sign-in", "access:passkey-sign-in-begin"])
def test_passkeys_are_asked_for_by_post_only(door: Door, name: str) -> None:
    assert door.client.get(reverse(name)).status_code == 405


SENT = [name for name, methods in ADDRESSES.items() if methods != "get"]


@pytest.mark.parametrize("name", [*SENT, "access:passkey-sign-in", "access:code", "sign-in"])
def test_forms_from_elsewhere_are_refused(town: Town, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(town.duty)
    assert strict.post(reverse(name), {"code": "1"}).status_code == 403


def test_pages_with_secrets_are_not_kept_and_carry_the_strict_policy(door: Door, town: Town) -> None:
    door.sign_in()
    for name in ("access:account", "access:totp", "access:totp-qr", "access:password", "access:confirm"):
        answer = door.client.get(reverse(name))
        assert "no-store" in answer["Cache-Control"]
        assert "unsafe" not in answer["Content-Security-Policy"]
