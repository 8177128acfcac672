"""What a Seq2Seq can be asked: one compiled loop each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import samplers
from keras_gen.models.sequences import asking


def generate(
    model: Any,
    sources: Sequence[str],
    seed: int | None = 0,
    *,
    temperature: float | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
) -> list[str]:
    """A target of each source, drawn; that of source i by seed + i.

    Args:
        model: a Seq2Seq.
        sources: [B] texts.
        seed: of the first; None takes the likeliest token each time.
        temperature: the Config's where None.
        top_k: the Config's where None.
        top_p: the Config's where None.

    Returns:
        [B] texts.

    Raises:
        TypeError: `sources` is one text.
        ValueError: a source is too long or has unknown characters, or a number
            is out of range.
    """
    check(model, sources)
    filters = asking.filters_of(
        model, temperature=temperature, top_k=top_k, top_p=top_p
    )
    key = ("generate", tuple(filters), seed is None)

    def draw(texts, seeds, filters):
        return drawn(model, texts, seeds, samplers.LogitFilters(**filters))

    seeds = None
    if seed is not None:
        seeds = tf.range(seed, seed + len(sources))
    found = model.program(key, draw)(tf.constant(list(sources)), seeds, filters)
    return [each.decode() for each in found[0].numpy()]


def search(
    model: Any,
    sources: Sequence[str],
    width: int | None = None,
    *,
    length_penalty: float | None = None,
) -> list[list[str]]:
    """Likely targets of each source by beam search, the best first.

    Args:
        model: a Seq2Seq.
        sources: [B] texts.
        width: K, beams; the Config's where None.
        length_penalty: as in `samplers.search`; the Config's where None.

    Returns:
        [B][K] texts.

    Raises:
        TypeError: `sources` is one text.
        ValueError: a source is too long or has unknown characters.
    """
    check(model, sources)
    config = model.config
    width = config.beam_width if width is None else width
    if length_penalty is None:
        length_penalty = config.length_penalty
    key = ("search", width, length_penalty)
    best = model.program(
        key, lambda texts: found(model, texts, width, length_penalty)
    )
    texts, _ = best(tf.constant(list(sources)))
    return [[each.decode() for each in row] for row in texts.numpy()]


def check(model: Any, sources: Sequence[str]) -> None:
    """Raises an error that says which source does not fit."""
    if isinstance(sources, str | bytes):
        raise TypeError(
            "`sources` must be several texts. Received one: write "
            f"[{sources[:20]!r}]."
        )
    room = model.config.source_length
    for index, text in enumerate(sources):
        size = len(model.tokenizer.encode(text))
        if size > room:
            raise ValueError(
                f"`sources` must have at most {room} tokens each, the "
                f"`source_length` of the model. Received: {size} in number "
                f"{index}. Shorten it."
            )


# In graphs.


def drawn(
    model: Any,
    sources: tf.Tensor,
    seeds: tf.Tensor | None,
    filters: samplers.LogitFilters,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Targets [B] string of sources [B], and their log p [B]."""
    result = samplers.generate(
        model.network.step,
        _state(model, sources),
        _start(model, sources),
        model.config.length + 1,
        seeds,
        filters=filters,
        stop_tokens=(model.end,),
        pad_token=model.end,
    )
    return _texts(model, result.tokens), result.log_probs


def found(
    model: Any, sources: tf.Tensor, width: int, length_penalty: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Targets [B, K] string of sources [B], and their log p [B, K]."""
    result = samplers.search(
        model.network.step,
        _state(model, sources),
        _start(model, sources),
        model.config.length + 1,
        width,
        length_penalty=length_penalty,
        stop_tokens=(model.end,),
        pad_token=model.end,
    )
    flat = tf.reshape(result.tokens, (-1, model.config.length + 1))
    texts = tf.reshape(_texts(model, flat), (-1, width))
    return texts, result.log_probs


def log_prob(
    model: Any,
    source: tf.Tensor,
    inside: tf.Tensor,
    target: tf.Tensor,
    lengths: tf.Tensor,
    **options: Any,
) -> tf.Tensor:
    """log p [B], nats, of targets with their ends.

    Args:
        model: a Seq2Seq.
        source: [B, S].
        inside: [B, S], which tokens there are.
        target: [B, T - 1], filled up with ends.
        lengths: [B], of targets without their end.
        **options: of the network.
    """
    given = tf.pad(target, ((0, 0), (1, 0)), constant_values=model.end)
    wanted = tf.pad(target, ((0, 0), (0, 1)), constant_values=model.end)
    logits = model.network(source, inside, given, **options)
    each = -tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, logits)
    counts = tf.sequence_mask(lengths + 1, tf.shape(each)[1])
    return tf.reduce_sum(tf.where(counts, each, 0.0), axis=1)


def _state(model, sources):
    tokens, inside = model.source_of(sources)
    memory = model.network.encode(tokens, inside)
    return model.network.initial_state(memory, inside, model.config.length)


def _start(model, sources) -> samplers.Prompt:
    ones = tf.ones_like(sources, tf.int32)
    return samplers.Prompt(model.end * ones[:, tf.newaxis], ones)


def _texts(model, tokens):
    """Texts [B] of tokens [B, 1 + T] between start and end."""
    tokens = tokens[:, 1:]
    ended = tf.cumsum(tf.cast(tokens == model.end, tf.int32), axis=1) > 0
    lengths = tf.reduce_sum(tf.cast(~ended, tf.int32), axis=1)
    tokens = tf.where(ended, 0, tokens)
    return model.tokenizer.to_texts(tokens, lengths)


def exact_matches(
    model: Any,
    sources: Sequence[str],
    targets: Sequence[str],
    batch_size: int = 250,
) -> float:
    """Share of sources whose best target is the right one.

    Args:
        model: a Seq2Seq.
        sources: [N] texts.
        targets: [N] texts.
        batch_size: sources at once.
    """
    right = []
    for first in range(0, len(sources), batch_size):
        part = slice(first, first + batch_size)
        best = [each[0] for each in search(model, sources[part])]
        pairs = zip(best, targets[part], strict=True)
        right += [answer == wanted for answer, wanted in pairs]
    return float(np.mean(right))
