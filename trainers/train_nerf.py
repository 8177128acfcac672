"""Trains a NeRF on the photographs of a scene.

    python -m trainers.train_nerf --workdir=runs/nerf --field=hash

trains on the scene that ships, three balls on a square: 30 dB on views that it
has not seen, in about two minutes on two CPU cores. --field=mlp is the network
of the paper, which takes hours. Other scenes come as --data_dir: a folder of
Blender's, LLFF's or COLMAP's, or a .npz. In the workdir appear `model.keras`,
`samples/` (test views after each epoch, and a GIF), `metrics.jsonl` (with
`view_psnr`, in dB), `tensorboard/`, `flags.txt`, which --flagfile reads again,
and a model card. The same command resumes a run that was stopped.

`python -m trainers.render` draws views of the model, or writes its mesh.
"""

from absl import app, flags

from keras_gen.models.nerf import nerf_config
from trainers import flags_from, scene_run


def main(argv: list[str]) -> None:
    """Flags -> Configs -> data -> model -> loop."""
    del argv
    run = flags_from.build(scene_run.SceneRunConfig)

    with run.started():
        import keras  # Late: `--help` need not wait for TensorFlow.

        import keras_gen
        from keras_gen.data import scenes
        from trainers import scene_loop

        where = run.data_dir or None
        train, test = (
            scenes.load(run.scene, split, where) for split in ("train", "test")
        )
        fields = {"view_size": train.image_size, "focal": train.focal}
        if not flags.FLAGS.ndc:
            fields |= {"near": train.near, "far": train.far}
        config = flags_from.build(nerf_config.NeRFConfig, **fields)
        keras.utils.set_random_seed(config.seed)
        scene_loop.train(
            lambda: keras_gen.NeRF(config=config),
            run,
            train,
            test,
            config.white_background,
        )


def _define_flags() -> None:
    flags_from.define(scene_run.SceneRunConfig, nerf_config.NeRFConfig)
    flags.adopt_module_key_flags(flags_from)
    for name, value in {
        "batch_size": 1024,
        "num_epochs": 6,
        "learning_rate": 5e-3,
        "learning_rate_schedule": "cosine",
        "warmup_steps": 100,
        "adam_epsilon": 1e-15,
        "jit_compile": True,
        "evaluate_every_epochs": 0,
        "steps_per_execution": 50,
    }.items():
        flags.FLAGS.set_default(name, value)


if __name__ == "__main__":
    _define_flags()
    app.run(main)
