"""What a language model whose tokens are no text can be asked on a server.

    generate   tokens, how many more, how to draw, seed -> tokens
    score      tokens -> log p
    step       token and state -> logits and state: a phone runs the loop

Tokens are rows of T with their number; what is behind it does not matter.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import endpoint, samplers, spec
from keras_gen.models.sequences import asking, endpoints


def of(model: Any) -> dict[str, endpoint.Endpoint]:
    """{name: Endpoint} of a LanguageModel."""
    return {
        "generate": _generate(model),
        "score": _score(model),
        "step": endpoints.step_of(model),
    }


def _generate(model) -> endpoint.Endpoint:
    length = model.config.length

    def generate(
        tokens, num_given, num_tokens, temperature, top_k, top_p, seed
    ):
        # A row's own position: the other way is faster, but XLA's alone.
        state = model.network.initial_state(tf.shape(tokens)[0], length)
        found = samplers.generate(
            model.network.step,
            state,
            samplers.Prompt(tokens, num_given),
            length,
            seed,
            filters=samplers.LogitFilters(temperature, top_k, top_p),
            stop_tokens=model.end_tokens,
            limits=num_given + num_tokens,
        )
        return {
            "tokens": found.tokens,
            "num_tokens": found.lengths,
            "log_prob": found.log_probs,
        }

    return endpoint.Endpoint(
        generate,
        {"tokens": _tokens(model), "num_given": _count(model)}
        | endpoints.asked(model),
        {
            "tokens": _tokens(model),
            "num_tokens": _count(model),
            "log_prob": spec.Spec((), doc="Of what was drawn, nats."),
        },
        "Tokens that begin with given ones.",
        mobile=False,  # A phone runs the loop.
        example=_example(model),
    )


def _example(model) -> dict[str, np.ndarray]:
    tokens = np.zeros((2, model.config.length), np.int32)
    tokens[:, 1] = model.tokenizer.vocabulary_size - 1
    given = {"tokens": tokens, "num_given": np.array([1, 2], np.int32)}
    return given | endpoints.example(model)


def _score(model) -> endpoint.Endpoint:
    def score(tokens, num_tokens):
        return {
            "log_prob": asking.log_prob_of(model, tokens, num_tokens),
            "num_predicted": num_tokens - 1,
        }

    return endpoint.Endpoint(
        score,
        {"tokens": _tokens(model), "num_tokens": _count(model)},
        {
            "log_prob": spec.Spec((), doc="Nats, of all but the first token."),
            "num_predicted": spec.Spec((), "int32", 0, doc="That it is of."),
        },
        "log p of tokens.",
        mobile=False,  # Whole pieces are no work for a phone.
    )


def _tokens(model) -> spec.Spec:
    highest = model.tokenizer.vocabulary_size - 1
    shape = (model.config.length,)
    return spec.Spec(shape, "int32", 0, highest, "The first starts a piece.")


def _count(model) -> spec.Spec:
    return spec.Spec((), "int32", 1, model.config.length, "Tokens that count.")
