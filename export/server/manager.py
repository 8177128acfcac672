"""Keeps the newest version of a model available.

One thread looks at the base path, loads, and unloads. A new version is loaded
and warmed up while the old one answers; then it takes over; then the old one
is closed, once its last request has ended. A version that fails to load
changes nothing for the one that is served. When all versions are removed, the
last one stays.

Loading is tried again as TensorFlow Serving does: `max_num_load_retries` times
with a pause between, then not until the version is removed and put back.
"""

import dataclasses
import pathlib
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from absl import logging

from export.server import errors, lending, servable, states, versions
from export.server.states import State

_NEVER = float("inf")
_JOIN_SECONDS = 5.0


@dataclasses.dataclass(frozen=True)
class Policy:
    """When to look and how often to try.

    Attributes:
        poll_wait_seconds: between looks at the base path; 0 looks once.
        max_num_load_retries: after the first attempt failed.
        load_retry_seconds: pause before each retry.
    """

    poll_wait_seconds: float = 1.0
    max_num_load_retries: int = 5
    load_retry_seconds: float = 60.0


@dataclasses.dataclass
class _Attempt:
    """Loading of the version that should be served."""

    version: versions.Version
    num_failures: int = 0
    due: float = 0.0  # time.monotonic(); _NEVER when it is over.
    error: errors.ServingError | None = None


class Manager:
    """The versions of one model.

    Attributes:
        name: of the model.
        base_path: directory of version directories.
        states: what GetModelStatus answers.
    """

    def __init__(
        self,
        name: str,
        base_path: pathlib.Path,
        load: Callable[[versions.Version], servable.Servable],
        on_available: Callable[[], None],
        policy: Policy,
    ):
        """Does nothing until `start`.

        Args:
            name: of the model.
            base_path: need not exist yet.
            load: makes a servable that is ready for requests.
            on_available: called whenever a version has become available.
            policy: times and retries.
        """
        self.name = name
        self.base_path = base_path
        self.states = states.States(name)
        self._load = load
        self._on_available = on_available
        self._policy = policy
        self._wake = threading.Event()
        self._lending = lending.Lending(name, on_idle=self._wake.set)
        self._attempt: _Attempt | None = None
        self._complaint = ""
        self._next_poll = 0.0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Starts to look for versions."""
        self._thread.start()

    def stop(self) -> None:
        """Unloads everything; requests that still run are cancelled."""
        self._stopping = True
        self._wake.set()
        self._thread.join(_JOIN_SECONDS)
        self._close(self._lending.remove_all())

    def use(
        self, version: int | None
    ) -> AbstractContextManager[servable.Servable]:
        """Lends `version`, None for the newest, for a `with` block.

        Raises:
            ServingError: NOT_FOUND, no such version is available.
        """
        return self._lending.use(version)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._step()
            except Exception:
                logging.exception("Model %s: unexpected error", self.name)
            due = min(
                self._next_poll, self._attempt.due if self._attempt else _NEVER
            )
            self._wake.wait(
                None if due == _NEVER else max(0.0, due - time.monotonic())
            )
            self._wake.clear()

    def _step(self) -> None:
        """What is due: a look at the base path, a load, an unload."""
        now = time.monotonic()
        if now >= self._next_poll:
            wait = self._policy.poll_wait_seconds
            self._next_poll = now + wait if wait else _NEVER
            self._aim(self._newest())
        if self._attempt and now >= self._attempt.due:
            self._try(self._attempt)
        self._close(self._lending.remove_idle())

    def _aim(self, newest: versions.Version | None) -> None:
        """Makes `newest` the version to load, if it is another one."""
        attempt = self._attempt
        if newest == (attempt.version if attempt else None):
            return
        if attempt and attempt.due != _NEVER:
            self.states.set(attempt.version.number, State.END, attempt.error)
        self._attempt = _Attempt(newest) if newest else None
        if newest and self._lending.restore(newest.number):
            self._loaded(self._attempt)
        elif newest:
            self.states.set(newest.number, State.START)

    def _newest(self) -> versions.Version | None:
        """The highest version on disk; says once why there is none."""
        complaint = ""
        found = []
        try:
            found = versions.find(self.base_path)
        except OSError as error:
            complaint = (
                f"Could not find base path {self.base_path} for servable "
                f"{self.name} with error {error.strerror}"
            )
        else:
            if not found:
                complaint = (
                    f"No versions of servable {self.name} found under base "
                    f"path {self.base_path}. Did you forget to name your leaf "
                    "directory as a number (eg. '/1/')?"
                )
        if complaint and complaint != self._complaint:
            logging.warning("%s", complaint)
        self._complaint = complaint
        return found[-1] if found else None

    def _try(self, attempt: _Attempt) -> None:
        number = attempt.version.number
        self.states.set(number, State.LOADING)
        try:
            loaded = self._load(attempt.version)
        except Exception as error:
            self._failed(attempt, errors.from_load_failure(error))
            return
        self._lending.add(number, loaded)
        self._loaded(attempt)

    def _loaded(self, attempt: _Attempt) -> None:
        attempt.due = _NEVER
        number = attempt.version.number
        self.states.set(number, State.AVAILABLE)
        self._on_available()
        for retired in self._lending.retire_others(number):
            self.states.set(retired, State.UNLOADING)

    def _failed(self, attempt: _Attempt, error: errors.ServingError) -> None:
        attempt.error = error
        attempt.num_failures += 1
        if attempt.num_failures > self._policy.max_num_load_retries:
            attempt.due = _NEVER
            self.states.set(attempt.version.number, State.END, error)
            return
        attempt.due = time.monotonic() + self._policy.load_retry_seconds
        logging.error(
            "Model %s version %d cannot be loaded; next try in %g s. %s",
            self.name,
            attempt.version.number,
            self._policy.load_retry_seconds,
            error,
        )

    def _close(self, closing: dict[int, servable.Servable]) -> None:
        for number, each in closing.items():
            each.close()
            self.states.set(number, State.END)
