"""The decoder-only transformer as a language model."""

import keras

from keras_gen import networks
from keras_gen.models.sequences import language_config, language_model


@keras.saving.register_keras_serializable("keras_gen")
class TransformerLM(language_model.LanguageModel):
    """A decoder-only transformer over text.

    Args:
        config: a TransformerLMConfig; or its fields as keyword arguments.
        network: as in `LanguageModel`.
        **kwargs: fields of TransformerLMConfig, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, or the network does not fit.

    Reference: Radford et al. 2019, "Language Models are Unsupervised Multitask
    Learners".
    """

    Config = language_config.TransformerLMConfig

    @property
    def room(self) -> int | None:
        return self.config.length

    def _network(self) -> keras.Model:
        config = self.config
        return networks.GPT(
            self.tokenizer.vocabulary_size,
            config.width,
            config.num_layers,
            config.num_heads,
            config.num_key_heads or None,
            config.tied,
            num_distances=config.num_distances,
            dtype=self.dtype_policy,
            name="network",
        )
