"""ExactModel: a keras.Model whose `fit` is exact under every strategy.

It asks for the losses of each example and gives `fit` and `evaluate` as Keras
users know them, on the loop of `step_loop`: the same weights to rounding on
one device, on several, and on several machines, and noise that is a function
of (seed, step, row), so that a resumed run equals an uninterrupted one.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import distribution, feeding, optimizers, spec, step_loop
from keras_gen.ops import seeds


class ExactModel(keras.Model):
    """A model that trains on per-example losses.

    Args:
        loss_names: what `losses` returns; that of the class where None.
        **kwargs: of `keras.Model`.
    """

    loss_names: tuple[str, ...] = ("loss",)

    def __init__(self, *, loss_names: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.loss_names = tuple(loss_names or self.loss_names)
        self.num_steps = None
        self.steps_done = 0
        self.step = self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="int32",
            trainable=False,
            aggregation="only_first_replica",
            name="step",
        )
        self._means = [keras.metrics.Mean(name=n) for n in self.loss_names]
        self.built = True

    # What a technique defines.

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        """{name: Spec} of one row of what `fit` eats, in order x, y."""
        raise NotImplementedError(f"{type(self).__name__}.batch_spec")

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        """Losses of each example, unreduced: {name: [B]} for `loss_names`.

        Args:
            batch: {name: [B, ...]} as in `batch_spec`.
            seed: [B] int32, the source of all noise.
            training: whether dropout and the like are on.

        Returns:
            {name: [B]}; the mean of "loss" is minimised.
        """
        raise NotImplementedError(f"{type(self).__name__}.losses")

    @property
    def own_variables(self) -> list[keras.Variable]:
        """What `optimizer` updates: all, unless a technique has several."""
        return self.trainable_variables

    @property
    def noise_seed(self) -> int:
        """Of all noise in training."""
        return 0

    def train_step(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """One update in one replica; override where one is not enough.

        Returns:
            {name: [B]} for `loss_names`.
        """
        losses, gradients = distribution.gradients(
            lambda batch, seed: self.losses(batch, seed, training=True),
            batch,
            seed,
            self.own_variables,
            self.optimizer,
            self.jit_compile,
        )
        distribution.apply_gradients(
            self.optimizer, gradients, self.own_variables
        )
        return losses

    def test_step(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Losses of one batch in one replica: {name: [B]}."""
        return self.losses(batch, seed, training=False)

    # What a Keras user calls.

    def compile(
        self,
        optimizer: Any = "adam",
        *,
        steps_per_execution: int = 1,
        jit_compile: bool = False,
        run_eagerly: bool = False,
    ) -> None:
        """Chooses how to train; builds the optimizer.

        Args:
            optimizer: a Keras optimizer or its name; adam is keras_gen.Adam.
            steps_per_execution: updates in one call of the compiled loop.
            jit_compile: whether XLA compiles the training step. It is off
                where not asked for: on CPU it slows convolutions down.
            run_eagerly: runs Python line by line, for debugging.
        """
        super().compile(
            optimizer=optimizers.get(optimizer),
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            run_eagerly=run_eagerly,
        )
        self._build_optimizer(self.optimizer, self.own_variables)

    def _build_optimizer(
        self,
        optimizer: keras.optimizers.Optimizer,
        variables: list[keras.Variable],
    ) -> None:
        """Makes its variables now, so that checkpoints can be restored."""
        with self.distribute_strategy.scope():
            distribution.check_optimizer(optimizer)
            optimizer.build(variables)

    def fit(
        self,
        x=None,
        y=None,
        *,
        validation_data=None,
        steps_per_epoch=None,
        **kwargs,
    ):
        """Trains; see `keras.Model.fit`.

        Args:
            x: arrays, tensors, or a `tf.data.Dataset` with elements x, (x, y)
                or a dict; checked against `batch_spec` before the first step.
            y: second entry of `batch_spec`, if there is one; ignored if not.
            validation_data: as in Keras; checked like `x` and `y`.
            steps_per_epoch: as in Keras.
            **kwargs: as in Keras.

        Returns:
            The History of Keras.

        Raises:
            ValueError: the data do not fit `batch_spec`, or are empty.
        """
        # Keras warns of True beside a dataset.
        kwargs.setdefault("shuffle", not isinstance(x, tf.data.Dataset))
        if validation_data is not None:
            validation_data = feeding.checked_validation(
                self.batch_spec, validation_data, kwargs
            )
        x, y, kwargs = feeding.checked(
            self.batch_spec, x, y, kwargs, steps_per_epoch
        )
        self.num_steps = steps_per_epoch
        try:
            return super().fit(
                x,
                y,
                validation_data=validation_data,
                steps_per_epoch=steps_per_epoch,
                **kwargs,
            )
        finally:
            self.num_steps = None

    def evaluate(self, x=None, y=None, *, steps=None, **kwargs):
        """Mean losses over `x`; equal for equal weights and data.

        Args:
            x: as in `fit`.
            y: as in `fit`.
            steps: number of batches, None for all.
            **kwargs: as in Keras.

        Returns:
            As in Keras.
        """
        if not kwargs.get("_use_cached_eval_dataset"):
            x, y, kwargs = feeding.checked(self.batch_spec, x, y, kwargs, steps)
        training = self.num_steps, self.steps_done
        self.num_steps = steps
        try:
            return super().evaluate(x, y, steps=steps, **kwargs)
        finally:
            self.num_steps, self.steps_done = training

    # What the loop in `step_loop` calls.

    def after_step(self) -> None:
        """What follows an update, once for all replicas; extend it."""
        self.step.assign_add(1)

    def to_batch(self, element: Any) -> dict[str, tf.Tensor]:
        """An element of a dataset as {name: tensor} for `batch_spec`."""
        return feeding.to_batch(self.batch_spec, element)

    def row_seeds(self, step: tf.Tensor, num_rows: tf.Tensor) -> tf.Tensor:
        """Seeds [num_rows] int32 of the examples of a global batch."""
        return seeds.rows(self.noise_seed, step, num_rows)

    def update_metrics(self, losses: Mapping[str, tf.Tensor]) -> None:
        """Adds losses [B] of this replica to the means."""
        if set(losses) != set(self.loss_names):
            raise ValueError(
                f"{type(self).__name__}.losses must return "
                f"{', '.join(self.loss_names)}. Returned: {', '.join(losses)}."
            )
        # What `update_state` of each mean does, in a third of the operations.
        stacked = tf.stack([losses[mean.name] for mean in self._means])
        count = tf.cast(tf.shape(stacked)[1], tf.float32)
        totals = tf.unstack(tf.reduce_sum(stacked, axis=1))
        for mean, total in zip(self._means, totals, strict=True):
            mean.total.assign_add(total)
            mean.count.assign_add(count)

    def read_metrics(self) -> tf.Tensor:
        """Sums of the losses over all replicas, and last their count."""
        sums = [*(m.total for m in self._means), self._means[0].count]
        return tf.stack([tf.convert_to_tensor(each) for each in sums])

    def means_of(self, sums: tf.Tensor) -> dict[str, np.ndarray]:
        """Means {name: []} from what `read_metrics` returned."""
        *totals, count = sums.numpy()
        means = [total / max(count, 1.0) for total in totals]
        return dict(zip(self.loss_names, means, strict=True))

    def steps_this_call(self) -> int:
        """Steps of the next call, never past `steps_per_epoch`."""
        count = self.steps_per_execution
        if self.num_steps:
            count = min(count, self.num_steps - self.steps_done)
        self.steps_done += count
        return count

    # Keras' own extension points.

    def get_metrics_result(self) -> dict[str, np.ndarray]:
        return self.means_of(self.read_metrics())

    @property
    def optimizers(self) -> list[keras.optimizers.Optimizer]:
        """All optimizers, for checkpoints; a GAN has two."""
        return [self.optimizer]

    @property
    def metrics(self) -> list[keras.Metric]:
        return self._means

    def reset_metrics(self) -> None:
        super().reset_metrics()
        self.steps_done = 0

    def make_train_function(self, force: bool = False):
        if self.train_function is None or force:
            self.train_function = step_loop.train_function(self)
        return self.train_function

    def make_test_function(self, force: bool = False):
        if self.test_function is None or force:
            self.test_function = step_loop.test_function(self)
        return self.test_function

    def _maybe_symbolic_build(self, iterator=None, data_batch=None) -> None:
        """Nothing is left to build; Keras' version fails under strategies."""

    def get_compile_config(self) -> dict[str, Any] | None:
        if not self.compiled:
            return None
        optimizer = keras.saving.serialize_keras_object(self.optimizer)
        return {
            "optimizer": optimizer,
            "steps_per_execution": self.steps_per_execution,
            "jit_compile": self.jit_compile,
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        read = keras.saving.deserialize_keras_object
        self.compile(**{name: read(value) for name, value in config.items()})
