"""A browser's mailbox on 127.0.0.1: it takes an empty notice only with a signature that holds, as RFC 8030 and 8292 ask."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jwt import JWTClaimsRegistry

from .server import FakeServer, Request

__all__ = ["FakePush", "Notice"]


@dataclass(frozen=True)
class Notice:
    """One that came: at which mailbox, its body, its headers in small letters."""

    path: str
    body: bytes
    headers: dict[str, str]


class FakePush(FakeServer):
    """The server. ``came``: what was taken; ``key``: the only one it takes; ``answers``: others."""

    def __init__(self, key: str) -> None:
        self.key, self.came, self.answers = key, [], {}
        self.listen(_Request)

    def _signed(self, authorization: str) -> bool:
        """``vapid t=JWT, k=KEY``: by that key, for this server, not for longer than a day."""
        parts = dict(part.strip().split("=", 1) for part in authorization.removeprefix("vapid ").split(",") if "=" in part)
        if parts.get("k") != self.key:
            return False
        point = base64.urlsafe_b64decode(self.key + "=" * (-len(self.key) % 4))
        x, y = (base64.urlsafe_b64encode(half).rstrip(b"=").decode() for half in (point[1:33], point[33:]))
        try:
            token = jwt.decode(parts["t"], ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y}), algorithms=["ES256"])
            JWTClaimsRegistry(aud={"essential": True, "value": self.base}, exp={"essential": True}).validate(token.claims)
        except JoseError:
            return False
        return token.claims["exp"] <= time.time() + 86400 and token.claims["sub"].startswith(("https://", "mailto:"))

    def _status(self, path: str, headers: dict[str, str]) -> int:
        if path in self.answers:
            return self.answers[path]
        if not self._signed(headers.get("authorization", "")):
            return 403
        return 201 if headers.get("ttl", "").isdecimal() else 400


class _Request(Request):
    def do_POST(self) -> None:
        headers, body = {name.lower(): value for name, value in self.headers.items()}, self.body()
        status = self.fake._status(self.path, headers)
        if status == 201:
            self.fake.came.append(Notice(self.path, body, headers))
        self.reply(status)
