"""Architectures by name; none knows what it is trained for."""

from keras_gen.networks.adain_decoder import adain_decoder
from keras_gen.networks.clip_text import clip_text_encoder
from keras_gen.networks.conv_decoder import conv_decoder
from keras_gen.networks.conv_encoder import conv_encoder
from keras_gen.networks.dcgan import dcgan_discriminator, dcgan_generator
from keras_gen.networks.digit_classifier import digit_classifier
from keras_gen.networks.dit import dit
from keras_gen.networks.efficientnet_lite import efficientnet_lite0
from keras_gen.networks.encoder_decoder import EncoderDecoder
from keras_gen.networks.gated_pixel_cnn import GatedPixelCNNNetwork
from keras_gen.networks.gpt import GPT
from keras_gen.networks.johnson import style_transformer
from keras_gen.networks.kl_autoencoder import kl_decoder, kl_encoder
from keras_gen.networks.mlp import mlp
from keras_gen.networks.patch_discriminator import patch_discriminator
from keras_gen.networks.pixel_cnn import PixelCNNNetwork
from keras_gen.networks.pixel_cnn_plus_plus import PixelCNNPlusPlusNetwork
from keras_gen.networks.pixel_network import PixelNetwork
from keras_gen.networks.pixel_rnn import PixelRNNNetwork
from keras_gen.networks.recurrent import RecurrentNetwork
from keras_gen.networks.recurrent_encoder_decoder import (
    RecurrentEncoderDecoder,
)
from keras_gen.networks.unet import SplitUNet, split_unet, unet
from keras_gen.networks.vgg import vgg19
from keras_gen.networks.winograd import by_winograd

__all__ = [
    "EncoderDecoder",
    "GPT",
    "GatedPixelCNNNetwork",
    "PixelCNNNetwork",
    "PixelCNNPlusPlusNetwork",
    "PixelNetwork",
    "PixelRNNNetwork",
    "RecurrentEncoderDecoder",
    "RecurrentNetwork",
    "SplitUNet",
    "adain_decoder",
    "by_winograd",
    "clip_text_encoder",
    "conv_decoder",
    "conv_encoder",
    "dcgan_discriminator",
    "dcgan_generator",
    "digit_classifier",
    "dit",
    "efficientnet_lite0",
    "kl_decoder",
    "kl_encoder",
    "mlp",
    "patch_discriminator",
    "split_unet",
    "style_transformer",
    "unet",
    "vgg19",
]
