"""Measures a trained model on a data set.

    python -m trainers.evaluate --model=runs/vae/model.keras \\
        --binarization=dynamic --num_importance_samples=500

prints the losses (nats for each image), active latent units and, where
--num_importance_samples is given, the importance-weighted estimate of
log p(x), and writes them beside the model as `metrics.json`: seconds for the
digits of the package, minutes for 5000 samples on the test images of MNIST.
"""

import json
import pathlib

from absl import app, flags

from keras_gen import console

_MODEL = flags.DEFINE_string("model", None, "A model.keras.", required=True)
_OUTPUT = flags.DEFINE_string(
    "output", "", "The JSON file to write; metrics.json beside the model."
)
_DATASET = flags.DEFINE_string("dataset", "digits", "What to measure on.")
_SPLIT = flags.DEFINE_enum("split", "test", ["train", "test"], "Of the data.")
_DATA_DIR = flags.DEFINE_string("data_dir", "", "Where the data are.")
_BINARIZATION = flags.DEFINE_enum(
    "binarization",
    "none",
    ["none", "threshold", "fixed", "dynamic"],
    "How grey levels become black and white. Use that of the training.",
)
_BATCH_SIZE = flags.DEFINE_integer(
    "batch_size", 250, "Images at once.", lower_bound=1
)
_NUM_IMPORTANCE_SAMPLES = flags.DEFINE_integer(
    "num_importance_samples",
    0,
    "Samples of the estimate of log p(x) for each image; 0 for none.",
    lower_bound=0,
)
_SEED = flags.DEFINE_integer("seed", 0, "Of the binarization and the samples.")


def main(argv: list[str]) -> None:
    """model.keras + data -> metrics.json."""
    del argv

    with console.explained():
        import keras_gen  # Late: `--help` need not wait for TensorFlow.

        model = keras_gen.load(_MODEL.value)
        examples = keras_gen.data.load(
            _DATASET.value, _SPLIT.value, data_dir=_DATA_DIR.value or None
        )
        batches = keras_gen.data.pipeline(
            examples,
            min(_BATCH_SIZE.value, len(examples)),
            seed=_SEED.value,
            repeat=False,
            binarization=_BINARIZATION.value,
        )
        results = _measure(model, batches)
        protocol = {
            "model": str(_MODEL.value),
            "dataset": examples.name,
            "split": examples.split,
            "num_images": len(examples),
            "binarization": _BINARIZATION.value,
            "num_importance_samples": _NUM_IMPORTANCE_SAMPLES.value,
            "seed": _SEED.value,
        }
        output = _write({"protocol": protocol, "metrics": results})
        _print(protocol, results)
        print(f"Wrote {output}.")


def _measure(model, batches) -> dict[str, float]:
    """Everything this kind of model can be asked, mean over all images."""
    import numpy as np

    from keras_gen import metrics

    results = model.evaluate(batches, return_dict=True, verbose=0)
    if hasattr(model, "encode"):
        units = metrics.ActiveUnits(model.config.latent_size)
        for batch in batches:
            units.update_state(model.encode(batch["images"]))
        results["active_units"] = float(units.result())
    shape = model.config.image_shape
    if "elbo" in results:
        bits = metrics.bits_per_dim(-results["elbo"], shape)
        results["elbo_bits_per_dim"] = bits
    if _NUM_IMPORTANCE_SAMPLES.value:
        if not hasattr(model, "log_prob"):
            raise ValueError(
                "`num_importance_samples` needs a model with log_prob. "
                f"Received: {type(model).__name__}. Leave it out."
            )
        images = np.concatenate([batch["images"] for batch in batches])
        values = model.log_prob(
            images, _NUM_IMPORTANCE_SAMPLES.value, seed=_SEED.value
        )
        mean = float(np.mean(values))
        results["log_prob"] = mean
        results["log_prob_standard_error"] = float(
            np.std(values) / np.sqrt(len(values))
        )
        bits = metrics.bits_per_dim(-mean, shape)
        results["log_prob_bits_per_dim"] = bits
    return results


def _write(results: dict) -> pathlib.Path:
    from keras_gen import artifacts

    beside = pathlib.Path(_MODEL.value).parent / "metrics.json"
    output = pathlib.Path(_OUTPUT.value or beside)
    with artifacts.atomic_file(output, seal=False) as temporary:
        temporary.write_text(json.dumps(results, indent=2) + "\n")
    return output


def _print(protocol: dict, results: dict[str, float]) -> None:
    print(
        f"{protocol['num_images']:,} images of {protocol['dataset']} "
        f"({protocol['split']}), binarization: {protocol['binarization']}; "
        "nats for each image unless named bits."
    )
    for name, value in results.items():
        print(f"  {name:24} {value:12.4f}")


if __name__ == "__main__":
    app.run(main)
