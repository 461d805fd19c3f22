from django.apps import AppConfig


class HandoverConfig(AppConfig):
    name = "bot.handover"
    label = "handover"
