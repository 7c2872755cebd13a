"""Standoff: a model of the contest over chips and rare earths, to watch and to ask.

The repository root is this package and its folders are the subpackages:
``world <- agents <- model <- experiments``. Names are loaded when first used, so that
``import standoff`` and ``standoff --help`` pay for neither Mesa nor numba.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model.standoff import Standoff as Standoff

    __version__: str

_PUBLIC = {"Standoff": ".model.standoff"}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("standoff")
        except PackageNotFoundError:  # imported from a bare checkout
            return "0+unknown"
    if name in _PUBLIC:
        value = globals()[name] = getattr(import_module(_PUBLIC[name], __name__), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC, "__version__"})
