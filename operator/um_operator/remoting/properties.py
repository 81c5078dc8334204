"""The properties of an object: in the order they came, looked up without case, as PowerShell does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from um_operator.remoting.session import PSValue


class Properties(Mapping[str, PSValue]):
    """A mapping of property names that ignores case; of two names that differ only by case the later wins."""

    __slots__ = ("_folded", "_values")

    def __init__(self, values: Mapping[str, PSValue]) -> None:
        self._values = values
        self._folded: dict[str, PSValue] | None = None

    def __getitem__(self, name: str) -> PSValue:
        try:
            return self._values[name]
        except KeyError:
            pass
        if self._folded is None:
            self._folded = {key.casefold(): value for key, value in self._values.items()}
        try:
            return self._folded[name.casefold()]
        except KeyError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(dict(self._values))
