"""What the binaries of `export` have in common.

    if __name__ == "__main__":
        cli.run(main, define_flags)

A mistake of the user ends in one line on stderr and exit code 1, without a
traceback; `--verbosity=1` shows the traceback as well. Flags are defined when
the program runs, not when it is imported, so that programs can use each other
as libraries.
"""

import sys
from collections.abc import Callable

from absl import app, logging

from keras_gen import console

# Module -> the extra of this project that installs it.
_EXTRAS = {"tensorflow_serving": "serving", "ai_edge_litert": "mobile"}


def run(main: Callable[[], int], define_flags: Callable[[], None]) -> None:
    """Parses the flags, calls `main` and exits with the code it returns.

    Args:
        main: called when TensorFlow has been imported, which `--help` need
            not wait for.
        define_flags: calls `flags.DEFINE_...`.
    """
    # The loader for sessions is deprecated, yet what TensorFlow Serving uses.
    logging.logging.getLogger("tensorflow").setLevel(logging.logging.ERROR)
    logging.set_verbosity(logging.WARNING)
    define_flags()
    app.run(lambda argv: call(main, argv))


def call(main: Callable[[], int], argv: list[str]) -> int:
    """Calls `main`; returns the exit code, 1 after a mistake of the user."""
    if len(argv) > 1:
        raise app.UsageError(f"Unknown arguments: {' '.join(argv[1:])}.")
    try:
        console.import_tensorflow()
        return main()
    except (ValueError, OSError, ModuleNotFoundError) as error:
        logging.debug("This is where it came from:", exc_info=True)
        print(f"error: {_one_line(error)}", file=sys.stderr)
        return 1


def _one_line(error: Exception) -> str:
    missing = (getattr(error, "name", None) or "").partition(".")[0]
    if isinstance(error, ModuleNotFoundError) and missing in _EXTRAS:
        return (
            f"This command needs the module {missing}. Install it: pip "
            f"install 'keras_gen[{_EXTRAS[missing]}]'."
        )
    return " ".join(str(error).split())
