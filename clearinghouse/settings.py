"""Settings of the clearing house, read once from the environment.

Every variable is listed in `.env.example`. One file for demo, tests and production: what differs
between them is the environment, never the code.
"""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from clearinghouse.background.schedule import SCHEDULE
from clearinghouse.shared.environment import database, flag, required, secret

BASE_DIR = Path(__file__).resolve().parent.parent


# Identity
SECRET_KEY = secret("SECRET_KEY")
DEBUG = flag("DEBUG")
DEMO_MODE = flag("DEMO_MODE")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")
ROOT_URLCONF = "clearinghouse.urls"
WSGI_APPLICATION = "clearinghouse.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_URL = os.environ.get("SITE_URL", "http://127.0.0.1:8000")
# A host for documents of strangers alone, which never sees a cookie of the portal; empty: this one.
DOCUMENTS_HOST = os.environ.get("DOCUMENTS_HOST", "")
if DOCUMENTS_HOST:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, DOCUMENTS_HOST.split(":")[0]]

# Signatures under explanations: a private Ed25519 key, and the public keys of earlier years
SIGNING_KEY = secret("SIGNING_KEY", default="")
SIGNING_KEYS_RETIRED = secret("SIGNING_KEYS_RETIRED", default="")

# Keys of the protection zone: never in the database. The first wraps the key of each person, the
# old ones (a line each) still unwrap; the other makes the opaque token of each state.
WRAPPING_KEY = secret("WRAPPING_KEY", default="")
WRAPPING_KEYS_RETIRED = secret("WRAPPING_KEYS_RETIRED", default="")
SHIELD_KEY = secret("SHIELD_KEY", default="")

# Where copies of signed checkpoints are kept, outside the database: best on another machine's disk
CHECKPOINT_DIR = os.environ.get("CHECKPOINT_DIR", str(BASE_DIR / "var" / "checkpoints"))

# Off only in the test that shows what would go unseen
RECORD_READS = True

# Security
BEHIND_TLS = flag("BEHIND_TLS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_SSL_REDIRECT = BEHIND_TLS
# How many proxies may say, in X-Forwarded-For, who calls; what others write there is not believed.
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_TLS else 0
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS
SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_NAME = "__Host-session" if BEHIND_TLS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if BEHIND_TLS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_ENGINE = "accounts.sessions"
CSRF_TRUSTED_ORIGINS = [SITE_URL] if BEHIND_TLS else []
X_FRAME_OPTIONS = "DENY"
# Messages of a moment go by the session, not by a cookie that carries their words.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
FILE_UPLOAD_HANDLERS = ["clearinghouse.web.uploads.InMemory"]

# Apps
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "pgtrigger",
    "accounts",
    "clearinghouse.audit",
    "clearinghouse.notices",
    "clearinghouse.registry",
    "clearinghouse.ledger",
    "clearinghouse.statistics",
    "clearinghouse.quotas",
    "clearinghouse.people",
    "clearinghouse.protection",
    "clearinghouse.applications",
    "clearinghouse.exports",
    "clearinghouse.matching",
    "clearinghouse.offers",
    "clearinghouse.simulation",
    "clearinghouse.background",
    "clearinghouse.web",
    "clearinghouse.api",
    # Last: its declarations are applied when everybody's tables are there.
    "clearinghouse.guard",
]

# Middleware
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "clearinghouse.web.headers.MoreHeaders",
    "clearinghouse.web.apart.DocumentsApart",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clearinghouse.web.middleware.NoStoreForSignedIn",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "clearinghouse.web.middleware.NoNulCharacters",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clearinghouse.web.transactions.OneTransaction",
    "clearinghouse.web.sessions.SessionsInUse",
    "clearinghouse.web.middleware.PersonalSettings",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "clearinghouse.web.gate.SecondFactorFirst",
    "clearinghouse.web.fresh.FreshFactor",
    "clearinghouse.web.middleware.DomainErrors",
]

# Database: a process works as the login of DATABASE_URL, and reaches further ones by
# DATABASE_URL_<NAME>. `LOGIN` is empty for the owner. See docs/decisions/0014-logins.md.
DATABASES = {"default": database(secret("DATABASE_URL"))}
_LOGINS = ("web", "matcher", "protection", "auditor", "backup")
for _name in _LOGINS:
    if _url := secret(f"DATABASE_URL_{_name.upper()}", default=""):
        DATABASES[f"mvch_{_name}"] = database(_url)
_USER = DATABASES["default"]["USER"]
LOGIN = _USER if _USER in {f"mvch_{_name}" for _name in _LOGINS} else ""

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "my-home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# One step of half a minute to either side: clocks of phones differ.
MFA_TOTP_TOLERANCE = 1
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignUp",
    "reset_password": "accounts.forms.ResetPassword",
    "change_password": "accounts.forms.ChangePassword",
}
MFA_FORMS = {
    "activate_totp": "accounts.forms.ActivateApp",
    "authenticate": "accounts.forms.AuthenticateByCode",
    "reauthenticate": "accounts.forms.ReauthenticateByCode",
}
# Guesses are counted in PostgreSQL (accounts/throttle.py), so that the counts are exact and signing
# in needs no queue. A connection of their own lets no rollback of a request take a count back.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
COUNT_GUESSES_APART = True
# How long a second factor counts as fresh for a sensitive act (access/sensitive.py).
FRESH_FACTOR_SECONDS = 600
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BEHIND_TLS
MFA_ADAPTER = "accounts.mfa.FactorAdapter"
MFA_TOTP_ISSUER = "Mobility Visa Clearing House"

# Languages and time
LANGUAGE_CODE = "en"
LANGUAGES = [("ar", _("Arabic")), ("en", _("English")), ("fr", _("French")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "clearinghouse" / "locale"]
LANGUAGE_COOKIE_NAME = "__Host-language" if BEHIND_TLS else "language"
LANGUAGE_COOKIE_SECURE = BEHIND_TLS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# Templates
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clearinghouse.web.context.house",
            ]
        },
    }
]

# Static files
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", BASE_DIR / "var" / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if flag("HASHED_STATIC", default=not DEBUG)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Cache: throttles and rate limits; losing it loses no work
REDIS_URL = required("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.replace("redis+socket://", "unix://"),
    }
}

# Celery: PostgreSQL is the truth, the queue is a hint
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 3600
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    # A page never waits for a queue that is away: the row is committed and the sweep finds it.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = SCHEDULE

# REST
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["clearinghouse.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["clearinghouse.api.parsers.JsonBody"],
    "DEFAULT_PAGINATION_CLASS": "clearinghouse.api.pagination.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "clearinghouse.api.schema.HouseSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "clearinghouse.api.throttling.AnonymousCalls",
        "clearinghouse.api.throttling.CallsOfAccount",
    ],
    "DEFAULT_THROTTLE_RATES": {"anon": "120/min", "user": "600/min"},
    "NUM_PROXIES": TRUSTED_PROXIES,
    "EXCEPTION_HANDLER": "clearinghouse.api.errors.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
REST_KNOX = {"AUTO_REFRESH": False, "TOKEN_TTL": None}
SPECTACULAR_SETTINGS = {
    "TITLE": "Mobility Visa Clearing House",
    "DESCRIPTION": "Post quotas, nominate workers, apply, receive results and verify them.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "QuotaStatus": "clearinghouse.quotas.enums.Status",
        "ApplicationStatus": "clearinghouse.applications.enums.Status",
        "RoundStatus": "clearinghouse.matching.enums.Status",
        "RunStatus": "clearinghouse.matching.enums.RunStatus",
        "OfferStatus": "clearinghouse.offers.enums.Status",
        "ReserveOrder": "clearinghouse.quotas.enums.ReserveOrder",
        "Reason": "clearinghouse.quotas.enums.Reason",
        "Qualification": "clearinghouse.registry.enums.Qualification",
    },
}

# Mail
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = os.environ.get("EMAIL_FILE_PATH", str(BASE_DIR / "var" / "mail"))
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "no-reply@clearinghouse.example")

# Logging: one line of JSON an event, no personal data (names, mail addresses, request bodies)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "clearinghouse.shared.logs.json_formatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"level": "WARNING"},
        # Says which letters a paper holds.
        "fontTools": {"level": "WARNING"},
        "fpdf": {"level": "WARNING"},
    },
}

# Domain parameters: the operator's own rules, never printed as the convention's
MINIMUM_RESERVE_PERCENT = int(os.environ.get("MINIMUM_RESERVE_PERCENT", "0"))
OFFER_DAYS = int(os.environ.get("OFFER_DAYS", "14"))
CERTIFIERS_NEEDED = 2
INVITATION_DAYS = 7
NOMINATION_ROWS_MAX = 10_000
SMALLEST_PUBLIC_CELL = 10
# Counts of people are rounded to multiples of this odd number.
PUBLIC_NUMBERS_STEP = 5
# New numbers of a round are released after so many days at the earliest.
PUBLIC_NUMBERS_DAYS = 7
# Whom to write to about a mistake in a result: a mail or web address, printed in explanations.
COMPLAINTS_ADDRESS = os.environ.get("COMPLAINTS_ADDRESS", "")
# How long parties may reveal their secrets after sealing; then the draw goes on without them.
REVEAL_MINUTES = int(os.environ.get("REVEAL_MINUTES", "60"))
# A run whose worker shows no life for this long is started again by another one.
RUN_LEASE_SECONDS = int(os.environ.get("RUN_LEASE_SECONDS", "15"))
# Up to so many ballots a plan is made again by plain Python, above by the other fast engine.
SECOND_IMPLEMENTATION_MAX = int(os.environ.get("SECOND_IMPLEMENTATION_MAX", "100000"))
# Named points at which a process kills itself, for drills; never honoured in production.
FAILPOINT = os.environ.get("MVCH_FAILPOINT", "") if DEMO_MODE or DEBUG else ""
