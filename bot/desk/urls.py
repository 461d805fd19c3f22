"""The desk's addresses."""

from django.urls import path

from .stream import stream
from .views import (
    buttons, chat, deliveries, entrance, files, handovers, languages, learning, models, numbers, people, shelves,
)  # fmt: skip

app_name = "desk"

urlpatterns = [
    path("", handovers.overview, name="overview"),
    path("home", entrance.home, name="home"),
    path("account", entrance.account, name="account"),
    path("second-step", entrance.second_step, name="second_step"),
    path("invitation/<str:token>", entrance.invitation, name="invitation"),
    path("stream", stream, name="stream"),
    path("undelivered/", deliveries.undelivered, name="undelivered"),
    path("undelivered/<int:number>/again", deliveries.again, name="again"),
    path("handovers/<uuid:pk>/files/<int:number>", files.file, name="file"),
    path("handovers/<uuid:pk>/", handovers.handover, name="handover"),
    path("handovers/<uuid:pk>/live", handovers.live, name="live"),
    path("handovers/<uuid:pk>/accept", buttons.accept, name="accept"),
    path("handovers/<uuid:pk>/write", chat.write, name="write"),
    path("handovers/<uuid:pk>/note", buttons.add_note, name="note"),
    path("handovers/<uuid:pk>/hand-back", buttons.hand_back, name="hand_back"),
    path("handovers/<uuid:pk>/close", buttons.close, name="close"),
    path("handovers/<uuid:pk>/reopen", buttons.reopen, name="reopen"),
    path("handovers/<uuid:pk>/hint", chat.hint, name="hint"),
    path("handovers/<uuid:pk>/phrase", chat.phrase, name="phrase"),
    path("handovers/<uuid:pk>/hand-on", buttons.hand_on, name="hand_on"),
    path("handovers/<uuid:pk>/may-know", buttons.may_know, name="may_know"),
    path("handovers/<uuid:pk>/attempt", buttons.attempt, name="attempt"),
    path("handovers/<uuid:pk>/ask-second", buttons.ask_second, name="ask_second"),
    path("handovers/<uuid:pk>/join", buttons.join, name="join"),
    path("handovers/<uuid:pk>/paper", handovers.paper, name="paper"),
    path("people/", people.people, name="people"),
    path("people/invite", people.invitations, name="invite"),
    path("people/<int:number>/", people.person, name="person"),
    path("people/<int:number>/absence", people.absence, name="absence"),
    path("people/<int:number>/away", people.away, name="away"),
    path("people/<int:number>/reset", people.reset, name="reset"),
    path("teams/<int:number>/", people.team, name="team"),
    path("neighbourhood/activities.ics", shelves.calendar, name="calendar"),
    path("neighbourhood/activities/import", shelves.calendar_in, name="calendar_in"),
    path("neighbourhood/<slug:name>/", shelves.shelf, name="shelf"),
    path("neighbourhood/<slug:name>/<int:number>/", shelves.thing, name="thing"),
    path("languages/", languages.languages, name="languages"),
    path("models/", models.models, name="models"),
    path("models/progress", models.progress, name="models_progress"),
    path("models/report/<slug:short>", models.report, name="models_report"),
    path("models/begin/<slug:kind>", models.begin, name="models_begin"),
    path("self-check", numbers.self_check, name="self_check"),
    path("reach", numbers.numbers, name="reach"),
    path("reach.csv", numbers.numbers_csv, name="reach_csv"),
    path("learning/", learning.inbox, name="learning"),
    path("learning/decide", learning.decide, name="learning_decide"),
    path("learning/undo", learning.undo, name="learning_undo"),
    path("learning/later", learning.later, name="learning_later"),
    path("learning/write", learning.write, name="learning_write"),
    path("poster", numbers.poster, name="poster"),
    path("poster/code.<slug:kind>", numbers.poster_code, name="poster_code"),
]
