"""Samplers: sequences of tokens from a StepFn, whatever the tokens stand for.

    generate       token by token, by chance or the likeliest
    search         beam search
    LogitFilters   temperature, top_k, top_p, min_p, repetition penalty
    Prompt         what rows begin with
    Known          tokens at any places

Both are one compiled loop, and a row's answer depends on its prompt and seed
alone.
"""

from keras_gen.samplers.ancestral import Generated, generate
from keras_gen.samplers.beam_search import Beams, search
from keras_gen.samplers.logit_filters import LogitFilters
from keras_gen.samplers.prompts import Known, Prompt

__all__ = [
    "Beams",
    "Generated",
    "Known",
    "LogitFilters",
    "Prompt",
    "generate",
    "search",
]
