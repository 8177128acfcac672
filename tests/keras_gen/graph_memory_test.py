"""No graph outlives its model: one that is forgotten takes up to 300 MB."""

import gc

import numpy as np
import pytest
from tensorflow.python.framework import func_graph

import keras_gen


def graphs_in_memory():
    gc.collect()
    return sum(isinstance(x, func_graph.FuncGraph) for x in gc.get_objects())


@pytest.mark.parametrize(
    "model_class",
    [keras_gen.VAE, keras_gen.KLAutoencoder, keras_gen.Diffusion],
)
def test_of_training(model_class):
    config = model_class.Config.tiny()
    images = np.zeros((4, *config.image_shape), np.float32)

    def train():
        model = model_class(config)
        model.compile(keras_gen.Adam())
        model.fit(images, batch_size=2, verbose=0)

    train()
    before = graphs_in_memory()
    train()
    # Some of other tests may have been kept until now.
    assert graphs_in_memory() <= before
