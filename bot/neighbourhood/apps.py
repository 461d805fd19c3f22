from django.apps import AppConfig


class NeighbourhoodConfig(AppConfig):
    name = "bot.neighbourhood"
    label = "neighbourhood"

    def ready(self) -> None:
        from bot.conversations import crisis, offers, rights
        from bot.facts import set_local_source
        from bot.privacy import wipe

        from . import accounts, community, keeping, stories  # noqa: F401 - their tables are known to Django once imported
        from .crisis_hours import help_by_the_clock
        from .local_facts import local_facts

        set_local_source(local_facts)
        wipe.register_sweeper("neighbourhood", keeping.sweep)
        crisis.by_the_clock(help_by_the_clock)
        offers.register(stories.offer)
        rights.register("story", stories.answer)
        rights.register("story_wish", stories.wished)
