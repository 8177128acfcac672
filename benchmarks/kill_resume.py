"""Kills a training run at random instants and compares where it ends.

    python -m benchmarks.kill_resume --num_kills=50

starts `trainers.train_vae` with a small network and a checkpoint every few
steps, so that much of its time is spent saving; kills it (SIGKILL) at a random
instant after it has begun to train; starts it again; and at the end lets it
finish. Then every variable of the model and its optimizer, and every line of
metrics.jsonl but the seconds, must equal those of a run that nobody disturbed,
bit for bit. About 15 minutes for 50 kills on two CPU cores.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import numpy as np
from absl import app, flags

_NUM_KILLS = flags.DEFINE_integer("num_kills", 50, "How often.", lower_bound=1)
_SEED = flags.DEFINE_integer("seed", 0, "Of the instants.")
_WINDOW = flags.DEFINE_float(
    "window", 1.0, "Seconds of training within which a kill comes."
)
_EPOCHS = flags.DEFINE_integer("num_epochs", 60, "Of the run.")


def main(argv: list[str]) -> None:
    """Kills, resumes, compares."""
    del argv
    instants = random.Random(_SEED.value)
    with tempfile.TemporaryDirectory() as directory:
        quiet = pathlib.Path(directory) / "quiet"
        disturbed = pathlib.Path(directory) / "disturbed"
        _finish(quiet)
        kills = 0
        while kills < _NUM_KILLS.value and _kill_once(disturbed, instants):
            kills += 1
            print(f"kill {kills}: at {_newest(disturbed)}", flush=True)
        _finish(disturbed)
        equal = _compare(quiet, disturbed)
    print(f"{kills} kills, {kills} resumed; bit-identical: {equal}")
    sys.exit(0 if equal and kills == _NUM_KILLS.value else 1)


def _start(workdir: pathlib.Path) -> subprocess.Popen:
    command = [
        *(sys.executable, "-m", "trainers.train_vae"),
        f"--workdir={workdir}",
        "--widths=4",
        "--latent_size=2",
        f"--num_epochs={_EPOCHS.value}",
        "--batch_size=100",
        "--steps_per_execution=5",
        "--checkpoint_every_steps=5",
        "--binarization=dynamic",
        "--evaluate_every_epochs=10",
        "--sample_every_epochs=0",
        "--num_samples=4",
    ]
    with open(workdir.with_suffix(".log"), "a") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _finish(workdir: pathlib.Path) -> None:
    if _start(workdir).wait() != 0:
        sys.exit(workdir.with_suffix(".log").read_text()[-3000:])


def _kill_once(workdir: pathlib.Path, instants: random.Random) -> bool:
    """True once killed in training; False if the run ended before."""
    before = _newest(workdir)
    process = _start(workdir)
    while _newest(workdir) == before and process.poll() is None:
        time.sleep(0.01)
    time.sleep(instants.uniform(0.0, _WINDOW.value))
    if process.poll() is not None:
        if process.returncode != 0:
            sys.exit(workdir.with_suffix(".log").read_text()[-3000:])
        return False
    process.kill()
    process.wait()
    return True


def _newest(workdir: pathlib.Path) -> str:
    names = [p.name for p in (workdir / "checkpoints").glob("step-*")]
    return max(names, default="step-000000000")


def _compare(first: pathlib.Path, second: pathlib.Path) -> bool:
    import keras_gen

    models = [keras_gen.load(w / "model.keras") for w in (first, second)]
    variables = [[*m.variables, *m.optimizer.variables] for m in models]
    equal = all(
        np.array_equal(a.numpy(), b.numpy())
        for a, b in zip(*variables, strict=True)
    )
    logs = [
        [
            {k: v for k, v in json.loads(line).items() if k != "seconds"}
            for line in (w / "metrics.jsonl").read_text().splitlines()
        ]
        for w in (first, second)
    ]
    return equal and logs[0] == logs[1]


if __name__ == "__main__":
    app.run(main)
