"""Values that are not there: most print as nothing, a secret or variable that does not exist is an error."""

from typing import Any

from jinja2.exceptions import SecurityError
from jinja2.runtime import Undefined

from widget_service.templating.errors import MissingValue, UnknownName


class Missing(Undefined):
    """Prints as nothing, is false, has no items; for anything else it is an error, which never shows a value."""

    __slots__ = ()

    def _fail_with_undefined_error(self, *args: Any, **kwargs: Any) -> Any:
        if issubclass(self._undefined_exception, SecurityError):
            raise SecurityError("this attribute cannot be read in a template")
        raise MissingValue(self._undefined_name)

    def __getattr__(self, name: str) -> Any:
        if name[:2] == name[-2:] == "__":
            raise AttributeError(name)
        return self._fail_with_undefined_error()

    __add__ = __radd__ = __sub__ = __rsub__ = _fail_with_undefined_error
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _fail_with_undefined_error
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _fail_with_undefined_error
    __pos__ = __neg__ = __call__ = __getitem__ = _fail_with_undefined_error
    __lt__ = __le__ = __gt__ = __ge__ = _fail_with_undefined_error
    __int__ = __float__ = __complex__ = _fail_with_undefined_error
    __pow__ = __rpow__ = _fail_with_undefined_error


class Unknown(Missing):
    """A secret or variable that there is not: only ``default`` and ``is defined`` may look at it."""

    __slots__ = ("_kind", "_name")

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(name=name)
        self._kind = kind
        self._name = name

    def _fail_with_undefined_error(self, *args: Any, **kwargs: Any) -> Any:
        raise UnknownName(self._kind, self._name)

    __add__ = __radd__ = __sub__ = __rsub__ = _fail_with_undefined_error
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _fail_with_undefined_error
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _fail_with_undefined_error
    __pos__ = __neg__ = __call__ = __getitem__ = _fail_with_undefined_error
    __lt__ = __le__ = __gt__ = __ge__ = _fail_with_undefined_error
    __int__ = __float__ = __complex__ = _fail_with_undefined_error
    __pow__ = __rpow__ = _fail_with_undefined_error
    __eq__ = __ne__ = __hash__ = _fail_with_undefined_error
    __str__ = __len__ = __iter__ = __bool__ = _fail_with_undefined_error
