"""Settings of the gallery: the UI kit alone, without a database and without any other room."""

import tempfile
from pathlib import Path

import dongche
from dongche.config.navigation import Item

PACKAGE = Path(dongche.__file__).resolve().parent
ROOT = PACKAGE.parent.parent

SECRET_KEY = "only for the gallery"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.web.gallery.urls"
INSTALLED_APPS = [
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "dongche.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "dongche.web.csp.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tests.web.gallery.officer.SignedIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dongche.web.problems.ProblemMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "dongche.web.context.shell",
            ],
        },
    }
]
NAVIGATION = (
    Item("Overview", "overview", "gallery.all", "gauge"),
    Item("Places", "places", "gallery.all", "building"),
    Item("Import", "pieces", "gallery.all", "upload"),
    Item("Coverage", "missing", "gallery.all", "shield"),
    Item("Brief", "paper", "gallery.all", "file-text"),
    Item("Hidden", "overview", "gallery.none", "shield"),
)
INSTANCE = {"demonstration": "yes"}
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
CSRF_FAILURE_VIEW = "dongche.web.problems.csrf_failure"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "overview"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "Simplified Chinese"), ("zh-hant", "Traditional Chinese"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATIC_ROOT = Path(tempfile.mkdtemp(prefix="dongche-gallery-"))
NODE_MODULES = ROOT / "node_modules"
MAP_TILE_URL = MAP_TILE_ATTRIBUTION = ""
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "dongche.web.finders.NodeModulesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dongche.web.storage.HashedStaticStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["js", "mjs", "css", "svg"]  # compression is not what is looked at here
DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
LOGGING_CONFIG = None
