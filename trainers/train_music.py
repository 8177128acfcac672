"""Trains a model of music: on Bach's chorales, or on MIDI files of your own.

    python -m trainers.train_music --workdir=runs/rolls --kind=roll

learns the chorales that come with the package as piano rolls, with an LSTM. In
the workdir appear `best.keras`, the model of the epoch that did best on the
valid split, `model.keras`, that of the last epoch, `samples/` (what it plays
after each epoch, to be heard and seen), `metrics.jsonl` and a model card. The
same command resumes a run that was stopped.

Four voices by a transformer with relative attention, one voice by an LSTM, and
performances of your own:

    python -m trainers.train_music --workdir=runs/bach --kind=transformer
    python -m trainers.train_music --workdir=runs/melody --kind=rnn
    python -m trainers.train_music --workdir=runs/piano --kind=transformer \\
        --tokenizer=performance --dataset=midi --data_dir=songs --stretch=0.05
"""

from absl import app, flags

from keras_gen.models.sequences import music_config, roll_config
from trainers import flags_from, music_run

_CONFIGS = {
    "roll": roll_config.PianoRollConfig,
    "rnn": music_config.MelodyRNNConfig,
    "transformer": music_config.MusicTransformerConfig,
}


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(music_run.MusicRunConfig)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from trainers import music_loop

        config = flags_from.build_chosen(flags.FLAGS.kind, _CONFIGS)
        model_class = {
            "roll": keras_gen.PianoRollModel,
            "rnn": keras_gen.MelodyRNN,
            "transformer": keras_gen.MusicTransformer,
        }[flags.FLAGS.kind]
        keras.utils.set_random_seed(config.seed)
        music_loop.train(lambda: model_class(config), config, run)


def _define_flags() -> None:
    flags.DEFINE_enum("kind", "roll", list(_CONFIGS), "Of the model.")
    flags_from.define(music_run.MusicRunConfig, *_CONFIGS.values())
    flags.adopt_module_key_flags(flags_from)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
