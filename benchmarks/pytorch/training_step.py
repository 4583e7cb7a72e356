"""PyTorch's side of `./pixart bench train`: training steps of a PixArt transformer in plain modules.

Parameters and inputs follow from formulas that both sides share, so that the losses can be compared. Prints one line of JSON.
"""
import json
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


def filled(tensor, index, size=1.0):
    """Values that both sides can make: sines of running numbers."""
    angles = torch.arange(tensor.numel(), dtype=torch.float32) * 0.37 + index
    return (torch.sin(angles) * size).reshape(tensor.shape)


def size_of(parameter):
    """Keeps the scale of activations, so that the loss depends on every parameter."""
    return 0.1 if parameter.dim() < 2 else 1.5 / math.sqrt(parameter.numel() / parameter.shape[0])


def attention(q, k, v):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v)
    scores = q @ k.transpose(-2, -1) * (1 / math.sqrt(q.shape[-1]))
    return scores.softmax(-1) @ v


class Embedder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.linear_1 = nn.Linear(256, width)
        self.linear_2 = nn.Linear(width, width)

    def forward(self, t):
        frequencies = torch.exp(torch.arange(128, dtype=torch.float32) * (-math.log(10000) / 128))
        angles = t.float()[:, None] * frequencies
        return self.linear_2(F.silu(self.linear_1(torch.cat([angles.cos(), angles.sin()], 1))))


class AdaNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.emb = nn.Module()
        self.emb.timestep_embedder = Embedder(width)
        self.linear = nn.Linear(width, 6 * width)

    def forward(self, t):
        embedded = self.emb.timestep_embedder(t)
        return self.linear(F.silu(embedded)), embedded


class Captions(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.linear_1 = nn.Linear(channels, width)
        self.linear_2 = nn.Linear(width, width)

    def forward(self, x):
        return self.linear_2(F.gelu(self.linear_1(x), approximate="tanh"))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width)
        self.to_k = nn.Linear(width, width)
        self.to_v = nn.Linear(width, width)
        self.to_out = nn.ModuleList([nn.Linear(width, width)])

    def forward(self, x, context):
        def split(y):
            return y.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        y = attention(split(self.to_q(x)), split(self.to_k(context)), split(self.to_v(context)))
        return self.to_out[0](y.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        first = nn.Module()
        first.proj = nn.Linear(width, 4 * width)
        self.net = nn.ModuleList([first, nn.Identity(), nn.Linear(4 * width, width)])

    def forward(self, x):
        return self.net[2](F.gelu(self.net[0].proj(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.scale_shift_table = nn.Parameter(torch.zeros(6, width))
        self.norm = nn.LayerNorm(width, eps=1e-6, elementwise_affine=False)
        self.attn1 = Attention(width, heads)
        self.attn2 = Attention(width, heads)
        self.ff = FeedForward(width)

    def forward(self, x, captions, modulation):
        m = (self.scale_shift_table[None] + modulation).chunk(6, 1)
        y = self.norm(x) * (1 + m[1]) + m[0]
        x = x + m[2] * self.attn1(y, y)
        x = x + self.attn2(x, captions)
        return x + m[5] * self.ff(self.norm(x) * (1 + m[4]) + m[3])


class Transformer(nn.Module):
    def __init__(self, width, heads, layers, channels, side):
        super().__init__()
        self.pos_embed = nn.Module()
        self.pos_embed.proj = nn.Conv2d(4, width, 2, stride=2)
        self.adaln_single = AdaNorm(width)
        self.caption_projection = Captions(channels, width)
        self.transformer_blocks = nn.ModuleList([Block(width, heads) for _ in range(layers)])
        self.scale_shift_table = nn.Parameter(torch.zeros(2, width))
        self.norm = nn.LayerNorm(width, eps=1e-6, elementwise_affine=False)
        self.proj_out = nn.Linear(width, 32)
        self.side = side // 2
        self.register_buffer("positions", self.table(width, self.side), persistent=False)

    @staticmethod
    def table(width, side):
        omega = 10000 ** (-torch.arange(width // 4, dtype=torch.float64) / (width // 4))
        angles = torch.arange(side, dtype=torch.float64)[:, None] * omega
        axis = torch.cat([angles.sin(), angles.cos()], 1)
        x = axis[None].expand(side, side, -1)
        y = axis[:, None].expand(side, side, -1)
        return torch.cat([x, y], -1).reshape(1, side * side, width).float()

    def forward(self, latents, t, captions):
        modulation, embedded = self.adaln_single(t)
        modulation = modulation.unflatten(1, (6, -1))
        context = self.caption_projection(captions)
        x = self.pos_embed.proj(latents).flatten(2).transpose(1, 2) + self.positions
        for block in self.transformer_blocks:
            x = block(x, context, modulation)
        shift, scale = (self.scale_shift_table[None] + embedded[:, None]).chunk(2, 1)
        x = self.proj_out(self.norm(x) * (1 + scale) + shift)
        x = x.reshape(-1, self.side, self.side, 2, 2, 8).permute(0, 5, 1, 3, 2, 4)
        return x.reshape(-1, 8, 2 * self.side, 2 * self.side)


def main():
    shape = json.loads(sys.argv[1])
    torch.set_num_threads(shape["threads"])
    model = Transformer(shape["width"], shape["heads"], shape["layers"], shape["channels"], shape["side"])
    with torch.no_grad():
        for index, (_, parameter) in enumerate(sorted(model.named_parameters())):
            parameter.copy_(filled(parameter, index, size_of(parameter)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, eps=1e-10, weight_decay=0.03)
    batch, side = shape["batch"], shape["side"]
    latents = filled(torch.empty(batch, 4, side, side), 1001)
    noise = filled(torch.empty(batch, 4, side, side), 1002)
    captions = filled(torch.empty(batch, shape["tokens"], shape["channels"]), 1003)
    t = torch.tensor([(2 * i + 1) * 500 // batch for i in range(batch)])

    losses, seconds = [], []
    for _ in range(shape["steps"] + 1):
        begin = time.perf_counter()
        loss = (model(latents, t, captions)[:, :4] - noise).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        seconds.append(time.perf_counter() - begin)

    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    print(json.dumps({
        "Version": torch.__version__.split("+")[0],
        "Parameters": sum(p.numel() for p in model.parameters()),
        "Losses": losses,
        "Seconds": seconds[1:],
        "PeakBytes": peak,
    }))


main()
