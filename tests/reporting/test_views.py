"""The page behind the QR code, its receipt, and reporting on a place's behalf."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from dongche.kit import clock
from dongche.registry import actions as registry
from dongche.registry.models import Entity
from dongche.reporting import views
from dongche.reporting.models import Report
from tests.factories.registry import place
from tests.reporting.conftest import Tell
from tests.town import BY, DAY, NOW, Town

YESTERDAY = DAY - timedelta(days=1)
ANSWERS = {
    "key": "drawn-once-0001",
    "on": "2020-03-20",
    "state": "open",
    "staff_at_post": "12",
    "staff_due": "18",
}


def address(shop: Entity) -> str:
    return reverse("reporting:report", args=[shop.code])


def send(client: Client, shop: Entity, **answers: object) -> HttpResponse:
    return client.post(address(shop), ANSWERS | answers, headers={"accept-language": "en"})


def told(response: HttpResponse) -> list[str]:
    """The errors of the form, as codes where they are problems of ours."""
    form = response.context["form"]
    return sorted(error.code for errors in form.errors.as_data().values() for error in errors)


def test_a_report_is_stored_and_leads_to_its_receipt(client: Client, shop: Entity) -> None:
    response = send(
        client, shop, output_fen="9,800.5", output_normal_fen="1.2万", abnormal_temperature="0", mask_days="４",
        difficulties=["supplies", "funds"], note="  缺口罩 ",
    )  # fmt: skip
    report = Report.objects.get()
    assert (response.status_code, response["Location"]) == (
        302,
        reverse("reporting:receipt", args=[shop.code, report.pk]),
    )
    assert (report.state, report.staff_at_post, report.staff_due) == ("open", 12, 18)
    assert (report.output_fen, report.output_normal_fen) == (980_050, 1_200_000)
    assert (report.abnormal_temperature, report.mask_days) == (0, 4)
    assert (report.difficulties, report.note) == (["supplies", "funds"], "缺口罩")
    assert (report.channel, report.by, report.on) == ("qr", None, DAY)


def test_the_receipt_names_number_values_and_service_officer(
    town: Town, client: Client, shop: Entity
) -> None:
    report = Report.objects.get(pk=send(client, shop, output_fen="9800")["Location"].split("/")[-2])
    page = client.get(
        reverse("reporting:receipt", args=[shop.code, report.pk]), headers={"accept-language": "en"}
    )
    text = page.content.decode()
    assert f"20200320-{report.pk}" in text
    assert [(row.label, row.value) for row in page.context["rows"]] == [
        ("Are you open?", "Open"),
        ("People at post", "12"),
        ("People who are due", "18"),
        ("Output of the day", "9,800.00 yuan"),
    ]
    assert town.n1.name in text
    assert f'href="tel:{town.n1.phone}"' in text
    assert [day.on for day in page.context["week"]] == [DAY - timedelta(days=n) for n in range(7)]
    assert f'href="{address(shop)}?on=2020-03-20"' in text


def test_the_page_sent_twice_leads_to_the_same_receipt(client: Client, shop: Entity) -> None:
    first, second = send(client, shop), send(client, shop, staff_at_post="15")
    assert first["Location"] == second["Location"]
    assert Report.objects.count() == 1


def test_the_form_starts_from_the_last_report_and_the_normal_values(
    client: Client, shop: Entity, tell: Tell
) -> None:
    tell(shop, "part", on=YESTERDAY, staff_due=18, staff_at_post=11, output_fen=900_000, mask_days=3,
         abnormal_temperature=2, difficulties=("staff",), note="昨天的话")  # fmt: skip
    page = client.get(address(shop), headers={"accept-language": "en"})
    form = page.context["form"]
    assert {name: form[name].value() for name in form.fields if name not in {"key", "same", "sure"}} == {
        "on": DAY, "state": "part", "staff_at_post": 11, "staff_due": 18, "output_fen": None, "mask_days": 3,
        "output_normal_fen": "12000", "abnormal_temperature": 0, "difficulties": ("staff",), "note": None,
    }  # fmt: skip
    assert form.staff_hint == "Due: 18\nYesterday: 11"
    assert form.output_hint == "A normal day: 12,000.00 yuan · Yesterday: 9,000.00"


def test_each_drawing_of_the_form_has_its_own_key(client: Client, shop: Entity) -> None:
    keys = {client.get(address(shop)).context["form"]["key"].value() for _ in range(3)}
    assert len(keys) == 3
    assert all(views.KEY.fullmatch(key) for key in keys)


@pytest.mark.parametrize("key", ["", "short", "<script>alert(1)</script>", "x" * 65])
def test_an_unsound_key_is_replaced(client: Client, shop: Entity, key: str) -> None:
    send(client, shop, key=key)
    assert views.KEY.fullmatch(Report.objects.get().key)


def test_a_correction_starts_from_what_was_stored(client: Client, shop: Entity, tell: Tell) -> None:
    tell(shop, "open", staff_at_post=7, output_fen=500_000, abnormal_temperature=1, note="n")
    page = client.get(address(shop) + "?on=2020-03-20", headers={"accept-language": "en"})
    form = page.context["form"]
    assert [form[name].value() for name in ("staff_at_post", "output_fen", "abnormal_temperature", "note")] == [
        7, "5000", 1, "n",
    ]  # fmt: skip
    assert "is reported already, at 20 March 18:00" in page.content.decode()
    send(client, shop, staff_at_post="8")
    assert Report.objects.filter(superseded_at=None).get().staff_at_post == 8
    assert Report.objects.count() == 2


def test_days_still_missing_are_offered_and_can_be_reported(client: Client, shop: Entity, tell: Tell) -> None:
    for back in (1, 3, 4, 5, 6):
        tell(shop, staff_at_post=1, on=DAY - timedelta(days=back))
    page = client.get(address(shop), headers={"accept-language": "en"})
    assert page.context["start"].missing == (date(2020, 3, 18), date(2020, 3, 13))
    assert f'href="{address(shop)}?on=2020-03-18"' in page.content.decode()
    page = client.get(address(shop) + "?on=2020-03-18", headers={"accept-language": "en"})
    assert page.context["form"]["on"].value() == date(2020, 3, 18)
    assert "This is the report for Wednesday 18 March 2020, not for today." in page.content.decode()
    send(client, shop, on="2020-03-18")
    assert Report.objects.latest("id").on == date(2020, 3, 18)


def test_a_new_place_misses_no_day(client: Client, town: Town) -> None:
    new = place(town.grid_n1, from_on=DAY)
    assert client.get(address(new)).context["start"].missing == ()


@pytest.mark.parametrize("on", ["2019-01-01", "2030-01-01", "soon", ""])
def test_a_day_out_of_reach_in_the_address_gives_the_nearest(client: Client, shop: Entity, on: str) -> None:
    found = client.get(address(shop), {"on": on}).context["start"].on
    assert found == (DAY - timedelta(days=7) if on == "2019-01-01" else DAY)


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ({"state": ""}, ["required"]),
        ({"state": "ajar"}, ["invalid_choice"]),
        ({"staff_at_post": "12.5"}, ["invalid"]),
        ({"staff_at_post": "about ten"}, ["invalid"]),
        ({"staff_at_post": "-3"}, ["reporting.number_out_of_bounds"]),
        ({"staff_at_post": "999"}, ["reporting.staff_absurd"]),
        ({"staff_at_post": "999999999999999999999"}, ["invalid"]),
        ({"output_fen": "-1"}, ["reporting.number_out_of_bounds"]),
        ({"output_fen": "lots"}, ["invalid"]),
        ({"output_fen": "600001", "output_normal_fen": "12000"}, ["reporting.output_absurd"]),
        ({"state": "closed", "output_fen": "5"}, ["reporting.output_while_closed"]),
        ({"abnormal_temperature": "13"}, ["reporting.temperature_above_staff"]),
        ({"mask_days": "1000"}, ["reporting.number_out_of_bounds"]),
        ({"difficulties": ["weather"]}, ["invalid_choice"]),
        ({"note": "长" * 201}, ["reporting.note_too_long"]),
        ({"on": "2020-03-21"}, ["reporting.day_in_future"]),
        ({"on": "2020-03-12"}, ["reporting.day_too_old"]),
        ({"on": "9999-99-99"}, ["invalid"]),
    ],
)
def test_what_cannot_be_true_comes_back_with_a_sentence(
    client: Client, shop: Entity, answers: dict[str, object], codes: list[str]
) -> None:
    response = send(client, shop, **answers)
    assert (response.status_code, told(response)) == (422, codes)
    assert Report.objects.count() == 0
    assert response.context["form"]["key"].value() == "drawn-once-0001"


def test_people_at_post_are_asked_for_when_open_only(client: Client, shop: Entity) -> None:
    response = send(client, shop, staff_at_post="")
    assert response.context["form"].errors["staff_at_post"] == [
        "Say how many people are at post; 0 if nobody is."
    ]
    assert send(client, shop, state="closed", staff_at_post="").status_code == 302


def test_a_refused_number_is_named_in_the_readers_language(client: Client, shop: Entity) -> None:
    response = send(client, shop, mask_days="5000")
    assert response.context["form"].errors["mask_days"] == [
        "“Masks last for” is given as 5000; expected is a number from 0 to 999."
    ]


def code_of(response: HttpResponse) -> str:
    found = re.search(r"<code>([\w.]+)</code>", response.content.decode())
    return found[1] if found else ""


@pytest.mark.parametrize("code", ["0" * 26, "x", "0" * 200, "%00", "' OR 1=1 --", "码"])
def test_an_unknown_code_is_a_calm_page(client: Client, shop: Entity, code: str) -> None:
    for response in (client.get(f"/r/{code}/"), client.post(f"/r/{code}/", ANSWERS)):
        assert (response.status_code, code_of(response)) == (404, "reporting.unknown_code")


def test_a_code_typed_by_hand_is_read(client: Client, town: Town) -> None:
    shop = place(town.grid_n1, code="0123456789ABCDEFGHJKMNPQRS")
    response = client.get("/r/o1234-56789-abcde-fghjk-mnpqrs/")
    assert (response.status_code, response.context["place"]) == (200, shop)


def test_a_revoked_code_says_whom_to_ask(client: Client, shop: Entity) -> None:
    renewed = registry.revoke_code(entity=shop, reason="card lost", by=BY, at=NOW)
    for response in (client.get(address(shop)), send(client, shop)):
        assert (response.status_code, code_of(response)) == (410, "reporting.code_revoked")
        assert "North" in response.content.decode()
    assert Report.objects.count() == 0
    assert client.get(address(renewed)).status_code == 200
    send(client, renewed)
    assert Report.objects.get().entity == shop


def test_a_place_that_has_left_need_not_report(client: Client, shop: Entity) -> None:
    Entity.objects.update(until_on=DAY)
    response = client.get(address(shop))
    assert (response.status_code, code_of(response)) == (410, "reporting.place_ended")


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_a_wrong_method_is_refused(client: Client, shop: Entity, method: str) -> None:
    response = getattr(client, method)(address(shop))
    assert (response.status_code, code_of(response)) == (405, "web.wrong_method")


def test_the_secret_address_is_neither_cached_nor_sent_elsewhere(client: Client, shop: Entity) -> None:
    receipt = send(client, shop)["Location"]
    for response in (client.get(address(shop)), client.get(receipt), send(client, shop, state="")):
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "same-origin"


def test_a_place_sees_its_own_receipts_only(client: Client, town: Town, shop: Entity, tell: Tell) -> None:
    other = tell(place(town.grid_n1), staff_at_post=1)
    assert client.get(reverse("reporting:receipt", args=[shop.code, other.pk])).status_code == 404
    assert client.post(reverse("reporting:receipt", args=[shop.code, other.pk])).status_code == 405


def test_too_many_reports_are_braked_but_a_retry_still_gets_its_receipt(client: Client, shop: Entity) -> None:
    for count in range(views.MOST_POSTS):
        assert send(client, shop, key=f"drawn-{count:04d}", staff_at_post=str(count)).status_code == 302
    response = send(client, shop, key="drawn-9999", staff_at_post="40")
    assert (response.status_code, code_of(response)) == (429, "reporting.too_many_reports")
    assert send(client, shop, key="drawn-0003").status_code == 302
    assert Report.objects.count() == views.MOST_POSTS


def test_forged_forms_of_other_sites_are_refused(shop: Entity) -> None:
    careful = Client(enforce_csrf_checks=True)
    assert code_of(careful.post(address(shop), ANSWERS)) == "web.session_changed"


def test_the_page_asks_few_questions_of_the_database(
    client: Client, shop: Entity, tell: Tell, django_assert_max_num_queries: object
) -> None:
    report = tell(shop, staff_at_post=1, on=YESTERDAY)
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        client.get(address(shop))
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        client.get(reverse("reporting:receipt", args=[shop.code, report.pk]))


def behalf(shop: Entity) -> str:
    return reverse("reporting:on-behalf", args=[shop.number])


def test_an_officer_reports_for_a_place_of_theirs_on_any_day_of_the_campaign(
    client: Client, town: Town, shop: Entity
) -> None:
    client.force_login(town.n1)
    page = client.get(behalf(shop), headers={"accept-language": "en"})
    assert (page.status_code, page.context["form"].fields["on"].widget.attrs["min"]) == (200, "2020-02-08")
    response = client.post(behalf(shop), ANSWERS | {"on": "2020-02-10"})
    report = Report.objects.get()
    assert (response.status_code, response["Location"]) == (302, reverse("desk:place", args=[shop.number]))
    assert (report.on, report.channel, report.by) == (date(2020, 2, 10), "officer", town.n1)


def test_an_officer_sees_the_day_that_was_asked_for(
    client: Client, town: Town, shop: Entity, tell: Tell
) -> None:
    tell(shop, on=date(2020, 3, 2), staff_at_post=5, channel="officer")
    client.force_login(town.n1)
    form = client.get(behalf(shop) + "?on=2020-03-02").context["form"]
    assert (form["on"].value(), form["staff_at_post"].value()) == (date(2020, 3, 2), 5)


def test_reporting_on_behalf_follows_posts_and_duties(client: Client, town: Town, shop: Entity) -> None:
    assert client.get(behalf(shop)).status_code == 302
    expected = {"n1": 200, "north": 200, "duty": 200, "affairs": 200, "n2": 404, "south": 404, "leader1": 403}
    seen = {}
    for name in expected:
        client.force_login(town.officers[name])
        seen[name] = client.get(behalf(shop)).status_code
        assert client.post(behalf(shop), {"state": ""}).status_code == {200: 422}.get(seen[name], seen[name])
    assert seen == expected


def test_chinese_is_the_language_unless_asked_otherwise(client: Client, shop: Entity) -> None:
    with override("zh-hans"):
        page = client.get(address(shop)).content.decode()
    assert '<html lang="zh-Hans">' in page
    assert clock.today() == DAY
