"""PEER_MODE=c | numba | jax"""
import os, sys, tempfile
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import warnings
warnings.filterwarnings("ignore")
MODE = os.environ.get("PEER_MODE", "numba")
fl = ["floatX=float32"]
mkl = os.environ.get("BENCH_MKL")
if MODE == "c" and mkl:
    fl.append(f"blas__ldflags=-L{mkl}/lib -l:libmkl_rt.so.3")
cd = os.environ.get("BENCH_PT_COMPILEDIR") or os.path.join(tempfile.gettempdir(), "bench-pytensor")
fl.append(f"base_compiledir={cd}")
os.environ["PYTENSOR_FLAGS"] = ",".join(fl)
import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode
from pytensor.tensor.special import log_softmax, softmax, logsumexp as pt_lse
import common as C
from common import Case

mode = {"c": lambda: Mode("cvm", "fast_run"), "numba": lambda: pytensor.compile.mode.get_mode("NUMBA"),
        "jax": lambda: pytensor.compile.mode.get_mode("JAX")}[MODE]()
f32 = np.float32


def K(c):
    return pt.constant(np.float32(c))


def shared(a, name=None):
    return pytensor.shared(np.array(a), name=name, borrow=True)


def sync_of(o):
    if MODE != "jax":
        return
    for t in (o if isinstance(o, (tuple, list)) else (o,)):
        if hasattr(t, "block_until_ready"):
            t.block_until_ready()


def fn_case(f, args, check):
    vs = [pt.TensorType(a.dtype, shape=a.shape)() for a in map(np.asarray, args)]
    out = f(*vs)
    single = not isinstance(out, (tuple, list))
    outs = [pytensor.Out(o, borrow=True) for o in ([out] if single else out)]
    fn = pytensor.function(vs, outs[0] if single else outs, mode=mode, trust_input=True)
    args = [np.asarray(a) for a in args]
    if MODE == "jax":
        import jax.numpy as jnp
        args = [jnp.asarray(a) for a in args]
    box = [None]

    def step():
        box[0] = fn(*args)
    ck = []
    if check:
        step()
        ck = C.checksums([np.asarray(o) for o in ([box[0]] if single else box[0])])
    return Case(step, ck, (lambda: sync_of(box[0])) if MODE == "jax" else None)


def train_case(loss, params, data, check, opt="sgd", lr=0.1):
    ps = [shared(p) for p in params]
    ds = [shared(d) for d in data]
    # static shapes are known: say so, as a user who wants speed would
    pv = [pt.specify_shape(p, p.get_value(borrow=True).shape) if False else p for p in ps]
    l = loss(pv, *ds)
    gs = pytensor.grad(l, ps)
    ups = []
    if opt == "sgd":
        ups = [(p, p - K(lr) * g) for p, g in zip(ps, gs)]
    else:
        t = shared(np.float32(0))
        t1 = t + K(1)
        b1, b2 = K(C.ADAM["b1"]), K(C.ADAM["b2"])
        c1, c2 = K(1) / (K(1) - b1 ** t1), K(1) / (K(1) - b2 ** t1)
        ups.append((t, t1))
        for p, g in zip(ps, gs):
            v0 = p.get_value(borrow=True)
            m, v = shared(np.zeros_like(v0)), shared(np.zeros_like(v0))
            m1 = b1 * m + K(1 - C.ADAM["b1"]) * g
            v1 = b2 * v + K(1 - C.ADAM["b2"]) * g * g
            ups += [(m, m1), (v, v1), (p, p - K(C.ADAM["lr"]) * (m1 * c1) / (pt.sqrt(v1 * c2) + K(C.ADAM["eps"])))]
    fn = pytensor.function([], l, updates=ups, mode=mode, trust_input=True)
    box = [None]

    def step():
        box[0] = fn()
    ck = []
    if check:
        for _ in range(C.K_CHECK):
            step()
            ck.append(float(box[0]))

    def sync():
        sync_of(box[0])
        for p in ps:
            sync_of(p.get_value(borrow=True, return_internal_type=True))
    return Case(step, ck, sync if MODE == "jax" else None)


T = {}


def case(name):
    def d(f):
        T[name] = f
        return f
    return d


@case("A.tiny")
def _(check):
    a, b = C.A_COEF
    return fn_case(lambda x: K(a) * x + K(b), [C.a_data()], check)


a_, b_, c_ = map(K, C.B_COEF)
k1, k2, k3, k4, k5 = map(K, C.CHAIN)


def fused(x):
    return pt.tanh(a_ * x + b_) * pt.sigmoid(c_ * x) + x * x


def chain(x):
    return ((((x * k1 + k2) * x - k3) * x + k4) * x - k5)


for nm, n in C.B_SIZES.items():
    for op, f in (("fused", fused), ("chain", chain)):
        T[f"B.{op}.{nm}"] = lambda check, f=f, n=n: fn_case(f, [C.b_data(n)], check)
        T[f"B.{op}grad.{nm}"] = lambda check, f=f, n=n: fn_case(lambda x: pytensor.grad(f(x).sum(), x), [C.b_data(n)], check)

T["C.sum_all"] = lambda check: fn_case(lambda x: x.sum(), [C.c_mat()], check)
T["C.sum_rows"] = lambda check: fn_case(lambda x: x.sum(1), [C.c_mat()], check)
T["C.sum_cols"] = lambda check: fn_case(lambda x: x.sum(0), [C.c_mat()], check)
T["C.softmax"] = lambda check: fn_case(lambda x: softmax(x, axis=1), [C.c_mat(4096, 1000)], check)
T["C.logsumexp"] = lambda check: fn_case(lambda x: pt_lse(x, axis=1), [C.c_mat(4096, 1000)], check)


def lnorm(x, g, b):
    mu = x.mean(-1, keepdims=True)
    xc = x - mu
    return xc / pt.sqrt((xc * xc).mean(-1, keepdims=True) + K(1e-5)) * g + b


@case("C.layernorm")
def _(check):
    d = C.c_ln()

    def f(x, gam, bet, g):
        y = lnorm(x, gam, bet)
        return [y] + pytensor.grad(None, [x, gam, bet], known_grads={y: g})
    return fn_case(f, [d["x"], d["gamma"], d["beta"], d["g"]], check)


for nm, (m, k, n) in C.D_SHAPES.items():
    T[f"D.{nm}"] = lambda check, s=(m, k, n): fn_case(pt.dot, C.d_data(*s), check)
T["D.batched"] = lambda check: fn_case(pt.matmul, C.db_data(), check)


def xent(z, oh):
    return -(log_softmax(z, axis=-1) * oh).sum() / K(np.prod(oh.get_value(borrow=True).shape[:-1]))


@case("E.logreg")
def _(check):
    x, y, p = C.e_data()
    return train_case(lambda p, x, t: xent(pt.dot(x, p[0]) + p[1], t), p, [x, C.onehot(y, 10)], check, lr=C.E_LR)


def relu(x):
    return pt.maximum(x, K(0))


def mlp_loss(p, x, t):
    h = relu(pt.dot(x, p[0]) + p[1])
    h = relu(pt.dot(h, p[2]) + p[3])
    return xent(pt.dot(h, p[4]) + p[5], t)


@case("F.sgd")
def _(check):
    x, y, p = C.f_data()
    return train_case(mlp_loss, p, [x, C.onehot(y, 10)], check, lr=C.F_LR)


@case("F.adam")
def _(check):
    x, y, p = C.f_data()
    return train_case(mlp_loss, p, [x, C.onehot(y, 10)], check, opt="adam")


# PyTensor has dropped Theano's conv2d: NHWC im2col composed of slices + one dot (what a user must write today)
def conv(x, w, shape, k, pad):
    B, H, W, Ci = shape
    Ho, Wo = H + 2 * pad - k + 1, W + 2 * pad - k + 1
    if pad:
        xp = pt.zeros((B, H + 2 * pad, W + 2 * pad, Ci), dtype="float32")
        x = pt.set_subtensor(xp[:, pad:pad + H, pad:pad + W], x)
    cols = pt.concatenate([x[:, i:i + Ho, j:j + Wo] for i in range(k) for j in range(k)], axis=3)
    return pt.dot(cols.reshape((B * Ho * Wo, k * k * Ci)), w), (B, Ho, Wo, w.get_value(borrow=True).shape[1])


def pool(h, s):
    B, H, W, Ci = s
    return h.reshape((B, H // 2, 2, W // 2, 2, Ci)).max(axis=(2, 4)), (B, H // 2, W // 2, Ci)


def im(w):
    return np.ascontiguousarray(w.transpose(2, 3, 1, 0)).reshape(-1, w.shape[0])


@case("G.lenet")
def _(check):
    x, y, p = C.g_lenet()
    p[0], p[2] = im(p[0]), im(p[2])
    B = x.shape[0]

    def loss(p, x, t):
        h, s = conv(x, p[0], (B, 28, 28, 1), 5, 2)
        h, s = pool(relu(h + p[1]).reshape(s), s)
        h, s = conv(h, p[2], s, 5, 0)
        h, s = pool(relu(h + p[3]).reshape(s), s)
        h = h.transpose(0, 3, 1, 2).reshape((B, 400))
        h = relu(pt.dot(h, p[4]) + p[5])
        h = relu(pt.dot(h, p[6]) + p[7])
        return xent(pt.dot(h, p[8]) + p[9], t)
    return train_case(loss, p, [np.ascontiguousarray(x.transpose(0, 2, 3, 1)), C.onehot(y, 10)], check, lr=C.G_LR)


@case("G.resblock")
def _(check):
    x, p = C.g_res()
    p[0], p[3] = im(p[0]), im(p[3])
    S = (16, 32, 32, 64)

    def bn(h, g, b):
        xc = h - h.mean(0)
        return xc / pt.sqrt((xc * xc).mean(0) + K(C.BN_EPS)) * g + b

    def loss(p, x):
        h, s = conv(x, p[0], S, 3, 1)
        h = relu(bn(h, p[1], p[2])).reshape(S)
        h, s = conv(h, p[3], S, 3, 1)
        h = relu(x.reshape((-1, 64)) + bn(h, p[4], p[5]))
        return (h * h).mean()
    return train_case(loss, p, [np.ascontiguousarray(x.transpose(0, 2, 3, 1))], check, lr=C.GR_LR)


@case("H.lstm")
def _(check):
    tok, tgt, p = C.h_data()
    H = C.H_H

    def loss(p, tok, oh):
        emb, wx, wh, b, wo, bo = p
        xg = pt.dot(emb[tok.reshape((-1,))], wx) + b
        xg = xg.reshape((C.H_T, C.H_B, 4 * H))

        def cell(g, h, c, wh):
            g = g + pt.dot(h, wh)
            i, f, u, o = (g[:, k * H:(k + 1) * H] for k in range(4))
            c = pt.sigmoid(f) * c + pt.sigmoid(i) * pt.tanh(u)
            return pt.sigmoid(o) * pt.tanh(c), c
        z = pt.zeros((C.H_B, H), dtype="float32")
        hs, _ = pytensor.scan(cell, sequences=[xg], outputs_info=[z, z], non_sequences=[wh], return_updates=False)
        return xent(pt.dot(hs.reshape((-1, H)), wo) + bo, oh)
    return train_case(loss, p, [tok, C.onehot(tgt, C.H_V).reshape(-1, C.H_V)], check, lr=C.H_LR)


@case("I.gpt")
def _(check):
    tok, tgt, p = C.i_data()
    D, NH, S, B, V = C.I_D, C.I_NH, C.I_T, C.I_B, C.I_V
    mask = pt.constant(np.where(np.tril(np.ones((S, S), bool)), f32(0), f32(-1e30)))

    def loss(p, tok, oh):
        x = (p[0][tok.reshape((-1,))].reshape((B, S, D)) + p[1]).reshape((B * S, D))
        q = 2
        for _ in range(C.I_L):
            l1g, l1b, wq, bq, wp, bp, l2g, l2b, w1, b1, w2, b2 = p[q:q + 12]
            q += 12
            h = pt.dot(lnorm(x, l1g, l1b), wq) + bq
            qkv = h.reshape((B, S, 3, NH, D // NH)).transpose(2, 0, 3, 1, 4)
            a = pt.matmul(qkv[0], qkv[1].transpose(0, 1, 3, 2)) * K(1 / np.sqrt(D // NH)) + mask
            o = pt.matmul(softmax(a, axis=-1), qkv[2]).transpose(0, 2, 1, 3).reshape((B * S, D))
            x = x + pt.dot(o, wp) + bp
            u = pt.dot(lnorm(x, l2g, l2b), w1) + b1
            h = K(0.5) * u * (K(1) + pt.tanh(K(np.sqrt(2 / np.pi)) * (u + K(0.044715) * u * u * u)))
            x = x + pt.dot(h, w2) + b2
        return xent(pt.dot(lnorm(x, p[q], p[q + 1]), p[q + 2]), oh)
    return train_case(loss, p, [tok, C.onehot(tgt, V).reshape(-1, V)], check, opt="adam")


@case("J.vae")
def _(check):
    x, eps, p = C.j_data()
    Z = C.J_Z

    def loss(p, x, eps):
        h = relu(pt.dot(x, p[0]) + p[1])
        ml = pt.dot(h, p[2]) + p[3]
        mu, lv = ml[:, :Z], ml[:, Z:]
        z = mu + eps * pt.exp(K(0.5) * lv)
        h = relu(pt.dot(z, p[4]) + p[5])
        y = pt.dot(h, p[6]) + p[7]
        rec = (pt.softplus(y) - x * y).sum()
        kl = K(-0.5) * (K(1) + lv - mu * mu - pt.exp(lv)).sum()
        return (rec + kl) / K(C.J_B)
    return train_case(loss, p, [x, eps], check, opt="adam")


def m_loss(th, x, oh):
    ps = [th[a:b].reshape(s) for a, b, s in C.m_slices()]
    h = x
    for i in range(0, len(ps), 2):
        h = pt.dot(h, ps[i]) + ps[i + 1]
        if i + 2 < len(ps):
            h = pt.tanh(h)
    return -(log_softmax(h, axis=-1) * oh).sum() / K(C.M_B)


@case("M.hvp_mlp")
def _(check):
    th, v, x, y = C.m_data()

    def f(th, v, x, oh):
        g = pytensor.grad(m_loss(th, x, oh), th)
        return pytensor.grad((g * v).sum(), th)
    return fn_case(f, [th, v, x, C.onehot(y, 3)], check)


@case("M.hess_mlp")
def _(check):
    th, v, x, y = C.m_data()
    return fn_case(lambda th, x, oh: pytensor.gradient.hessian(m_loss(th, x, oh), th), [th, x, C.onehot(y, 3)], check)


def rosen(x):
    return (K(100) * (x[1:] - x[:-1] ** 2) ** 2 + (K(1) - x[:-1]) ** 2).sum()


@case("M.rosen_grad")
def _(check):
    return fn_case(lambda x: pytensor.grad(rosen(x), x), [C.r_data()[0]], check)


@case("M.rosen_hvp")
def _(check):
    x, v = C.r_data()

    def f(x, v):
        g = pytensor.grad(rosen(x), x)
        return [g, pytensor.grad((g * v).sum(), x)]
    return fn_case(f, [x, v], check)


if __name__ == "__main__":
    C.serve(f"pytensor {pytensor.__version__} {MODE}", T)
