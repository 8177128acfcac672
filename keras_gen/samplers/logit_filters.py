"""What is done to logits before a token is drawn from them.

    repetition_penalty  tokens that are there already lose: logit / r above 0,
                        logit r below
    temperature         logits / T
    top_k               the k likeliest tokens
    top_p               the likeliest tokens that together have p
    min_p               tokens with min_p of the likeliest one's probability

in this order. A token that is left out gets the logit -1e9; the likeliest one
always stays. Tokens of equal logits stay or go together.

Reference: Keskar et al. 2019, arXiv 1909.05858, section 4.1; Fan et al. 2018,
arXiv 1805.04833; Holtzman et al. 2019, arXiv 1904.09751; Nguyen et al. 2024,
arXiv 2407.01082.
"""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

NEVER = -1e9  # Instead of minus infinity, times which 0 is no number.


@dataclasses.dataclass(frozen=True)
class LogitFilters:
    """Each a number, or one for each row [B]; neutral ones cost nothing.

    Attributes:
        temperature: T above 0; 1 changes nothing, less makes the likely
            likelier.
        top_k: tokens that stay; 0 for all.
        top_p: in (0, 1]; 1 for all.
        min_p: in [0, 1); 0 for all.
        repetition_penalty: r from 1, which changes nothing.
    """

    temperature: Any = 1.0
    top_k: Any = 0
    top_p: Any = 1.0
    min_p: Any = 0.0
    repetition_penalty: Any = 1.0

    def check(self, vocabulary_size: int) -> None:
        """Refuses numbers out of range; tensors of a graph are not looked at.

        Args:
            vocabulary_size: V.

        Raises:
            ValueError: names the filter, its range and what was received.
        """
        for name, is_right, rule in (
            ("temperature", lambda v: v > 0, "be above 0"),
            (
                "top_k",
                lambda v: (v >= 0) & (v <= vocabulary_size),
                f"lie in [0, {vocabulary_size}], 0 for all tokens",
            ),
            ("top_p", lambda v: (v > 0) & (v <= 1), "lie in (0, 1]"),
            ("min_p", lambda v: (v >= 0) & (v < 1), "lie in [0, 1)"),
            ("repetition_penalty", lambda v: v >= 1, "be at least 1"),
        ):
            value = getattr(self, name)
            if tf.is_tensor(value) and not hasattr(value, "numpy"):
                continue
            if not np.all(is_right(np.asarray(value))):
                hint = ""
                if name == "temperature":
                    hint = " For the likeliest token alone use top_k=1."
                raise ValueError(
                    f"`{name}` must {rule}. Received: {value}.{hint}"
                )

    @property
    def active(self) -> dict[str, Any]:
        """{name: value} of those that are not neutral."""
        return {
            each.name: getattr(self, each.name)
            for each in dataclasses.fields(self)
            if not _is(getattr(self, each.name), each.default)
        }

    @property
    def remembers(self) -> bool:
        """Whether `apply` needs to know which tokens are there already."""
        return not _is(self.repetition_penalty, 1.0)

    def apply(
        self, logits: tf.Tensor, seen: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Filtered logits [B, V].

        Args:
            logits: [B, V].
            seen: [B, V] bool, tokens that are there already; None if that
                does not matter.
        """
        if self.remembers:
            penalty = _column(self.repetition_penalty, logits.dtype)
            less = tf.where(logits > 0, logits / penalty, logits * penalty)
            logits = tf.where(seen, less, logits)
        if not _is(self.temperature, 1.0):
            logits /= _column(self.temperature, logits.dtype)
        if not (_is(self.top_k, 0) and _is(self.top_p, 1.0)):
            logits = self._likeliest(logits)
        if not _is(self.min_p, 0.0):
            greatest = tf.reduce_max(logits, axis=-1, keepdims=True)
            share = _column(self.min_p, logits.dtype)
            stays = tf.exp(logits - greatest) >= share
            logits = tf.where(stays, logits, NEVER)
        return logits

    def _likeliest(self, logits):
        """By top_k, then by top_p, with one sort."""
        size = tf.shape(logits)[-1]
        falling = tf.sort(logits, axis=-1, direction="DESCENDING")
        top_k = _column(self.top_k, tf.int32)
        count = tf.where(top_k > 0, tf.minimum(top_k, size), size)  # [B, 1]
        inside = tf.range(size) < count
        if not _is(self.top_p, 1.0):
            share = tf.nn.softmax(tf.where(inside, falling, NEVER))
            before = tf.cumsum(share, axis=-1, exclusive=True)
            inside &= before < _column(self.top_p, logits.dtype)
        falling = tf.where(inside, falling, falling[:, :1])
        least = tf.reduce_min(falling, axis=-1, keepdims=True)
        return tf.where(logits >= least, logits, NEVER)


def _is(value: Any, neutral: float) -> bool:
    return isinstance(value, int | float) and value == neutral


def _column(value: Any, dtype: Any) -> tf.Tensor:
    """A number or [B] as [1, 1] or [B, 1]."""
    return tf.reshape(tf.cast(value, dtype), (-1, 1))
