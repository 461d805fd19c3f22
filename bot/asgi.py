"""The web process: Django under uvicorn."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
os.environ.setdefault("AANSPRAAK_PROCESS", "web")

from django.core.asgi import get_asgi_application

from bot.body_limit import BodyLimit
from bot.warm import warm
from bot.webhooks import Webhooks

# Meta sends up to 3 MB; nobody else needs more.
application = BodyLimit(Webhooks(get_asgi_application()), most=3_500_000)
warm(reads=False)
