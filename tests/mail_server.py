"""A mail server on loopback for trials: takes mail with or without TLS and a password, or goes wrong as it is asked to."""

import base64
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default


@dataclass
class MailServer:
    """A server that runs. how: takes, hangs (never greets), drips (greets a byte a moment), full (refuses every mail),
    curt (closes with an odd word once it took one), sleepy (takes one, and says nothing more)."""

    port: int
    how: str = "takes"
    tls: ssl.SSLContext | None = None
    password: tuple[str, str] | None = None
    mails: list[Message] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"localhost:{self.port}"

    def texts(self) -> list[str]:
        """Subject and text of each mail that was taken."""
        return [f"{mail['Subject']}\n{mail.get_payload(decode=True).decode()}" for mail in self.mails]  # type: ignore[union-attr]

    def talk(self, connection: socket.socket) -> None:
        if self.how == "hangs":
            time.sleep(30)
            return
        if self.how == "drips":
            for _ in range(600):
                connection.sendall(b"2")
                time.sleep(0.05)
            return
        secured, known = False, self.password is None
        lines, say = connection.makefile("rb"), self._say
        say(connection, "220 mail.example.org ready")
        while line := lines.readline():
            word, _, rest = line.decode().strip().partition(" ")
            word = word.upper()
            if word in ("EHLO", "HELO"):
                offered = ["STARTTLS"] if self.tls and not secured else []
                offered += ["AUTH PLAIN"] if self.password else []
                for extension in ["mail.example.org", *offered]:
                    say(connection, f"250-{extension}")
                say(connection, "250 8BITMIME")
            elif word == "STARTTLS" and self.tls:
                say(connection, "220 go ahead")
                connection, secured = self.tls.wrap_socket(connection, server_side=True), True
                lines = connection.makefile("rb")
            elif word == "AUTH":
                given = tuple(base64.b64decode(rest.split()[1]).decode().split("\0")[1:])
                known = given == self.password
                say(connection, "235 welcome" if known else "535 no")
            elif word == "RCPT" and (self.how == "full" or not known):
                say(connection, "552 full")
            elif word == "DATA":
                say(connection, "354 go on")
                body = b""
                while (part := lines.readline()) != b".\r\n":
                    body += part
                self.mails.append(message_from_bytes(body, policy=default))
                self.over_tls.append(secured)
                say(connection, "250 taken")
            elif word == "QUIT" and self.how == "sleepy":
                time.sleep(5)
                return
            elif word == "QUIT" and self.how == "curt":
                say(connection, "421 too busy")
                return
            elif word == "QUIT":
                say(connection, "221 bye")
                return
            else:
                say(connection, "250 fine")

    @staticmethod
    def _say(connection: socket.socket, text: str) -> None:
        connection.sendall(text.encode() + b"\r\n")


@contextmanager
def mail_server(
    how: str = "takes", *, tls: ssl.SSLContext | None = None, password: tuple[str, str] | None = None
) -> Iterator[MailServer]:
    """Take mail in threads of this process."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = MailServer(listening.getsockname()[1], how, tls, password)

    def talk(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            server.talk(connection)

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=talk, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server
    finally:
        listening.close()
