"""Writes the reference values beside this file: LPIPS (Zhang et al. 2018, equation 1) on a narrow VGG16 of random weights, in plain PyTorch.

python3 make.py
"""
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

here = pathlib.Path(__file__).parent
torch.manual_seed(7)

# torchvision's list "D" with fewer channels; ReLU and pooling are layers of their own there.
layers, channels = [], 3
for stage, (width, convs) in enumerate([(4, 2), (6, 2), (8, 3), (8, 3), (10, 3)]):
    for _ in range(convs):
        layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
        channels = width
    layers.append(nn.MaxPool2d(2))
vgg = nn.Sequential(*layers)
for parameter in vgg.parameters():
    parameter.data *= 1.5
heads = [torch.rand(1, width, 1, 1) for width in (4, 6, 8, 8, 10)]
outputs = {3: 0, 8: 1, 15: 2, 22: 3, 29: 4}

shift = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
scale = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)


def seen(pictures):
    x, found = (pictures - shift) / scale, []
    for number, layer in enumerate(vgg):
        x = layer(x)
        if number in outputs:
            found.append(x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10))
    return found


def distance(a, b):
    total = 0
    for head, first, second in zip(heads, seen(a), seen(b)):
        total = total + F.conv2d((first - second) ** 2, head).mean((1, 2, 3))
    return total


a = (torch.rand(2, 3, 40, 32) * 2 - 1).requires_grad_()
b = torch.rand(2, 3, 40, 32) * 2 - 1
expected = distance(a, b)
expected.sum().backward()
assert torch.isfinite(a.grad).all() and (expected > 0.01).all(), expected

torch.save({f"features.{name}": value for name, value in vgg.state_dict().items()}, here / "vgg16.pth")
torch.save({f"lin{i}.model.1.weight": head for i, head in enumerate(heads)}, here / "vgg.pth")
torch.save({"first": a.detach(), "second": b, "distance": expected.detach(), "gradient": a.grad}, here / "case.pth")
print(expected)
