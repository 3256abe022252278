"""Settings of the studio, read from the environment. `make run` sets all that is needed."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import django_stubs_ext

from studio.admin_theme import UNFOLD as UNFOLD
from studio.environment import address, choice, flag, mailbox, number, secret, text, words

# Lets `ModelForm[User]` and its kin be written, and so checked, at run time too.
django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(text("STUDIO_VAR", str(ROOT / "var"))).resolve()
RUNS_DIR = VAR / "runs"
# Locks of GPUs: whose is held, that one works.
GPU_LOCKS_DIR = VAR / "gpus"

DEBUG = flag("STUDIO_DEBUG")
SECRET_KEY = secret("STUDIO_SECRET_KEY")
ALLOWED_HOSTS = words("STUDIO_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = words("STUDIO_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "frontend",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "axes",
    "studio",
    "studio.projects",
    "studio.accounts",
    "annotation",
    "training",
]

MIDDLEWARE = [
    "studio.projects.addresses.mounted",
    "studio.http.unrouted_problems.api_problems",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "studio.accounts.sign_in.sessions.Sessions",
    "studio.http.parsing.without_nul",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "studio.http.at_work.at_work",
    "studio.http.dates.dates_as_chosen",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "frontend.kit.csp.ContentSecurityPolicy",
    "frontend.kit.rendering.budgets.page_budget",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "studio.urls"
ASGI_APPLICATION = "studio.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", ["frontend.kit.template_loader.Loader"])],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "frontend.kit.context.frame",
            ],
        },
    },
]


def database(url: str) -> dict[str, Any]:
    """Django's settings for `postgresql://user:password@host:port/name?host=/socket/folder`."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "studio.database",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": options.pop("port", str(parts.port or "")),
        "OPTIONS": options,
        # A thread gives its connection back at once; `studio.database` keeps it for the next.
        "CONN_MAX_AGE": 0,
    }


DATABASES = {"default": database(secret("DATABASE_URL"))}
REDIS_URL = secret("REDIS_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "UserAttributeSimilarityValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "studio.accounts.sign_in.backend.Backend"]
AXES_HANDLER = "studio.accounts.sign_in.limits.Handler"
AXES_CLIENT_IP_CALLABLE = "studio.accounts.sign_in.limits.address"
AXES_LOCKOUT_CALLABLE = "studio.accounts.sign_in.limits.slowed"
# So many wrong passwords for one account from one address, and it waits; the good one ends the count.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# Who goes on trying waits no longer for it, and leaves nothing behind.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# Our own admin shows them in the admin's dress.
AXES_ENABLE_ADMIN = False
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
SESSION_ENGINE = "studio.accounts.sign_in.sessions"
SESSION_COOKIE_HTTPONLY = True
SECURE_COOKIES = flag("STUDIO_SECURE_COOKIES")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_COOKIES else None

# Without a mail server links are shown for copying only. Another of Django's backends may take its place.
EMAIL_HOST = text("STUDIO_EMAIL_HOST", "")
EMAIL_PORT = number("STUDIO_EMAIL_PORT", 587)
EMAIL_HOST_USER = text("STUDIO_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = secret("STUDIO_EMAIL_PASSWORD", "")
EMAIL_SECURITY = choice("STUDIO_EMAIL_SECURITY", "starttls", ("starttls", "tls", "none"))
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_SECURITY == "starttls", EMAIL_SECURITY == "tls"
# Whoever asks for a link waits for the mail server.
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = VAR / "mail"
DEFAULT_FROM_EMAIL = mailbox("STUDIO_EMAIL_FROM", "Xwin Studio <xwin-studio@localhost>")
EMAIL_BACKEND = text("STUDIO_EMAIL_BACKEND", "") or "django.core.mail.backends.smtp.EmailBackend"
SENDS_EMAIL = bool(EMAIL_HOST or text("STUDIO_EMAIL_BACKEND", ""))

TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
# Where whole files are sent, and how large they may be; every other body is a form.
UPLOADS = {"/import/", "/api/v1/imports/"}
UPLOAD_BYTES = number("STUDIO_UPLOAD_MIB", 4096) * 2**20

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "studio.accounts.sign_in.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["studio.http.permissions.SignedIn"],
    "DEFAULT_FILTER_BACKENDS": ["studio.http.filters.FilterBackend"],
    "DEFAULT_PARSER_CLASSES": [
        "studio.http.parsing.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["studio.http.rendering.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "studio.http.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "studio.http.schema.Schema",
    "EXCEPTION_HANDLER": "studio.http.problems.problem_response",
    "PAGE_SIZE": 50,
    # In our addresses `format` is a file's, never the answer's.
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Xwin Studio",
    "DESCRIPTION": "Prompts, responses, pairs, judgments, dataset versions, runs, checkpoints and evaluations.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "ScopeEnum": "studio.accounts.scopes.Scope",
        "AuthorKindEnum": "annotation.models.Author.Kind",
        "CheckpointKindEnum": "training.models.Checkpoint.Kind",
        "RoleEnum": "studio.accounts.roles.Role",
        "RunKindEnum": "training.runs.kinds.labels",
        "VersionKindEnum": "annotation.models.Version.Kind",
        "FlagStateEnum": "annotation.models.Flag.State",
        "InvitationStateEnum": "studio.accounts.models.Invitation.State",
        "JudgmentStateEnum": "annotation.models.Judgment.State",
        "RunStateEnum": "training.models.Run.State",
    },
    "PARSER_WHITELIST": ["studio.http.parsing.JSONParser"],
    "SERVE_PERMISSIONS": ["studio.http.permissions.SignedIn"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Your own judges, a folder each; and the published files that AlpacaEval's and FastChat's judges are read from.
JUDGES = text("STUDIO_JUDGES", "")
ALPACA_EVAL_CONFIGS = text("STUDIO_ALPACA_EVAL_CONFIGS", "")
FASTCHAT_PROMPTS = text("STUDIO_FASTCHAT_PROMPTS", "")
VICUNA_PROMPTS = text("STUDIO_VICUNA_PROMPTS", "")
OPENAI_API_KEY = secret("OPENAI_API_KEY", "")
OPENAI_BASE_URL = address("OPENAI_BASE_URL", "https://api.openai.com/v1")
OPENAI_IN_FLIGHT = number("OPENAI_IN_FLIGHT", 64)

# Your own tasks, besides those that come with lm-eval.
LM_EVAL_TASKS = text("STUDIO_LM_EVAL_TASKS", "")

# What the scheduler sends, and how often: {"name": {"task": "training.tasks.reap", "schedule": seconds}}.
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "recipes": {"task": "training.tasks.advance_recipes", "schedule": 5.0},
    "reviews": {"task": "training.tasks.look_after_reviews", "schedule": 15.0},
    "sessions": {"task": "studio.accounts.tasks.clear_sessions", "schedule": 86_400.0},
    "old records": {"task": "training.tasks.erase_old", "schedule": 3600.0},
}

LOG_LEVEL = text("STUDIO_LOG_LEVEL", "INFO")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # A line for each call to a judge says nothing that is not in the database.
    "loggers": {name: {"level": "WARNING"} for name in ("httpx", "httpx2", "openai")},
}

# A run whose worker is not heard of for so long is lost, and started again elsewhere.
LEASE_SECONDS = number("STUDIO_LEASE_SECONDS", 60)
# How long a program may take to stop with a checkpoint before it is made to.
CANCEL_SECONDS = number("STUDIO_CANCEL_SECONDS", 60)
# A program of which nothing moves for so long hangs; 0 waits forever.
STALL_SECONDS = 60 * number("STUDIO_STALL_MINUTES", 120)
# Programs that one GPU worker runs side by side; each gets its share of the cores.
GPU_SLOTS = number("STUDIO_GPU_SLOTS", 1)
REVIEW_LEASE_MINUTES = number("STUDIO_REVIEW_LEASE_MINUTES", 15)

# Where answers are streamed from: an OpenAI-compatible server, or the studio's own model server on a socket.
MODELS_URL = address("STUDIO_MODELS_URL", "")
MODELS_SOCKET = text("STUDIO_MODELS_SOCKET", str(VAR / "run" / "models.sock"))
