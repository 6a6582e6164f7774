"""Every address of the house. Rooms bring their own; nothing here has a view of its own but health and the root."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_GET
from django.views.generic import RedirectView

from dongche.web.access import SIGNED_IN, duty, public


@public
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Say "ok" when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("", duty(SIGNED_IN)(RedirectView.as_view(pattern_name="desk:overview"))),
    path("desk/", include("dongche.desk.urls")),
    path("registry/", include("dongche.registry.urls")),
    path("org/", include("dongche.org.urls")),
    path("r/", include("dongche.reporting.urls")),
    path("sign-in/", public(LoginView.as_view(template_name="web/sign_in.html", redirect_authenticated_user=True)),
         name="sign-in"),
    path("sign-out/", duty(SIGNED_IN)(LogoutView.as_view()), name="sign-out"),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
]  # fmt: skip

handler400 = "dongche.web.problems.bad_request"
handler403 = "dongche.web.problems.forbidden"
handler404 = "dongche.web.problems.not_found"
handler500 = "dongche.web.problems.server_error"
