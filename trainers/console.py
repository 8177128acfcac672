"""What a user can mend is one line on the screen, not a traceback."""

import contextlib
import os
import sys
from collections.abc import Iterator

# Before TensorFlow is imported: its start-up messages tell a user nothing.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Prints a ValueError or FloatingPointError as one line; exit code 1.

    ArtifactError and DataError are ValueErrors.
    """
    try:
        yield
    except (ValueError, FloatingPointError) as error:
        print(f"Error: {error}", file=sys.stderr)
        raise SystemExit(1) from error
