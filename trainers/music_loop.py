"""What the trainer of music adds to the loop: pieces, samples, the best."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from keras_gen import base, callbacks
from keras_gen.data import midi
from keras_gen.ops import piano_rolls
from trainers import loop, music_feed, music_forms, music_run, music_songs
from trainers import workdir as workdirs

_PRIMER = {"roll": 4, "chorale": 16, "melody": 16, "performance": 16}


def train(
    make_model: Callable[[], base.GenerativeModel],
    config: Any,
    run: music_run.MusicRunConfig,
) -> None:
    """`loop.train` on music.

    Args:
        make_model: as in `loop.train`.
        config: of the model.
        run: what to do.

    Raises:
        DataError: the music is missing or damaged.
        ValueError: it is none for this model.
    """
    train, valid = (
        music_songs.load(run.dataset, split, run.data_dir)
        for split in ("train", "valid")
    )
    form = music_forms.Form(config)
    feed = music_feed.MusicFeed(train, valid, form, run, config.length)
    primer = _primer(form, valid.songs[0], config.length)

    def watchers(_, work):
        found = []
        if run.evaluate_every_epochs:
            found.append(callbacks.KeepBest(work.best, patience=run.patience))
        if run.sample_every_epochs:
            found.append(_samples(form, primer, run, work))
        return found

    loop.train(make_model, run, feed, watchers)


def _primer(form: music_forms.Form, song: Any, length: int) -> Any:
    """The beginning of a song, of half the model's length at most."""
    count = _PRIMER[form.kind]
    while count > 1 and form.size(form.primer(song, count)) > length // 2:
        count //= 2
    return form.primer(song, count)


def _samples(
    form: music_forms.Form,
    primer: Any,
    run: music_run.MusicRunConfig,
    work: workdirs.Workdir,
) -> keras.callbacks.Callback:
    midi.require()

    def draw(model):
        piece = go_on(model, form, primer, run.num_sample_steps)
        return played(form, piece)

    return callbacks.SampleMIDI(
        work.samples, draw, every_epochs=run.sample_every_epochs
    )


def go_on(
    model: Any,
    form: music_forms.Form,
    primer: Any,
    num_steps: int,
    seed: int = 0,
    temperature: float = 1.0,
) -> Any:
    """A piece that begins with the primer, as long as there is room.

    Args:
        model: of music.
        form: of its pieces.
        primer: a piece.
        num_steps: frames or tokens behind it, at most.
        seed: of what is drawn.
        temperature: of what is drawn.
    """
    if model.room is not None:
        num_steps = max(min(num_steps, model.room - form.size(primer)), 0)
    how = {"temperature": temperature}
    if form.kind != "roll":
        how["jit_compile"] = False
    return model.generate([primer], num_steps, seed, **how)[0]


def played(
    form: music_forms.Form, piece: Any, quarters_per_minute: float = 80.0
) -> tuple[bytes, tf.Tensor]:
    """A piece as the bytes of a MIDI file, and its picture [1, H, W, 3]."""
    voices: Sequence = form.voices(piece)
    content = midi.to_bytes(voices, form.time, quarters_per_minute)
    bar = round((4.0 if form.time == "quarters" else 1.0) / form.step)
    picture = piano_rolls.picture(
        form.rolls(voices), lowest=0, steps_per_bar=bar
    )
    return content, picture
