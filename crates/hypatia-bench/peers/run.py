#!/usr/bin/env python3
"""Orchestrator of the peers' benchmark: see README.md.  Standard library only."""
import argparse, datetime, json, math, os, pathlib, random, re, select, shutil, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent


def place(variable, folder):
    return pathlib.Path(os.environ.get(variable) or pathlib.Path(tempfile.gettempdir()) / folder)


VENV = place("BENCH_VENV", "benchvenv")
MKL = place("BENCH_MKL", "benchmkl")
BIN = place("BENCH_BIN", "bench-bin")
CACHE = place("BENCH_CACHE", "bench-cache")
PY = str(VENV / "bin/python")


def py(f):
    return [PY, str(HERE / "peers" / f)]


HYPATIA = os.environ.get("BENCH_HYPATIA") or str(HERE / "../../../target/release/hypatia-bench-worker")
PEERS = {  # name: (command, extra environment)
    "hypatia": ([HYPATIA], {}),
    "jax": (py("peer_jax.py"), {}),
    "torch-eager": (py("peer_torch.py"), {"PEER_MODE": "eager"}),
    "torch-compile": (py("peer_torch.py"), {"PEER_MODE": "compile"}),
    "pytensor-c": (py("peer_pytensor.py"), {"PEER_MODE": "c"}),
    "pytensor-numba": (py("peer_pytensor.py"), {"PEER_MODE": "numba"}),
    "pytensor-jax": (py("peer_pytensor.py"), {"PEER_MODE": "jax"}),
    "numpy": (py("peer_numpy.py"), {}),
    "candle": ([str(BIN / "candle-peer")], {}),
    "candle-mkl": ([str(BIN / "candle-peer-mkl")], {}),
    "candle-native": ([str(BIN / "candle-peer-native")], {}),
    "burn-flex": ([str(BIN / "burn-peer")], {"PEER_MODE": "flex"}),
    "burn-ndarray": ([str(BIN / "burn-peer")], {"PEER_MODE": "ndarray"}),
    "rust-hand": ([str(BIN / "hand")], {}),
    "rust-hand-native": ([str(BIN / "hand-native")], {}),
    "gemm": ([str(BIN / "raw")], {"PEER_MODE": "gemm"}),
    "faer": ([str(BIN / "raw")], {"PEER_MODE": "faer"}),
    "matrixmultiply": ([str(BIN / "raw")], {"PEER_MODE": "matrixmultiply"}),
    "private-gemm": ([str(BIN / "raw")], {"PEER_MODE": "private-gemm"}),
}

# ---------------------------------------------------------------- workloads: name -> (flops, compulsory bytes) per iteration
MLP = 784 * 512 + 512 * 256 + 256 * 10
W = {}


def add(n, fl=0, by=0):
    W[n] = (fl, by)


add("A.tiny"); add("A.tiny_sync")
for s, n in (("1e3", 10**3), ("1e5", 10**5), ("1e7", 10**7)):
    add(f"B.fused.{s}", 0, 8 * n); add(f"B.fusedgrad.{s}", 0, 8 * n)
    add(f"B.chain.{s}", 8 * n, 8 * n); add(f"B.chaingrad.{s}", 0, 8 * n)
for k in ("sum_all", "sum_rows", "sum_cols"):
    add(f"C.{k}", 4096 * 4096, 4 * 4096 * 4096)
add("C.softmax", 0, 8 * 4096 * 1000); add("C.logsumexp", 0, 4 * 4096 * 1000)
add("C.layernorm", 0, 4 * 4 * 4096 * 1024)
for k, (a, b, c) in {"mm64": (64,) * 3, "mm256": (256,) * 3, "mm1024": (1024,) * 3, "mm2048": (2048,) * 3,
                     "skinny": (128, 784, 256), "dmm256": (256,) * 3, "dmm1024": (1024,) * 3}.items():
    add(f"D.{k}", 2 * a * b * c, 4 * (a * b + b * c + a * c))
add("D.batched", 2 * 64 * 128 * 64 * 128, 4 * 64 * (128 * 64 * 2 + 128 * 128))
add("E.logreg", 4 * 128 * 7840)
add("F.sgd", 6 * 128 * MLP - 2 * 128 * 784 * 512); add("F.adam", 6 * 128 * MLP - 2 * 128 * 784 * 512)
LEN = 64 * (28 * 28 * 25 * 6 + 100 * 150 * 16 + 400 * 120 + 120 * 84 + 840)
add("G.lenet", 6 * LEN - 2 * 64 * 28 * 28 * 150)
RES = 16 * 1024 * 576 * 64
add("G.resblock", 2 * RES * 5); add("G.resblock_cl", 2 * RES * 5)
add("H.lstm", 6 * 2048 * (128 * 512 * 2 + 128 * 65)); add("H.lstm_loop", 6 * 2048 * (128 * 512 * 2 + 128 * 65))
add("I.gpt", 6 * 1024 * (4 * (12 * 128 * 128) + 128 * 65) + 6 * 4 * 16 * 4 * 2 * 64 * 64 * 32)
add("J.vae", 6 * 128 * (784 * 400 * 2 + 400 * 40 + 20 * 400) - 2 * 128 * 784 * 400)
for k in ("hvp_mlp", "hess_mlp", "rosen_grad", "rosen_hvp"):
    add(f"M.{k}")
TRAIN = {"E.logreg", "F.sgd", "F.adam", "G.lenet", "G.resblock", "G.resblock_cl", "H.lstm", "H.lstm_loop", "I.gpt", "J.vae"}
LATENCY = ["E.logreg", "F.sgd", "G.lenet", "H.lstm", "I.gpt"]
LAT_PEERS = ["hypatia", "jax", "torch-eager", "torch-compile", "pytensor-c", "pytensor-numba", "pytensor-jax", "numpy", "candle", "burn-flex"]
MEMORY = [("F.sgd", 60), ("G.lenet", 60), ("I.gpt", 20)]


def base_env(threads):
    e = dict(os.environ)
    for k in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS",
              "MATMUL_NUM_THREADS", "BENCH_THREADS"):
        e[k] = str(threads)
    e["BENCH_MKL"] = str(MKL)
    e["JAX_PLATFORMS"] = "cpu"
    e["PYTHONUNBUFFERED"] = e["PYTHONDONTWRITEBYTECODE"] = "1"
    e["TORCHINDUCTOR_CACHE_DIR"] = str(CACHE / "inductor")
    e["BENCH_PT_COMPILEDIR"] = str(CACHE / "pytensor")
    e["MKL_THREADING_LAYER"] = "INTEL"
    e.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    ld = str(MKL / "lib")
    e["LD_LIBRARY_PATH"] = ld + (":" + e["LD_LIBRARY_PATH"] if e.get("LD_LIBRARY_PATH") else "")
    if threads == 1:
        e["XLA_FLAGS"] = (e.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false").strip()
    return e


class Worker:
    def __init__(self, name, threads, pin, log):
        cmd, ex = PEERS[name]
        env = base_env(threads)
        env.update(ex)
        if not name.startswith(("candle-mkl", "pytensor-c")):
            env.pop("LD_LIBRARY_PATH", None)
            if os.environ.get("LD_LIBRARY_PATH"):
                env["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        pre = (lambda: os.sched_setaffinity(0, {pin})) if pin is not None else None
        self.name, self.log = name, log
        self.p = subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=env, preexec_fn=pre)
        self.buf = b""
        self.hello = self.read(180)
        self.dead = self.hello is None

    def read(self, timeout):
        end = time.time() + timeout
        fd = self.p.stdout.fileno()
        while True:
            while b"\n" in self.buf:
                l, self.buf = self.buf.split(b"\n", 1)
                if l.startswith(b"@@ "):
                    return json.loads(l[3:])
            left = end - time.time()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                self.kill()
                return None
            d = os.read(fd, 65536)
            if not d:
                self.kill()
                return None
            self.buf += d

    def ask(self, s, timeout=60):
        if self.dead:
            return {"ok": False, "err": "worker is dead"}
        try:
            self.p.stdin.write((s + "\n").encode())
            self.p.stdin.flush()
        except OSError:
            self.kill()
            return {"ok": False, "err": "worker died"}
        return self.read(timeout) or {"ok": False, "err": "timed out or died"}

    def kill(self):
        self.dead = True
        try:
            self.p.kill()
            self.p.wait(10)
        except Exception:
            pass

    def quit(self):
        if not self.dead:
            try:
                self.p.stdin.write(b"quit\n")
                self.p.stdin.flush()
                self.p.wait(5)
            except Exception:
                self.kill()


def load():
    return os.getloadavg()[0]


def close(name, ref, got):
    """worst relative difference of the check figures"""
    if len(ref) != len(got):
        return math.inf
    if name in TRAIN:
        return max(abs(a - b) / max(abs(a), 1e-6) for a, b in zip(ref, got))
    d = 0.0
    for i in range(0, len(ref) - 1, 2):          # pairs [checksum, rms]
        sc = max(abs(ref[i]), abs(ref[i + 1]), 1e-12)
        d = max(d, abs(ref[i] - got[i]) / sc, abs(ref[i + 1] - got[i + 1]) / sc)
    return d


def fmt(t):
    if t is None:
        return "-"
    for u, s in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if t >= u * 0.9995:
            return f"{t / u:.3g} {s}" if t / u < 1000 else f"{t / u:.0f} {s}"
    return f"{t * 1e9:.0f} ns"


def throughput(a, out, log):
    names = [w for w in W if re.search(a.filter, w)]
    peers = [p for p in PEERS if re.search(a.peers, p)]
    for T in a.threads:
        pin = a.pin if T == 1 and not a.no_pin else None
        ws = {}
        for w in names:
            if not out["results"].get(w):
                out["results"][w] = {}
            res = out["results"][w].setdefault(f"t{T}", {})
            live = []
            for p in peers:
                if p not in ws or ws[p].dead:
                    if p in ws and ws[p].hello is None:
                        continue                                       # never came up
                    if not os.path.exists(PEERS[p][0][0]):
                        continue
                    ws[p] = Worker(p, T, pin, log)
                    if ws[p].dead:
                        print(f"   !! {p} did not start", file=sys.stderr)
                        continue
                    out["versions"][p] = ws[p].hello["version"]
                if w not in ws[p].hello["cases"]:
                    continue
                r = ws[p].ask(f"setup {w}", a.setup_timeout)
                if not r["ok"]:
                    res[p] = {"err": r["err"]}
                    continue
                res[p] = {"setup_s": r["setup_s"], "check": r["check"], "wall": [], "cpu": []}
                live.append(p)
            l0 = load()
            rounds = a.rounds
            est = {p: 0.0 for p in live}
            for k in range(rounds):
                order = live[:]
                random.shuffle(order)
                for p in order:
                    if est[p] > 2.0 and k >= max(3, rounds // 4):
                        continue                                       # very slow peers get fewer rounds
                    time.sleep(a.gap)
                    r = ws[p].ask(f"run {w} {a.min_s}", 120)
                    if not r["ok"]:
                        res[p]["err"] = r["err"]
                        live.remove(p)
                        continue
                    res[p]["wall"].append(r["t"])
                    if r.get("cpu") is not None:
                        res[p]["cpu"].append(r["cpu"])
                    est[p] = r["t"]
            for p in list(live):
                ws[p].ask(f"drop {w}", 30)
            # the reference of the check: numpy, else jax, else the first
            ref = next((q for q in ("numpy", "jax", "torch-eager", *res) if q in res and res[q].get("check")), None)
            for p, v in res.items():
                if v.get("wall"):
                    v["med"], v["min"] = statistics.median(v["wall"]), min(v["wall"])
                    if v["cpu"]:
                        v["cpu_med"], v["cpu_min"] = statistics.median(v["cpu"]), min(v["cpu"])
                    v["wall"] = [float(f"{x:.4g}") for x in v["wall"]]
                    v["cpu"] = [float(f"{x:.4g}") for x in v["cpu"]]
                    v["err_rel"] = close(w, res[ref]["check"], v["check"])
                    if v["err_rel"] > 1e-4:
                        print(f"   !! {w} {p}: check differs by {v['err_rel']:.2e} from {ref}", file=sys.stderr)
            out["load"][f"{w}.t{T}"] = [l0, load()]
            ok = {p: v[a.metric] for p, v in res.items() if a.metric in v}
            if ok:
                best = min(ok, key=ok.get)
                line = "  ".join(f"{p} {fmt(ok[p])}" for p in sorted(ok, key=ok.get))
                print(f"{w:16s} t{T} load {l0:.1f} | {line}", flush=True)
            save(a, out)
        for x in ws.values():
            x.quit()


def oneshot(name, w, steps, threads, env_extra, log):
    cmd, ex = PEERS[name]
    env = base_env(threads)
    env.update(ex)
    if not name.startswith(("candle-mkl", "pytensor-c")):
        env.pop("LD_LIBRARY_PATH", None)
    env.update(env_extra)
    t0 = time.perf_counter()
    p = subprocess.Popen(cmd + ["oneshot", w, str(steps)], stdout=subprocess.PIPE, stderr=log, env=env, text=True)
    first, outs = None, []
    for l in p.stdout:
        if l.startswith("@@ "):
            if first is None:
                first = time.perf_counter() - t0
            outs.append(json.loads(l[3:]))
    _, st, ru = os.wait4(p.pid, 0)
    p.returncode = st
    if outs:
        outs[0]["cpu_s"] = ru.ru_utime + ru.ru_stime       # the process and the children it waited for
    return first, outs


def cache_env(d):
    return {"TORCHINDUCTOR_CACHE_DIR": d + "/ind", "BENCH_PT_COMPILEDIR": d + "/pt", "JAX_COMPILATION_CACHE_DIR": d + "/jax",
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
            "NUMBA_CACHE_DIR": d + "/nb", "TORCHINDUCTOR_FX_GRAPH_CACHE": "1"}


def latency(a, out, log):
    peers = [p for p in LAT_PEERS if re.search(a.peers, p) and os.path.exists(PEERS[p][0][0])]
    for p in peers:
        f, o = oneshot(p, "noop", 0, 2, {}, log)
        out["latency"].setdefault("import", {})[p] = f
    print("\ncompile latency: process start -> first result (in-process build+compile+first run); cold and warm caches")
    for w in LATENCY:
        if a.filter and not re.search(a.filter, "K." + w):
            continue
        row = out["latency"].setdefault(w, {})
        for p in peers:
            cold, warm = [], []
            for k in range(a.lat_reps):
                d = tempfile.mkdtemp(prefix="bench-lat-")
                try:
                    f, o = oneshot(p, w, 0, 2, cache_env(d), log)
                    if o and o[0].get("ok"):
                        cold.append((f, o[0]["first_s"], o[0]["cpu_s"]))
                    if o and PEERS[p][0][0] == PY and p != "numpy" and k == 0:
                        f, o = oneshot(p, w, 0, 2, cache_env(d), log)
                        if o and o[0].get("ok"):
                            warm.append((f, o[0]["first_s"]))
                finally:
                    shutil.rmtree(d, ignore_errors=True)
                if cold and cold[0][0] > 20:
                    break
            if cold:
                row[p] = {"cold_process": statistics.median(x[0] for x in cold), "cold": statistics.median(x[1] for x in cold),
                          "cold_cpu": statistics.median(x[2] for x in cold)}
                if warm:
                    row[p].update(warm_process=warm[0][0], warm=warm[0][1])
        print(f"{w:10s} load {load():.1f} | " + "  ".join(
            f"{p} {fmt(v['cold_process'])} ({fmt(v['cold'])}; warm {fmt(v.get('warm'))})" for p, v in row.items()), flush=True)
        save(a, out)


def memory(a, out, log):
    print("\npeak memory (VmHWM MiB after the loop; after import)")
    for w, n in MEMORY:
        if a.filter and not re.search(a.filter, "L." + w):
            continue
        row = out["memory"].setdefault(w, {})
        for p in LAT_PEERS:
            if not re.search(a.peers, p) or not os.path.exists(PEERS[p][0][0]):
                continue
            f, o = oneshot(p, w, n, 2, {}, log)
            if o and o[-1].get("ok"):
                row[p] = {"peak_mib": o[-1]["peak_kib"] / 1024, "base_mib": o[-1]["base_kib"] / 1024}
        print(f"{w:10s} | " + "  ".join(f"{p} {v['peak_mib']:.0f} ({v['base_mib']:.0f})" for p, v in row.items()), flush=True)
        save(a, out)


def limits(a, out, log, core=False):
    exe = BIN / "limits"
    if not exe.exists():
        return
    env = dict(os.environ)
    env["LD_LIBRARY_PATH"] = str(MKL / "lib")
    r = subprocess.Popen([str(exe)] + (["core"] if core else ["quick"] if a.quick else []), stdout=subprocess.PIPE, stderr=log, text=True, env=env)
    for l in r.stdout:
        k, v, u = l.strip().split("\t")
        out["limits"].setdefault(k, []).append(float(v))
        print(f"limit {k:34s} {float(v):10.2f} {u}", flush=True)
    r.wait()
    save(a, out)


def save(a, out):
    pathlib.Path(a.json).parent.mkdir(parents=True, exist_ok=True)
    with open(a.json, "w") as f:
        json.dump(out, f, indent=0)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--filter", default="", help="regex over workload names (A.tiny ... M.rosen_hvp; K.E.logreg, L.F.sgd, P for the limits)")
    ap.add_argument("--peers", default="", help="regex over peer names")
    ap.add_argument("--threads", default="1,2")
    ap.add_argument("--rounds", type=int, default=15)
    ap.add_argument("--min-s", type=float, default=0.05, dest="min_s")
    ap.add_argument("--gap", type=float, default=0.02)
    ap.add_argument("--quick", action="store_true", help="3 rounds of 10 ms: a smoke test")
    ap.add_argument("--metric", default="med", choices=["med", "min", "cpu_med", "cpu_min"])
    ap.add_argument("--pin", type=int, default=1, help="CPU of the 1-thread runs")
    ap.add_argument("--no-pin", action="store_true")
    ap.add_argument("--setup-timeout", type=float, default=400, dest="setup_timeout")
    ap.add_argument("--lat-reps", type=int, default=3, dest="lat_reps")
    ap.add_argument("--only", default="limits,throughput,latency,memory")
    ap.add_argument("--json", default=str(HERE / "results" / (datetime.datetime.now().strftime("%Y%m%d-%H%M%S") + ".json")))
    ap.add_argument("--extra", action="append", default=[], help="NAME=COMMAND: one more peer that speaks the protocol, such as another build")
    ap.add_argument("--table", help="only print the tables of a JSON file written earlier")
    a = ap.parse_args()
    if a.table:
        import table
        print(table.render(json.load(open(a.table)), a.metric))
        return
    if a.quick:
        a.rounds, a.min_s, a.lat_reps = 3, 0.01, 1
    a.threads = [int(x) for x in a.threads.split(",")]
    for x in a.extra:
        n, c = x.split("=", 1)
        PEERS[n] = (c.split(), {})
        LAT_PEERS.append(n)
    CACHE.mkdir(parents=True, exist_ok=True)
    out = {"meta": {"start": datetime.datetime.now().isoformat(timespec="seconds"), "load": os.getloadavg(), "args": sys.argv[1:],
                    "cpu": next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?"),
                    "ncpu": os.cpu_count()},
           "versions": {}, "limits": {}, "results": {}, "latency": {}, "memory": {}, "load": {}}
    print(subprocess.run(["uptime"], capture_output=True, text=True).stdout.strip())
    only = a.only.split(",")
    f0 = a.filter.lstrip("^(")
    only_kl = f0.startswith(("K", "L.", "L\\.", "P"))
    log = open(CACHE / "stderr.log", "w")
    if "limits" in only and (not a.filter or f0.startswith("P")):
        limits(a, out, log)
    elif "limits" in only and not only_kl:
        limits(a, out, log, core=True)
    if "throughput" in only and not only_kl:
        throughput(a, out, log)
    if "latency" in only and (not a.filter or f0.startswith("K")):
        latency(a, out, log)
    if "memory" in only and (not a.filter or f0.startswith(("L.", "L\\."))):
        memory(a, out, log)
    out["meta"]["end"] = datetime.datetime.now().isoformat(timespec="seconds")
    out["meta"]["load_end"] = os.getloadavg()
    save(a, out)
    import table
    md = table.render(out, a.metric)
    pathlib.Path(a.json).with_suffix(".md").write_text(md)
    print(md)
    print(f"\nwritten: {os.path.relpath(a.json, HERE)} and .md")


if __name__ == "__main__":
    main()
