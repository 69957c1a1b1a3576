"""The paper's winning backbone: a variational autoencoder (paper section 2.5)."""

from torch import Tensor, nn

from retinaregen_core.nets.contract import Backbone, Output
from retinaregen_core.nets.layers import TimeEmbedding
from retinaregen_core.specs import RestorerSpec

HALVINGS = 3


class VAE(Backbone):
    """Three strided convolutions, mu and log sigma^2, ``z = mu + sigma * eps``, fully connected back, three transposed
    convolutions, sigmoid.

    The sigmoid's [0, 1] is handed on as [-1, 1], the range of every restorer. The time embedding joins the features
    before the latent: the paper writes ``eps_theta(x_t, t)`` but does not draw where t enters.
    """

    def __init__(self, spec: RestorerSpec) -> None:
        super().__init__()
        w, self.side = spec.width, spec.image_size // 2**HALVINGS
        self.latent_shape = (spec.latent_dim,)
        self.encoder = nn.Sequential(
            nn.Conv2d(3, w, 4, 2, 1), nn.ReLU(), nn.Conv2d(w, 2 * w, 4, 2, 1), nn.ReLU(), nn.Conv2d(2 * w, w, 4, 2, 1)
        )
        self.time = TimeEmbedding(w)
        self.to_latent = nn.Linear(w * self.side**2, 2 * spec.latent_dim)
        self.from_latent = nn.Linear(spec.latent_dim, w * self.side**2)
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(w, 2 * w, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(2 * w, w, 4, 2, 1), nn.ReLU()
        )
        self.head = nn.Sequential(nn.ConvTranspose2d(w, 3, 4, 2, 1), nn.Sigmoid())

    def forward(self, x: Tensor, t: Tensor, latent_noise: Tensor) -> Output:
        features = (self.encoder(x) + self.time(t)[:, :, None, None]).relu()
        mu, log_variance = self.to_latent(features.flatten(1)).chunk(2, dim=1)
        z = mu + (log_variance / 2).exp() * latent_noise
        picture = self.head(self.decoder(self.from_latent(z).relu().view_as(features)))
        return Output(2 * picture - 1, mu, log_variance)
