"""Trains text to image by latent diffusion, on images with captions.

    python -m trainers.train_autoencoder --workdir=runs/autoencoder \\
        --dataset=folder --data_dir=pictures
    python -m trainers.train_latent_diffusion --workdir=runs/text_to_image \\
        --dataset=folder --data_dir=pictures \\
        --autoencoder=runs/autoencoder/model.keras

`pictures` has images and their captions (docs/data.md). In the workdir appear
`model.keras`, which holds the autoencoder too, `samples/` (a sheet of the
prompts in `prompts.txt` for each epoch, and a GIF), `metrics.jsonl`,
`tensorboard/`, `flags.txt`, which --flagfile reads again, and a model card. The
same command resumes a run that was stopped.

Without --autoencoder the model draws pixels: for small images.
"""

import pathlib

from absl import app, flags

from keras_gen.models.diffusion import latent_diffusion_config
from trainers import flags_from, latent_diffusion_run


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(latent_diffusion_run.LatentDiffusionRunConfig)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from trainers import image_loop

        splits = image_loop.load(run)
        splits.train.require_captions()
        shape = splits.train.image_shape
        autoencoder = latent_diffusion_run.autoencoder_of(run, shape)
        parts, fields = {}, {"image_shape": shape}
        if autoencoder is not None:
            parts = {
                "encoder": autoencoder.encoder,
                "decoder": autoencoder.decoder,
            }
            fields["latent_scale"] = float(autoencoder.scale)
        config = flags_from.build(
            latent_diffusion_config.LatentDiffusionConfig, **fields
        )
        prompts = latent_diffusion_run.prompts_of(splits, run.num_samples)
        if not run.dry_run:
            _write_prompts(pathlib.Path(run.workdir), prompts)
        keras.utils.set_random_seed(config.seed)
        image_loop.train(
            lambda: keras_gen.LatentDiffusion(config, **parts),
            run,
            splits,
            draw=lambda model: model.generate(prompts),
        )


def _write_prompts(workdir: pathlib.Path, prompts: list[str]) -> None:
    workdir.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{each}\n" for each in prompts)
    (workdir / "prompts.txt").write_text(text, encoding="utf-8")


def _define_flags() -> None:
    flags_from.define(
        latent_diffusion_run.LatentDiffusionRunConfig,
        latent_diffusion_config.LatentDiffusionConfig,
    )
    flags.adopt_module_key_flags(flags_from)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
