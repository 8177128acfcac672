"""Answers requests from SavedModels with nothing but TensorFlow.

    python fresh_process.py REQUESTS ANSWERS

REQUESTS is a pickled {model: (path, [(signature, {input: array})])}, ANSWERS
will be {model: {loader: [{output: array}]}}. It is run by `serving_test`, and
is a program of its own so that no code of the models can help.
"""

import pathlib
import pickle
import sys

import tensorflow as tf


def functions(path, requests):
    """As Python loads a SavedModel."""
    loaded = tf.saved_model.load(path)
    for signature, inputs in requests:
        tensors = {k: tf.constant(v) for k, v in inputs.items()}
        answer = loaded.signatures[signature](**tensors)
        yield {k: v.numpy() for k, v in answer.items()}


def session(path, requests):
    """As TensorFlow Serving loads it: a graph, and tensors by their names."""
    with tf.compat.v1.Session(graph=tf.Graph()) as each:
        tags = [tf.saved_model.SERVING]
        meta_graph = tf.compat.v1.saved_model.load(each, tags, path)
        for signature, inputs in requests:
            known = meta_graph.signature_def[signature]
            feed = {known.inputs[k].name: v for k, v in inputs.items()}
            yield each.run({k: v.name for k, v in known.outputs.items()}, feed)


if __name__ == "__main__":
    answers = {}
    asked = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())
    for model, (path, requests) in asked.items():
        answers[model] = {
            "functions": list(functions(path, requests)),
            # The local server, which has its tests, loads all so.
            "session": list(session(path, requests[:1])),
        }
    assert "keras_gen" not in sys.modules
    pathlib.Path(sys.argv[2]).write_bytes(pickle.dumps(answers))
