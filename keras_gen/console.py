"""What every program of the project does at its rim.

    with console.explained():
        ...

imports TensorFlow without its half page of start-up messages, and turns what a
user can mend into one line on stderr and exit code 1.
"""

import contextlib
import os
import sys
from collections.abc import Iterator

from absl import logging


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Prints ValueError, OSError and FloatingPointError as one line.

    ArtifactError and DataError are ValueErrors; so is most of what the library
    refuses. An ImportError of its own says what to install; that of Python has
    the `name` of a module and is, as anything else, a defect with a traceback.
    """
    logging.set_verbosity(logging.WARNING)
    try:
        import_tensorflow()
        yield
    except (ValueError, OSError, FloatingPointError, ImportError) as error:
        if isinstance(error, ImportError) and error.name is not None:
            raise
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        raise SystemExit(1) from error


def import_tensorflow() -> None:
    """Imports TensorFlow with stderr closed.

    Its libraries log before they read TF_CPP_MIN_LOG_LEVEL, so no variable
    silences them. An import that fails raises all the same.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    stderr = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        import tensorflow  # noqa: F401
    finally:
        os.dup2(stderr, 2)
        os.close(nowhere)
        os.close(stderr)
