from django.apps import AppConfig
from django.conf import settings


class ChannelsConfig(AppConfig):
    name = "bot.channels"
    label = "channels"

    def ready(self) -> None:
        # The imports register the system checks.
        from .telegram import checks, transport
        from .whatsapp import checks as whatsapp_checks
        from .whatsapp import transport as whatsapp

        del checks, whatsapp_checks
        if settings.TELEGRAM_TOKEN:
            transport.register()
        if settings.WHATSAPP_TOKEN:
            whatsapp.register()
