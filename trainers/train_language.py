"""Trains a language model on text.

    python -m trainers.train_language --workdir=runs/shakespeare

trains a transformer on the plays that come with the package. In the workdir
appear `model.keras`, `samples/` (what it writes after each epoch),
`metrics.jsonl`, `tensorboard/`, `flags.txt`, which --flagfile reads again, and
a model card. The same command resumes a run that was stopped.

--tokenizer says what a token is: bytes, characters (as above), byte_pairs or
words. An LSTM, and a text of your own:

    python -m trainers.train_language --workdir=runs/novel \\
        --network=recurrent --dataset=file --data_dir=novel.txt
    python -m trainers.sample --model=runs/novel/model.keras --prompt="It was "
"""

from absl import app, flags

from keras_gen.models.sequences import language_config
from trainers import flags_from, text_run

_CONFIGS = {
    "transformer": language_config.TransformerLMConfig,
    "recurrent": language_config.RecurrentLMConfig,
}


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(text_run.TextRunConfig)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from keras_gen.data import texts
        from trainers import text_loop, vocabularies

        train, test = (
            texts.load(run.dataset, split, run.data_dir or None)
            for split in ("train", "test")
        )
        tokenizer = flags.FLAGS.tokenizer  # Its default is this program's own.
        derived = vocabularies.of(
            tokenizer, run.vocabulary_size, train.text, test.text
        )
        config = flags_from.build_chosen(
            flags.FLAGS.network, _CONFIGS, tokenizer=tokenizer, **derived
        )
        model_class = {
            "transformer": keras_gen.TransformerLM,
            "recurrent": keras_gen.RecurrentLM,
        }[flags.FLAGS.network]
        keras.utils.set_random_seed(config.seed)
        text_loop.train(lambda: model_class(config), config, run, train, test)


def _define_flags() -> None:
    flags.DEFINE_enum("network", "transformer", list(_CONFIGS), "The kind.")
    flags_from.define(text_run.TextRunConfig, *_CONFIGS.values())
    flags.adopt_module_key_flags(flags_from)
    flags.FLAGS.set_default("tokenizer", "characters")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
