from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "bot.conversations"
    label = "conversations"
