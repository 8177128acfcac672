"""What a tokenizer learns from the text of a run."""

import json

from keras_gen import tokenizers


def of(
    tokenizer: str, vocabulary_size: int, train: str, test: str
) -> dict[str, str]:
    """Fields of a LanguageConfig.

    Args:
        tokenizer: one of `language_config.TOKENIZERS`.
        vocabulary_size: of byte pairs and words.
        train: from which they are learned.
        test: a rare character may be in it alone; characters need no learning.
    """
    if tokenizer == "characters":
        return {"alphabet": "".join(sorted(set(train + test)))}
    if tokenizer == "byte_pairs":
        found = tokenizers.BytePairTokenizer.of(train, vocabulary_size)
        return {"vocabulary": found.merges}
    if tokenizer == "words":
        found = tokenizers.WordTokenizer.of(train, vocabulary_size)
        return {"vocabulary": json.dumps(found.words, ensure_ascii=False)}
    return {}
