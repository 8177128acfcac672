"""An empty field is reported once, a full one never."""

import numpy as np
import pytest

from keras_gen import callbacks


class Model:
    """Answers an opacity."""

    def __init__(self, opacity):
        self.opacity = opacity

    def run(self, name, rays):
        assert name == "trace"
        return {"opacity": np.full(len(rays), self.opacity)}


@pytest.mark.parametrize(("opacity", "collapsed"), [(0.01, True), (0.5, False)])
def test_it_warns_of_an_empty_field(caplog, opacity, collapsed):
    monitor = callbacks.CollapseMonitor(np.zeros((4, 6), np.float32))
    monitor.set_model(Model(opacity))
    with caplog.at_level("WARNING", "absl"):
        monitor.on_epoch_end(0)
        monitor.on_epoch_end(1)
    assert (monitor.collapsed, monitor.opacity) == (collapsed, opacity)
    assert caplog.text.count("the field is empty") == collapsed
