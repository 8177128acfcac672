"""Networks with weights from the files of others, which the user provides."""

from keras_gen.weights.efficientnet import efficientnet_lite0
from keras_gen.weights.inception import (
    fid_inception,
    fid_network,
    resize_centers,
    resize_corners,
    small_inception,
)
from keras_gen.weights.lpips import lpips_alexnet
from keras_gen.weights.stable_diffusion import (
    load_clip_text_encoder,
    load_kl_autoencoder,
    load_unet,
)
from keras_gen.weights.vgg import adain_decoder, vgg19

__all__ = [
    "adain_decoder",
    "efficientnet_lite0",
    "fid_inception",
    "fid_network",
    "load_clip_text_encoder",
    "load_kl_autoencoder",
    "load_unet",
    "lpips_alexnet",
    "resize_centers",
    "resize_corners",
    "small_inception",
    "vgg19",
]
