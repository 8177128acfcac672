"""Measures a trained model on a data set.

    python -m trainers.evaluate --model=runs/vae/model.keras \\
        --binarization=dynamic --num_importance_samples=500

prints the losses (nats for each image), active latent units and, where
--num_importance_samples is given, the importance-weighted estimate of
log p(x), and writes them beside the model as `metrics.json`: seconds for the
digits of the package, minutes for 5000 samples on the test images of MNIST.

    python -m trainers.evaluate --model=runs/gan/model.keras \\
        --features=classifier --floor --parzen --nearest_neighbors

judges generated images too, of any model: FID, KID, precision and recall,
inception score; each value is printed with its protocol (docs/metrics.md).
"""

import dataclasses
import json
import pathlib
from collections.abc import Iterable
from typing import Any

from absl import app, flags

from keras_gen import console
from trainers import flags_from, judge_config


def measure(
    model: Any, batches: Iterable, num_importance_samples: int, seed: int
) -> dict[str, float]:
    """Everything this kind of model can be asked, mean over all images.

    Args:
        model: compiled.
        batches: one pass over the data, {"images": [B, H, W, C]}.
        num_importance_samples: of the estimate of log p(x); 0 for none.
        seed: of those samples.

    Returns:
        {name: value}, nats for each image unless the name says bits.

    Raises:
        ValueError: importance samples are asked of a model without log_prob.
    """
    from keras_gen import metrics

    results = model.evaluate(batches, return_dict=True, verbose=0)
    if hasattr(model, "reconstruct"):
        units = metrics.ActiveUnits(model.config.latent_size)
        for batch in batches:
            latent = model.encode(batch["images"]).numpy()
            units.update_state(latent.reshape(len(latent), -1))
        results["active_units"] = float(units.result())
    shape = model.config.image_shape
    if "elbo" in results:
        bits = metrics.bits_per_dim(-results["elbo"], shape)
        results["elbo_bits_per_dim"] = bits
    if hasattr(model, "complete"):  # A pixel model's loss is -log p(x).
        bits = metrics.bits_per_dim(results["loss"], shape)
        results["loss_bits_per_dim"] = bits
    if num_importance_samples:
        found = _log_prob(model, batches, num_importance_samples, seed)
        results |= found
        bits = metrics.bits_per_dim(-found["log_prob"], shape)
        results["log_prob_bits_per_dim"] = bits
    return results


def likelihood(
    model: Any, batches: Iterable, num: int, seed: int
) -> dict[str, float]:
    """Bits per dimension of the first `num` images.

    Args:
        model: with `bits_per_dim`.
        batches: one pass over the data.
        num: images; all if there are less.
        seed: of the noise that fills the steps of grey levels.

    Raises:
        ValueError: the model has no such density.
    """
    import numpy as np

    if not hasattr(model, "bits_per_dim") or hasattr(model, "complete"):
        raise ValueError(
            "`num_likelihood_images` needs a model with bits_per_dim of a "
            f"density. Received: {type(model).__name__}. Leave it out."
        )
    found = []
    for batch in batches:
        rows = {k: v[: num - len(found)] for k, v in batch.items()}
        found += list(
            model.bits_per_dim(
                rows["images"], rows.get("labels"), seed=seed + len(found)
            ).numpy()
        )
        if len(found) >= num:
            break
    return {
        "bits_per_dim": float(np.mean(found)),
        "bits_per_dim_standard_error": float(
            np.std(found) / np.sqrt(len(found))
        ),
    }


def main(argv: list[str]) -> None:
    """model.keras + data -> metrics.json."""
    del argv
    chosen = flags.FLAGS
    wanted = flags_from.build(judge_config.JudgeConfig)
    with console.explained():
        import keras_gen  # Late: `--help` need not wait for TensorFlow.

        model = _lent_perceptual(keras_gen.load(chosen.model))
        model.config = _drawing(model.config)
        examples = _load(chosen.split)
        batches = keras_gen.data.pipeline(
            examples,
            min(chosen.batch_size, len(examples)),
            seed=chosen.seed,
            repeat=False,
            binarization=chosen.binarization,
            with_labels="labels" in model.batch_spec,
        )
        results = measure(
            model, batches, chosen.num_importance_samples, chosen.seed
        )
        protocol = _protocol(examples)
        if chosen.num_likelihood_images:
            results |= likelihood(
                model, batches, chosen.num_likelihood_images, chosen.seed
            )
        judged = _judge(model, wanted)
        written = {"protocol": protocol, "metrics": results}
        if judged:
            written["generated"] = [each._asdict() for each in judged]
        output = _write(written)
        _print(protocol, results)
        _print_judged(judged)
        print(f"Wrote {output}.")


def _protocol(examples: Any) -> dict[str, Any]:
    chosen = flags.FLAGS
    return {
        "model": chosen.model,
        "dataset": examples.name,
        "split": examples.split,
        "num_images": len(examples),
        "binarization": chosen.binarization,
        "num_importance_samples": chosen.num_importance_samples,
        "num_likelihood_images": chosen.num_likelihood_images,
        "seed": chosen.seed,
    }


def _drawing(config: Any) -> Any:
    """The Config with what the flags say of drawing."""
    names = ("guidance_scale", "num_steps", "solver")
    given = {n: flags.FLAGS[n].value for n in names if flags.FLAGS[n].present}
    unknown = [name for name in given if not hasattr(config, name)]
    if unknown:
        raise ValueError(
            f"`{unknown[0]}` needs a diffusion model. Received a model with "
            f"{type(config).__name__}. Leave it out."
        )
    return dataclasses.replace(config, **given)


def _lent_perceptual(model: Any) -> Any:
    """The model, with the distance of --perceptual_file if there is one."""
    path = flags.FLAGS.perceptual_file
    if not path:
        return model
    from keras_gen import losses, weights

    if not hasattr(model, "use_perceptual"):
        raise ValueError(
            "`perceptual_file` needs a model that is trained with a perceptual "
            f"distance. Received: {type(model).__name__}. Leave it out."
        )
    features_and_heads = weights.lpips_alexnet(path)
    model.use_perceptual(losses.perceptual.lpips(*features_and_heads))
    return model


def _load(split: str) -> Any:
    from keras_gen import data

    chosen = flags.FLAGS
    return data.load(chosen.dataset, split, data_dir=chosen.data_dir or None)


def _judge(model: Any, wanted: judge_config.JudgeConfig) -> list:
    if wanted.is_off:
        return []
    from trainers import generator_metrics

    return generator_metrics.measure(model, wanted, _load, flags.FLAGS.seed)


def _log_prob(
    model: Any, batches: Iterable, num_samples: int, seed: int
) -> dict[str, float]:
    import numpy as np

    # Those of diffusion and pixel models take no samples.
    if not hasattr(model, "log_prob") or hasattr(model, "bits_per_dim"):
        raise ValueError(
            "`num_importance_samples` needs a model with log_prob. "
            f"Received: {type(model).__name__}. Leave it out."
        )
    images = np.concatenate([batch["images"] for batch in batches])
    values = model.log_prob(images, num_samples, seed=seed)
    error = np.std(values) / np.sqrt(len(values))
    return {
        "log_prob": float(np.mean(values)),
        "log_prob_standard_error": float(error),
    }


def _write(results: dict) -> pathlib.Path:
    from keras_gen import artifacts

    beside = pathlib.Path(flags.FLAGS.model).parent / "metrics.json"
    output = pathlib.Path(flags.FLAGS.output or beside)
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


def _print_judged(judged: list) -> None:
    from keras_gen import metrics

    for each in judged:
        for name, value in each.values.items():
            print(f"  {name:30} {value:12.4f}")
        print(f"    [{metrics.describe(each.protocol)}]")


def _define_flags() -> None:
    flags.DEFINE_string("model", None, "A model.keras.", required=True)
    flags.DEFINE_string(
        "output", "", "The JSON file; metrics.json beside the model if empty."
    )
    flags.DEFINE_string("dataset", "digits", "What to measure on.")
    flags.DEFINE_enum("split", "test", ["train", "test"], "Of the data.")
    flags.DEFINE_string("data_dir", "", "Where the data are.")
    flags.DEFINE_enum(
        "binarization",
        "none",
        ["none", "threshold", "fixed", "dynamic"],
        "How grey levels become black and white. Use that of the training.",
    )
    flags.DEFINE_integer("batch_size", 250, "Images at once.", lower_bound=1)
    flags.DEFINE_integer(
        "num_importance_samples",
        0,
        "Samples of the estimate of log p(x) for each image; 0 for none.",
        lower_bound=0,
    )
    flags.DEFINE_integer(
        "num_likelihood_images",
        0,
        "Images of which a diffusion model tells bits per dimension: minutes "
        "for a hundred.",
        lower_bound=0,
    )
    flags.DEFINE_float(
        "guidance_scale", None, "Of a diffusion model, if not its own."
    )
    flags.DEFINE_integer(
        "num_steps", None, "Of a diffusion model, if not its own."
    )
    flags.DEFINE_string("solver", None, "Of a diffusion model, if not its own.")
    flags.DEFINE_integer("seed", 0, "Of the binarization and the samples.")
    flags.DEFINE_string("perceptual_file", "", "LPIPS, if trained with it.")
    flags_from.define(judge_config.JudgeConfig)
    flags.adopt_module_key_flags(flags_from)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
