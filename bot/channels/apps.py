from django.apps import AppConfig
from django.conf import settings


class ChannelsConfig(AppConfig):
    name = "bot.channels"
    label = "channels"

    def ready(self) -> None:
        from .telegram import checks, transport  # the import registers the system checks

        del checks
        if settings.TELEGRAM_TOKEN:
            transport.register()
