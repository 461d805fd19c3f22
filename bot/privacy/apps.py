from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "bot.privacy"
    label = "privacy"
