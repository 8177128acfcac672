"""Answers requests from SavedModels with nothing but TensorFlow.

    python fresh_process.py

reads lines with two paths, parted by a tab: of a pickled (path of a SavedModel,
[(signature, {input: array})]), and of what will be {loader: [{output: array}]}
and the names of all signatures.
Each line is answered by one. It is run by `serving_test`, and is a program of
its own so that no code of the models can help.
"""

import pathlib
import pickle
import sys

import tensorflow as tf


def functions(signatures, requests):
    """As Python has loaded a SavedModel."""
    for signature, inputs in requests:
        tensors = {k: tf.constant(v) for k, v in inputs.items()}
        answer = signatures[signature](**tensors)
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
    for line in sys.stdin:
        asked, answers = map(pathlib.Path, line.rstrip("\n").split("\t"))
        path, requests = pickle.loads(asked.read_bytes())
        signatures = tf.saved_model.load(path).signatures
        found = {
            "signatures": list(signatures),
            "functions": list(functions(signatures, requests)),
            # The local server, which has its tests, loads all so.
            "session": list(session(path, requests[:1])),
        }
        assert "keras_gen" not in sys.modules
        answers.write_bytes(pickle.dumps(found))
        print("done", flush=True)
