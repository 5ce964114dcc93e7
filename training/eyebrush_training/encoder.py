"""From a painting to its style code.

VGG-16 statistics of the *colour-normalised* painting (``eyebrush.tone.canonical``), so that the
code speaks of texture and tone and the palette travels in ``tone_out``; whitened by a PCA fitted
on every style image of the training, which keeps a small network from painting all styles alike;
then a small perceptron to the AdaIN scale/shift pairs. Everything here is fp32.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from eyebrush_training.distances import Features, moments
from eyebrush_training.vgg import Vgg16

ENCODER_LAYERS = ("relu1_2", "relu2_2", "relu3_3")
STATISTICS = 2 * (64 + 128 + 256)


def style_statistics(features: Features) -> Tensor:
    """Features of canonical paintings -> log means and log deviations per channel, [B, 896]."""
    parts = [moments(features[layer]).flatten(1) for layer in ENCODER_LAYERS]
    return torch.log(torch.cat(parts, 1) + 0.05)


class StyleHead(nn.Module):
    """Whitening and perceptron: statistics [B,896] -> code [B,K]."""

    def __init__(self, code_size: int, components: int = 64, hidden: int = 256) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(STATISTICS))
        self.register_buffer("basis", torch.zeros(components, STATISTICS))
        self.net = nn.Sequential(
            nn.Linear(components, hidden),
            nn.SiLU(),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Linear(hidden, code_size),
        )
        last = self.net[-1]
        nn.init.normal_(last.weight, std=0.03)
        with torch.no_grad():  # scale 1, shift 0 to begin with
            last.bias.copy_((torch.arange(code_size) < code_size // 2).float())

    @torch.no_grad()
    def fit_whitening(self, statistics: Tensor) -> None:
        """PCA of all style statistics [N, 896]; each component scaled to deviation 1."""
        self.centre.copy_(statistics.mean(0))
        _, s, vh = torch.linalg.svd(statistics - self.centre, full_matrices=False)
        n = min(len(self.basis), int((s > 1e-4 * s[0]).sum()))
        scale = len(statistics) ** 0.5 / s[:n]
        self.basis.zero_()
        self.basis[:n] = vh[:n] * scale[:, None]

    def whiten(self, statistics: Tensor) -> Tensor:
        """[B,896] -> [B,components], each about N(0,1), softly limited to +-3."""
        return 3 * torch.tanh((statistics - self.centre) @ self.basis.T / 3)

    def forward(self, statistics: Tensor) -> Tensor:
        return self.net(self.whiten(statistics))


class StyleEncoder(nn.Module):
    """The whole way, as exported: canonical painting [1,3,H,W] 0..1 -> code [K]."""

    def __init__(self, vgg: Vgg16, head: StyleHead) -> None:
        super().__init__()
        self.vgg, self.head = vgg, head

    def forward(self, painting: Tensor) -> Tensor:
        return self.head(style_statistics(self.vgg(painting, last="relu3_3")))[0]
