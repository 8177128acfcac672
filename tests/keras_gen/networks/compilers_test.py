"""XLA and LiteRT compute what the networks of latent diffusion do."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import interpreter

from keras_gen import networks

RANDOM = np.random.default_rng(0)
SMALL = {"widths": (4, 8), "num_blocks": 1, "num_groups": 2}
MAPS = RANDOM.normal(size=(2, 4, 6, 3)).astype(np.float32)
TOKENS = RANDOM.integers(0, 50, size=(2, 7), dtype=np.int32)
CASES = {
    "kl_encoder": (lambda: networks.kl_encoder((4, 6, 3), **SMALL), MAPS),
    "kl_decoder": (lambda: networks.kl_decoder((4, 6, 3), **SMALL), MAPS),
    "clip_text": (lambda: networks.clip_text_encoder(50, 7, 8, 2, 2), TOKENS),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    """A network with random weights, an input, and what comes out."""
    build, given = CASES[request.param]
    network = build()
    for each in network.variables:
        each.assign(each + RANDOM.normal(0, 0.1, size=each.shape))
    return network, given, network(given).numpy()


def test_xla(case):
    network, given, expected = case
    found = tf.function(network, jit_compile=True)(given)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_litert_with_builtin_operations(case, tmp_path):
    network, given, expected = case
    archive = keras.export.ExportArchive()
    archive.track(network)
    signature = [tf.TensorSpec((None, *given.shape[1:]), given.dtype, "given")]
    archive.add_endpoint("serve", network, input_signature=signature)
    archive.write_out(tmp_path / "saved", verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(tmp_path / "saved"), signature_keys=["serve"]
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    litert = interpreter.Interpreter(model_content=converter.convert())
    for rows in (1, 2):
        answer = litert.get_signature_runner("serve")(given=given[:rows])
        (found,) = answer.values()
        np.testing.assert_allclose(found, expected[:rows], rtol=1e-4, atol=1e-5)
