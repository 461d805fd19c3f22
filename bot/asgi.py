"""The web process: Django under uvicorn."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.settings")
os.environ.setdefault("AANSPRAAK_PROCESS", "web")

from django.core.asgi import get_asgi_application

from bot.warm import warm

application = get_asgi_application()
warm(reads=False)
