"""Every model trains: losses fall, gradients flow, data come as they are."""

import keras
import numpy as np
import tensorflow as tf

import keras_gen
from tests.conformance import tools

TOLERANCE = 1e-5


def test_twenty_steps_on_one_batch_lower_the_loss(trained):
    assert int(trained.model.step) == 20
    assert trained.loss_after < trained.loss_before


def test_every_trainable_variable_gets_a_gradient(trained):
    """Adam moves exactly those variables whose gradient is not 0."""
    after = trained.model.trainable_variables
    still = [
        variable.path
        for variable, before in zip(after, trained.weights_before, strict=True)
        if np.array_equal(variable, before)
    ]
    assert after and not still


def numeric(endpoints):
    """Those that XLA can compile: it knows no strings, such as PNG files."""
    return [
        name
        for name, each in endpoints.items()
        for specs in ((*each.inputs.values(), *each.outputs.values()),)
        if all(spec.dtype != "string" for spec in specs)
    ]


def test_eager_equals_graph_equals_xla(trained):
    model, endpoints = trained.model, trained.model.endpoints()
    inputs = tools.example_inputs(model, 3)
    names = numeric(endpoints)
    eager = tools.answers(model, {name: inputs[name] for name in names})
    for name in names:
        graph = tools.numpy(model.run(name, **inputs[name]))
        tools.assert_close(graph, eager[name], TOLERANCE)
        function = tf.function(endpoints[name].fn, jit_compile=True)
        xla = tools.numpy(function(**tools.tensors(inputs[name])))
        tools.assert_close(xla, eager[name], TOLERANCE)

    batch = model.to_batch(tools.tensors(trained.arrays))
    losses = model.test_step(batch, tf.range(tools.BATCH_SIZE))
    for jit_compile in (False, True):
        function = tf.function(model.test_step, jit_compile=jit_compile)
        found = function(batch, tf.range(tools.BATCH_SIZE))
        tools.assert_close(found, losses, TOLERANCE)


def test_mixed_bfloat16_trains(row):
    model = row.build(dtype="mixed_bfloat16")
    model.compile("adam", run_eagerly=True)
    layers = [
        layer
        for network in model.layers
        if network not in row.networks_of(model)
        for layer in getattr(network, "layers", [network])
    ]
    assert not layers or "bfloat16" in {each.compute_dtype for each in layers}
    history = model.fit(
        tools.batches(model), steps_per_epoch=2, shuffle=False, verbose=0
    ).history
    assert np.isfinite(history["loss"]).all()
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    for name, inputs in tools.example_inputs(model, 2).items():
        answer = model.endpoints()[name].fn(**tools.tensors(inputs))
        for value in answer.values():
            assert value.dtype != tf.bfloat16, name


def forms(arrays):
    """The same rows in every form that Keras users have."""
    first, *others = arrays.values()
    labels = others[0] if others else np.arange(len(first))
    slices = tf.data.Dataset.from_tensor_slices
    datasets = {
        "dataset of dict": slices(arrays),
        "dataset of (x, y)": slices((first, labels)),
    }
    if not others:
        datasets["dataset of x"] = slices(first)
        yield "array", (first,)
        yield "tensor", (tf.constant(first),)
    for name, dataset in datasets.items():
        yield name, (dataset.batch(len(first)),)
    yield "arrays x, y", (first, labels)
    yield "dict", (arrays,)


def test_fit_takes_data_in_every_form(row):
    """From the same state all must have the same loss."""
    model = row.build()
    model.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    arrays = tools.arrays(model, tools.BATCH_SIZE)
    losses, start = {}, model.get_weights()
    for name, data in forms(arrays):
        model.set_weights(start)
        is_array = not isinstance(data[0], tf.data.Dataset)
        options = {"batch_size": tools.BATCH_SIZE} if is_array else {}
        history = model.fit(*data, shuffle=False, verbose=0, **options)
        losses[name] = history.history["loss"]
        assert int(model.step) == 1, name
    assert len(set(map(tuple, losses.values()))) == 1, losses


def test_evaluate_twice_gives_equal_numbers(trained):
    rows = tools.arrays(trained.model, 3 * tools.BATCH_SIZE)
    dataset = tf.data.Dataset.from_tensor_slices(rows)
    dataset = dataset.batch(tools.BATCH_SIZE)
    before = tools.state(trained.model)
    options = {"verbose": 0, "return_dict": True}
    first = trained.model.evaluate(dataset, **options)
    second = trained.model.evaluate(dataset, **options)
    assert first == second and set(first) == set(trained.model.loss_names)
    tools.assert_same_state(tools.state(trained.model), before)


def test_optimizers_are_built_by_compile(row):
    model = row.build()
    model.compile(keras_gen.Adam())
    assert all(each.built for each in model.optimizers)
