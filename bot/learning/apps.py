from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "bot.learning"
    label = "learning"

    def ready(self) -> None:
        from bot.conversations import ending, joining, rights
        from bot.privacy import wipe

        from . import consent, keeping

        ending.register(consent.ask, consent.answered)
        joining.on_join(consent.join)
        joining.on_part(consent.part)
        rights.add("show_my_data", consent.show)
        rights.add("withdraw_consent", consent.withdraw)
        wipe.register("learning", consent.forget_conversation)
        wipe.register_sweeper("learning", keeping.sweep)
