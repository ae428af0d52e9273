"""The networks: functional Keras models written in `keras.ops` alone."""

from keras_dgggan.networks.base import ModelInfo as ModelInfo
from keras_dgggan.networks.base import SuperResolver as SuperResolver
from keras_dgggan.networks.base import as_network as as_network
from keras_dgggan.networks.compact import Compact as Compact
from keras_dgggan.networks.critic import Critic as Critic
from keras_dgggan.networks.dbpn import DBPN as DBPN
from keras_dgggan.networks.edsr import EDSR as EDSR
from keras_dgggan.networks.generator import Generator as Generator
from keras_dgggan.networks.msrn import MSRN as MSRN
from keras_dgggan.networks.natsr import NatSR as NatSR
from keras_dgggan.networks.rcan import RCAN as RCAN
from keras_dgggan.networks.rdn import RDN as RDN
from keras_dgggan.networks.registry import NETWORKS as NETWORKS
from keras_dgggan.networks.registry import make_network as make_network
from keras_dgggan.networks.registry import network_of as network_of
from keras_dgggan.networks.rrdbnet import RRDBNet as RRDBNet
from keras_dgggan.networks.sftgan import SFTGAN as SFTGAN
from keras_dgggan.networks.span import SPAN as SPAN
from keras_dgggan.networks.spsr import SPSR as SPSR
from keras_dgggan.networks.srcnn import SRCNN as SRCNN
from keras_dgggan.networks.srresnet import SRResNet as SRResNet
from keras_dgggan.networks.vdsr import VDSR as VDSR
from keras_dgggan.networks.vgg import vgg16_features as vgg16_features
from keras_dgggan.networks.vgg import vgg19_features as vgg19_features
