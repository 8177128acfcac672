"""Models of music: language models whose tokens are notes.

    MelodyRNN          one voice, by an LSTM or GRU
    MusicTransformer   four voices or performances, by relative attention

A piece is what the tokenizer knows: melody [T], chorale [T, 4], list of notes.
`generate`, `search` and `log_prob` are those of language models, with pieces
instead of texts; endpoints take and give tokens.

Reference: Waite et al. 2016, "Generating Long-Term Structure in Songs and
Stories"; Huang et al. 2018, arXiv 1809.04281; Oore et al. 2018, arXiv
1808.03715.
"""

from collections.abc import Sequence

import keras
import numpy as np

from keras_gen import endpoint
from keras_gen.models.sequences import (
    harmonising,
    music_config,
    recurrent_lm,
    token_endpoints,
    transformer_lm,
)

_ENDS = (1,)  # All tokenizers of music end with it.


@keras.saving.register_keras_serializable("keras_gen")
class MelodyRNN(recurrent_lm.RecurrentLM):
    """A melody, one sixteenth after the other.

    Args:
        config: a MelodyRNNConfig; or its fields as keyword arguments.
        network: as in `LanguageModel`.
        **kwargs: fields of MelodyRNNConfig, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, or the network does not fit.
    """

    Config = music_config.MelodyRNNConfig
    end_tokens = _ENDS

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        """Tokens in and out; a step for hosts that run the loop."""
        return token_endpoints.of(self)


@keras.saving.register_keras_serializable("keras_gen")
class MusicTransformer(transformer_lm.TransformerLM):
    """Chorales or performances, by a transformer with relative attention.

    Args:
        config: a MusicTransformerConfig; or its fields as keyword arguments.
        network: as in `LanguageModel`.
        **kwargs: fields of MusicTransformerConfig, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, or the network does not fit.
    """

    Config = music_config.MusicTransformerConfig
    end_tokens = _ENDS

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        """Tokens in and out; a step for hosts that run the loop."""
        return token_endpoints.of(self)

    def harmonise(
        self,
        sopranos: Sequence[Sequence[int]],
        seed: int = 0,
        *,
        temperature: float | None = None,
        num_tries: int = 1,
    ) -> list[np.ndarray]:
        """Chorales with given sopranos; see `harmonising.harmonise`."""
        return harmonising.harmonise(
            self, sopranos, seed, temperature, num_tries
        )
