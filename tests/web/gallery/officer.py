"""An officer without a database: signed in unless the address asks for a stranger."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class Officer:
    is_authenticated = True

    def has_duty(self, permission: str) -> bool:
        return permission != "gallery.none"

    def get_full_name(self) -> str:
        return "李明（值班长）"

    def get_username(self) -> str:
        return "liming"


class Stranger(Officer):
    is_authenticated = False


class SignedIn:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = Stranger() if request.path.startswith(("/report", "/sign-in")) else Officer()
        return self.get_response(request)
