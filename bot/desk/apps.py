from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "bot.desk"
    label = "desk"
