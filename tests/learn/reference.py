"""Optimisers, schedules and orders of examples in numpy, as stdlib/optim.tl and the manual define them."""
import math

import numpy as np


class Sgd:
    def __init__(self, lr=0.01, decay=0.0):
        self.lr, self.decay = lr, decay

    def step(self, number, rate, name, value, gradient):
        return value - rate * (gradient + self.decay * value)


class Momentum:
    def __init__(self, lr=0.01, momentum=0.9, decay=0.0):
        self.lr, self.momentum, self.decay, self.kept = lr, momentum, decay, {}

    def step(self, number, rate, name, value, gradient):
        self.kept[name] = self.momentum * self.kept.get(name, 0.0) + gradient + self.decay * value
        return value - rate * self.kept[name]


class Adam:
    decoupled = False

    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, decay=0.0):
        self.lr, self.beta1, self.beta2, self.eps, self.decay, self.first, self.second = lr, beta1, beta2, eps, decay, {}, {}

    def step(self, number, rate, name, value, gradient):
        start = value
        if self.decoupled:
            value = value - rate * self.decay * start
        else:
            gradient = gradient + self.decay * value
        self.first[name] = self.beta1 * self.first.get(name, 0.0) + (1 - self.beta1) * gradient
        self.second[name] = self.beta2 * self.second.get(name, 0.0) + (1 - self.beta2) * gradient ** 2
        mean = self.first[name] / (1 - self.beta1 ** (number + 1))
        square = self.second[name] / (1 - self.beta2 ** (number + 1))
        return value - rate * mean / (np.sqrt(square) + self.eps)


class AdamW(Adam):
    decoupled = True

    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, decay=0.01):
        super().__init__(lr, beta1, beta2, eps, decay)


class Lion:
    def __init__(self, lr=0.0001, beta1=0.9, beta2=0.99, decay=0.0):
        self.lr, self.beta1, self.beta2, self.decay, self.kept = lr, beta1, beta2, decay, {}

    def step(self, number, rate, name, value, gradient):
        kept = self.kept.get(name, 0.0)
        direction = np.sign(self.beta1 * kept + (1 - self.beta1) * gradient)
        self.kept[name] = self.beta2 * kept + (1 - self.beta2) * gradient
        return value - rate * (direction + self.decay * value)


OPTIMIZERS = {"sgd": Sgd, "momentum": Momentum, "adam": Adam, "adamw": AdamW, "lion": Lion}


def rate(schedule, lr, step, steps, warmup=0, floor=0.0):
    if schedule == "constant":
        return lr * min(1.0, (step + 1) / max(warmup, 1))
    if step < warmup:
        return lr * (step + 1) / max(warmup, 1)
    done = (step - warmup) / max(steps - warmup, 1)
    if schedule == "linear":
        return lr * (1 - (1 - floor) * done)
    return lr * (floor + (1 - floor) * (1 + math.cos(math.pi * done)) / 2)


MASK = 0xFFFFFFFF


def philox(key, first, second):
    """Philox 4x32-10: its four words as two of 64 bits."""
    words = [first & MASK, first >> 32, second & MASK, second >> 32]
    keys = [key & MASK, key >> 32]
    for _ in range(10):
        low, high = 0xD2511F53 * words[0], 0xCD9E8D57 * words[2]
        words = [(high >> 32) ^ words[1] ^ keys[0], high & MASK, (low >> 32) ^ words[3] ^ keys[1], low & MASK]
        keys = [(keys[0] + 0x9E3779B9) & MASK, (keys[1] + 0xBB67AE85) & MASK]
    return words[0] | words[1] << 32, words[2] | words[3] << 32


def text_key(text):
    key = 0xCBF29CE484222325
    for letter in text.encode():
        key = (key ^ letter) * 0x100000001B3 & (1 << 64) - 1
    return key


def draw(seed, tensor, number, place, step=None, statement=1):
    """The 53 highest bits of either word of a draw, as fractions; `step` is that of a `learn` statement."""
    key = philox(seed, text_key(tensor), number)[0]
    if step is not None:
        key = philox(key, step, statement)[0]
    place = list(place) + [0] * (2 - len(place))
    while len(place) > 2:
        key, place = philox(key, place[0], place[1])[0], place[2:]
        place += [0] * (2 - len(place))
    return tuple((bits >> 11) * 2.0 ** -53 for bits in philox(key, *place))


def normal(*at, **step):
    low, high = draw(*at, **step)
    return math.sqrt(-2 * math.log(1 - low)) * math.cos(2 * math.pi * high)


class Order:
    """The examples of all epochs, one shuffle each."""

    def __init__(self, examples, seed=0, learning=0):
        self.key, self.examples, self.epochs = philox(seed, text_key("learn.rows"), learning)[0], examples, {}

    def batch(self, number, size):
        return [self.at(number * size + k) for k in range(size)]

    def at(self, position):
        epoch = position // self.examples
        if epoch not in self.epochs:
            order = list(range(self.examples))
            for i in range(self.examples - 1):
                j = i + philox(self.key, epoch, i)[0] % (self.examples - i)
                order[i], order[j] = order[j], order[i]
            self.epochs[epoch] = order
        return self.epochs[epoch][position % self.examples]


def train(parameters, loss_and_gradients, optimizer, steps, schedule="constant", warmup=0, floor=0.0, clip=0.0,
          accumulate=1, batch=None, examples=0, seed=0):
    """The losses of all steps and the final parameters. `loss_and_gradients(parameters, rows)`; rows is None without batches."""
    order = Order(examples, seed) if batch else None
    losses = []
    for number in range(steps):
        total, sums = 0.0, {}
        for part in range(accumulate):
            rows = order.batch(number * accumulate + part, batch) if batch else None
            loss, gradients = loss_and_gradients(parameters, rows)
            total += loss
            for name, gradient in gradients.items():
                sums[name] = sums.get(name, 0.0) + gradient
        losses.append(total / accumulate)
        gradients = {name: value / accumulate for name, value in sums.items()}
        if clip:
            length = math.sqrt(sum(float(np.sum(value ** 2)) for value in gradients.values()))
            gradients = {name: value * min(1.0, clip / length) for name, value in gradients.items()}
        now = rate(schedule, optimizer.lr, number, steps, warmup, floor)
        parameters = {name: optimizer.step(number, now, name, value, gradients[name]) for name, value in parameters.items()}
    return losses, parameters
