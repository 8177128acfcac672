"""The weights of Stable Diffusion v1, in our networks.

A model of it comes as three files of named tensors, `unet`, `vae` and
`text_encoder`, with the names of the libraries diffusers and transformers:

    load_unet                unet           networks.unet
    load_kl_autoencoder      vae            networks.kl_encoder, kl_decoder
    load_clip_text_encoder   text_encoder   networks.clip_text_encoder

Each takes the tensors of a file as {name: array}, and networks of its sizes.
Every tensor is used once and every weight is set, or an error says what does
not fit, and nothing is changed.

Reference: Rombach et al. 2021, arXiv 2112.10752; Radford et al. 2021, arXiv
2103.00020.
"""

from collections.abc import Mapping
from typing import Any

import keras

from keras_gen.weights import named_arrays

_RESIDUAL = {
    "norm_#": "norm#",
    "conv_#": "conv#",
    "time": "time_emb_proj",
    "shortcut": "conv_shortcut",
}
_TRANSFORMER = {
    "norm": "norm",
    "conv_in": "proj_in",
    "conv_out": "proj_out",
    "self_norm": "transformer_blocks.0.norm1",
    "self_keys_values/key": "transformer_blocks.0.attn1.to_k",
    "self_keys_values/value": "transformer_blocks.0.attn1.to_v",
    "self_attention/query": "transformer_blocks.0.attn1.to_q",
    "self_attention/out": "transformer_blocks.0.attn1.to_out.0",
    "cross_norm": "transformer_blocks.0.norm2",
    "cross_keys_values/key": "transformer_blocks.0.attn2.to_k",
    "cross_keys_values/value": "transformer_blocks.0.attn2.to_v",
    "cross_attention/query": "transformer_blocks.0.attn2.to_q",
    "cross_attention/out": "transformer_blocks.0.attn2.to_out.0",
    "feed_norm": "transformer_blocks.0.norm3",
    "feed_in": "transformer_blocks.0.ff.net.0.proj",
    "feed_out": "transformer_blocks.0.ff.net.2",
}
_ATTENTION = {
    "norm": "group_norm",
    "keys_values/key": "to_k",
    "keys_values/value": "to_v",
    "attention/query": "to_q",
    "attention/out": "to_out.0",
}
_CLIP_BLOCK = {
    "self_norm": "layer_norm1",
    "self_keys_values/key": "self_attn.k_proj",
    "self_keys_values/value": "self_attn.v_proj",
    "self_attention/query": "self_attn.q_proj",
    "self_attention/out": "self_attn.out_proj",
    "feed_norm": "layer_norm2",
    "feed_in": "mlp.fc1",
    "feed_out": "mlp.fc2",
}
_BLOCKS = {
    "down_#_block_#": "down_blocks.#.resnets.#",
    "middle_block_#": "mid_block.resnets.#",
    "up_#_block_#": "up_blocks.#.resnets.#",
}
_TRANSFORMERS = {
    "down_#_attention_#": "down_blocks.#.attentions.#",
    "middle_attention_#": "mid_block.attentions.#",
    "up_#_attention_#": "up_blocks.#.attentions.#",
}
_OUTSIDE = {
    "conv_in": "conv_in",
    "down_#_downsample_conv": "down_blocks.#.downsamplers.0.conv",
    "up_#_upsample_conv": "up_blocks.#.upsamplers.0.conv",
    "norm_out": "conv_norm_out",
    "conv_out": "conv_out",
    **named_arrays.within(_BLOCKS, _RESIDUAL),
}
_UNET = {
    **_OUTSIDE,
    "time_dense_#": "time_embedding.linear_#",
    "class_embedding": "class_embedding",
    **named_arrays.within(_TRANSFORMERS, _TRANSFORMER),
}
_KL = {
    **_OUTSIDE,
    **named_arrays.within(
        {"middle_attention_#": "mid_block.attentions.#"}, _ATTENTION
    ),
}
_CLIP_TEXT = {
    "token_embedding": "embeddings.token_embedding",
    "position_embedding": "embeddings.position_embedding",
    "norm_out": "final_layer_norm",
    **named_arrays.within({"block_#": "encoder.layers.#"}, _CLIP_BLOCK),
}
# Names of older files.
_OLD_KL = {
    ".key.": ".to_k.",
    ".value.": ".to_v.",
    ".query.": ".to_q.",
    ".proj_attn.": ".to_out.0.",
}
_OLD_CLIP_TEXT = {"text_model.": ""}
# Numbers from 0 on, no weights.
_CLIP_POSITIONS = "embeddings.position_ids"


def load_unet(network: keras.Model, arrays: Mapping[str, Any]) -> None:
    """Sets the weights of a U-Net with a context.

    Args:
        network: of `networks.unet`.
        arrays: {name: array} of diffusers' UNet2DConditionModel.

    Raises:
        ValueError: they do not fit; nothing is changed then.
    """
    named_arrays.load(arrays, (network, _UNET))


def load_kl_autoencoder(
    encoder: keras.Model, decoder: keras.Model, arrays: Mapping[str, Any]
) -> None:
    """Sets the weights of both halves of an autoencoder.

    Args:
        encoder: of `networks.kl_encoder`.
        decoder: of `networks.kl_decoder`.
        arrays: {name: array} of diffusers' AutoencoderKL, with new or old names
            of its attention, as a dense layer or a convolution.

    Raises:
        ValueError: they do not fit; nothing is changed then.
    """
    named_arrays.load(
        named_arrays.renamed(arrays, _OLD_KL),
        (encoder, _half("encoder", "quant_conv")),
        (decoder, _half("decoder", "post_quant_conv")),
    )


def load_clip_text_encoder(
    network: keras.Model, arrays: Mapping[str, Any]
) -> None:
    """Sets the weights of CLIP's text encoder.

    Args:
        network: of `networks.clip_text_encoder`.
        arrays: {name: array} of transformers' CLIPTextModel, beginning with
            "text_model." or not; position_ids are no weights.

    Raises:
        ValueError: they do not fit; nothing is changed then.
    """
    arrays = named_arrays.renamed(arrays, _OLD_CLIP_TEXT)
    arrays.pop(_CLIP_POSITIONS, None)
    named_arrays.load(arrays, (network, _CLIP_TEXT))


def _half(half: str, outside: str) -> dict[str, str]:
    """The table of an encoder or decoder; `outside` stands beside them."""
    inside = {ours: f"{half}.{theirs}" for ours, theirs in _KL.items()}
    return {**inside, outside: outside}
