"""Secrets stay out of every log, message and stored note: by their value where it is known, by their look where it is not."""

import base64
import logging
import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "[hidden]"
SHORTEST = 6
"""A shorter value is no secret, and hiding it would tear words apart."""
LOOKS_SECRET = re.compile(
    r"(?i)(\b(?:access_?token|refresh_?token|token|api_?key|apikey|key|secret|password|pass|pwd|auth|sig|signature|jwt|code)=)[^&\s\"'<>#]+"
    r"|(\b(?:bearer|basic|dpop)\s+)[\w.~+/=:%-]{6,}"
    r"|(//)[^/\s@:]+:[^/\s@]+@"
)


class Redactor(logging.Filter):
    """Takes secrets out of texts and log records. Put on a handler, it sees the records of every library."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._values: list[str] = []
        self.hide(*secrets)

    def hide(self, *secrets: str) -> None:
        """Hide these values from now on, also as a web address or an Authorization header spells them."""
        for secret in secrets:
            if len(secret) >= SHORTEST:
                spelled = (secret, quote(secret, safe=""), quote(secret), base64.b64encode(secret.encode()).decode())
                self._values += [value for value in spelled if value not in self._values]
        self._values.sort(key=len, reverse=True)

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for value in self._values:
            text = text.replace(value, HIDDEN)
        return LOOKS_SECRET.sub(lambda match: f"{match[1] or match[2] or match[3]}{HIDDEN}{'@' if match[3] else ''}", text)

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean a record; it is always let through."""
        record.msg, record.args = self.clean(record.getMessage()), None
        if record.exc_info:
            record.exc_text = self.clean(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


REDACTOR = Redactor()
"""The one of this program: whoever reads a credential hides it here."""
