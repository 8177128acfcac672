"""Everything once: train, evaluate, export, serve, ask, convert, compare.

    make demo        or        python -m examples.demo

trains a convolutional VAE on the digits that come with the package, exports it,
serves it on this machine, asks it over gRPC, converts it to LiteRT, and draws
the same seeds in Python, over gRPC and from the .tflite file. It runs the
commands of the README one after the other and prints what it runs: under three
minutes on two CPU cores. Everything it makes is in `demo_output/`.
"""

import contextlib
import json
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from absl import app, flags

from keras_gen import console

_OUTPUT = flags.DEFINE_string(
    "output", "demo_output", "Directory of all results; emptied first."
)
_NUM_EPOCHS = flags.DEFINE_integer("num_epochs", 12, "Of the training.")
_NUM_IMAGES = 64
_REQUESTS = 50


def main(argv: list[str]) -> None:
    """Runs all stages and prints the table."""
    del argv
    output = pathlib.Path(_OUTPUT.value)
    shutil.rmtree(output, ignore_errors=True)
    model = output / "run" / "model.keras"
    saved_model = output / "models" / "vae"
    seconds = {}
    seconds["training"] = _run(
        "trainers.train_vae",
        workdir=output / "run",
        binarization="dynamic",
        num_epochs=_NUM_EPOCHS.value,
    )
    seconds["evaluation"] = _run(
        "trainers.evaluate",
        model=model,
        binarization="dynamic",
    )
    for mode, num in (("reconstruct", 32), ("interpolate", 8)):
        picture = output / f"{mode}.png"
        _run("trainers.sample", model=model, mode=mode, num=num, output=picture)
    seconds["export and validation"] = _run(
        "export.saved_model", model=model, output=saved_model
    )
    seconds["conversion"] = _run(
        "export.tflite",
        saved_model=saved_model / "1",
        output=output / "vae.tflite",
    )
    answers = _answers(output, model, saved_model)
    _print_table(output, seconds, answers)
    if answers["floats"] > 1e-5 or answers["levels"] > 1:
        sys.exit("The pictures differ: please report this machine.")


def _run(module: str, **options: Any) -> float:
    """Runs a binary as a user would; returns its seconds."""
    words = [f"--{name}={value}" for name, value in options.items()]
    print(f"\n$ python -m {module} {' '.join(words)}", flush=True)
    start = time.monotonic()
    code = subprocess.run([sys.executable, "-m", module, *words]).returncode
    if code:
        sys.exit(f"{module} ended with code {code}; see above.")
    return time.monotonic() - start


def _answers(
    output: pathlib.Path, model: pathlib.Path, saved_model: pathlib.Path
) -> dict[str, Any]:
    """Draws the same seeds three times and compares."""
    console.import_tensorflow()
    import numpy as np

    import keras_gen
    from export import answers, client, tflite

    seeds = np.arange(_NUM_IMAGES, dtype=np.int32)
    images = keras_gen.load(model).generate(_NUM_IMAGES)
    drawn = {"python": {"images": np.asarray(images)}}
    with _served(saved_model) as target, client.Client(target, "vae") as served:
        drawn["grpc"] = served.predict("generate", {"seed": seeds})
        drawn["grpc_png"] = served.predict("generate_png", {"seed": seeds})
        latency = []
        for seed in seeds[:_REQUESTS]:
            start = time.perf_counter()
            served.predict("generate", {"seed": [seed]})
            latency.append(1e3 * (time.perf_counter() - start))
    path = output / "vae.tflite"
    drawn["litert"] = tflite.run(path, "generate", {"seed": seeds})
    for name, each in drawn.items():
        answers.save_png(str(output / f"samples_{name}.png"), each)
    floats = [each["images"] for each in drawn.values() if "images" in each]
    levels = [answers.sheet(each).astype(int) for each in drawn.values()]
    return {
        "floats": max(np.abs(each - floats[0]).max() for each in floats),
        "levels": max(np.abs(each - levels[0]).max() for each in levels),
        "latency": statistics.median(latency),
    }


@contextlib.contextmanager
def _served(saved_model: pathlib.Path) -> Iterator[str]:
    """The local server on a free port, as host:port, while in use."""
    from export import client

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--model_name=vae", f"--model_base_path={saved_model}"]
    print(f"\n$ python -m export.server --port={port} {' '.join(words)}")
    command = [sys.executable, "-m", "export.server", f"--port={port}", *words]
    server = subprocess.Popen(command)
    try:
        target = f"127.0.0.1:{port}"
        with client.Client(target, "vae", timeout=60.0) as served:
            while "AVAILABLE" not in served.status().values():
                time.sleep(0.1)
        yield target
    finally:
        server.terminate()
        server.wait(timeout=30)


def _print_table(
    output: pathlib.Path, seconds: dict[str, float], answers: dict[str, Any]
) -> None:
    text = (output / "run" / "metrics.json").read_text()
    metrics = json.loads(text)["metrics"]
    size = {
        name: (output / path).stat().st_size / 1e6
        for name, path in (
            ("model.keras", "run/model.keras"),
            ("vae.tflite", "vae.tflite"),
        )
    }
    rows = {"ELBO, test digits, binarized": f"{metrics['elbo']:.1f} nats"}
    rows |= {f"{k}": f"{v:.0f} s" for k, v in seconds.items()}
    rows |= {f"size of {k}": f"{v:.2f} MB" for k, v in size.items()}
    rows |= {
        "gRPC, one image, median": f"{answers['latency']:.1f} ms",
        "Python, gRPC, LiteRT: greatest difference": (
            f"{answers['floats']:.1e}"
        ),
        "the same in the levels of the PNGs": f"{answers['levels']} of 255",
    }
    print()
    for name, value in rows.items():
        print(f"  {name:42} {value:>14}")
    print("\nLook at:")
    for path in sorted(output.glob("*.png")):
        print(f"  {path}")
    print(f"  {output / 'run' / 'samples' / 'samples.gif'}")


if __name__ == "__main__":
    app.run(main)
