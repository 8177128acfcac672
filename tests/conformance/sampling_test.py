"""Every endpoint answers each row by itself, and as its Specs promise."""

import numpy as np
import pytest

from tests.conformance import tools


def rows_of(inputs, rows):
    return {name: value[rows] for name, value in inputs.items()}


def test_a_row_never_depends_on_its_batch_mates(trained):
    model = trained.model
    for name, inputs in tools.example_inputs(model, 5).items():
        together = tools.numpy(model.run(name, **inputs))
        others = tools.numpy(
            model.run(name, **rows_of(inputs, [4, 1, 2, 0, 3]))
        )
        alone = tools.numpy(model.run(name, **rows_of(inputs, [2])))
        turned = tools.numpy(model.run(name, **rows_of(inputs, [4, 2, 1])))
        for key, answer in together.items():
            # Not a bit of it; but other batch sizes are rounded otherwise.
            tools.assert_close(others[key][2], answer[2], 0.0)
            tools.assert_close(alone[key], answer[[2]], 1e-5)
            tools.assert_close(turned[key], answer[[4, 2, 1]], 1e-5)


def test_equal_seeds_give_equal_answers_and_others_others(trained):
    model = trained.model
    seeded = [n for n, e in model.endpoints().items() if "seed" in e.inputs]
    for name in seeded:
        inputs = {
            k: v[:1].repeat(5, 0)
            for k, v in model.endpoints()[name].example_inputs(1).items()
        }
        inputs["seed"] = np.array([7, 7, 8, 9, 10], np.int32)
        answers = tools.numpy(model.run(name, **inputs)).values()
        for answer in answers:
            tools.assert_close(answer[0], answer[1], 1e-6)
        # Two of them may draw the same short text.
        assert any((each[2:] != each[0]).any() for each in answers)


def test_answers_fit_their_specs(trained):
    model = trained.model
    for name, each in model.endpoints().items():
        answer = model.run(name, **each.example_inputs(3))
        assert set(answer) == set(each.outputs)
        for key, output in each.outputs.items():
            output.check(answer[key], key)
            assert len(answer[key]) == 3


def test_a_request_that_does_not_fit_is_refused(trained):
    model = trained.model
    for name, each in model.endpoints().items():
        inputs = each.example_inputs(2)
        key = next(iter(inputs))
        wrong = inputs | {key: inputs[key][..., np.newaxis]}
        with pytest.raises(ValueError, match=f"`{key}` must have shape"):
            model.run(name, **wrong)
