"""The desk's addresses."""

from django.urls import path

from . import deliveries, files, views
from .stream import stream

app_name = "desk"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("stream", stream, name="stream"),
    path("undelivered/", deliveries.undelivered, name="undelivered"),
    path("undelivered/<int:number>/again", deliveries.again, name="again"),
    path("handovers/<uuid:pk>/", views.handover, name="handover"),
    path("handovers/<uuid:pk>/files/<int:number>", files.file, name="file"),
    path("handovers/<uuid:pk>/live", views.live, name="live"),
    path("handovers/<uuid:pk>/accept", views.accept, name="accept"),
    path("handovers/<uuid:pk>/write", views.write, name="write"),
    path("handovers/<uuid:pk>/note", views.add_note, name="note"),
    path("handovers/<uuid:pk>/hand-back", views.hand_back, name="hand_back"),
    path("handovers/<uuid:pk>/close", views.close, name="close"),
    path("handovers/<uuid:pk>/reopen", views.reopen, name="reopen"),
]
