"""TLS for the gRPC door: grpc asks with each handshake whether there is another certificate."""

from __future__ import annotations

from typing import Any

from collector.grpc_library import grpc
from collector.tls import Certificate, Material


def credentials(certificate: Certificate) -> Any:  # noqa: ANN401 - grpc ships no types
    """Make a server's credentials that follow a certificate's files. TLS 1.2 or newer: grpc takes no other."""
    shown = certificate.current()

    def newest() -> Any:  # noqa: ANN401 - as above
        """Give the certificate in force; None while it is the one of before."""
        nonlocal shown
        found = certificate.current()
        if found is shown:
            return None
        shown = found
        return _configuration(found)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(shown), newest, require_client_authentication=certificate.asks_clients
    )


def _configuration(material: Material) -> Any:  # noqa: ANN401 - as above
    return grpc.ssl_server_certificate_configuration([(material.key, material.certificate)], material.client_ca)
