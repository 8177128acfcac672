"""The trainer of music: from chorales or MIDI to what can be heard."""

import json

import numpy as np
import pytest

import keras_gen
from keras_gen import callbacks, data
from keras_gen.data import chorales, midi
from keras_gen.tokenizers import Note
from tests.trainers import programs
from trainers import (
    compose,
    evaluate_music,
    music_forms,
    music_loop,
    music_run,
    music_songs,
)

SMALL = {
    "width": 8,
    "num_layers": 1,
    "batch_size": 4,
    "num_epochs": 2,
    "num_sample_steps": 6,
    "steps_per_execution": 2,
}


@pytest.fixture(scope="module")
def chorale_file(tmp_path_factory):
    """Six chorales in each split."""
    songs = {
        split: [
            [[72 + i, 67, 64, 48 - i]] * 8 + [[74, 65, 62, 50]] * (8 + i)
            for i in range(6)
        ]
        for split in chorales.SPLITS
    }
    path = tmp_path_factory.mktemp("chorales") / "songs.json"
    path.write_text(json.dumps(songs))
    return path


@pytest.fixture(scope="module")
def bach(chorale_file, tmp_path_factory):
    """The workdir of a transformer of chorales."""
    workdir = tmp_path_factory.mktemp("bach")
    done = programs.run(
        "train_music",
        kind="transformer",
        workdir=workdir,
        data_dir=chorale_file,
        length=84,
        num_heads=2,
        **SMALL,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "6 songs of chorales (train), windows of 84 tokens" in done.stdout
    return workdir


def test_a_short_run_leaves_the_best_and_music(bach):
    model = keras_gen.load(bach / "best.keras")
    assert model.config.positions == "relative" and model.config.padded
    best = json.loads((bach / "best.json").read_text())
    rows = [
        json.loads(line)
        for line in (bach / "metrics.jsonl").read_text().splitlines()
    ]
    figures = [row["val_loss"] for row in rows if "val_loss" in row]
    assert best["best"] == pytest.approx(min(figures), rel=1e-5)
    assert int(model.step) == best["epoch"]  # A step an epoch.
    assert (bach / "samples" / "epoch-0002.png").exists()
    notes = midi.read(bach / "samples" / "epoch-0002.mid", "quarters")
    assert Note(0.0, 2.0, 67, 80) in notes  # The primer's alto.
    assert "nats for each token" in (bach / "MODEL_CARD.md").read_text()


def test_measures_and_harmonises_from_the_command_line(
    bach, chorale_file, tmp_path
):
    options = {"model": bach / "best.keras", "data_dir": chorale_file}
    done = programs.run("evaluate_music", **options)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads((bach / "metrics.json").read_text())
    assert found["protocol"]["pieces"] == "windows of 84 side by side"
    sizes = [4 * (16 + i) + 1 for i in range(6)]
    assert found["metrics"]["num_tokens"] == sum(sizes)
    output = tmp_path / "out.mid"
    done = programs.run("compose", output=output, harmonise=True, **options)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "scale_consistency" in done.stdout
    notes = midi.read(output, "quarters")
    sopranos = [note for note in notes if note[:3] == (0.0, 2.0, 72)]
    assert sopranos and max(note.end for note in notes) == 4.0
    assert output.with_suffix(".png").stat().st_size > 100


def test_rolls_are_measured_whole(chorale_file):
    model = keras_gen.PianoRollModel(length=3, width=8)
    songs = music_songs.load("chorales", "test", chorale_file)
    found, how = evaluate_music.measure(model, songs, 4)
    rows = [chorales.roll(song, 4) for song in songs.songs]
    assert how == "whole pieces"
    assert found["num_frames"] == sum(len(row) - 1 for row in rows)
    total = -np.sum(model.log_prob(rows))
    assert found["nats_per_frame"] == pytest.approx(total / found["num_frames"])
    form = music_forms.Form(model.config)
    piece = compose.compose(model, songs.songs[0], num_steps=3)
    np.testing.assert_array_equal(piece[:4], rows[0][:4])
    content, picture = music_loop.played(form, piece)
    assert content[:4] == b"MThd" and picture.shape[-1] == 3
    with pytest.raises(ValueError, match="`harmonise` needs a model of"):
        compose.compose(model, songs.songs[0], harmonise=True)


def test_performances_of_midi_files(tmp_path):
    for index in range(10):
        notes = [
            Note(0.5 * i, 0.5 * i + 0.3, 50 + i + index, 90) for i in range(9)
        ]
        midi.write([notes], tmp_path / f"{index}.mid")
    done = programs.run(
        "train_music",
        kind="transformer",
        tokenizer="performance",
        dataset="midi",
        data_dir=tmp_path,
        workdir=tmp_path / "run",
        stretch=0.05,
        length=32,
        num_heads=2,
        **SMALL | {"num_epochs": 1},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert midi.read(tmp_path / "run" / "samples" / "epoch-0001.mid")
    with pytest.raises(data.DataError, match="ten .mid files or more"):
        music_songs.load("midi", "valid", tmp_path / "run")


@pytest.mark.parametrize("kind", ["roll", "chorale", "melody"])
def test_transposing_rows_is_transposing_songs(kind):
    config = keras_gen.PianoRollConfig.tiny()
    if kind != "roll":
        config = keras_gen.MusicTransformerConfig(tokenizer=kind)
    form = music_forms.Form(config)
    song = np.array([[72, 67, 64, 48], [72, 0, 65, 47], [71, 67, 65, 43]] * 4)
    rows = np.stack([form.row(song)] * 2)
    moved = form.change()(rows, np.int32([-2, 3])).numpy()
    for row, semitones in zip(moved, (-2, 3), strict=True):
        expected = form.row(np.where(song, song + semitones, 0))
        np.testing.assert_array_equal(row, expected)


def test_songs_must_fit_the_model():
    form = music_forms.Form(keras_gen.PianoRollConfig.tiny())
    songs = music_songs.Songs([[]], True, "1 songs of midi,", "", "")
    with pytest.raises(ValueError, match="performances go together. Received"):
        form.check(songs)


def test_one_of_several_machines_does_not_end_alone():
    with pytest.raises(ValueError, match="`patience` must be 0 with several"):
        music_run.MusicRunConfig(workdir="runs", strategy="multi_worker")


class Model:
    """What KeepBest asks of one."""

    stop_training = False

    def __init__(self):
        self.saved = 0

    def save(self, path):
        self.saved += 1


def test_the_best_is_kept_and_remembered(tmp_path):
    model, values = Model(), [3.0, 2.0, None, 2.5, 2.0, 1.0]
    for start in (0, 3):  # Resumed at the fourth epoch.
        keep = callbacks.KeepBest(tmp_path / "best.keras", patience=3)
        keep.set_model(model)
        keep.on_train_begin()
        for epoch in range(start, start + 3):
            value = values[epoch]
            logs = {} if value is None else {"val_loss": value}
            keep.on_epoch_end(epoch, logs)
            assert model.stop_training == (epoch >= 4)
    assert model.saved == 3 and keep.best == 1.0
    found = json.loads((tmp_path / "best.json").read_text())
    assert found == {"monitor": "val_loss", "best": 1.0, "epoch": 6}
