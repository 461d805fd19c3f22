"""Every address of the web process."""

from django.urls import include, path
from django.views.generic import RedirectView

from bot.health import healthz, readyz
from bot.metrics import metrics

urlpatterns = [
    path("", RedirectView.as_view(url="/chat/")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("chat/", include("bot.channels.webchat.urls")),
    path("channels/telegram/", include("bot.channels.telegram.urls")),
    path("channels/whatsapp/", include("bot.channels.whatsapp.urls")),
    path("desk/", include("bot.desk.urls")),
    path("accounts/", include("allauth.urls")),
]
