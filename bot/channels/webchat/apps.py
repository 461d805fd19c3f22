from django.apps import AppConfig


class WebchatConfig(AppConfig):
    name = "bot.channels.webchat"
    label = "webchat"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers the system checks
