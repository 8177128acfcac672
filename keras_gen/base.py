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
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Any, ClassVar, Self

import keras
import tensorflow as tf

from keras_gen import config, endpoint, saving, spec, training


class GenerativeModel(training.ExactModel):
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

    def __init__(
        self,
        config: config.Config | None = None,
        *,
        networks: Mapping[str, keras.Model | None] | None = None,
        name: str | None = None,
        dtype: Any = None,
        **fields: Any,
    ) -> None:
        if config is None:
            config = self.Config.from_dict(fields)
        elif fields:
            raise ValueError(
                f"`config` and {', '.join(sorted(fields))} were both given. "
                "Put every field in one of the two."
            )
        super().__init__(
            loss_names=self.loss_names_of(config), name=name, dtype=dtype
        )
        self.config = config
        self._given_networks = {
            name: network
            for name, network in (networks or {}).items()
            if network is not None
        }
        self._programs = {}

    # What a technique defines.

    @classmethod
    def loss_names_of(cls, config: config.Config) -> tuple[str, ...]:
        """Names of what `losses` returns; a Config may switch some off."""
        del config
        return cls.loss_names

    @property
    def noise_seed(self) -> int:
        """The `seed` of the Config."""
        return getattr(self.config, "seed", 0)

    @property
    def image_spec(self) -> spec.Spec:
        """Of one image, where the Config has an `image_shape`."""
        shape = self.config.image_shape
        return spec.Spec(shape, "float32", -1.0, 1.0, "Images in [-1, 1].")

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        """{name: Endpoint}, the first being the default signature."""
        raise NotImplementedError(f"{type(self).__name__}.endpoints")

    @property
    def resources(self) -> list[tf.Module]:
        """What endpoints read besides weights, such as tables of words."""
        return []

    # What a Keras user calls.

    def save(self, filepath: str | os.PathLike, overwrite: bool = True):
        """Writes a sealed `model.keras`; see `saving.save`."""
        saving.save(super().save, filepath, overwrite)

    def export(
        self, filepath: str | os.PathLike, names: Collection[str] | None = None
    ) -> None:
        """Writes a SavedModel with one signature for each endpoint.

        `python -m export.saved_model` adds versions, warm-up and checks.

        Args:
            filepath: a directory that does not exist yet.
            names: of the endpoints, the first the default signature; all of
                them where None.

        Raises:
            ValueError: there is no endpoint of such a name.
        """
        names = self.endpoints() if names is None else names
        saving.export(self, {n: self._compiled(n) for n in names}, filepath)

    def run(self, name: str, **inputs: Any) -> dict[str, tf.Tensor]:
        """Answers an endpoint by the graph that is also exported.

        Args:
            name: of the endpoint.
            **inputs: tensors or arrays [B, ...], checked against its Specs.

        Returns:
            {name: tensor [B, ...]}.

        Raises:
            ValueError: no such endpoint, or the inputs do not fit.
        """
        asked = self._endpoint(name).inputs
        if set(inputs) != set(asked):
            raise ValueError(
                f"{name} takes the inputs {', '.join(asked)}. "
                f"Received: {', '.join(inputs) or 'none'}."
            )
        for key, each in asked.items():
            each.check(inputs[key], key)
        return self._compiled(name)(
            **{k: tf.convert_to_tensor(v) for k, v in inputs.items()}
        )

    def program(
        self, key: Hashable, function: Callable, jit_compile: bool = False
    ) -> Callable:
        """`function` compiled, once for each key.

        Args:
            key: what the function depends on beside its arguments; any tuple.
            function: of tensors; that of the first call with this key stays.
            jit_compile: whether by XLA.
        """
        key = (key, jit_compile)
        if key not in self._programs:
            self._programs[key] = tf.function(
                function,
                jit_compile=jit_compile,
                reduce_retracing=not jit_compile,
            )
        return self._programs[key]

    def _compiled(self, name: str) -> Callable:
        """The graph of an endpoint, traced once, however it is used."""
        if name not in self._programs:
            asked = self._endpoint(name)
            signature = [s.tensor_spec(k) for k, s in asked.inputs.items()]
            self._programs[name] = tf.function(
                asked.fn, input_signature=signature
            )
        return self._programs[name]

    def _endpoint(self, name: str) -> endpoint.Endpoint:
        known = self.endpoints()
        if name not in known:
            raise ValueError(
                f"`name` must be one of {', '.join(known)}. Received: {name}."
            )
        return known[name]

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
