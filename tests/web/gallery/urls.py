from django.urls import include, path

from tests.web.gallery import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("places/", views.places, name="places"),
    path("pieces/", views.pieces, name="pieces"),
    path("paper/", views.paper, name="paper"),
    path("remove/", views.remove, name="remove"),
    path("report/", views.report, name="report"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.remove, name="sign-out"),
    path("refuse/", views.refuse, name="refuse"),
    path("api/refuse/", views.refuse),
    path("forbid/", views.forbid),
    path("fail/", views.fail),
    path("language/", include("django.conf.urls.i18n")),
]

handler400 = "dongche.web.problems.bad_request"
handler403 = "dongche.web.problems.forbidden"
handler404 = "dongche.web.problems.not_found"
handler500 = "dongche.web.problems.server_error"
