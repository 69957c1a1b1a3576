"""The table of backbones for the paper restorer (paper figure 5)."""

from collections.abc import Callable

from retinaregen_core.nets.backbones.encoder_decoder import DenseNetUNet, ResNetUNet, UNet
from retinaregen_core.nets.backbones.unetpp import UNetPlusPlus
from retinaregen_core.nets.backbones.vae import VAE
from retinaregen_core.nets.contract import Backbone
from retinaregen_core.specs import RestorerSpec

BACKBONES: dict[str, Callable[[RestorerSpec], Backbone]] = {
    "unet": UNet,
    "unetpp": UNetPlusPlus,
    "resnet": ResNetUNet,
    "densenet": DenseNetUNet,
    "vae": VAE,
}
