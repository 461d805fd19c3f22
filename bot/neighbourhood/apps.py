from django.apps import AppConfig


class NeighbourhoodConfig(AppConfig):
    name = "bot.neighbourhood"
    label = "neighbourhood"
