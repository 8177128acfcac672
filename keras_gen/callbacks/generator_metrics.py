"""FID and others of new images, every so many epochs, beside the losses."""

import keras

from keras_gen import metrics


class GeneratorMetrics(keras.callbacks.Callback):
    """Adds values of metrics over generated images to the logs of an epoch.

    The seeds stay the same, so values of two epochs differ by the weights
    alone. The protocols are printed with the first values. It must stand before
    the callbacks that write logs.

    Args:
        judge: already holds the real images.
        num: images to generate.
        every_epochs: epochs between two measurements.
        seed: of the first image.
        batch_size: images generated at once.
    """

    def __init__(
        self,
        judge: metrics.ImageJudge,
        *,
        num: int = 2000,
        every_epochs: int = 1,
        seed: int = 0,
        batch_size: int = 250,
    ) -> None:
        super().__init__()
        self.judge = judge
        self._num = num
        self._every_epochs = every_epochs
        self._seed = seed
        self._batch_size = batch_size
        self._announced = False

    def on_epoch_end(self, epoch: int, logs=None) -> None:
        if (epoch + 1) % self._every_epochs or logs is None:
            return
        self.judge.reset_generated()
        for start in range(0, self._num, self._batch_size):
            count = min(self._batch_size, self._num - start)
            images = self.model.generate(count, seed=self._seed + start)
            self.judge.add_generated(images)
        for found in self.judge.results():
            logs.update(found.values)
            if not self._announced:
                names = ", ".join(found.values)
                print(f"{names}: {metrics.describe(found.protocol)}")
        self._announced = True
