"""Where tests marked `data` find real data and weights."""

import os
import pathlib

import pytest

from tests import import_graph

_PLACES = (
    import_graph.ROOT / "shared" / "data",
    import_graph.ROOT.parent / "shared" / "data",
)


def path(name: str) -> pathlib.Path:
    """A file of the folder of real data; skips the test where it is absent.

    The folder is KERAS_GEN_DATA, or `shared/data` in or beside the checkout.
    """
    given = os.environ.get("KERAS_GEN_DATA")
    places = (pathlib.Path(given),) if given else _PLACES
    for place in places:
        if (place / name).exists():
            return place / name
    folders = " and ".join(map(str, places))
    pytest.skip(f"{name} is not in {folders}; KERAS_GEN_DATA may name a folder")
