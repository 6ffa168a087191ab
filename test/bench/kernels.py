# The workloads of kernels.ts in real PyTorch, on one thread or on as many as AUTOGRAD_THREADS says; prints the same JSON.
import json
import os
import sys
import time

import torch
from torch import nn

torch.set_num_threads(int(os.environ.get("AUTOGRAD_THREADS", "1")))


def filled(*sizes, scale=1.0):
    count = 1
    for size in sizes:
        count *= size
    return (((torch.arange(count, dtype=torch.float64) * 37) % 101 / 101 - 0.5) * scale).float().reshape(sizes)


def settled(layer):
    with torch.no_grad():
        for one in layer.parameters():
            one.copy_(filled(*one.shape, scale=1 if one.ndim == 1 else 0.1))
    return layer


def product(size):
    a, b = filled(size, size), filled(size, size).t()
    return lambda: a.mm(b)


def moving(count, run):
    a, b = filled(count), filled(count, scale=2)
    return lambda: run(a, b)


def training(layer, image, outputs, momentum=0):
    steps = torch.optim.SGD(settled(layer).parameters(), lr=0, momentum=momentum)
    target = filled(image.shape[0], outputs)

    def run():
        steps.zero_grad(set_to_none=True)
        loss = nn.functional.mse_loss(layer(image), target)
        loss.backward()
        steps.step()
        return loss.detach()

    def check():
        return run().item() + sum(one.grad.abs().mean().item() for one in layer.parameters())

    run.check = check
    return run


def perceptron():
    return training(nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)), filled(64, 784), 10)


def lenet():
    images = [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    return training(nn.Sequential(*images, nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)), filled(32, 1, 28, 28), 10)


def resnet():
    from torchvision.models import resnet18

    return resnet18()


def residual():
    model, image = settled(resnet()).eval(), filled(1, 3, 64, 64)

    def run():
        with torch.no_grad():
            return model(image)

    return run


def squares(run, scale=1.0):
    x = filled(1024, 1024, scale=scale)
    return lambda: run(x)


WORKLOADS = {
    **{f"matmul {size}": (lambda size=size: product(size)) for size in (32, 64, 256, 512, 1024)},
    "MLP 784-256-128-10, batch 64, step": perceptron,
    "LeNet, batch 32, step": lenet,
    "resnet18 1×3×64×64, forward": residual,
    "resnet18 1×3×64×64, step": lambda: training(resnet(), filled(1, 3, 64, 64), 1000, 0.9),
    "softmax 1024×1024": lambda: squares(lambda x: x.softmax(1), 8.0),
    "transpose 1024×1024": lambda: squares(lambda x: x.t().contiguous()),
    "sum over rows 1024×1024": lambda: squares(lambda x: x.sum(0)),
    "add 1e6": lambda: moving(1_000_000, lambda a, b: a + b),
    "mul 1e6": lambda: moving(1_000_000, lambda a, b: a * b),
    "exp 1e6": lambda: moving(1_000_000, lambda a, b: a.exp()),
    "sum 1e6": lambda: moving(1_000_000, lambda a, b: a.sum()),
    "add 1e7": lambda: moving(10_000_000, lambda a, b: a + b),
    "exp 1e7": lambda: moving(10_000_000, lambda a, b: a.exp()),
    "sum 1e7": lambda: moving(10_000_000, lambda a, b: a.sum()),
}


def measured(run):
    warm = time.perf_counter() + 0.5
    while time.perf_counter() < warm:
        run()
    rounds = []
    end = time.perf_counter() + 1
    while time.perf_counter() < end or len(rounds) < 5:
        begin = time.perf_counter()
        run()
        rounds.append((time.perf_counter() - begin) * 1000)
    rounds.sort()
    return {"unit": "ms", "time": rounds[len(rounds) // 2], "best": rounds[0], "check": getattr(run, "check", lambda: run().abs().mean().item())()}


wanted = sys.argv[1] if len(sys.argv) > 1 else ""
print(json.dumps({name: measured(make()) for name, make in WORKLOADS.items() if wanted in name}))
