"""An LSTM or GRU as a language model."""

from typing import Any

import keras
import tensorflow as tf

from keras_gen import networks
from keras_gen.models.sequences import language_config, language_model


@keras.saving.register_keras_serializable("keras_gen")
class RecurrentLM(language_model.LanguageModel):
    """An LSTM or GRU over text, of any length.

    With `num_carried` rows a step of training begins where the one before
    ended: give it batches of which row i goes on with row i.

    Args:
        config: a RecurrentLMConfig; or its fields as keyword arguments.
        network: as in `LanguageModel`.
        **kwargs: fields of RecurrentLMConfig, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, or the network does not fit.

    Reference: Graves 2013, arXiv 1308.0850; Williams and Peng 1990, "An
    efficient gradient-based algorithm for on-line training of recurrent network
    trajectories", for what is carried.
    """

    Config = language_config.RecurrentLMConfig

    def __init__(
        self,
        config: language_config.RecurrentLMConfig | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, **kwargs)
        rows = self.config.num_carried
        state = self.network.initial_state(rows) if rows else []
        self.carried = [
            self.add_weight(
                shape=each.shape,
                dtype=each.dtype.name,
                initializer="zeros",
                trainable=False,
                autocast=False,
                name=f"carried_{index}",
            )
            for index, each in enumerate(tf.nest.flatten(state))
        ]

    def _read(
        self, tokens: tf.Tensor, training: bool, **options: Any
    ) -> tf.Tensor:
        if not (training and self.carried):
            return super()._read(tokens, training, **options)
        rows = self.config.num_carried
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            raise ValueError(
                "`num_carried` must be 0 on several devices, each of which has "
                f"a part of the rows. Received: {rows}."
            )
        if tokens.shape[0] not in (None, rows):
            raise ValueError(
                f"`num_carried` of {rows} rows needs batches of as many. "
                f"Received one of {tokens.shape[0]}. Leave out what does not "
                "fill a batch."
            )
        tokens = tf.ensure_shape(tokens, (rows, None))
        state = tf.nest.pack_sequence_as(
            self.network.initial_state(rows),
            [variable.value for variable in self.carried],
        )
        logits, after = self.network.read(tokens, state, **options)
        for old, new in zip(self.carried, tf.nest.flatten(after), strict=True):
            old.assign(tf.stop_gradient(new))
        return logits

    def _network(self) -> keras.Model:
        config = self.config
        return networks.RecurrentNetwork(
            self.tokenizer.vocabulary_size,
            config.width,
            config.num_layers,
            config.cell,
            config.tied,
            dtype=self.dtype_policy,
            name="network",
        )
