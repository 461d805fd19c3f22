"""The desk's addresses."""

from django.urls import path

from .stream import stream
from .views import entrance, handovers

app_name = "desk"

urlpatterns = [
    path("", handovers.overview, name="overview"),
    path("home", entrance.home, name="home"),
    path("account", entrance.account, name="account"),
    path("second-step", entrance.second_step, name="second_step"),
    path("invitation/<str:token>", entrance.invitation, name="invitation"),
    path("stream", stream, name="stream"),
    path("handovers/<uuid:pk>/", handovers.handover, name="handover"),
    path("handovers/<uuid:pk>/live", handovers.live, name="live"),
    path("handovers/<uuid:pk>/accept", handovers.accept, name="accept"),
    path("handovers/<uuid:pk>/write", handovers.write, name="write"),
    path("handovers/<uuid:pk>/note", handovers.add_note, name="note"),
    path("handovers/<uuid:pk>/hand-back", handovers.hand_back, name="hand_back"),
    path("handovers/<uuid:pk>/close", handovers.close, name="close"),
    path("handovers/<uuid:pk>/reopen", handovers.reopen, name="reopen"),
]
