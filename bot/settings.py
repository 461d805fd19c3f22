"""The one settings module: typed values from the environment, ``.env`` and ``var/secrets``; Django reads it too.

Every setting may also be given as ``NAME_FILE`` (the path of a file that holds the value). A wrong value stops the
start with its name and what to do (``SettingsError``).
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from environs import EnvError, FileAwareEnv

from bot.language.tags import ON_OFFER
from bot.secrets import read_secret
from bot.settings_error import SettingsError

ROOT = Path(__file__).resolve().parents[1]
env = FileAwareEnv(strip_whitespace=True)  # files mostly end with a line end
env.read_env(str(ROOT / ".env"), recurse=False)


def _read(cast, name: str, default, hint: str):
    try:
        return cast(name, default)
    except (EnvError, ValueError) as error:
        raise SettingsError(f"{name} is wrong ({error}). {hint}") from None


VAR = Path(_read(env.str, "AANSPRAAK_VAR", str(ROOT / "var"), "Give the path of a folder that can be written."))
SECRETS = VAR / "secrets"


def _secret(name: str, default: str = "") -> str:
    return _read(env.str, name, None, "Give the secret itself.") or read_secret(name, SECRETS) or default


# --- what runs here, and where it listens ------------------------------------------------------------------------
PORT = _read(env.int, "PORT", 8000, "Give a port number, such as 8000.")
RASA_PORT = _read(env.int, "RASA_PORT", PORT + 1005, "Give a port number, such as 9005.")
ACTIONS_PORT = _read(env.int, "ACTIONS_PORT", PORT + 1055, "Give a port number, such as 9055.")
for _name, _port in (("PORT", PORT), ("RASA_PORT", RASA_PORT), ("ACTIONS_PORT", ACTIONS_PORT)):
    if not 0 < _port < 65536:
        raise SettingsError(f"{_name} is {_port}. Give a port number between 1 and 65535.")
_MOST = 16
WEB_PROCESSES = _read(env.int, "WEB_PROCESSES", 1, "Give how many, such as 2.")
TURNS_PROCESSES = _read(env.int, "TURNS_PROCESSES", 1, "Give how many, such as 2.")
DELIVERY_PROCESSES = _read(env.int, "DELIVERY_PROCESSES", 1, "Give how many, such as 2.")
RASA_PROCESSES = _read(env.int, "RASA_PROCESSES", 1, "Give how many, such as 2.")
for _name, _number in (("WEB_PROCESSES", WEB_PROCESSES), ("TURNS_PROCESSES", TURNS_PROCESSES),
                       ("DELIVERY_PROCESSES", DELIVERY_PROCESSES), ("RASA_PROCESSES", RASA_PROCESSES)):  # fmt: skip
    if not 1 <= _number <= _MOST:
        raise SettingsError(f"{_name} is {_number}. Give a number from 1 to {_MOST}.")
# The second Rasa listens on the next port, and so on; any of them takes any turn.
RASA_PORTS = tuple(range(RASA_PORT, RASA_PORT + RASA_PROCESSES))
RASA_URL = _read(env.str, "RASA_URL", ",".join(f"http://127.0.0.1:{port}" for port in RASA_PORTS), "Give Rasa's address.")
ACTIONS_URL = _read(env.str, "ACTIONS_URL", f"http://127.0.0.1:{ACTIONS_PORT}", "Give the action server's address.")
# Another address than loopback is for containers, each in a closed network: Rasa's web server must never face the internet.
LISTEN = _read(env.str, "LISTEN", "127.0.0.1", "Give an address such as 127.0.0.1.")
RASA_TOKEN = _secret("RASA_TOKEN")
# Whoever gives it is told by /readyz which part is down; everybody else only whether all is well.
STATUS_TOKEN = _secret("STATUS_TOKEN")
# Empty on a demo machine; the address residents use in production.
PUBLIC_BASE_URL = _read(env.str, "PUBLIC_BASE_URL", "", "Give an address such as https://chat.example.nl.").rstrip("/")
if PUBLIC_BASE_URL and urlsplit(PUBLIC_BASE_URL).scheme != "https":
    raise SettingsError("PUBLIC_BASE_URL must begin with https://. Leave it empty for a demo on this machine.")
DEMO = not PUBLIC_BASE_URL and _read(env.bool, "DEMO", True, "Give true or false.")

# --- who we are --------------------------------------------------------------------------------------------------
BOT_NAME = _read(env.str, "BOT_NAME", "Buurtpraat", "Give a neutral name that is no person's.")
MUNICIPALITY = _read(env.str, "MUNICIPALITY", "", "Give the municipality's name.")
TEAM_NAME = _read(env.str, "TEAM_NAME", "het buurtteam", "Give the name residents know your team by.")
LANGUAGES_ON_OFFER = ON_OFFER
# Where the chat's quick hide button goes; empty: a neutral page of our own.
QUICK_HIDE_URL = _read(env.str, "QUICK_HIDE_URL", "", "Give an address such as https://weer.nl.")
# Three terms in days; the bot tells residents 30 days and a year, so these may be shorter and never longer.
RETENTION_DAYS = _read(env.int, "RETENTION_DAYS", 30, "Give a number of days.")
RETENTION_HANDOVER_DAYS = _read(env.int, "RETENTION_HANDOVER_DAYS", 365, "Give a number of days.")
RETENTION_AUDIT_DAYS = _read(env.int, "RETENTION_AUDIT_DAYS", 1095, "Give a number of days.")
for _name, _days, _least, _most in (
    ("RETENTION_DAYS", RETENTION_DAYS, 1, 30),
    ("RETENTION_HANDOVER_DAYS", RETENTION_HANDOVER_DAYS, RETENTION_DAYS, 365),
    ("RETENTION_AUDIT_DAYS", RETENTION_AUDIT_DAYS, RETENTION_HANDOVER_DAYS, 3650),
):
    if not _least <= _days <= _most:
        raise SettingsError(f"{_name} is {_days}. Give a number of days from {_least} to {_most}.")

# --- channels ----------------------------------------------------------------------------------------------------
TELEGRAM_TOKEN = _secret("TELEGRAM_TOKEN")
TELEGRAM_API_BASE = _read(env.str, "TELEGRAM_API_BASE", "https://api.telegram.org", "Give an address.").rstrip("/")
TELEGRAM_WEBHOOK_SECRET = _secret("TELEGRAM_WEBHOOK_SECRET")
TELEGRAM_MODE = _read(env.str, "TELEGRAM_MODE", "polling", "Give polling or webhook.")
if TELEGRAM_MODE not in {"polling", "webhook"}:
    raise SettingsError(f"TELEGRAM_MODE is {TELEGRAM_MODE!r}. Give polling or webhook.")

WHATSAPP_TOKEN = _secret("WHATSAPP_TOKEN")
WHATSAPP_APP_SECRET = _secret("WHATSAPP_APP_SECRET")
WHATSAPP_VERIFY_TOKEN = _secret("WHATSAPP_VERIFY_TOKEN")
WHATSAPP_PHONE_NUMBER_ID = _read(env.str, "WHATSAPP_PHONE_NUMBER_ID", "", "Give the digits of the phone number ID.")
WHATSAPP_WABA_ID = _read(env.str, "WHATSAPP_WABA_ID", "", "Give the digits of the WhatsApp Business account's ID.")
WHATSAPP_API_BASE = _read(env.str, "WHATSAPP_API_BASE", "https://graph.facebook.com", "Give an address.").rstrip("/")

# An antivirus program that reads a file from its standard input and ends with 0 when it is clean.
MEDIA_SCAN_COMMAND = _read(env.str, "MEDIA_SCAN_COMMAND", "", "Give a command such as: clamdscan --no-summary -")

# --- keys --------------------------------------------------------------------------------------------------------
FIELD_KEYS = _secret("FIELD_KEYS")
# The file they came from, which `aanspraak keys rotate` may change; none when the environment holds them.
FIELD_KEYS_PATH = env.str("FIELD_KEYS_FILE", "") or ("" if env.str("FIELD_KEYS", "") else str(SECRETS / "FIELD_KEYS"))
HASH_KEY = _secret("HASH_KEY")
SECRET_KEY = _secret("DJANGO_SECRET_KEY")
DEMO_PASSWORD = _secret("DEMO_PASSWORD")
DEMO_TOTP_SECRET = _secret("DEMO_TOTP_SECRET")

# --- database ----------------------------------------------------------------------------------------------------
PROCESS = os.environ.get("AANSPRAAK_PROCESS", "aanspraak")
# What residents and helpers reach connects as a role that reads and writes rows and cannot change tables (bot/roles.py);
# commands connect as the owner.
_AT_RUN_TIME = PROCESS in {"web", "turns", "delivery", "telegram", "rasa", "actions"}
DATABASE_URL = _secret("DATABASE_URL")
EMBEDDED_DATABASE = not DATABASE_URL
if EMBEDDED_DATABASE:
    from bot.database import OWNER, RUNNER, embedded_url

    _role, _name = (RUNNER, "DATABASE_RUN_PASSWORD") if _AT_RUN_TIME else (OWNER, "DATABASE_PASSWORD")
    DATABASE_URL = embedded_url(ROOT, VAR, read_secret(_name, SECRETS) or "", _role)
    DATABASE_RUN_ROLE = RUNNER
else:
    DATABASE_RUN_ROLE = unquote(urlsplit(DATABASE_URL).username or "")
    if not _AT_RUN_TIME:
        DATABASE_URL = _secret("DATABASE_OWNER_URL") or DATABASE_URL
for _name, _url in (("DATABASE_URL", DATABASE_URL), ("DATABASE_OWNER_URL", _secret("DATABASE_OWNER_URL"))):
    if _url and urlsplit(_url).scheme not in {"postgres", "postgresql"}:
        raise SettingsError(f"{_name} must begin with postgresql:// or postgres://. Leave it out for the embedded one.")
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=600, conn_health_checks=True)}
# A server on another machine that vanished without a word (a failover) is noticed within half a minute.
_options = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30000,
}
_options.update(DATABASES["default"].get("OPTIONS", {}), application_name=PROCESS)
DATABASES["default"]["OPTIONS"] = _options
# Statements that come back are planned once a connection: a third less of PostgreSQL's time for a turn. They, LISTEN
# and the locks of delivery belong to a connection: a pooler that gives each transaction another one is no choice.
_options.update(server_side_binding=True, prepare_threshold=3)
if PROCESS == "web":
    # Under ASGI a request has a thread of its own: kept connections would pile up, so they come from one pool.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    # A pool that finds no database tries again ever more seldom, for five minutes by default, while requests wait for that.
    # One that gives up when those who wait do begins anew with the next request: it tries each second or two.
    _options["pool"] = {"min_size": 1, "max_size": 12, "timeout": 5, "reconnect_timeout": 5}

# --- Django ------------------------------------------------------------------------------------------------------
DEBUG = False
ALLOWED_HOSTS = [urlsplit(PUBLIC_BASE_URL).hostname] if PUBLIC_BASE_URL else ["localhost", "127.0.0.1", "[::1]"]
# By which other names the web process is asked from inside: by probes and Prometheus.
ALLOWED_HOSTS += _read(env.list, "INTERNAL_HOSTS", [], "Give names with commas between them, such as web,10.0.0.7.")
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL] if PUBLIC_BASE_URL else []
ROOT_URLCONF = "bot.urls"
ASGI_APPLICATION = "bot.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # the page of passkeys uses it
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "procrastinate.contrib.django",
    "bot.privacy",
    "bot.conversations",
    "bot.channels",
    "bot.channels.webchat",
    "bot.neighbourhood",
    "bot.handover",
    "bot.learning",
    "bot.desk",
]
MIDDLEWARE = [
    "bot.web.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # Last, as its documentation asks: it answers in place of the sign-in where somebody is locked out.
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "bot" / "desk" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: who is locked out is not even asked for the password
    "allauth.account.auth_backends.AuthenticationBackend",
]
# Ten wrong passwords close an account for this address for a quarter of an hour; kept in the database, so that it
# holds for every web process and after a restart. Nothing of this is about residents.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "bot.desk.accounts.tried_address"
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
AUTH_USER_MODEL = "neighbourhood.User"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "bot.desk.accounts.ClosedSignup"
MFA_ADAPTER = "bot.desk.accounts.EncryptedSecondStep"
# Passkeys first: a key person has no office e-mail and no authenticator app, but has a phone.
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO  # http://localhost
MFA_TOTP_ISSUER = "Aanspraak"
# A code typed at its last second is still good (RFC 6238 allows one step for that).
MFA_TOTP_TOLERANCE = 1
# The municipality's own sign-in (OpenID Connect), beside the password; empty: no such button.
OIDC_ISSUER = _read(env.str, "OIDC_ISSUER", "", "Give the provider's address, such as https://login.example.nl.").rstrip("/")
OIDC_CLIENT_ID = _read(env.str, "OIDC_CLIENT_ID", "", "Give the name the provider knows us by.")
OIDC_CLIENT_SECRET = _secret("OIDC_CLIENT_SECRET")
OIDC_NAME = _read(env.str, "OIDC_NAME", "je werkaccount", "Give what people call it, such as: je gemeente-account.")
OIDC_EMAIL_VERIFIED = _read(env.bool, "OIDC_EMAIL_VERIFIED", False, "Give true or false.")
OIDC_SECOND_STEP = _read(env.list, "OIDC_SECOND_STEP", [], "Give values of amr or acr, with commas, such as: mfa.")
if OIDC_ISSUER and not OIDC_CLIENT_ID:
    raise SettingsError("OIDC_CLIENT_ID is missing. Give the name the provider knows us by, or leave OIDC_ISSUER out.")
if OIDC_ISSUER and urlsplit(OIDC_ISSUER).scheme != "https" and not DEMO:
    raise SettingsError("OIDC_ISSUER must begin with https://.")
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend" if DEMO else "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = _read(env.str, "EMAIL_HOST", "localhost", "Give the mail server's name.")
EMAIL_PORT = _read(env.int, "EMAIL_PORT", 25, "Give a port number, such as 587.")
EMAIL_HOST_USER = _read(env.str, "EMAIL_HOST_USER", "", "Give the name the mail server knows us by.")
EMAIL_HOST_PASSWORD = _secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = _read(env.bool, "EMAIL_USE_TLS", False, "Give true or false.")
DEFAULT_FROM_EMAIL = _read(env.str, "EMAIL_FROM", "noreply@localhost", "Give the address that mails come from.")
EMAIL_TIMEOUT = 10
# Notices on a phone (web push): the key that signs them, and where browsers keep their mailboxes. We call no other host.
PUSH_KEY = _secret("PUSH_KEY")
PUSH_HOSTS = _read(
    env.list, "PUSH_HOSTS", ["fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com"],
    "Give host names, with commas.",
)  # fmt: skip
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = bool(PUBLIC_BASE_URL)
SECURE_HSTS_SECONDS = 31_536_000 if PUBLIC_BASE_URL else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PUBLIC_BASE_URL else None
# WhatsApp sends bodies of up to 3 MB; each view has its own, lower bound.
DATA_UPLOAD_MAX_MEMORY_SIZE = 3_500_000
USE_TZ = True
TIME_ZONE = "Europe/Amsterdam"
LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
LOCALE_PATHS = [ROOT / "locales"]  # of the desk: desk.po, compiled to the name Django looks for
STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = []
STATIC_ROOT = VAR / "static"
WHITENOISE_USE_FINDERS = True
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
LOGGING_CONFIG = "bot.privacy.logs.configure"
LOGGING = {"level": _read(env.log_level, "LOG_LEVEL", "INFO", "Give INFO, WARNING or DEBUG.")}
