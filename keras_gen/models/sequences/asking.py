"""What a language model can be asked in Python: one compiled loop each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import layers, samplers

# Lengths of what has no limit, so that few are compiled.
_STRIDE = 64


def generate(
    model: Any,
    prompts: Sequence[str],
    num_tokens: int = 100,
    seed: int = 0,
    *,
    temperature: float | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float = 0.0,
    repetition_penalty: float = 1.0,
    stop: str = "",
    jit_compile: bool = True,
) -> list[str]:
    """Texts that begin with prompts; text i has seed + i.

    Args:
        model: a LanguageModel.
        prompts: [B] texts of a token or more.
        num_tokens: that are drawn for each.
        seed: of the first.
        temperature: the Config's where None.
        top_k: the Config's where None; 1 takes the likeliest.
        top_p: the Config's where None.
        min_p: as in `samplers.LogitFilters`.
        repetition_penalty: as in `samplers.LogitFilters`.
        stop: characters that end a text, which are tokens.
        jit_compile: whether XLA compiles the loop: seconds at first, several
            times as fast then.

    Returns:
        [B] texts, each with its prompt.

    Raises:
        TypeError: `prompts` is one text.
        ValueError: a prompt is empty, too long or has unknown characters, or a
            number is out of range.
    """
    prompt = encoded(model, prompts, num_tokens)
    filters = filters_of(
        model,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
        repetition_penalty=repetition_penalty,
    )
    length = _length(model, prompt, num_tokens)
    draw = _compiled(model, length, tuple(filters), stop, jit_compile)
    found = draw(
        prompt.padded(length, 0),
        prompt.lengths,
        prompt.lengths + num_tokens,
        tf.range(seed, seed + len(prompts)),
        filters,
    )
    return texts_of(model, found.tokens, found.lengths)


def filters_of(model: Any, **given: Any) -> dict[str, tf.Tensor]:
    """{name: value} of filters that do something, the Config's where None.

    As tensors: other numbers are no other program.

    Raises:
        ValueError: a number is out of range.
    """
    chosen = {
        name: getattr(model.config, name) if value is None else value
        for name, value in given.items()
    }
    filters = samplers.LogitFilters(**chosen)
    filters.check(model.tokenizer.vocabulary_size)
    return {name: tf.constant(each) for name, each in filters.active.items()}


def _compiled(model, length, names, stop, jit_compile):
    """The loop with filters of those names."""
    stop_tokens = _stop_tokens(model, stop)
    key = ("generate", length, names, stop_tokens)
    draw = _drawing(model, length, stop_tokens)

    def draw_in_halves(*inputs):
        with layers.in_halves(model.network):
            return draw(*inputs)

    chosen = draw_in_halves if jit_compile else draw
    return model.program(key, chosen, jit_compile)


def _drawing(model, length, stop_tokens):
    def draw(tokens, lengths, limits, seed, filters):
        state = model.network.initial_state(
            tf.shape(tokens)[0], length, together=True
        )
        return samplers.generate(
            model.network.step,
            state,
            samplers.Prompt(tokens, lengths),
            length,
            seed,
            filters=samplers.LogitFilters(**filters),
            stop_tokens=stop_tokens,
            limits=limits,
        )

    return draw


def search(
    model: Any,
    prompts: Sequence[str],
    num_tokens: int = 100,
    *,
    width: int = 4,
    length_penalty: float = 0.0,
    stop: str = "",
    monotonic: bool = False,
) -> list[list[str]]:
    """Likely texts that begin with prompts, by beam search.

    Args:
        model: a LanguageModel.
        prompts: [B] texts of a token or more.
        num_tokens: behind the longest prompt; others get as many more.
        width: K, beams.
        length_penalty: as in `samplers.search`.
        stop: characters that end a text, which are tokens.
        monotonic: as in `samplers.search`.

    Returns:
        [B][K] texts, the best first.

    Raises:
        TypeError: `prompts` is one text.
        ValueError: as `generate`.
    """
    prompt = encoded(model, prompts, num_tokens)
    stop_tokens = _stop_tokens(model, stop)
    length = prompt.tokens.shape[1] + num_tokens
    options = (length, width, length_penalty, stop_tokens, monotonic)
    key = ("search", *options)

    def find(tokens, lengths):
        state = model.network.initial_state(tf.shape(tokens)[0], length)
        return samplers.search(
            model.network.step,
            state,
            samplers.Prompt(tokens, lengths),
            length,
            width,
            length_penalty=length_penalty,
            stop_tokens=stop_tokens,
            monotonic=monotonic,
        )

    # Of one shape for each key: prompts of other sizes share the program.
    tokens = prompt.padded(length, 0)
    found = model.program(key, find)(tokens, prompt.lengths)
    return [
        texts_of(model, *each)
        for each in zip(found.tokens, found.lengths, strict=True)
    ]


def log_prob(model: Any, texts: Sequence[str]) -> tf.Tensor:
    """log p [B], nats, of texts after their first token.

    Raises:
        TypeError: `texts` is one text.
        ValueError: a text is empty, too long or has unknown characters.
    """
    prompt = encoded(model, texts, 0)
    return log_prob_of(model, *prompt)


def log_prob_of(model: Any, tokens: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """The same of tokens [B, T] up to lengths [B]."""
    each = -tf.nn.sparse_softmax_cross_entropy_with_logits(
        tokens[:, 1:], model.network(tokens)[:, :-1]
    )
    inside = tf.sequence_mask(lengths - 1, tf.shape(each)[1])
    return tf.reduce_sum(tf.where(inside, each, 0.0), axis=1)


def encoded(
    model: Any, texts: Sequence[str], num_tokens: int
) -> samplers.Prompt:
    """Texts as tokens, with room for as many more.

    Raises:
        TypeError: it is one text.
        ValueError: a text is empty, too long or has unknown characters.
    """
    if isinstance(texts, str | bytes):
        raise TypeError(
            "`prompts` must be several texts. Received one: write "
            f"[{texts[:20]!r}]."
        )
    if num_tokens < 0:
        raise ValueError(
            f"`num_tokens` must be at least 0. Received: {num_tokens}."
        )
    rows = [model.tokenizer.encode(text) for text in texts]
    longest = max(map(len, rows), default=0)
    if model.room is not None and longest + num_tokens > model.room:
        raise ValueError(
            f"`prompts` and `num_tokens` must have at most {model.room} tokens "
            f"together, the `length` of the model. Received: {longest} and "
            f"{num_tokens}. Shorten one of them."
        )
    return samplers.Prompt.of(rows)


def texts_of(model: Any, tokens: tf.Tensor, lengths: tf.Tensor) -> list[str]:
    """Tokens [B, T] up to lengths [B] as texts."""
    pairs = zip(np.asarray(tokens), np.asarray(lengths), strict=True)
    return [model.tokenizer.decode(row[:length]) for row, length in pairs]


def _stop_tokens(model, stop) -> tuple[int, ...]:
    """Those that end every text of the model, and those of `stop`."""
    own = map(int, model.tokenizer.encode(stop)) if len(stop) else ()
    return (*model.end_tokens, *own)


def _length(model, prompt, num_tokens) -> int:
    """T of the loop; the same for many requests."""
    if model.room is not None:
        return model.room
    needed = prompt.tokens.shape[1] + num_tokens
    return -(-needed // _STRIDE) * _STRIDE
