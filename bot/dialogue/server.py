"""Rasa's own server with our endpoints: ``python -m bot.dialogue.server MODEL``. Loopback only, with a token."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main(model: str) -> None:
    """Serve ``model`` until told to stop."""
    os.environ["AANSPRAAK_PROCESS"] = "rasa"
    from .django import ready

    ready()
    from django.conf import settings
    from rasa.core.run import serve_application
    from rasa.core.utils import AvailableEndpoints

    from bot.privacy.logs import install

    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.action.url = f"{settings.ACTIONS_URL}/webhook"
    endpoints.action.headers["Authorization"] = f"Bearer {settings.RASA_TOKEN}"
    install("rasa")
    serve_application(
        model_path=model,
        interface="127.0.0.1",
        port=settings.RASA_PORT,
        credentials=str(ROOT / "credentials.yml"),
        endpoints=endpoints,
        enable_api=True,
        auth_token=settings.RASA_TOKEN,
    )


if __name__ == "__main__":
    main(sys.argv[1])
