# The workloads of overhead.ts in real PyTorch, on one thread; prints the same JSON.
import json
import sys
import time

import torch

torch.set_num_threads(1)
CHAIN = 1000
target = torch.tensor([(i + 1) / 10 for i in range(9)])
start = [0.667, 0.4168, 0.7871, 0.0563, 0.0195, 0.4457, 0.2058, 0.4862, 0.3601]


def graph():
    x = torch.ones(2, 2, requires_grad=True)
    y = x + 2
    z = y * y * 3
    z.mean().backward()
    return x.grad


def descent():
    x = torch.tensor(start, requires_grad=True)
    loss = torch.nn.functional.mse_loss(x, target)
    while loss.item() > 1e-5:
        loss.backward()
        x = x - 1 * x.grad
        x.detach_()
        x.requires_grad_()
        loss = torch.nn.functional.mse_loss(x, target)
    return x


def chain():
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(CHAIN // 4):
        y = torch.tanh(y * 1.01 + 0.1) * x
    y.backward()
    return x.grad


workloads = {
    "seed 001: graph, forward and backward": ("µs", graph, 1),
    "seed 003: descent until the loss is small": ("ms", descent, 1),
    "chain of 1,000 scalar operators, each": ("µs", chain, CHAIN),
}


def measured(unit, run, parts):
    def round_of(count):
        begin = time.perf_counter()
        for _ in range(count):
            run()
        return (time.perf_counter() - begin) * 1000

    warm = time.perf_counter() + 0.5
    count = 1
    while time.perf_counter() < warm:
        if round_of(count) < 10:
            count *= 2
    rounds = sorted(round_of(count) / count / parts for _ in range(40))
    scale = 1000 if unit == "µs" else 1
    return {"unit": unit, "time": rounds[20] * scale, "best": rounds[0] * scale, "check": run().mean().item()}


wanted = sys.argv[1] if len(sys.argv) > 1 else ""
print(json.dumps({name: measured(*one) for name, one in workloads.items() if wanted in name}))
