"""A certificate of one's own for a server on this machine, made anew for each trial."""

import ssl
import subprocess
from pathlib import Path

import pytest

from tests.conftest import needed

TWO_DAYS_FOR_LOCALHOST = (
    *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
    *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
)


def own_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What a server speaks TLS with, and the certificate that nobody trusts yet."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    program = needed("openssl", "no certificate can be made")
    files = ("-keyout", str(key), "-out", str(certificate))
    subprocess.run([program, *TWO_DAYS_FOR_LOCALHOST, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def trust_nobody_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the environment name no certificates, whatever it named."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
