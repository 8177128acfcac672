"""The trainer of pairs: from two files to answers."""

import keras_gen
from tests.trainers import programs


def test_a_short_run_leaves_a_model_that_answers(tmp_path):
    lines = "".join(f"{i}+1\t{i + 1}\n" for i in range(32))
    for split in ("train", "test"):
        (tmp_path / f"{split}.tsv").write_text(lines)
    done = programs.run(
        "train_seq2seq",
        workdir=tmp_path / "run",
        dataset="file",
        data_dir=tmp_path,
        width=8,
        num_layers=1,
        num_heads=2,
        batch_size=8,
        num_epochs=1,
        num_samples=3,
        beam_width=2,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Data: 32 pairs of file (train), from" in done.stdout
    assert "% of the 32 test pairs, beam search of width 2" in done.stdout
    model = keras_gen.load(tmp_path / "run" / "model.keras")
    assert int(model.step) == 4
    assert model.config.source_length == 4 and model.config.length == 3
    assert len(model.search(["7+1"])[0]) == 2
    sample = (tmp_path / "run" / "samples" / "epoch-0001.txt").read_text()
    assert len(sample.splitlines()) == 3 and sample.startswith("0+1 -> ")
    path = tmp_path / "run" / "model.keras"
    done = programs.run("sample", "--prompt=7+1", "--prompt=9+1", model=path)
    assert done.returncode == 0, done.stderr[-3000:]
    rule = 72 * "-"
    assert done.stdout.splitlines().count(rule) == 1
    done = programs.run("sample", model=path)
    assert (
        done.returncode == 1 and "`prompt` is missing: a source" in done.stderr
    )
