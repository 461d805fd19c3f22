from django.apps import AppConfig


class HandoverConfig(AppConfig):
    name = "bot.handover"
    label = "handover"

    def ready(self) -> None:
        from bot.conversations import rights, window
        from bot.privacy import wipe

        from . import away, catching_up, consent, later, residents_rights, watch, withdrawal

        rights.register("withdraw_consent", withdrawal.withdraw)
        rights.register("other_helper", withdrawal.ask_for_other)
        rights.register("show_my_data", residents_rights.show_handovers)
        rights.register("held", away.helper_away)
        rights.register("draft_waits", consent.offer_again)
        rights.register("status", residents_rights.status)
        rights.register("ask_to_add", later.ask)
        rights.register("to_helper", later.pass_to_holder)
        rights.register("also", later.answer)
        rights.register("contact", watch.answer)
        window.on_return(catching_up.catch_up)
        rights.on_crisis(residents_rights.mark_urgent)
        wipe.register("handover", residents_rights.tell_desk_of_wipe)
        wipe.register_keeper("handover", residents_rights.keep_live)
