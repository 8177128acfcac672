"""Every mobile endpoint answers the same from LiteRT, on builtin operations."""

import pytest
from ai_edge_litert import interpreter

from export import conversion
from tests.conformance import models, tools

TOLERANCE = 1e-5
ROWS = models.MOBILE


def test_the_other_models_have_nothing_for_a_phone():
    for row in models.EXPORTED:
        if not row.mobile:
            endpoints = row.build().endpoints().values()
            assert not any(each.mobile for each in endpoints)


@pytest.fixture(scope="module")
def litert(trained, saved_model_of, tmp_path_factory):
    """An interpreter of one file with all mobile endpoints."""
    endpoints = trained.model.endpoints()
    keys = [name for name, each in endpoints.items() if each.mobile]
    # What the model has beside weights, no mobile endpoint has a use for.
    directory = tmp_path_factory.mktemp("mobile")
    path = saved_model_of(trained.row)
    bare = conversion.without_tables(path, keys, directory)
    content = conversion.converter(bare, keys).convert()
    return interpreter.Interpreter(model_content=content)


def test_mobile_endpoints_answer_the_same(trained, litert):
    endpoints = trained.model.endpoints()
    mobile = {name for name, each in endpoints.items() if each.mobile}
    assert set(litert.get_signature_list()) == mobile and mobile
    for num_rows in (2, 5):
        for name in mobile:
            inputs = endpoints[name].example_inputs(num_rows)
            found = litert.get_signature_runner(name)(**inputs)
            expected = tools.numpy(trained.model.run(name, **inputs))
            tools.assert_close(found, expected, TOLERANCE)
