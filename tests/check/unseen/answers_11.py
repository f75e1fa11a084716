# Answers of an unseen student. W registers a wrong answer, R a right one.
import copy, functools, itertools, math, statistics
import numpy as np
import torch

WRONG, RIGHT = {}, {}


def _into(table):
    def name(exercise, what):
        def put(f):
            table.setdefault(exercise, {})[what] = f
            return f
        return put
    return name


W, R = _into(WRONG), _into(RIGHT)
from sslearn.layers import S4D
from sslearn.models import SequenceClassifier
from sslearn.training import accuracy, fit

CHECK = {
    "classify": "check_classify",  # classify -> check_classify
    "size": "check_size",  # size -> check_size
    "overfit": "check_overfit",  # overfit -> check_overfit
    "interval": "check_interval",  # interval -> check_interval
}


def _blocks(net, x, inner):
    z = net.encode(x)
    for block in net.blocks:
        z = inner(block, z)
    return z


def _block(k, z):
    return k.norm(z + k.mix(k.act(k.ssm(z))))


W("classify", "asks the network itself")(lambda net, x: net(x))
W("classify", "depth 2 only")(lambda net, x: net.head(_block(net.blocks[1 % len(net.blocks)], _block(net.blocks[0], net.encode(x))).mean(1)))
W("classify", "last step, not the mean")(lambda net, x: net.head(_blocks(net, x, _block)[:, -1]))
W("classify", "norm before the sum")(
    lambda net, x: net.head(_blocks(net, x, lambda k, z: z + k.norm(k.mix(k.act(k.ssm(z))))).mean(1)))
W("classify", "no residual sum")(lambda net, x: net.head(_blocks(net, x, lambda k, z: k.norm(k.mix(k.act(k.ssm(z))))).mean(1)))
W("classify", "activation left out (right where it is the identity)")(
    lambda net, x: net.head(_blocks(net, x, lambda k, z: k.norm(z + k.mix(k.ssm(z)))).mean(1)))
W("classify", "GELU for every network")(
    lambda net, x: net.head(_blocks(net, x, lambda k, z: k.norm(z + k.mix(torch.nn.functional.gelu(k.ssm(z))))).mean(1)))
W("classify", "norm before the SSM")(
    lambda net, x: net.head(_blocks(net, x, lambda k, z: z + k.mix(k.act(k.ssm(k.norm(z))))).mean(1)))
W("classify", "first block again and again")(
    lambda net, x: net.head(_blocks(net, x, lambda k, z: _block(net.blocks[0], z)).mean(1)))
W("classify", "sum over time")(lambda net, x: net.head(_blocks(net, x, _block).sum(1)))
W("classify", "mean over the features' axis first: over the batch")(
    lambda net, x: net.head(_blocks(net, x, _block).mean(0, keepdim=True).mean(1).expand(len(x), -1)))
W("classify", "softmax")(lambda net, x: net.head(_blocks(net, x, _block).mean(1)).softmax(-1))
W("classify", "class, not scores")(lambda net, x: net.head(_blocks(net, x, _block).mean(1)).argmax(-1))
W("classify", "first sequence only")(lambda net, x: net.head(_blocks(net, x[:1], _block).mean(1)).expand(len(x), -1))
W("classify", "mix before act")(
    lambda net, x: net.head(_blocks(net, x, lambda k, z: k.norm(z + k.act(k.mix(k.ssm(z))))).mean(1)))


@W("classify", "normalises x in place")
def _(net, x):
    out = net.head(_blocks(net, x, _block).mean(1))
    x -= x.mean()
    return out


R("classify", "reduce, head at each step and then the mean")(
    lambda net, x: net.head(functools.reduce(lambda z, k: _block(k, z), net.blocks, net.encode(x))).mean(dim=1))


@R("classify", "one sequence after the other")
def _(net, x):
    rows = []
    for one in x.split(1):
        z = net.encode(one)
        for k in range(len(net.blocks)):
            b = net.blocks[k]
            u = b.ssm(z)
            u = b.act(u)
            u = b.mix(u)
            z = b.norm(u + z)
        rows.append(net.head(z.sum(1) / z.shape[1]))
    return torch.cat(rows)


# --- size -> check_size
def _size(d, classes, depth, H, N, *, ssm=lambda H, N: H * (2 + 2 * N), glu=lambda H: 2 * H * H + 2 * H, norm=2, enc=1, head=1):
    return d * H + enc * H + depth * (ssm(H, N) + glu(H) + norm * H) + H * classes + head * classes


W("size", "norm forgotten")(lambda d, classes, depth, H, N: _size(d, classes, depth, H, N, norm=0))
W("size", "norm without its bias")(lambda d, classes, depth, H, N: _size(d, classes, depth, H, N, norm=1))
W("size", "C counted as N / 2 complex for one")(lambda d, classes, depth, H, N: _size(d, classes, depth, H, N, ssm=lambda H, N: H * (2 + N + N // 2)))
W("size", "D forgotten")(lambda d, classes, depth, H, N: _size(d, classes, depth, H, N, ssm=lambda H, N: H * (1 + 2 * N)))
W("size", "one matrix in the GLU")(lambda d, classes, depth, H, N: _size(d, classes, depth, H, N, glu=lambda H: H * H + H))
W("size", "GLU without biases")(lambda d, classes, depth, H, N: _size(d, classes, depth, H, N, glu=lambda H: 2 * H * H))
W("size", "depth 2 only")(lambda d, classes, depth, H, N: _size(d, classes, 2, H, N))
W("size", "d = 1 only")(lambda d, classes, depth, H, N: _size(1, classes, depth, H, N))
W("size", "10 classes only")(lambda d, classes, depth, H, N: _size(d, 10, depth, H, N))
W("size", "encoder without bias")(lambda d, classes, depth, H, N: _size(d, classes, depth, H, N, enc=0))
W("size", "head's bias H long")(lambda d, classes, depth, H, N: _size(d, classes, depth, H, N, head=0) + H)
W("size", "N = H / 2 taken for granted (right for 32 and 16)")(lambda d, classes, depth, H, N: _size(d, classes, depth, H, H // 2))
W("size", "constant")(lambda d, classes, depth, H, N: _size(1, 10, 2, 32, 16))


@W("size", "builds the network and counts: no closed form")
def _(d, classes, depth, H, N):
    net = SequenceClassifier(d, classes, depth=depth, H=H, layer=functools.partial(S4D, N=N), generator=torch.Generator().manual_seed(0))
    return sum(p.numel() for p in net.parameters())


R("size", "one polynomial, np.int64")(
    lambda d, classes, depth, H, N: np.int64(2 * depth) * H * (H + N + 3) + H * (d + 1 + classes) + classes)


@R("size", "table of parts")
def _(d, classes, depth, H, N):
    block = {"dt": H, "A": 2 * H * (N // 2), "C": 2 * H * (N // 2), "D": H, "glu": 2 * H * (H + 1), "gain": H, "shift": H}
    return sum(block.values()) * depth + (d + 1) * H + (H + 1) * classes


# --- overfit -> check_overfit
def _g():
    return torch.Generator().manual_seed(0)


W("overfit", "says 1.0")(lambda net, x, y: 1.0)


@W("overfit", "measures before training")
def _(net, x, y):
    before = accuracy(net, (x, y))
    fit(net, (x, y), (x, y), epochs=120, batch=8, lr=0.01, generator=_g())
    return before


@W("overfit", "trains a copy, returns the copy's accuracy")
def _(net, x, y):
    net = copy.deepcopy(net)
    fit(net, (x, y), (x, y), epochs=120, batch=8, lr=0.01, generator=_g())
    return accuracy(net, (x, y))


@W("overfit", "one epoch")
def _(net, x, y):
    fit(net, (x, y), (x, y), epochs=1, batch=8, lr=0.01, generator=_g())
    return accuracy(net, (x, y))


@W("overfit", "four samples only, and their accuracy")
def _(net, x, y):
    fit(net, (x[:4], y[:4]), (x[:4], y[:4]), epochs=120, batch=8, lr=0.01, generator=_g())
    return accuracy(net, (x[:4], y[:4]))


@W("overfit", "labels rewritten by the network's guesses")
def _(net, x, y):
    with torch.no_grad():
        y.copy_(net(x).argmax(-1))
    return accuracy(net, (x, y))


@W("overfit", "in per cent")
def _(net, x, y):
    fit(net, (x, y), (x, y), epochs=120, batch=8, lr=0.01, generator=_g())
    return 100 * accuracy(net, (x, y))


@W("overfit", "head only: the rest frozen, and left so")
def _(net, x, y):
    for name, p in net.named_parameters():
        p.requires_grad_(name.startswith("head"))
    fit(net, (x, y), (x, y), epochs=20, batch=8, lr=0.01, generator=_g())
    return accuracy(net, (x, y))


@W("overfit", "learning rate 1e-5")
def _(net, x, y):
    fit(net, (x, y), (x, y), epochs=40, batch=8, lr=1e-5, generator=_g())
    return accuracy(net, (x, y))


@W("overfit", "goes back to the weights of the start")
def _(net, x, y):
    start = copy.deepcopy(net.state_dict())
    fit(net, (x, y), (x, y), epochs=120, batch=8, lr=0.01, generator=_g())
    a = accuracy(net, (x, y))
    net.load_state_dict(start)
    return a


@W("overfit", "shuffled labels learnt")
def _(net, x, y):
    z = y.roll(1)
    fit(net, (x, z), (x, z), epochs=120, batch=8, lr=0.01, generator=_g())
    return accuracy(net, (x, z))


@R("overfit", "in rounds, until it knows all")
def _(net, x, y):
    for k in range(20):
        h = fit(net, (x, y), (x, y), epochs=30, batch=len(y), lr=0.01, weight_decay=0.0,
                generator=torch.Generator().manual_seed(k))
        if accuracy(net, (x, y)) == 1.0:
            break
    return accuracy(net, (x, y))


@R("overfit", "last entry of the history, np.float64")
def _(net, x, y):
    h = fit(net, (x, y), (x, y), epochs=150, batch=4, lr=0.01, generator=torch.Generator().manual_seed(7))
    return np.float64(h.accuracy[-1])


# --- interval -> check_interval
def _three(runs, new, sd=statistics.stdev, mean=statistics.mean, k=2, inside=None):
    m, s = mean(runs), sd(runs)
    return m, s, (abs(new - m) <= k * s) if inside is None else inside(m, s)


W("interval", "population sd")(lambda runs, new: _three(runs, new, sd=statistics.pstdev))
W("interval", "variance")(lambda runs, new: _three(runs, new, sd=statistics.variance))
W("interval", "standard error")(lambda runs, new: _three(runs, new, sd=lambda r: statistics.stdev(r) / len(r) ** 0.5))
W("interval", "one sd")(lambda runs, new: _three(runs, new, k=1))
W("interval", "1.96 for 2")(lambda runs, new: _three(runs, new, k=1.96))
W("interval", "median for mean (right for even runs)")(lambda runs, new: _three(runs, new, mean=statistics.median))
W("interval", "only the upper side")(lambda runs, new: _three(runs, new, inside=lambda m, s: new - m <= 2 * s))
W("interval", "only the lower side")(lambda runs, new: _three(runs, new, inside=lambda m, s: new >= m - 2 * s))
W("interval", "between the runs")(lambda runs, new: _three(runs, new, inside=lambda m, s: min(runs) <= new <= max(runs)))
W("interval", "outside for inside")(lambda runs, new: _three(runs, new, inside=lambda m, s: abs(new - m) > 2 * s))
W("interval", "three runs assumed")(
    lambda runs, new: (lambda m: (m, (sum((r - m) ** 2 for r in runs) / 2) ** 0.5, abs(new - m) <= 2 * (sum((r - m) ** 2 for r in runs) / 2) ** 0.5))(sum(runs) / 3))
W("interval", "rounded to 0.01")(lambda runs, new: (lambda t: (round(t[0], 2), round(t[1], 2), t[2]))(_three(runs, new)))
W("interval", "sd before mean")(lambda runs, new: (lambda t: (t[1], t[0], t[2]))(_three(runs, new)))


@W("interval", "new run appended to the list")
def _(runs, new):
    m, s = statistics.mean(runs), statistics.stdev(runs)
    runs.append(new)
    return m, s, abs(new - m) <= 2 * s


@W("interval", "new run counts in mean and sd")
def _(runs, new):
    return _three([*runs, new], new)


@W("interval", "(n) range / 2 for the sd (right for even runs)")
def _(runs, new):
    return _three(runs, new, sd=lambda r: (max(r) - min(r)) / 2)


@R("interval", "NumPy, np.bool_, a list")
def _(runs, new):
    r = np.asarray(runs, dtype=float)
    m, s = r.mean(), r.std(ddof=1)
    return [m, s, np.abs(new - m) <= 2 * s]


@R("interval", "torch float64, 0-d tensors")
def _(runs, new):
    r = torch.tensor(runs, dtype=torch.float64)
    sd, m = torch.std_mean(r)
    return m, sd, bool(m - 2 * sd <= new <= m + 2 * sd)


@R("interval", "pairs: sd from all differences")
def _(runs, new):
    n = len(runs)
    s = math.sqrt(sum((a - b) ** 2 for a, b in itertools.combinations(runs, 2)) / n / (n - 1))
    m = math.fsum(runs) / n
    return m, s, abs(new - m) <= 2 * s
