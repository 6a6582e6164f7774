"""Every address of the house. Rooms bring their own; nothing here has a view of its own but the root."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from dongche.desk import api as desk
from dongche.desk.views import wall
from dongche.org.access import bearer
from dongche.org.access.views import sign_in
from dongche.registry import api as registry
from dongche.reporting import api as reporting
from dongche.web import api
from dongche.web.access import SIGNED_IN, duty

# What programs may ask for, by prefix: each room brings its own operations.
API = {
    "places": registry.places,
    "imports": registry.imports,
    "people": registry.people,
    "coverage": registry.coverage,
    "metrics": reporting.metrics,
    "publications": reporting.publications,
    "scorecards": desk.router,
}

urlpatterns = [
    path("", duty(SIGNED_IN)(RedirectView.as_view(pattern_name="desk:overview"))),
    path("desk/", include("dongche.desk.urls")),
    path("wall/", wall.wall, name="wall"),
    path("wall/panels/", wall.panels, name="wall-panels"),
    path("registry/", include("dongche.registry.urls")),
    path("org/", include("dongche.org.urls")),
    path("r/", include("dongche.reporting.urls")),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("", include("dongche.org.access.urls")),
    path("api/v1/", include((api.build(API, version="1", everywhere=bearer.REFUSED), "api"))),
    path("language/", include("django.conf.urls.i18n")),
    # The maintenance site has no door, exit or password page of its own.
    path("admin/login/", sign_in.admin_sign_in),
    path("admin/logout/", sign_in.sign_out),
    path("admin/password_change/", duty(SIGNED_IN)(RedirectView.as_view(pattern_name="access:password"))),
    path("admin/", admin.site.urls),
    path("", include("dongche.operations.urls")),
]  # fmt: skip

handler400 = "dongche.web.problems.bad_request"
handler403 = "dongche.web.problems.forbidden"
handler404 = "dongche.web.problems.not_found"
handler500 = "dongche.web.problems.server_error"
