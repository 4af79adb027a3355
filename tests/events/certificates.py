"""Certificates for tests, made by openssl: who signs, a server at 127.0.0.1, a client."""

from __future__ import annotations

import subprocess
from pathlib import Path

DAYS = "2"


def authority(folder: Path, name: str = "ca") -> Path:
    """The certificate of one who signs; its key lies beside it."""
    _openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj", f"/CN={name}",
        "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"),
    )  # fmt: skip
    return folder / f"{name}.pem"


def signed(folder: Path, name: str, ca: Path, names: str = "IP:127.0.0.1") -> Path:
    """A certificate for some names, signed; its key is `<name>.key`."""
    request, certificate, extension = folder / f"{name}.csr", folder / f"{name}.pem", folder / f"{name}.ext"
    extension.write_text(f"subjectAltName={names}\n")
    _openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", str(folder / f"{name}.key"),
        "-out", str(request),
    )  # fmt: skip
    _openssl(
        "x509", "-req", "-in", str(request), "-CA", str(ca), "-CAkey", str(ca.with_suffix(".key")), "-CAcreateserial",
        "-days", DAYS, "-extfile", str(extension), "-out", str(certificate),
    )  # fmt: skip
    return certificate


def with_key(certificate: Path) -> Path:
    """Key and certificate in one file, as a Java server takes them."""
    both = certificate.with_suffix(".both.pem")
    both.write_text(certificate.with_suffix(".key").read_text() + certificate.read_text())
    return both


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
