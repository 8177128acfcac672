"""What the trainer of scenes adds to the loop: rays, views, PSNR."""

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base, callbacks
from keras_gen.data import rays, scenes
from trainers import loop, scene_run
from trainers import workdir as workdirs

_NUM_WATCHED = 256  # Rays.


class SceneFeed:
    """The rays of a scene as a `feeds.Feed`.

    Args:
        train: the views that are learned.
        test: the views that are not.
        run: of the flags.
        white_background: what lies behind.
    """

    unit = "ray"
    loss_unit = "ray"

    def __init__(
        self,
        train: scenes.Scene,
        test: scenes.Scene,
        run: scene_run.SceneRunConfig,
        white_background: bool,
    ) -> None:
        self._train, self._test, self._run = train, test, run
        self._white = white_background
        height, width = train.image_size
        self.summary = (
            f"{len(train.images)} views of {train.name} ({train.split}), "
            f"{height} x {width},"
        )
        self.source = train.source
        self.attribution = train.attribution

    def steps_per_epoch(self, batch_size: int) -> int:
        """As the run says: a pass over all rays is long."""
        rays.steps_per_epoch(self._train, batch_size)  # Or says what is wrong.
        return self._run.steps_per_epoch

    def batches(
        self, model: base.GenerativeModel, batch_size: int, start_step: int = 0
    ) -> tf.data.Dataset:
        """Endless, at first from the middle of images."""
        return rays.pipeline(
            self._train,
            batch_size,
            white_background=self._white,
            seed=model.config.seed,
            start_step=start_step,
            precrop_steps=self._run.precrop_steps,
            precrop_share=self._run.precrop_share,
        )

    def test_batches(
        self, model: base.GenerativeModel, batch_size: int
    ) -> tf.data.Dataset:
        """Every ray of the test views once."""
        return rays.pipeline(
            self._test, batch_size, white_background=self._white, repeat=False
        )

    def adapt(self, model: base.GenerativeModel) -> None:
        """There is nothing to tell."""


class ViewQuality(keras.callbacks.Callback):
    """Adds `view_psnr`, the mean over some test views, to the logs.

    Args:
        scene: the test views.
        white_background: what lies behind.
        num: of the views; 0 for all.
    """

    def __init__(
        self, scene: scenes.Scene, white_background: bool, num: int
    ) -> None:
        super().__init__()
        chosen = np.arange(len(scene.poses))
        if num:
            chosen = chosen[:: -(-len(chosen) // num)]
        self.poses = scene.poses[chosen]
        self._expected = scene.colors(white_background)[chosen]
        self._focal = scene.focal

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        found = self.model.render_path(self.poses, self._focal)["images"]
        logs["view_psnr"] = float(np.mean(psnr(found, self._expected)))


def psnr(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Peak signal-to-noise ratios [N] of images in [-1, 1], in dB."""
    return tf.image.psnr(np.clip(found, -1.0, 1.0), expected, 2.0).numpy()


def train(
    make_model,
    run: scene_run.SceneRunConfig,
    train: scenes.Scene,
    test: scenes.Scene,
    white_background: bool,
) -> None:
    """`loop.train` on rays.

    Args:
        make_model: as in `loop.train`; of a NeRF.
        run: what to do.
        train: the views that are learned.
        test: the views that are not.
        white_background: what lies behind.
    """
    quality = ViewQuality(test, white_background, run.num_test_views)

    def watchers(model, work: workdirs.Workdir):
        found = [callbacks.CollapseMonitor(_watched(train)), quality]
        if run.sample_every_epochs:
            found.append(
                callbacks.SampleSheet(
                    work.samples,
                    draw=lambda model: _sheet(model, quality, test),
                    every_epochs=run.sample_every_epochs,
                )
            )
        return found

    feed = SceneFeed(train, test, run, white_background)
    loop.train(make_model, run, feed, watchers)


def _sheet(model, quality, test):
    return model.render_path(quality.poses[:4], test.focal)["images"]


def _watched(scene: scenes.Scene) -> np.ndarray:
    """Rays that show something, or any where images have no opacity."""
    found, _ = scene.rays(white_background=False)
    if scene.images.shape[3] == 4:
        found = found[scene.images[..., 3].reshape(-1) > 127]
    return found[:: max(1, len(found) // _NUM_WATCHED)][:_NUM_WATCHED]
