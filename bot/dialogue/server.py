"""Rasa's own server with our endpoints: ``python -m bot.dialogue.server MODEL``. Loopback only, with a token."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _check_answers_quickly() -> None:
    """Rasa holds the schema of an action's answer against its own meta-schema in every turn: some 5 ms for nothing.

    The answers themselves are still checked.
    """
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)
    RemoteAction._validate_action_result = lambda self, result: validator.validate(result) is None


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
    _check_answers_quickly()
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
