"""Loaded versions, lent to requests and closed when nobody uses them."""

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator

from export.server import errors, servable


@dataclasses.dataclass
class _Entry:
    servable: servable.Servable
    num_users: int = 0
    retired: bool = False


class Lending:
    """The versions of one model that are in memory.

    A retired version is lent no more, and may be closed once the requests
    that have it are done.
    """

    def __init__(self, name: str, on_idle: Callable[[], None]):
        """Starts empty.

        Args:
            name: of the model.
            on_idle: called when the last user of a retired version is done.
        """
        self._name = name
        self._on_idle = on_idle
        self._lock = threading.Lock()
        self._entries: dict[int, _Entry] = {}

    @contextlib.contextmanager
    def use(self, version: int | None) -> Iterator[servable.Servable]:
        """Lends `version`, None for the newest; it stays loaded meanwhile.

        Raises:
            ServingError: NOT_FOUND, no such version is available.
        """
        with self._lock:
            entry = self._lendable(version)
            entry.num_users += 1
        try:
            yield entry.servable
        finally:
            with self._lock:
                entry.num_users -= 1
                idle = entry.retired and not entry.num_users
            if idle:
                self._on_idle()

    def add(self, version: int, loaded: servable.Servable) -> None:
        """Makes a loaded version available."""
        with self._lock:
            self._entries[version] = _Entry(loaded)

    def restore(self, version: int) -> bool:
        """Makes `version` available if it is in memory, and says whether."""
        with self._lock:
            entry = self._entries.get(version)
            if entry is not None:
                entry.retired = False
            return entry is not None

    def retire_others(self, keep: int) -> list[int]:
        """Retires all versions but `keep`; returns which ones changed."""
        with self._lock:
            changed = [
                version
                for version, entry in self._entries.items()
                if version != keep and not entry.retired
            ]
            for version in changed:
                self._entries[version].retired = True
            return changed

    def remove_idle(self) -> dict[int, servable.Servable]:
        """Takes out the retired versions without users."""
        with self._lock:
            idle = [
                version
                for version, entry in self._entries.items()
                if entry.retired and not entry.num_users
            ]
            return {n: self._entries.pop(n).servable for n in idle}

    def remove_all(self) -> dict[int, servable.Servable]:
        """Takes out every version, used or not."""
        with self._lock:
            entries, self._entries = self._entries, {}
            return {n: entry.servable for n, entry in entries.items()}

    def _lendable(self, version: int | None) -> _Entry:
        usable = [n for n, e in self._entries.items() if not e.retired]
        if version is None and usable:
            version = max(usable)
        if version not in usable:
            raise not_found(self._name, version)
        return self._entries[version]


def not_found(name: str, version: int | None) -> errors.ServingError:
    """The error for a model or version that cannot be lent."""
    asked = f"Latest({name})"
    if version is not None:
        asked = f"Specific({name}, {version})"
    return errors.not_found(
        f"Servable not found for request: {asked}. GetModelStatus tells which "
        "versions there are."
    )
