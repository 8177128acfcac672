"""Adam in one operation is Keras' Adam."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen

SCHEDULE = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)


def weights_after(optimizer, steps=5, dtype="float32", jit_compile=False):
    """Of two dense layers, and what the optimizer knows."""
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [keras.layers.Dense(size, dtype=dtype) for size in (3, 2)]
    )
    network.build((None, 4))
    optimizer.build(network.trainable_variables)

    @tf.function(jit_compile=jit_compile)
    def update():
        with tf.GradientTape() as tape:
            y = network(tf.constant([[0.0, 1.0, 1.0, 3.0]]))
            loss = tf.reduce_sum(tf.square(tf.cast(y, "float32") - 1.0))
        variables = network.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)

    for _ in range(steps):
        update()
    state = [*network.variables, *optimizer.variables]
    return [np.array(each, np.float64) for each in state]


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": SCHEDULE, "beta_1": 0.5, "epsilon": 1e-3},
        {"weight_decay": 0.1, "clipnorm": 0.5},
        {"use_ema": True, "global_clipnorm": 0.5},
        {"gradient_accumulation_steps": 2},
        {"amsgrad": True},
    ],
)
def test_equals_that_of_keras(options):
    found = weights_after(keras_gen.Adam(**options))
    expected = weights_after(keras.optimizers.Adam(**options))
    for one, other in zip(found, expected, strict=True):
        # Here 1 - beta is that of float32.
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "mixed_bfloat16"])
def test_in_every_precision(dtype):
    found = weights_after(keras_gen.Adam(0.1), dtype=dtype)
    expected = weights_after(keras.optimizers.Adam(0.1), dtype=dtype)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-2, atol=1e-3)


def test_rows_of_a_table_that_are_used_twice_count_twice():
    """As dense gradients do; Keras squares the parts."""
    found = []
    for optimizer in (keras_gen.Adam(0.1), keras.optimizers.Adam(0.1)):
        table = keras.Variable(np.ones((3, 2), np.float32))
        with tf.GradientTape() as tape:
            rows = tf.gather(table.value, [0, 2, 2])
            loss = tf.reduce_sum(tf.square(rows))
        gradient = tape.gradient(loss, table.value)
        if type(optimizer) is keras.optimizers.Adam:
            gradient = tf.convert_to_tensor(gradient)
        optimizer.apply([gradient], [table])
        found.append([np.array(table), *map(np.array, optimizer.variables)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=1e-6)


def test_xla_updates_the_same():
    found = weights_after(keras_gen.Adam(0.1), jit_compile=True)
    for one, other in zip(
        found, weights_after(keras_gen.Adam(0.1)), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_it_comes_back_from_its_config():
    optimizer = keras_gen.Adam(SCHEDULE, beta_1=0.5, name="mine")
    config = keras.saving.serialize_keras_object(optimizer)
    again = keras.saving.deserialize_keras_object(config)
    assert type(again) is keras_gen.Adam
    assert again.get_config() == optimizer.get_config()


def test_an_update_is_few_operations():
    network = keras.Sequential([keras.layers.Dense(2) for _ in range(9)])
    network.build((None, 2))
    variables = network.trainable_variables

    def operations(optimizer):
        optimizer.build(variables)

        @tf.function
        def update():
            gradients = [tf.ones_like(each) for each in variables]
            optimizer.apply(gradients, variables)

        graph = update.get_concrete_function().graph
        return len(graph.as_graph_def().node)

    few, many = map(operations, (keras_gen.Adam(), keras.optimizers.Adam()))
    assert few < many / 3


@pytest.mark.parametrize("name", ["adam", "Adam"])
def test_the_name_means_this_one(name):
    model = keras_gen.VAE(keras_gen.VAEConfig.tiny())
    model.compile(name)
    assert type(model.optimizer) is keras_gen.Adam


def test_other_names_and_configs_are_those_of_keras():
    model = keras_gen.VAE(keras_gen.VAEConfig.tiny())
    model.compile("sgd")
    assert type(model.optimizer) is keras.optimizers.SGD
    with pytest.raises(ValueError, match="Could not interpret optimizer"):
        model.compile("adamm")
