"""The certificates of a connector, ready for its requests: texts once, the key rendered for each."""

from widget_service.connectors.options import Tls
from widget_service.egress.client_tls import ClientTls
from widget_service.rendering import render_template
from widget_service.templating import Field, Reads, RenderContext, compile_template


class ClientCertificate:
    """The ``tls`` of a definition. ``reads`` is what the template of its key can read."""

    def __init__(self, tls: Tls) -> None:
        self._ca = _pem(tls.ca)
        self._certificate = _pem(tls.client_cert)
        self._key = None if tls.client_key is None else compile_template(tls.client_key, Field.AUTH)
        self.reads: tuple[Reads, ...] = () if self._key is None else (self._key.reads,)

    def render(self, context: RenderContext) -> ClientTls:
        """Return what a request brings; raise ``TEMPLATE_ERROR`` naming the key."""
        key = None if self._key is None else render_template(self._key, context, "tls.client_key")
        return ClientTls(self._ca, self._certificate, _pem(key))


def _pem(text: str | None) -> bytes | None:
    r"""Return the text as bytes; line breaks that were pasted as ``\n`` become what they stand for."""
    return None if text is None else text.replace("\\n", "\n").strip().encode("utf-8", "replace") + b"\n"
