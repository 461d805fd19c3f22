"""Included at ``channels/telegram/``."""

from importlib import import_module

from django.conf import settings
from django.urls import path

from . import views

app_name = "telegram"
urlpatterns = [path("webhook", views.webhook, name="webhook")]

if settings.TELEGRAM_TOKEN:
    # Loaded when the web process starts, so that the first update does not wait 0.4 s for it.
    import_module(f"{__package__}.bot_api")
