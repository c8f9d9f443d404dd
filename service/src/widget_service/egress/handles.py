"""libcurl handles with the settings that every request has, used again and again."""

import pycurl

from widget_service._version import __version__
from widget_service.egress.decoding import ACCEPTED
from widget_service.egress.trust import system_ca_file

_MAX_FREE = 64
_PROTOCOLS = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
_DISALLOW_USERNAME_IN_URL = 278  # CURLOPT_…, which pycurl has no name for
_IDLE_CONNECTION_S = 60
_CONNECTION_LIFETIME_S = 600  # a name that has moved is followed within that time


_OF_PLAIN_REQUESTS = (
    pycurl.HTTPHEADER,
    pycurl.RESOLVE,
    pycurl.HEADERFUNCTION,
    pycurl.WRITEFUNCTION,
    pycurl.OPENSOCKETFUNCTION,
    pycurl.PREREQFUNCTION,
)
"""What is set for a plain request beside its URL and the time for connecting, which every request sets."""


class Handles:
    """Gives out handles and takes them back. What a request has set is gone when the next one gets the handle."""

    def __init__(self, ca_file: str | None = None) -> None:
        self._ca_file = ca_file or system_ca_file()
        self._free: list[pycurl.Curl] = []
        self._closed = False
        self.connections_opened = 0
        """How many connections were begun with them."""

    def take(self) -> pycurl.Curl:
        """Return a handle that has the settings of every request, and no others."""
        return self._free.pop() if self._free else self._prepared(pycurl.Curl())

    def give_back(self, handle: pycurl.Curl, *, is_plain: bool) -> None:
        """Take back a handle whose transfer has ended by itself; at once: it refers to headers and bodies.

        One that ``is_plain`` has had nothing set that the next request does not set anew, but what is unset here.
        """
        if self._closed or len(self._free) >= _MAX_FREE:
            handle.close()
            return
        if is_plain:
            for option in _OF_PLAIN_REQUESTS:
                handle.unsetopt(option)
        else:
            handle.reset()
            self._prepared(handle)
        self._free.append(handle)

    def close(self) -> None:
        """Close the free handles, and each that is still given back."""
        self._closed = True
        while self._free:
            self._free.pop().close()

    def _prepared(self, handle: pycurl.Curl) -> pycurl.Curl:
        set_ = handle.setopt
        set_(pycurl.NOSIGNAL, 1)
        set_(pycurl.NOPROXY, "*")  # whatever the environment says
        set_(pycurl.PROTOCOLS, _PROTOCOLS)
        set_(pycurl.FOLLOWLOCATION, 0)  # redirects are followed by the client, which checks each
        set_(pycurl.NETRC, pycurl.NETRC_IGNORED)
        set_(_DISALLOW_USERNAME_IN_URL, 1)
        set_(pycurl.PATH_AS_IS, 1)  # what was checked is what is sent
        set_(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        set_(pycurl.HTTP09_ALLOWED, 0)
        set_(pycurl.ACCEPT_ENCODING, ACCEPTED)
        set_(pycurl.HTTP_CONTENT_DECODING, 0)  # libcurl does not say whether a coded body was at its end
        set_(pycurl.USERAGENT, f"Widget-Service/{__version__}")
        set_(pycurl.SSL_VERIFYPEER, 1)
        set_(pycurl.SSL_VERIFYHOST, 2)
        set_(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2)
        set_(pycurl.MAXAGE_CONN, _IDLE_CONNECTION_S)
        set_(pycurl.MAXLIFETIME_CONN, _CONNECTION_LIFETIME_S)
        if self._ca_file is not None:
            set_(pycurl.CAINFO, self._ca_file)
        return handle
