"""Models that draw one number after the other: texts, music, pixels."""

import keras_gen
from keras_gen.models.pixels import pixel_config
from keras_gen.models.sequences import (
    language_config,
    music_config,
    roll_config,
    seq2seq_config,
)
from tests.conformance import table

ROWS = (
    table.Row(
        "transformer_lm",
        keras_gen.TransformerLM,
        table.tiny(language_config.TransformerLMConfig, num_key_heads=1),
    ),
    table.Row(
        "music_transformer",
        keras_gen.MusicTransformer,
        table.tiny(music_config.MusicTransformerConfig, num_layers=1),
    ),
    table.Row(
        "piano_roll",
        keras_gen.PianoRollModel,
        table.tiny(roll_config.PianoRollConfig),
    ),
    table.Row(
        "recurrent_lm",
        keras_gen.RecurrentLM,
        table.tiny(
            language_config.RecurrentLMConfig, tokenizer="bytes", alphabet=""
        ),
    ),
    table.Row(
        "seq2seq",
        keras_gen.Seq2Seq,
        table.tiny(seq2seq_config.Seq2SeqConfig, dropout=0.1),
    ),
    table.Row(
        "seq2seq_recurrent",
        keras_gen.Seq2Seq,
        table.tiny(seq2seq_config.Seq2SeqConfig, kind="recurrent", cell="gru"),
    ),
    table.Row(
        "pixel_cnn",
        keras_gen.PixelCNN,
        table.tiny(
            pixel_config.PixelCNNConfig,
            image_shape=(2, 3, 3),
            num_levels=3,
            width=6,
            head_width=3,
        ),
    ),
    table.Row(
        "pixel_cnn_gated",
        keras_gen.GatedPixelCNN,
        table.tiny(
            pixel_config.GatedPixelCNNConfig, num_classes=3, num_layers=2
        ),
    ),
    table.Row(
        "pixel_cnn_plus_plus",
        keras_gen.PixelCNNPlusPlus,
        table.tiny(pixel_config.PixelCNNPlusPlusConfig, image_shape=(2, 3, 3)),
    ),
    table.Row(
        "pixel_rnn_diagonal",
        keras_gen.PixelRNN,
        table.tiny(pixel_config.PixelRNNConfig, temperature=0.9),
    ),
    table.Row(
        "pixel_rnn_row",
        keras_gen.PixelRNN,
        table.tiny(pixel_config.PixelRNNConfig, kind="row"),
    ),
)
