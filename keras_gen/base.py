"""GenerativeModel: what every technique is.

A technique subclasses it and says four things:

    Config        a frozen dataclass with every hyper-parameter
    batch_spec    what `fit` eats
    losses        the losses of each example; or `train_step`, where one
                  gradient is not enough
    endpoints     what can be asked of the trained model

and inherits `fit` and `evaluate` under every strategy, saving and loading,
resuming, export and the conformance suite.
"""

import json
import os
import pathlib
import warnings
import zipfile
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import keras
import numpy as np
import tensorflow as tf

import keras_gen
from keras_gen import artifacts, config, distribution, endpoint, spec
from keras_gen.ops import seeds


class GenerativeModel(keras.Model):
    """Base of all models: Config in, one train step, endpoints out.

    All variables exist when the constructor returns, so weights can be loaded
    before the first call.

    Args:
        config: an instance of the class attribute `Config`; or its fields as
            keyword arguments.
        networks: {argument name: the user's own network or None}; those given
            are saved with the model.
        name: of the Keras model.
        dtype: Keras precision policy, such as "mixed_bfloat16".
        **fields: of the Config.

    Raises:
        ValueError: both a Config and fields; or a field that is unknown, has a
            wrong type or is out of range.
    """

    Config: ClassVar[type[config.Config]]
    loss_names: ClassVar[tuple[str, ...]] = ("loss",)

    def __init__(
        self,
        config: config.Config | None = None,
        *,
        networks: Mapping[str, keras.Model | None] | None = None,
        name: str | None = None,
        dtype: Any = None,
        **fields: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if config is None:
            config = self.Config.from_dict(fields)
        elif fields:
            raise ValueError(
                f"`config` and {', '.join(sorted(fields))} were both given. "
                "Put every field in one of the two."
            )
        self.config = config
        self.num_steps = None
        self._given_networks = {
            name: network
            for name, network in (networks or {}).items()
            if network is not None
        }
        self._steps_done = 0
        self._compiled_endpoints = {}
        self.step = self._counter("step")
        self.evaluation_step = self._counter("evaluation_step")
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

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        """{name: Endpoint}, the first being the default signature."""
        raise NotImplementedError(f"{type(self).__name__}.endpoints")

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
            self.trainable_variables,
            self.optimizer,
            self.jit_compile,
        )
        distribution.apply_gradients(
            self.optimizer, gradients, self.trainable_variables
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
            optimizer: a Keras optimizer or its name.
            steps_per_execution: updates in one call of the compiled loop.
            jit_compile: whether XLA compiles losses and gradients. It is off
                where not asked for: on CPU it slows convolutions down.
            run_eagerly: runs Python line by line, for debugging.
        """
        super().compile(
            optimizer=optimizer,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            run_eagerly=run_eagerly,
        )
        with self.distribute_strategy.scope():
            distribution.check_optimizer(self.optimizer)
            self.optimizer.build(self.trainable_variables)

    def fit(self, x=None, y=None, *, steps_per_epoch=None, **kwargs):
        """Trains; see `keras.Model.fit`.

        Args:
            x: arrays, tensors, or a `tf.data.Dataset` with elements x, (x, y)
                or a dict; checked against `batch_spec` before the first step.
            y: second entry of `batch_spec`, if there is one; ignored if not.
            steps_per_epoch: as in Keras.
            **kwargs: as in Keras.

        Returns:
            The History of Keras.

        Raises:
            ValueError: the data do not fit `batch_spec`, or are empty.
        """
        self.check_data(x, y)
        self.num_steps = steps_per_epoch
        try:
            return super().fit(
                x, y, steps_per_epoch=steps_per_epoch, **kwargs
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
            self.check_data(x, y)
        training = self.num_steps, self._steps_done
        self.num_steps = steps
        self.evaluation_step.assign(0)
        try:
            return super().evaluate(x, y, steps=steps, **kwargs)
        finally:
            self.num_steps, self._steps_done = training

    def save(self, filepath: str | os.PathLike, overwrite: bool = True):
        """Writes `model.keras`: sealed, and all at once or not at all.

        Args:
            filepath: ends in `.keras`.
            overwrite: whether to replace an existing file.

        Raises:
            ArtifactError: it exists and `overwrite` is False, or the file
                system refuses.
        """
        filepath = pathlib.Path(filepath)
        if filepath.suffix != ".keras":
            raise ValueError(
                f"`filepath` must end in .keras. Received: {filepath}."
            )
        if filepath.exists() and not overwrite:
            raise artifacts.ArtifactError(
                f"{filepath} exists already. Pass `overwrite=True` or choose "
                "another name."
            )
        with artifacts.atomic_file(filepath) as temporary:
            super().save(temporary, overwrite=True)

    def export(self, filepath: str | os.PathLike, **kwargs: Any) -> None:
        """Writes a SavedModel with one signature for each endpoint.

        The first endpoint is `serving_default` as well. The command
        `python -m export.saved_model` adds versions, warm-up and checks.

        Args:
            filepath: a directory that does not exist yet.
            **kwargs: `verbose` as in Keras.
        """
        archive = keras.export.ExportArchive()
        archive.track(self)
        for name, each in self.endpoints().items():
            signature = [s.tensor_spec(k) for k, s in each.inputs.items()]
            archive.add_endpoint(name, each.fn, input_signature=signature)
        archive.write_out(os.fspath(filepath), **kwargs)

    def run(self, name: str, **inputs: Any) -> dict[str, tf.Tensor]:
        """Answers an endpoint by the graph that is also exported.

        Args:
            name: of the endpoint.
            **inputs: tensors or arrays [B, ...], checked against its Specs.

        Returns:
            {name: tensor [B, ...]}.
        """
        asked = self.endpoints()[name]
        for key, each in asked.inputs.items():
            each.check(inputs[key], key)
        if name not in self._compiled_endpoints:
            signature = {k: s.tensor_spec(k) for k, s in asked.inputs.items()}
            self._compiled_endpoints[name] = tf.function(
                asked.fn, input_signature=list(signature.values())
            )
        return self._compiled_endpoints[name](
            **{k: tf.convert_to_tensor(v) for k, v in inputs.items()}
        )

    # What the training loop in `distribution` calls.

    def to_batch(self, element: Any) -> dict[str, tf.Tensor]:
        """An element of a dataset as {name: tensor} for `batch_spec`."""
        names = list(self.batch_spec)
        if isinstance(element, (tuple, list)):
            if isinstance(element[0], Mapping):
                return self.to_batch(element[0])
            return dict(zip(names, element, strict=False))
        if isinstance(element, Mapping):
            missing = [name for name in names if name not in element]
            if missing:
                raise ValueError(
                    f"Elements of the dataset must have {', '.join(names)}. "
                    f"Received: {', '.join(element)}."
                )
            return {name: element[name] for name in names}
        return {names[0]: element}

    def row_seeds(self, step: tf.Tensor, row: tf.Tensor) -> tf.Tensor:
        """Seeds [B] int32 of the examples at `row` of a step."""
        return seeds.rows(getattr(self.config, "seed", 0), step, row)

    def update_metrics(self, losses: Mapping[str, tf.Tensor]) -> None:
        """Adds losses [B] of this replica to the means."""
        if set(losses) != set(self.loss_names):
            raise ValueError(
                f"{type(self).__name__}.losses must return "
                f"{', '.join(self.loss_names)}. Returned: {', '.join(losses)}."
            )
        for mean in self._means:
            mean.update_state(losses[mean.name])

    def steps_this_call(self) -> int:
        """Steps of the next call, never past `steps_per_epoch`."""
        count = self.steps_per_execution
        if self.num_steps:
            count = min(count, self.num_steps - self._steps_done)
        self._steps_done += count
        return count

    def check_data(self, x: Any, y: Any = None) -> None:
        """Raises ValueError unless `x`, `y` fit `batch_spec`."""
        if isinstance(x, (tf.data.Dataset, tf.distribute.DistributedDataset)):
            self._check_dataset(x)
        elif hasattr(x, "shape") or isinstance(x, (Mapping, tuple, list)):
            element = x if y is None else (x, y)
            for name, value in self.to_batch(element).items():
                self.batch_spec[name].check(value, name)
                self._check_not_empty(np.shape(value)[0] > 0)
                _warn_of_half_range(value, self.batch_spec[name], name)

    # Keras' own extension points.

    @property
    def optimizers(self) -> list[keras.optimizers.Optimizer]:
        """All optimizers, for checkpoints; a GAN has two."""
        return [self.optimizer]

    @property
    def metrics(self) -> list[keras.Metric]:
        return self._means

    def reset_metrics(self) -> None:
        super().reset_metrics()
        self._steps_done = 0

    def make_train_function(self, force: bool = False):
        if self.train_function is None or force:
            self.train_function = distribution.train_function(self)
        return self.train_function

    def make_test_function(self, force: bool = False):
        if self.test_function is None or force:
            self.test_function = distribution.test_function(self)
        return self.test_function

    def _maybe_symbolic_build(self, iterator=None, data_batch=None) -> None:
        """Nothing is left to build; Keras' version fails under strategies."""

    def get_config(self) -> dict[str, Any]:
        networks = {
            name: keras.saving.serialize_keras_object(network)
            for name, network in self._given_networks.items()
        }
        policy = keras.saving.serialize_keras_object(self.dtype_policy)
        return {
            "config": json.loads(self.config.to_json()),
            "networks": networks,
            "name": self.name,
            "dtype": policy,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], **_) -> Self:
        read = keras.saving.deserialize_keras_object
        networks = {n: read(v) for n, v in config["networks"].items()}
        return cls(
            config=cls.Config.from_dict(config["config"]),
            name=config["name"],
            dtype=read(config["dtype"]),
            **networks,
        )

    def get_compile_config(self) -> dict[str, Any]:
        optimizer = keras.saving.serialize_keras_object(self.optimizer)
        return {
            "optimizer": optimizer,
            "steps_per_execution": self.steps_per_execution,
            "jit_compile": self.jit_compile,
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        read = keras.saving.deserialize_keras_object
        self.compile(**config | {"optimizer": read(config["optimizer"])})

    def _counter(self, name: str) -> keras.Variable:
        return self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="int32",
            trainable=False,
            aggregation="only_first_replica",
            name=name,
        )

    def _check_dataset(self, dataset: Any) -> None:
        for name, value in self.to_batch(dataset.element_spec).items():
            if isinstance(value, tf.TensorSpec):
                self.batch_spec[name].check_static(
                    value.shape, value.dtype.name, name
                )
        if isinstance(dataset, tf.data.Dataset):
            self._check_not_empty(dataset.cardinality().numpy() != 0)
            for element in dataset.take(1):
                for name, value in self.to_batch(element).items():
                    self.batch_spec[name].check(value, name)
                    _warn_of_half_range(value, self.batch_spec[name], name)

    def _check_not_empty(self, has_rows: bool) -> None:
        if not has_rows:
            raise ValueError(
                "The dataset is empty: `fit` and `evaluate` need at least one "
                "example. Check the split, the filter and `batch_size` "
                "(`drop_remainder` drops a batch that is not full)."
            )


def load(path: str | os.PathLike) -> GenerativeModel:
    """Reads a `model.keras` after checking its seal.

    Args:
        path: a file written by `save` of a model of this library.

    Returns:
        The model, compiled if it was, with the state of its optimizers.

    Raises:
        ArtifactError: missing, damaged, or not written by this library.
    """
    path = pathlib.Path(path)
    artifacts.verify_file(path)
    with zipfile.ZipFile(path) as archive:
        class_name = json.loads(archive.read("config.json"))["class_name"]
    if class_name in keras_gen.__all__:
        getattr(keras_gen, class_name)  # Registers the class with Keras.
    try:
        model = keras.saving.load_model(path)
    except TypeError as error:
        raise artifacts.ArtifactError(
            f"{path} holds a {class_name}, which is not known here. Import "
            "the module that defines it, and register it with "
            "`keras.saving.register_keras_serializable`."
        ) from error
    return model


def _warn_of_half_range(value: Any, each: spec.Spec, name: str) -> None:
    """Images in [0, 1] pass every check of [-1, 1]; say so."""
    if (each.low, each.high) == (-1, 1) and np.min(value) >= 0:
        warnings.warn(
            f"`{name}` has no value below 0, but its range is [-1, 1]. If "
            "yours is [0, 1], use `images * 2 - 1`.",
            stacklevel=4,
        )
