from django.apps import AppConfig
from django.conf import settings


class ChannelsConfig(AppConfig):
    name = "bot.channels"
    label = "channels"

    def ready(self) -> None:
        from bot.privacy import wipe

        from . import attachments

        # The imports register the system checks.
        from .telegram import checks, transport
        from .whatsapp import batches
        from .whatsapp import checks as whatsapp_checks
        from .whatsapp import transport as whatsapp

        wipe.register_sweeper("bodies", batches.look_again)
        wipe.register_sweeper("files", attachments.look_again)
        del checks, whatsapp_checks
        if settings.TELEGRAM_TOKEN:
            transport.register()
        if settings.WHATSAPP_TOKEN:
            whatsapp.register()
