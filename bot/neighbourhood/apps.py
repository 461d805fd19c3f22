from django.apps import AppConfig


class NeighbourhoodConfig(AppConfig):
    name = "bot.neighbourhood"
    label = "neighbourhood"

    def ready(self) -> None:
        from bot.facts import set_local_source

        from .local_facts import local_facts

        set_local_source(local_facts)
