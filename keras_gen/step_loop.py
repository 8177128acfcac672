"""The loop of steps behind `fit` and `evaluate`, under every strategy.

Stock Keras 3 fails under MultiWorkerMirroredStrategy, and under any strategy
with more than one step per execution or with XLA. The functions that
`train_function` and `test_function` return take the place of those that Keras
makes, so `fit` and `evaluate` keep their callbacks, progress bar and
validation, while the steps run in one loop that is compiled once:

* the noise of an example depends on its position in the global batch;
* metrics add up per replica and are read once per call;
* XLA compiles the whole step on one device; of several replicas it compiles
  losses and gradients, as `distribution` says.

It replaces `make_train_function`, `make_test_function` (public) and
`_maybe_symbolic_build` (private) of `keras.Model`; `tests/` names the Keras
versions for which that was verified.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from keras_gen import distribution, strategies


def train_function(model: keras.Model) -> Callable[[Any], dict]:
    """What `fit` calls: runs `steps_per_execution` updates of `model`."""
    train_step = model.train_step
    replicated = strategies.is_replicated(model.distribute_strategy)
    if model.jit_compile:
        distribution.check_layers(model)
    if model.jit_compile and not replicated:
        # Without collectives XLA can compile the updates as well.
        train_step = tf.function(train_step, jit_compile=True)

    def replica_step(element, index):
        del index  # Epochs go on where the last one ended.
        batch = model.to_batch(element)
        losses = train_step(batch, _row_seeds(model, batch, model.step))
        model.update_metrics(losses)

    return _loop(model, replica_step, model.after_step)


def test_function(model: keras.Model) -> Callable[[Any], dict]:
    """What `evaluate` calls: adds `steps_per_execution` batches."""

    def replica_step(element, index):
        batch = model.to_batch(element)
        # Training counts up from 0, evaluation down from -1.
        seed = _row_seeds(model, batch, -1 - index)
        model.update_metrics(model.test_step(batch, seed))

    return _loop(model, replica_step, lambda: None)


def _loop(
    model: keras.Model,
    replica_step: Callable[[Any, tf.Tensor], None],
    after_step: Callable[[], None],
) -> Callable[[Any], dict]:
    """What `fit` calls with an iterator: some steps, then the metrics."""
    strategy = model.distribute_strategy

    def one_step(element, index):
        strategy.run(replica_step, (element, index))
        after_step()

    graph = (lambda f: f) if model.run_eagerly else _graph
    loops = map(graph, _step_loops(one_step, model.read_metrics))
    fixed_steps, steps_until_exhausted = loops
    one_step = graph(one_step)

    def function(iterator):
        first = tf.constant(model.steps_done)
        end = first + model.steps_this_call()
        if not hasattr(iterator, "get_next_as_optional"):
            for element in iterator:  # `train_on_batch`: a Python generator.
                one_step(element, first)
            sums = model.read_metrics()
        elif model.num_steps:
            sums = fixed_steps(iterator, first, end)
        else:
            done, sums = steps_until_exhausted(iterator, first, end)
            if not done:
                raise StopIteration
        return model.means_of(sums)

    return function


def _step_loops(
    one_step: Callable[[Any, tf.Tensor], None],
    read_metrics: Callable[[], tf.Tensor],
) -> tuple[Callable, Callable]:
    """Two loops over steps: to a number, and to the end of the data.

    Both end by reading the metrics: one by one from Python that is slow. Asking
    whether there is another element costs workers a collective, so it is asked
    only where the user has not said how many steps there are.
    """

    def fixed_steps(iterator, first, end):
        for index in tf.range(first, end):
            one_step(next(iterator), index)
        return read_metrics()

    def steps_until_exhausted(iterator, first, end):
        done = tf.constant(0)
        for index in tf.range(first, end):
            element = iterator.get_next_as_optional()
            if not element.has_value():
                break
            one_step(element.get_value(), index)
            done += 1
        return done, read_metrics()

    return fixed_steps, steps_until_exhausted


def _graph(function: Callable) -> Callable:
    return tf.function(function, reduce_retracing=True)


def _row_seeds(model, batch, step) -> tf.Tensor:
    rows = next(iter(batch.values()))
    first, total = distribution.global_rows(rows.shape[0], rows)
    end = first + (rows.shape[0] or tf.shape(rows)[0])
    return model.row_seeds(step, total)[first:end]
