"""The networks, losses and training step of keras_dgggan in PyTorch, to be timed."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_SLOPE = 0.2


class Block(nn.Module):
    """A multi-scale residual block with squeeze-and-excitation."""

    def __init__(self, c: int, reduction: int) -> None:
        super().__init__()
        self.level1_3x3 = nn.Conv2d(c, c, 3, padding=1)
        self.level1_5x5 = nn.Conv2d(c, c, 5, padding=2)
        self.level2_3x3 = nn.Conv2d(2 * c, 2 * c, 3, padding=1)
        self.level2_5x5 = nn.Conv2d(2 * c, 2 * c, 5, padding=2)
        self.fusion = nn.Conv2d(4 * c, c, 1)
        self.transition = nn.Conv2d(c, c, 1)
        self.squeeze = nn.Linear(c, max(1, c // reduction))
        self.excite = nn.Linear(max(1, c // reduction), c)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.cat([self.level1_3x3(x), self.level1_5x5(x)], 1)
        y = F.leaky_relu(y, _SLOPE)
        y = torch.cat([self.level2_3x3(y), self.level2_5x5(y)], 1)
        y = self.transition(self.fusion(F.leaky_relu(y, _SLOPE)))
        gate = torch.sigmoid(self.excite(F.relu(self.squeeze(y.mean((2, 3))))))
        return x + y * gate[:, :, None, None]


def image_gradient(x: Tensor) -> Tensor:
    rows = F.pad(x, (0, 0, 1, 1), mode="replicate")
    columns = F.pad(x, (1, 1, 0, 0), mode="replicate")
    vertical = rows[:, :, 2:] - rows[:, :, :-2]
    horizontal = columns[:, :, :, 2:] - columns[:, :, :, :-2]
    return torch.sqrt(horizontal**2 + vertical**2 + 1e-6)


class Tail(nn.Module):
    """Two times nearest x2, convolution, LeakyReLU."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(c, c, 3, padding=1) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        for conv in self.convs:
            x = F.leaky_relu(conv(F.interpolate(x, scale_factor=2, mode="nearest")), _SLOPE)
        return x


class Generator(nn.Module):
    def __init__(
        self, c: int, blocks: int, every: int, upsampler: str, reduction: int = 16
    ) -> None:
        super().__init__()
        self.every = every
        self.image_head = nn.Conv2d(3, c, 3, padding=1)
        self.gradient_head = nn.Conv2d(3, c, 3, padding=1)
        self.image_blocks = nn.ModuleList(Block(c, reduction) for _ in range(blocks))
        self.gradient_blocks = nn.ModuleList(Block(c, reduction) for _ in range(blocks))
        self.passes = nn.ModuleList(nn.Conv2d(2 * c, c, 1) for _ in range(blocks // every))
        self.image_trunk = nn.Conv2d(c, c, 3, padding=1)
        self.gradient_trunk = nn.Conv2d(c, c, 3, padding=1)
        self.branch_fusion = nn.Conv2d(2 * c, c, 1)
        if upsampler == "nearest":
            self.image_tail: nn.Module = Tail(c)
            self.gradient_tail: nn.Module = Tail(c)
            self.image_out: nn.Module = nn.Conv2d(c, 3, 3, padding=1)
            self.gradient_out: nn.Module = nn.Conv2d(c, 3, 3, padding=1)
        else:
            self.image_tail, self.gradient_tail = nn.Identity(), nn.Identity()
            self.image_out = nn.Sequential(nn.Conv2d(c, 48, 3, padding=1), nn.PixelShuffle(4))
            self.gradient_out = nn.Sequential(nn.Conv2d(c, 48, 3, padding=1), nn.PixelShuffle(4))

    def forward(self, lr: Tensor) -> tuple[Tensor, Tensor]:
        image = image_head = self.image_head(lr)
        gradient = gradient_head = self.gradient_head(image_gradient(lr))
        for i, (a, b) in enumerate(zip(self.image_blocks, self.gradient_blocks, strict=True), 1):
            image, gradient = a(image), b(gradient)
            if i % self.every == 0:
                both = torch.cat([gradient, image_gradient(image)], 1)
                gradient = self.passes[i // self.every - 1](both)
        image = self.image_tail(image_head + self.image_trunk(image))
        gradient = self.gradient_tail(gradient_head + self.gradient_trunk(gradient))
        image = self.branch_fusion(torch.cat([image, gradient], 1))
        return self.image_out(image), self.gradient_out(gradient)


class Critic(nn.Module):
    def __init__(self, size: int, filters: int) -> None:
        super().__init__()
        convs: list[nn.Module] = []
        channels, level = 3, 0
        while size > 4:
            width = filters * min(8, 2**level)
            convs += [nn.Conv2d(channels, width, 3, padding=1), nn.LeakyReLU(_SLOPE)]
            convs += [nn.Conv2d(width, width, 4, stride=2, padding=1), nn.LeakyReLU(_SLOPE)]
            channels, size, level = width, size // 2, level + 1
        self.convs = nn.Sequential(*convs)
        self.dense = nn.Linear(channels * size * size, 100)
        self.score = nn.Linear(100, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.score(F.leaky_relu(self.dense(self.convs(x).flatten(1)), _SLOPE))


def make_step(
    size: dict[str, Any], weights: dict[str, float], channels_last: bool = False
) -> Callable[[], dict[str, float]]:
    """A function that does one training step on a fixed batch."""
    form = torch.channels_last if channels_last else torch.contiguous_format
    hr_size = 4 * size["lr"]
    generator = Generator(size["filters"], size["blocks"], size["every"], size["upsampler"])
    critics = [Critic(hr_size, size["critic"]) for _ in range(2)]
    networks = [network.to(memory_format=form) for network in (generator, *critics)]
    parameters = [list(network.parameters()) for network in networks]
    optimizers = [torch.optim.Adam(p, lr=1e-4, betas=(0.9, 0.999)) for p in parameters]
    lr8, hr8 = (
        torch.randint(0, 256, (size["batch"], 3, side, side), dtype=torch.uint8)
        for side in (size["lr"], hr_size)
    )

    def l1(a: Tensor, b: Tensor) -> Tensor:
        return (a - b).abs().mean()

    def step() -> dict[str, float]:
        lr, hr = (x.to(torch.float32, memory_format=form) / 255 for x in (lr8, hr8))
        real = [hr, image_gradient(hr)]
        sr, predicted = generator(lr)
        fake = [sr, image_gradient(sr)]
        critic_losses, scores, penalties = [], [], []
        for critic, r, f in zip(critics, real, fake, strict=True):
            real_score, fake_score = critic(r).mean(), critic(f).mean()
            alpha = torch.rand(len(r), 1, 1, 1)
            between = (r + alpha * (f.detach() - r)).requires_grad_()
            (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
            penalty = ((slope.flatten(1).square().sum(1) + 1e-12).sqrt() - 1).square().mean()
            critic_losses.append(fake_score - real_score + 10 * penalty)
            scores.append(fake_score)
            penalties.append(penalty)
        terms = {
            "pixel": l1(hr, sr),
            "gradient": l1(real[1], fake[1]),
            "adversarial": -scores[0],
            "gradient_adversarial": -scores[1],
            "gradient_branch": l1(real[1], predicted),
        }
        loss = sum(weights[name] * term for name, term in terms.items())
        gradients = [
            torch.autograd.grad(value, p, retain_graph=True)
            for value, p in zip([loss, *critic_losses], parameters, strict=True)
        ]
        for group, p, optimizer in zip(gradients, parameters, optimizers, strict=True):
            for parameter, gradient in zip(p, group, strict=True):
                parameter.grad = gradient
            optimizer.step()
        logged = [loss, *terms.values(), *critic_losses, *penalties]
        return dict(enumerate(torch.stack([v.detach() for v in logged]).tolist()))

    return step
