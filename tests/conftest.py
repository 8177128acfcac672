"""Which tests one process runs: those that share what is dear to make.

A model of the conformance suite is trained and exported once where all its
tests are in one process; so are fixtures of a file.
"""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups for `--dist loadgroup`: a row of the table, else a file."""
    for item in items:
        row = getattr(item, "callspec", None)
        row = row.params.get("row") if row else None
        name = item.nodeid.partition("::")[0] if row is None else row.name
        item.add_marker(pytest.mark.xdist_group(name))
