"""From a text to a text: translation, and whatever else can be put so.

    log p(target | source) = sum over t of log p(token t | those before, source)

An encoder reads the source once; a decoder says what follows each token of the
target. One more token, behind those of the tokenizer, starts and ends a target.
The loss of a row is -log p of its target with the end, nats; what only fills up
a shorter row counts nowhere.

Reference: Sutskever et al. 2014, arXiv 1409.3215; Bahdanau et al. 2014, arXiv
1409.0473; Vaswani et al. 2017, arXiv 1706.03762.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from keras_gen import base, endpoint, networks, spec
from keras_gen.models.sequences import (
    answering,
    endpoints,
    language_model,
    seq2seq_config,
    seq2seq_endpoints,
)

_TEXT = spec.Spec((), "string", doc="UTF-8 text.")


@keras.saving.register_keras_serializable("keras_gen")
class Seq2Seq(base.GenerativeModel):
    """A model of targets, given sources.

        model = Seq2Seq(tokenizer="characters", alphabet="0123456789+")
        model.compile("adam")
        model.fit(["1+2", ...], ["3", ...])
        model.search(["20+22"])

    Args:
        config: a Seq2SeqConfig; or its fields as keyword arguments.
        network: the user's own, or None: `networks.EncoderDecoder` or another
            with the same methods.
        **kwargs: fields of Seq2SeqConfig, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong.
    """

    Config = seq2seq_config.Seq2SeqConfig

    def __init__(
        self,
        config: seq2seq_config.Seq2SeqConfig | None = None,
        *,
        network: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, networks={"network": network}, **kwargs)
        language_model.check_dropout(self.config, network)
        self.tokenizer = language_model.tokenizer_of(self.config)
        self.network = network or self._network()

    @property
    def end(self) -> int:
        """The token that starts and ends a target."""
        return self.tokenizer.vocabulary_size

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        examples = endpoints.texts_of(self.tokenizer, self.config.length // 2)
        text = dataclasses.replace(_TEXT, examples=examples)
        return {"source": text, "target": text}

    def to_batch(self, element: Any) -> dict[str, tf.Tensor]:
        """Texts become tokens here, before what XLA may compile."""
        batch = super().to_batch(element)
        source, inside = self.source_of(batch["source"])
        target, lengths = self.rows_of(batch["target"], self.config.length - 1)
        return {
            "source": source,
            "inside": inside,
            "target": target,
            "lengths": lengths,
        }

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        options = {}
        if training and self.config.dropout:
            count = self.network.num_masks
            options["masks"] = language_model.masks(self.config, count, seed)
        return {"loss": -answering.log_prob(self, **batch, **options)}

    # Asking.

    def generate(
        self, sources: Sequence[str], seed: int | None = 0, **how: Any
    ) -> list[str]:
        """A target of each source; see `answering.generate`."""
        return answering.generate(self, sources, seed, **how)

    def search(
        self, sources: Sequence[str], width: int | None = None, **how: Any
    ) -> list[list[str]]:
        """Likely targets of each source; see `answering.search`."""
        return answering.search(self, sources, width, **how)

    def log_prob(
        self, sources: Sequence[str], targets: Sequence[str]
    ) -> tf.Tensor:
        """log p [B] of targets, nats.

        Raises:
            tf.errors.InvalidArgumentError: a text is too long or has unknown
                characters.
        """
        return self.run("score", source=list(sources), target=list(targets))[
            "log_prob"
        ]

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        """Text in and out; two for hosts that run the loop."""
        return seq2seq_endpoints.of(self)

    # In graphs.

    def source_of(self, texts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Tokens [B, S] of texts [B], and which of them there are."""
        tokens, lengths = self.rows_of(texts, self.config.source_length)
        return tokens, tf.sequence_mask(lengths, self.config.source_length)

    def rows_of(
        self, texts: tf.Tensor, room: int
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Tokens [B, room] of texts [B], filled up, and lengths [B].

        Raises:
            tf.errors.InvalidArgumentError: a text has more tokens than that,
                or unknown characters.
        """
        rows = self.tokenizer.to_tokens(texts)
        lengths = tf.cast(rows.row_lengths(), tf.int32)
        check = tf.debugging.Assert(
            tf.reduce_all(lengths <= room),
            [f"A text must have at most {room} tokens. Lengths:", lengths],
        )
        with tf.control_dependencies([check] if check is not None else []):
            lengths = tf.identity(lengths)
        return rows.to_tensor(self.end, shape=(None, room)), lengths

    def _network(self) -> keras.Model:
        config = self.config
        options = {
            "vocabulary_size": self.end + 1,
            "width": config.width,
            "tied": config.tied,
            "dtype": self.dtype_policy,
            "name": "network",
        }
        if config.kind == "recurrent":
            return networks.RecurrentEncoderDecoder(cell=config.cell, **options)
        return networks.EncoderDecoder(
            num_layers=config.num_layers,
            num_heads=config.num_heads,
            source_length=config.source_length,
            length=config.length,
            **options,
        )
