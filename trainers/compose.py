"""Plays with a trained model of music.

    python -m trainers.compose --model=runs/bach/best.keras --output=out.mid

goes on from the first two bars of a song of the test split, and writes what it
plays, to be heard, and its piano roll beside it as out.png. With

    --harmonise          the whole song's soprano, and three new voices under it

for a model of chorales, and with

    --soundfont=FILE.sf2 out.wav too, by FluidSynth where it is installed.

It prints statistics of the piece beside the song's.
"""

import pathlib
from typing import Any

from absl import app, flags

from keras_gen import console
from trainers import music_run


def compose(
    model: Any,
    song: Any,
    *,
    harmonise: bool = False,
    primer_steps: int = 32,
    num_steps: int = 128,
    seed: int = 0,
    temperature: float = 1.0,
    num_tries: int = 1,
) -> Any:
    """A new piece from a song.

    Args:
        model: of music.
        song: as in `music_songs.Songs`.
        harmonise: whether its soprano is kept, or its beginning.
        primer_steps: frames, sixteenths or notes of the beginning.
        num_steps: frames or tokens behind it, as far as there is room.
        seed: of what is drawn.
        temperature: of what is drawn.
        num_tries: of a harmony, of which the likeliest is kept.

    Raises:
        ValueError: the model cannot do that.
    """
    from trainers import music_forms, music_loop

    if harmonise:
        if not hasattr(model, "harmonise"):
            raise ValueError(
                "`harmonise` needs a model of chorales. Received: "
                f"{type(model).__name__}. Train one with --kind=transformer."
            )
        options = {"temperature": temperature, "num_tries": num_tries}
        return model.harmonise([song[:, 0]], seed, **options)[0]
    form = music_forms.Form(model.config)
    primer = form.primer(song, primer_steps)
    return music_loop.go_on(model, form, primer, num_steps, seed, temperature)


def statistics(form: Any, piece: Any) -> dict[str, float]:
    """Of the notes of a piece; see `keras_gen.metrics`."""
    from keras_gen import metrics

    voices = form.voices(piece)
    pitches = [note.pitch for voice in voices for note in voice]
    onsets = [
        round(note.start / form.step) for voice in voices for note in voice
    ]
    bar = round((4.0 if form.time == "quarters" else 1.0) / form.step)
    size = max(len(form.rolls(voices)[0]), max(onsets) + 1, 2 * bar)
    return {
        "pitch_class_entropy": metrics.pitch_class_entropy(pitches),
        "scale_consistency": metrics.scale_consistency(pitches),
        "groove_consistency": metrics.groove_consistency(onsets, size, bar),
    }


def main(argv: list[str]) -> None:
    """model.keras + song -> .mid and .png."""
    del argv
    chosen = flags.FLAGS
    with console.explained():
        import keras_gen  # Late: `--help` need not wait for TensorFlow.
        from keras_gen import artifacts, callbacks
        from keras_gen.data import synthesis
        from trainers import music_forms, music_loop, music_songs

        if chosen.soundfont:
            synthesis.check(chosen.soundfont)
        model = keras_gen.load(chosen.model)
        songs = music_songs.load(chosen.dataset, chosen.split, chosen.data_dir)
        form = music_forms.Form(model.config)
        form.check(songs)
        if not 0 <= chosen.index < len(songs.songs):
            raise ValueError(
                f"`index` must be from 0 to {len(songs.songs) - 1}. Received: "
                f"{chosen.index}."
            )
        song = songs.songs[chosen.index]
        names = ("harmonise", "primer_steps", "num_steps", "seed")
        options = {n: chosen[n].value for n in names}
        options |= {n: chosen[n].value for n in ("temperature", "num_tries")}
        piece = compose(model, song, **options)
        content, picture = music_loop.played(form, piece)
        output = pathlib.Path(chosen.output)
        with artifacts.atomic_file(output, seal=False) as temporary:
            temporary.write_bytes(content)
        callbacks.write_sheet(picture, output.with_suffix(".png"), 1)
        own = statistics(form, piece)
        for name, value in statistics(form, form.piece(song)).items():
            print(f"{name:20} {own[name]:8.3f}, of the song {value:8.3f}")
        print(f"Wrote {output} and {output.with_suffix('.png')}.")
        if chosen.soundfont:
            sound = output.with_suffix(".wav")
            synthesis.write(output, sound, chosen.soundfont)
            print(f"Wrote {sound}.")


def _define_flags() -> None:
    flags.DEFINE_string("model", None, "A model.keras.", required=True)
    flags.DEFINE_string("output", "out.mid", "The MIDI file.")
    flags.DEFINE_enum("dataset", "chorales", music_run.DATASETS, "The music.")
    flags.DEFINE_string("data_dir", "", "Where files of your own are.")
    flags.DEFINE_enum("split", "test", ["train", "valid", "test"], "Of it.")
    flags.DEFINE_integer("index", 0, "The song of the split.", lower_bound=0)
    flags.DEFINE_boolean("harmonise", False, "Keeps the song's soprano.")
    flags.DEFINE_string("soundfont", "", "An .sf2, for a .wav of it.")
    flags.DEFINE_integer("primer_steps", 32, "Of the song.", lower_bound=1)
    flags.DEFINE_integer("num_steps", 128, "Of one's own.", lower_bound=0)
    flags.DEFINE_integer("seed", 0, "Of what is drawn.")
    flags.DEFINE_float("temperature", 1.0, "Less is safer.", lower_bound=1e-3)
    flags.DEFINE_integer("num_tries", 1, "Of a harmony.", lower_bound=1)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
