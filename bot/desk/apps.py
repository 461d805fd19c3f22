from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "bot.desk"
    label = "desk"

    def ready(self) -> None:
        from bot.privacy import wipe

        from . import keeping

        wipe.register_sweeper("desk", keeping.sweep)
