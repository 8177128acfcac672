"""Language models: texts, one token after the other.

    log p(text) = sum over t of log p(token t | tokens before)

A network gives the distribution of the next token after each token of a text;
its `step` gives that after one token and what it remembers. A loss is the mean
over the tokens of a window, nats. Where rows end early, nothing is lost or
counted behind their ends.

Reference: Bengio et al. 2003, "A Neural Probabilistic Language Model".
"""

import json
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base, endpoint, spec, tokenizers
from keras_gen.models.sequences import (
    asking,
    endpoints,
    language_config,
    padding,
)
from keras_gen.ops import seeds

_DROPOUT = 1  # Stream of its seeds.


class LanguageModel(base.GenerativeModel):
    """What language models have in common.

    Args:
        config: as in `GenerativeModel`.
        network: the user's own, or None: tokens [B, T] to logits [B, T, V],
            with `step` and `initial_state` as those of `networks.GPT`.
        **kwargs: as in `GenerativeModel`.

    Raises:
        ValueError: a field is wrong, or the network does not fit.
    """

    # Tokens that end whatever is drawn.
    end_tokens: tuple[int, ...] = ()

    def __init__(
        self,
        config: language_config.LanguageConfig | None = None,
        *,
        network: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, networks={"network": network}, **kwargs)
        check_dropout(self.config, network)
        self.tokenizer = tokenizer_of(self.config)
        self.network = network or self._network()
        shape = self.network.compute_output_shape((None, self.config.length))
        expected = (None, self.config.length, self.tokenizer.vocabulary_size)
        if tuple(shape) != expected:
            raise ValueError(
                "`network` must map tokens [B, T] to logits [B, T, V], here "
                f"{expected}. Received one that gives {tuple(shape)}."
            )

    @property
    def room(self) -> int | None:
        """Tokens that a text may have; None for any number."""
        return None

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        highest = self.tokenizer.vocabulary_size - 1
        shape = (self.config.length + 1,)
        doc = "A window, and the token behind it."
        found = {"tokens": spec.Spec(shape, "int32", 0, highest, doc)}
        if self.config.padded:
            found["lengths"] = padding.spec_of(self.config.length)
        return found

    @classmethod
    def loss_names_of(
        cls, config: language_config.LanguageConfig
    ) -> tuple[str, ...]:
        return padding.LOSS_NAMES if config.padded else cls.loss_names

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        tokens = batch["tokens"]
        options = {}
        if training and self.config.dropout:
            count = self.network.num_masks
            options["masks"] = masks(self.config, count, seed)
        logits = self._read(tokens[:, :-1], training, **options)
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(
            tokens[:, 1:], logits
        )
        if self.config.padded:
            return padding.masked(each, batch["lengths"])
        return {"loss": tf.reduce_mean(each, axis=1)}

    def _read(
        self, tokens: tf.Tensor, training: bool, **options: Any
    ) -> tf.Tensor:
        """Logits [B, T, V] in a step of training or of evaluation."""
        return self.network(tokens, training=training, **options)

    def means_of(self, sums: tf.Tensor) -> dict[str, np.ndarray]:
        """Per real token, where rows end early."""
        means = super().means_of(sums)
        return padding.per_entry(means) if self.config.padded else means

    def call(self, tokens: tf.Tensor) -> tf.Tensor:
        """Logits [B, T, V] of what follows each of tokens [B, T]."""
        return self.network(tokens)

    # Asking.

    def generate(
        self,
        prompts: Sequence[str],
        num_tokens: int = 100,
        seed: int = 0,
        **how: Any,
    ) -> list[str]:
        """Texts that begin with prompts; see `asking.generate`."""
        return asking.generate(self, prompts, num_tokens, seed, **how)

    def search(
        self, prompts: Sequence[str], num_tokens: int = 100, **how: Any
    ) -> list[list[str]]:
        """Likely texts that begin with prompts; see `asking.search`."""
        return asking.search(self, prompts, num_tokens, **how)

    def log_prob(self, texts: Sequence[str]) -> tf.Tensor:
        """log p [B], nats, of texts after their first token."""
        return asking.log_prob(self, texts)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        """Text in and out; a step for hosts that run the loop."""
        return endpoints.of(self)

    def _network(self) -> keras.Model:
        raise NotImplementedError(f"{type(self).__name__}._network")


def tokenizer_of(config: language_config.LanguageConfig) -> Any:
    """What turns texts, or pieces of music, into tokens and back."""
    return {
        "byte_pairs": lambda: tokenizers.BytePairTokenizer(config.vocabulary),
        "bytes": tokenizers.ByteTokenizer,
        "characters": lambda: tokenizers.CharacterTokenizer(config.alphabet),
        "chorale": tokenizers.ChoraleTokenizer,
        "melody": tokenizers.MelodyTokenizer,
        "performance": tokenizers.PerformanceTokenizer,
        "words": lambda: tokenizers.WordTokenizer(
            json.loads(config.vocabulary)
        ),
    }[config.tokenizer]()


def check_dropout(config: Any, network: keras.Model | None) -> None:
    """Raises ValueError for dropout in a network of the user's."""
    if config.dropout and network is not None:
        raise ValueError(
            "`dropout` is of the built-in networks. Received: "
            f"{config.dropout} beside a network of your own. Leave it out, and "
            "let yours drop what it wants to."
        )


def masks(config: Any, count: int, seed: tf.Tensor) -> tf.Tensor:
    """Of dropout, [B, count, D], with mean 1; a function of seed [B]."""
    kept = seeds.uniform(seed, (count, config.width), _DROPOUT)
    kept = tf.cast(kept >= config.dropout, tf.float32)
    return kept / (1.0 - config.dropout)
