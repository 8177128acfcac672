"""Values of generated images enter the logs, every so many epochs."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import callbacks, metrics
from keras_gen.ops import images as image_ops


def images(num, seed=0):
    """Image i is a function of seed + i."""
    levels = [
        np.random.default_rng(each).integers(0, 256, (2, 2, 1), dtype=np.uint8)
        for each in range(seed, seed + num)
    ]
    return image_ops.to_float(tf.constant(np.stack(levels)))


class Model:
    """Generates what it is asked for, and remembers how much that was."""

    def __init__(self):
        self.asked = []

    def generate(self, num, seed=0):
        self.asked.append((num, seed))
        return images(num, seed)


def callback(**kwargs):
    network = metrics.FeatureNetwork(
        lambda batch: {"pixels": tf.reshape(batch, (-1, 4))}, "pixels", 4, "me"
    )
    judge = metrics.ImageJudge(network, [metrics.FID(4)])
    judge.add_real(images(60, seed=1000))
    made = callbacks.GeneratorMetrics(judge, **kwargs)
    made.set_model(Model())
    return made


def test_logs_get_the_value_of_the_same_seeds(capsys):
    made = callback(num=50, seed=7, batch_size=20)
    logs = [{"loss": 1.0}, {"loss": 0.5}]
    for epoch, each in enumerate(logs):
        made.on_epoch_end(epoch, each)
    assert made.model.asked == 2 * [(20, 7), (20, 27), (10, 47)]
    alone = metrics.FID(4)
    alone.update_state(
        *(np.reshape(x, (-1, 4)) for x in (images(60, 1000), images(50, 7)))
    )
    assert logs[0] == {"loss": 1.0, "fid": pytest.approx(alone.result())}
    assert logs[1]["fid"] == logs[0]["fid"]
    printed = capsys.readouterr().out
    assert printed.count("fid: features=me, num_real=60") == 1


def test_only_every_so_many_epochs():
    made = callback(num=10, every_epochs=3)
    found = []
    for epoch in range(6):
        logs = {}
        made.on_epoch_end(epoch, logs)
        found.append("fid" in logs)
    assert found == [False, False, True] * 2
