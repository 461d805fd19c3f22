"""Included at ``chat/``."""

from django.urls import path

from . import page, views

app_name = "webchat"
urlpatterns = [
    path("", page.chat, name="chat"),
    path("hidden", page.hidden, name="hidden"),
    path("api/sessions", views.sessions, name="sessions"),
    path("api/messages", views.messages, name="messages"),
    path("api/stream", views.stream, name="stream"),
    path("api/typing", views.typing, name="typing"),
    path("api/voices/<int:number>", views.voice, name="voice"),
    path("api/language", views.language, name="language"),
]
