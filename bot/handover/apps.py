from django.apps import AppConfig


class HandoverConfig(AppConfig):
    name = "bot.handover"
    label = "handover"

    def ready(self) -> None:
        from bot.conversations import ending, offers, rights, window
        from bot.privacy import wipe

        from . import (
            audit,
            away,
            catching_up,
            consent,
            joining,
            keeping,
            later,
            outcome,
            residents_rights,
            table,
            watch,
            withdrawal,
        )

        rights.register("withdraw_consent", withdrawal.withdraw)
        rights.register("other_helper", withdrawal.ask_for_other)
        rights.register("show_my_data", residents_rights.show_handovers)
        rights.register("held", away.helper_away)
        rights.register("draft_waits", consent.offer_again)
        rights.register("draft_begun", consent.go_on)
        rights.register("status", residents_rights.status)
        rights.register("ask_to_add", later.ask)
        rights.register("to_helper", later.pass_to_holder)
        rights.register("also", later.answer)
        rights.register("contact", watch.answer)
        rights.register("join", joining.heard)
        offers.register_answer(residents_rights.who_reads)
        ending.register(outcome.ask, outcome.answered)
        rights.on_code(table.take_up)
        wipe.register_sweeper("table", table.sweep)
        window.on_return(catching_up.catch_up)
        rights.on_crisis(residents_rights.mark_urgent)
        wipe.register("handover", residents_rights.tell_desk_of_wipe)
        wipe.register("audit", audit.keep)
        wipe.register_keeper("handover", keeping.keep_live)
        wipe.register_trimmer("handover", keeping.keep_ended)
        wipe.register_sweeper("handovers", keeping.sweep_ended)
        wipe.register_sweeper("audit", audit.sweep)
        wipe.register_sweeper("drafts", keeping.sweep_drafts)
