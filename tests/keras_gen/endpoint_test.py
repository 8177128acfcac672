"""Endpoints describe themselves and bring examples of what they take."""

import json

import numpy as np

from keras_gen import endpoint, spec

SEED = spec.Spec((), "int32", doc="A seed.")
LATENT = spec.Spec((3,), "float32", -2.0, 2.0)


def make(**options):
    inputs = {"seed": SEED, "latent": LATENT}
    return endpoint.Endpoint(
        lambda seed, latent: {"latent": latent},
        inputs,
        {"latent": LATENT},
        "Gives back.",
        **options,
    )


def test_example_inputs_fit_the_specs_and_repeat():
    made = make()
    for num_rows in (1, 4):
        found = made.example_inputs(num_rows, seed=1)
        assert list(found) == ["seed", "latent"]
        for name, value in found.items():
            made.inputs[name].check(value, name)
            assert len(value) == num_rows
            again = made.example_inputs(num_rows, seed=1)[name]
            np.testing.assert_array_equal(value, again)
    other = made.example_inputs(4, seed=2)["latent"]
    assert not np.array_equal(found["latent"], other)


def test_an_example_of_its_own_is_repeated_and_cut():
    latent = np.float32([[1, 1, 1], [2, 2, 2]])
    made = make(example={"seed": np.int32([5, 6]), "latent": latent})
    found = made.example_inputs(3)
    np.testing.assert_array_equal(found["seed"], [5, 6, 5])
    np.testing.assert_array_equal(found["latent"], latent[[0, 1, 0]])
    assert {v.dtype.name for v in found.values()} == {"int32", "float32"}
    one = made.example_inputs(1)
    np.testing.assert_array_equal(one["latent"], latent[:1])


def test_the_description_is_json_without_the_function():
    read = json.loads(json.dumps(make(mobile=False).to_dict()))
    assert read["doc"] == "Gives back."
    assert read["mobile"] is False
    assert spec.Spec.from_dict(read["inputs"]["seed"]) == SEED
    assert spec.Spec.from_dict(read["outputs"]["latent"]) == LATENT
    assert set(read) == {"doc", "mobile", "inputs", "outputs"}
