"""TLS on the way to an MQTT broker, and which setting to correct where it does not stand. Used by mqtt_session.py."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from events.log import Unusable


@dataclass(frozen=True)
class Tls:
    """PEM files. ca: of who signs the broker's certificate; None: those that this machine trusts. cert, key: what is
    shown to a broker that asks; the key without a password, or in the same file."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Unusable: a file cannot be read."""
        try:
            context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        except OSError as error:
            raise Unusable(f"TIDINGS_MQTT_CA={self.ca} cannot be read ({error}): name a file in PEM") from error
        if self.cert:
            try:
                context.load_cert_chain(str(self.cert), str(self.key) if self.key else None)
            except OSError as error:
                raise Unusable(
                    f"TIDINGS_MQTT_CERT={self.cert} and TIDINGS_MQTT_KEY={self.key} cannot be read ({error}): "
                    "name a certificate and its key, in PEM, the key without a password"
                ) from error
        return context

    def why(self, said: object) -> str:
        """Why there is no connection, in a line. said: an exception, or the reason that the protocol gives.

        In TLS 1.3 the broker's word on our certificate comes after the handshake, and may be lost in the end of the
        connection.
        """
        if isinstance(said, ssl.SSLCertVerificationError):
            return (
                f"the broker's certificate is not trusted ({said.verify_message}): TIDINGS_MQTT_CA={self.ca} must name "
                "who signed it, and TIDINGS_MQTT the name it is for"
            )
        if isinstance(said, ConnectionRefusedError | TimeoutError):
            return f"broker away: {said}"
        return (
            f"broker away before it said a word ({said}): it speaks no TLS there (TIDINGS_MQTT), or does not take "
            f"TIDINGS_MQTT_CERT={self.cert}"
        )
