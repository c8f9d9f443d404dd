"""The bodies of requests to the admin origin: whole, and not larger than they may be."""

from widget_service.admin.errors import AdminError
from widget_service.http import BodyCutOff, BodyTooLarge, Receive, read_body


async def body_of(receive: Receive, *, limit: int) -> bytes:
    """Return the whole body; raise `AdminError` where it is larger than ``limit`` bytes, or breaks off.

    A form that breaks off within a value would be carried out with what had come of it.
    """
    try:
        return await read_body(receive, limit=limit)
    except BodyTooLarge:
        raise AdminError("REQUEST_TOO_LARGE", f"The body is larger than {limit} bytes.") from None
    except BodyCutOff:
        raise AdminError("INVALID_REQUEST", "The body broke off before it was complete.") from None
