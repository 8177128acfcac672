"""The language trainer: from a text to a model that goes on with it."""

import math

import pytest

import keras_gen
from keras_gen.models.sequences import language_model
from tests.trainers import programs
from trainers import (
    evaluate_language,
    loop,
    text_loop,
    text_run,
    text_samples,
    vocabularies,
)

LINE = "It was the best of times, it was the worst of times.\n"


@pytest.fixture(scope="module")
def flags(tmp_path_factory):
    directory = tmp_path_factory.mktemp("language")
    (directory / "novel.txt").write_text(LINE * 12)
    return {
        "workdir": directory / "run",
        "dataset": "file",
        "data_dir": directory / "novel.txt",
        "prompt": "It",
        "num_samples": 2,
        "length": 16,
        "width": 8,
        "num_layers": 1,
        "num_heads": 2,
        "dropout": 0.1,
        "batch_size": 4,
        "num_epochs": 2,
        "warmup_steps": 2,
        "weight_decay": 0.1,
        "learning_rate_schedule": "cosine",
    }


@pytest.fixture(scope="module")
def model(flags):
    done = programs.run("train_language", **flags)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "572 characters of file (train), 572 tokens" in done.stdout
    return keras_gen.load(flags["workdir"] / "model.keras")


def test_a_short_run_leaves_a_model_that_writes(flags, model):
    assert int(model.step) == 2 * ((572 - 16) // 16 // 4)
    assert model.config.alphabet == "".join(sorted(set(LINE)))
    (text,) = text_samples.draw(model, "It was", 1, 100, temperature=0.5)
    assert text.startswith("It was") and len(text) == model.config.length
    sample = (flags["workdir"] / "samples" / "epoch-0002.txt").read_text()
    assert sample.startswith("It") and "-" * 72 in sample
    card = (flags["workdir"] / "MODEL_CARD.md").read_text()
    assert sample in card and "in nats for each token" in card


def test_what_a_character_costs(model):
    found = evaluate_language.measure(model, LINE * 3, batch_size=4)
    assert found["num_characters"] == found["num_tokens"] == 144
    nats = found["nats_per_character"]
    assert nats == pytest.approx(math.log(found["perplexity"]))
    assert found["bits_per_character"] == pytest.approx(nats / math.log(2))
    windows = [(LINE * 3)[i : i + 17] for i in range(0, 144, 16)]
    scores = [
        float(text_score)
        for window in windows
        for text_score in _scores(model, window)
    ]
    assert sum(scores) / 144 == pytest.approx(-nats, rel=1e-4)


def _scores(model, window):
    """log p of the window's characters after the first."""
    import tensorflow as tf

    tokens = model.tokenizer.encode(window)[None]
    logits = tf.nn.log_softmax(model(tokens[:, :-1]))
    yield tf.reduce_sum(tf.gather(logits, tokens[:, 1:], batch_dims=2))


def test_samples_and_measures_from_the_command_line(flags, model):
    del model
    path = flags["workdir"] / "model.keras"
    done = programs.run("sample", model=path, prompt="It", num=1, num_tokens=5)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith("It")
    long = "It was the worst of times"
    done = programs.run("sample", model=path, prompt=long, num=1)
    assert done.returncode == 1 and "must have at most 16 tokens" in done.stderr
    done = programs.run("sample", model=path, prompt="Zebra", num=1)
    assert done.returncode == 1 and "Received: 'Z'" in done.stderr


@pytest.mark.parametrize("tokenizer", ["byte_pairs", "words", "bytes"])
def test_vocabularies_are_learned_from_the_text(tokenizer):
    fields = vocabularies.of(tokenizer, 300, LINE * 5, LINE)
    config = keras_gen.RecurrentLMConfig(tokenizer=tokenizer, **fields)
    known = language_model.tokenizer_of(config)
    assert known.decode(known.encode(LINE)) == LINE


def test_a_prompt_must_fit_before_the_first_step(flags):
    done = programs.run("train_language", **flags | {"prompt": "Zebra"})
    assert done.returncode == 1 and "Received: 'Z'" in done.stderr
    config = keras_gen.TransformerLMConfig(padded=True)
    with pytest.raises(ValueError, match="`padded` is for rows that end"):
        text_loop.train(None, config, None, None, None)
    config = keras_gen.RecurrentLMConfig(num_carried=3)
    run = text_run.TextRunConfig(workdir="runs", batch_size=4)
    with pytest.raises(
        ValueError, match="`num_carried` must be 0 or the batch"
    ):
        text_loop.train(None, config, run, None, None)
    with pytest.raises(ValueError, match="`prompt` must have a token or more"):
        text_run.TextRunConfig(workdir="runs", prompt="")


def test_the_rate_warms_up_and_falls():
    run = text_run.TextRunConfig(
        workdir="runs",
        warmup_steps=10,
        learning_rate=0.1,
        learning_rate_schedule="cosine",
        weight_decay=0.01,
    )
    rate = loop.optimizer(run, 110)._learning_rate
    assert float(rate(0)) == 0
    assert float(rate(5)) == pytest.approx(0.05)
    assert float(rate(10)) == pytest.approx(0.1)
    assert float(rate(60)) == pytest.approx(0.05)
    assert float(rate(110)) == pytest.approx(0, abs=1e-8)
    with pytest.raises(ValueError, match="less than the 10 steps of the run"):
        loop.optimizer(run, 10)


def test_norms_do_not_decay():
    run = text_run.TextRunConfig(
        workdir="runs", weight_decay=0.5, learning_rate=0.1
    )
    model = keras_gen.TransformerLM(keras_gen.TransformerLMConfig.tiny())
    before = [variable.numpy() for variable in model.trainable_variables]
    optimizer = loop.optimizer(run, 10)
    optimizer.apply([0 * each for each in before], model.trainable_variables)
    for old, new in zip(before, model.trainable_variables, strict=True):
        kept = 1.0 if new.name == "gamma" else 1 - 0.1 * 0.5
        assert new.numpy() == pytest.approx(kept * old)
