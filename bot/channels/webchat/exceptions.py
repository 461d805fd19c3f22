"""What the web chat refuses. ``code`` is for programs; the sentence residents read is the text ``chat.error.<code>``.

WebchatError
├── InvalidJson       400
├── UnknownSession    401
├── ForeignOrigin     403
├── WrongMethod       405
├── UnknownButton     409
├── TooLarge          413
├── NotJson           415
├── WrongShape        422
├── EmptyText         422
├── UnknownLanguage   422
├── TooFast           429
├── TooManyWindows    429
└── Unavailable       503
"""

__all__ = [
    "EmptyText",
    "ForeignOrigin",
    "InvalidJson",
    "NotJson",
    "TooFast",
    "TooLarge",
    "TooManyWindows",
    "Unavailable",
    "UnknownButton",
    "UnknownLanguage",
    "UnknownSession",
    "UnknownVoice",
    "WebchatError",
    "WrongMethod",
    "WrongShape",
]


class WebchatError(Exception):
    """The web chat refused a request; nothing was stored."""

    status = 400
    code = "refused"

    def __init__(self, message: str | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(message or self.__doc__)
        self.headers = headers or {}


class InvalidJson(WebchatError):
    """The body is not JSON. Send a JSON object in UTF-8."""

    status, code = 400, "invalid_json"


class UnknownSession(WebchatError):
    """This session is unknown. Ask for a new one with POST /chat/api/sessions."""

    status, code = 401, "unknown_session"


class ForeignOrigin(WebchatError):
    """Another site's page sent this. Only the chat's own page may."""

    status, code = 403, "foreign_origin"


class UnknownVoice(WebchatError):
    """This voice was removed. The message itself still says it."""

    status, code = 404, "unknown_voice"


class WrongMethod(WebchatError):
    """This address does not know the method; see the Allow header."""

    status, code = 405, "wrong_method"


class UnknownButton(WebchatError):
    """This button was not offered in this conversation. Send a payload of a message in it."""

    status, code = 409, "unknown_button"


class TooLarge(WebchatError):
    """The message is longer than 10,000 characters. Send it in parts."""

    status, code = 413, "too_long"


class NotJson(WebchatError):
    """The content type is not application/json. Send JSON."""

    status, code = 415, "not_json"


class WrongShape(WebchatError):
    """The JSON has the wrong shape. Send either text or payload, as strings."""

    status, code = 422, "wrong_shape"


class EmptyText(WebchatError):
    """The message is empty. Send some text."""

    status, code = 422, "empty"


class UnknownLanguage(WebchatError):
    """This language is not on offer."""

    status, code = 422, "unknown_language"


class TooFast(WebchatError):
    """Too many requests. Wait as long as Retry-After says."""

    status, code = 429, "too_fast"


class TooManyWindows(WebchatError):
    """Too many streams are open for this session or address. Close one and try again."""

    status, code = 429, "too_many_windows"


class Unavailable(WebchatError):
    """The database does not answer now. Try again as Retry-After says; a client id makes that harmless."""

    status, code = 503, "unavailable"
