"""Trains a model from text to text: translation, normalization, arithmetic.

    python -m trainers.train_seq2seq --workdir=runs/dates

learns to write dates of eight forms as 1931-03-04, by pairs that are made on
the spot. In the workdir appear `model.keras`, `samples/` (answers to the same
test sources after each epoch), `metrics.jsonl`, `tensorboard/`, `flags.txt`,
which --flagfile reads again, and a model card. At the end the share of test
sources is printed whose best answer, by beam search, is the right one. The same
command resumes a run that was stopped.

Pairs of your own, and the recurrent network:

    python -m trainers.train_seq2seq --workdir=runs/pairs --dataset=file \\
        --data_dir=pairs --kind=recurrent
"""

from absl import app, flags

from keras_gen.models.sequences import seq2seq_config
from trainers import flags_from, pairs_run


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(pairs_run.PairsRunConfig)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from keras_gen.data import pairs
        from trainers import loop, pairs_feed

        train, test = (
            pairs.load(run.dataset, split, run.data_dir or None)
            for split in ("train", "test")
        )
        derived = _derived(train, test)
        config = flags_from.build(seq2seq_config.Seq2SeqConfig, **derived)
        keras.utils.set_random_seed(config.seed)
        loop.train(
            lambda: keras_gen.Seq2Seq(config),
            run,
            pairs_feed.PairsFeed(train, test),
            lambda _, work: _watchers(run, work, test),
        )


def _derived(train, test) -> dict:
    """Vocabulary and lengths of the data."""
    from keras_gen.models.sequences import language_model
    from trainers import pairs_feed, vocabularies

    texts = ["\n".join(each.sources + each.targets) for each in (train, test)]
    derived = vocabularies.of(
        flags.FLAGS.tokenizer, flags.FLAGS.vocabulary_size, *texts
    )
    config = flags_from.build(seq2seq_config.Seq2SeqConfig, **derived)
    tokenizer = language_model.tokenizer_of(config)
    return derived | pairs_feed.sizes(tokenizer, train, test)


def _watchers(run, work, test) -> list:
    from keras_gen import callbacks
    from trainers import pairs_watch

    found = [pairs_watch.ExactMatches(test)]
    if run.sample_every_epochs:
        few = test.sources[: run.num_samples], test.targets[: run.num_samples]
        found.append(
            callbacks.SampleText(
                work.samples,
                lambda model: [pairs_watch.answers(model, *few)],
                every_epochs=run.sample_every_epochs,
                tensorboard=work.tensorboard / "samples",
            )
        )
    return found


def _define_flags() -> None:
    flags_from.define(pairs_run.PairsRunConfig, seq2seq_config.Seq2SeqConfig)
    flags.adopt_module_key_flags(flags_from)
    flags.FLAGS.set_default("tokenizer", "characters")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
