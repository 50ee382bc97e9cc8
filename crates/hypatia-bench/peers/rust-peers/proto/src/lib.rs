//! Line protocol shared by every peer worker (see ../README.md): the orchestrator writes
//! `setup NAME`, `run NAME SECONDS`, `drop NAME`, `list`, `quit` on stdin and reads one `@@ {json}` line.
use std::io::{BufRead, Write};
use std::time::Instant;

/// splitmix64 finaliser: the same deterministic data in every language.
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D049BB133111EB);
    z ^ (z >> 31)
}
const G: u64 = 0x9E3779B97F4A7C15;
/// u(seed, i) in [0,1), 24 bits
pub fn u01(seed: u64, i: u64) -> f64 {
    (mix(seed.wrapping_mul(G).wrapping_add((i + 1).wrapping_mul(G))) >> 40) as f64 / 16777216.0
}
pub fn uni(seed: u64, n: usize, lo: f64, hi: f64) -> Vec<f32> {
    (0..n as u64).map(|i| (lo + (hi - lo) * u01(seed, i)) as f32).collect()
}
pub fn ints(seed: u64, n: usize, k: usize) -> Vec<u32> {
    (0..n as u64).map(|i| ((u01(seed, i) * k as f64) as usize).min(k - 1) as u32).collect()
}
/// weight matrix init: U(-1/sqrt(fan_in), 1/sqrt(fan_in))
pub fn winit(seed: u64, n: usize, fan_in: usize) -> Vec<f32> {
    let s = 1.0 / (fan_in as f64).sqrt();
    uni(seed, n, -s, s)
}
/// the two check figures of one output: [sum_i y_i * (1 + (i mod 7)) / n, sqrt(sum_i y_i^2 / n)]
pub fn checksum(v: &[f32]) -> Vec<f64> {
    let (mut s, mut q) = (0f64, 0f64);
    for (i, x) in v.iter().enumerate() {
        let x = *x as f64;
        s += x * (1 + i % 7) as f64;
        q += x * x;
    }
    let n = v.len() as f64;
    vec![s / n, (q / n).sqrt()]
}

pub struct Case {
    pub check: Vec<f64>,
    pub step: Box<dyn FnMut()>,
}
pub type Make = fn() -> Case;

struct Live {
    name: String,
    case: Case,
    est: f64,
}

pub fn rss_kib(key: &str) -> u64 {
    let s = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for l in s.lines() {
        if let Some(r) = l.strip_prefix(key) {
            return r.trim_start_matches(':').trim().split(' ').next().unwrap().parse().unwrap_or(0);
        }
    }
    0
}

extern "C" {
    fn clock_gettime(clk: i32, ts: *mut [i64; 2]) -> i32;
}
/// CPU time of the whole process (all threads)
pub fn cpu_time() -> f64 {
    let mut ts = [0i64; 2];
    unsafe { clock_gettime(2, &mut ts) };
    ts[0] as f64 + ts[1] as f64 * 1e-9
}

fn jnum(v: &[f64]) -> String {
    let s: Vec<String> = v.iter().map(|x| if x.is_finite() { format!("{x:.9e}") } else { "null".into() }).collect();
    format!("[{}]", s.join(","))
}

pub fn serve(version: &str, table: &[(&str, Make)]) {
    let out = std::io::stdout();
    let say = |s: String| {
        let mut o = out.lock();
        writeln!(o, "@@ {s}").unwrap();
        o.flush().unwrap();
    };
    let args: Vec<String> = std::env::args().collect();
    if args.len() >= 3 && args[1] == "oneshot" {
        let base = rss_kib("VmRSS");
        ONESHOT.store(true, std::sync::atomic::Ordering::Relaxed);
        if args[2] == "noop" {
            return say(format!("{{\"ok\":true,\"first_s\":0,\"base_kib\":{base},\"peak_kib\":{}}}", rss_kib("VmHWM")));
        }
        let t0 = Instant::now();
        let mk = table.iter().find(|x| x.0 == args[2]).expect("no such case").1;
        let mut c = mk();
        let t1 = t0.elapsed().as_secs_f64();
        let n: usize = args.get(3).map(|s| s.parse().unwrap()).unwrap_or(0);
        for _ in 0..n {
            (c.step)();
        }
        say(format!("{{\"ok\":true,\"first_s\":{t1:.6},\"base_kib\":{base},\"peak_kib\":{}}}", rss_kib("VmHWM")));
        return;
    }
    let mut live: Vec<Live> = vec![];
    let names: Vec<String> = table.iter().map(|x| format!("\"{}\"", x.0)).collect();
    say(format!("{{\"ok\":true,\"version\":\"{version}\",\"cases\":[{}]}}", names.join(",")));
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let w: Vec<&str> = line.split_whitespace().collect();
        if w.is_empty() {
            continue;
        }
        match w[0] {
            "quit" => return,
            "drop" => {
                live.retain(|l| l.name != w[1]);
                say("{\"ok\":true}".into());
            }
            "setup" => {
                let Some(e) = table.iter().find(|x| x.0 == w[1]) else {
                    say("{\"ok\":false,\"err\":\"no such case\"}".into());
                    continue;
                };
                let t = Instant::now();
                let mut case = (e.1)();
                let su = t.elapsed().as_secs_f64();
                // warm-up and estimate
                (case.step)();
                let t = Instant::now();
                let mut n = 0;
                while n < 1 || (t.elapsed().as_secs_f64() < 0.02 && n < 100000) {
                    (case.step)();
                    n += 1;
                }
                let est = t.elapsed().as_secs_f64() / n as f64;
                say(format!("{{\"ok\":true,\"setup_s\":{su:.6},\"est_s\":{est:.9},\"check\":{}}}", jnum(&case.check)));
                live.push(Live { name: w[1].into(), case, est });
            }
            "run" => {
                let min: f64 = w[2].parse().unwrap();
                let Some(l) = live.iter_mut().find(|l| l.name == w[1]) else {
                    say("{\"ok\":false,\"err\":\"not set up\"}".into());
                    continue;
                };
                let n = ((min / l.est).ceil() as usize).max(1);
                let c0 = cpu_time();
                let t = Instant::now();
                for _ in 0..n {
                    (l.case.step)();
                }
                let dt = t.elapsed().as_secs_f64() / n as f64;
                let cpu = (cpu_time() - c0) / n as f64;
                l.est = dt.max(1e-9);
                say(format!("{{\"ok\":true,\"t\":{dt:.12},\"cpu\":{cpu:.12},\"n\":{n}}}"));
            }
            _ => say("{\"ok\":false,\"err\":\"bad command\"}".into()),
        }
    }
}

// ------------------------------------------------------------------ the workloads' constants and data (as in peers/common.py)
pub const A_COEF: (f32, f32) = (2.5, -1.0);
pub const B_COEF: (f64, f64, f64) = (1.3, 0.2, -0.7);
pub const CHAIN: [f64; 5] = [0.9, 0.3, 0.5, 0.7, 0.2];
pub const D_SHAPES: [(&str, usize, usize, usize); 5] =
    [("D.mm64", 64, 64, 64), ("D.mm256", 256, 256, 256), ("D.mm1024", 1024, 1024, 1024), ("D.mm2048", 2048, 2048, 2048), ("D.skinny", 128, 784, 256)];
pub const D_BATCH: (usize, usize, usize, usize) = (64, 128, 64, 128);
pub const K_CHECK: usize = 5;
pub fn a_data() -> Vec<f32> {
    uni(1, 10, -1., 1.)
}
pub fn b_data(n: usize) -> Vec<f32> {
    uni(2, n, -2., 2.)
}
pub fn c_mat(r: usize, c: usize) -> Vec<f32> {
    uni(3, r * c, -1., 1.)
}
pub fn d_data(m: usize, k: usize, n: usize) -> (Vec<f32>, Vec<f32>) {
    (uni(8, m * k, -1., 1.), uni(9, k * n, -1., 1.))
}
/// parameters as (data, shape)
pub type P = Vec<(Vec<f32>, Vec<usize>)>;
fn w(seed: u64, shape: &[usize], fan: usize) -> (Vec<f32>, Vec<usize>) {
    (winit(seed, shape.iter().product(), fan), shape.to_vec())
}
fn fill(v: f32, shape: &[usize]) -> (Vec<f32>, Vec<usize>) {
    (vec![v; shape.iter().product()], shape.to_vec())
}
pub fn e_data() -> (Vec<f32>, Vec<u32>, P) {
    (uni(10, 128 * 784, 0., 1.), ints(11, 128, 10), vec![w(12, &[784, 10], 784), fill(0., &[10])])
}
pub fn f_data() -> (Vec<f32>, Vec<u32>, P) {
    (
        uni(20, 128 * 784, 0., 1.),
        ints(21, 128, 10),
        vec![w(22, &[784, 512], 784), fill(0., &[512]), w(23, &[512, 256], 512), fill(0., &[256]), w(24, &[256, 10], 256), fill(0., &[10])],
    )
}
pub fn g_lenet() -> (Vec<f32>, Vec<u32>, P) {
    (
        uni(30, 64 * 28 * 28, 0., 1.),
        ints(31, 64, 10),
        vec![
            w(32, &[6, 1, 5, 5], 25), fill(0., &[6]), w(33, &[16, 6, 5, 5], 150), fill(0., &[16]),
            w(34, &[400, 120], 400), fill(0., &[120]), w(35, &[120, 84], 120), fill(0., &[84]), w(36, &[84, 10], 84), fill(0., &[10]),
        ],
    )
}
pub fn g_res() -> (Vec<f32>, P) {
    (
        uni(40, 16 * 64 * 32 * 32, -1., 1.),
        vec![w(41, &[64, 64, 3, 3], 576), fill(1., &[64]), fill(0., &[64]), w(42, &[64, 64, 3, 3], 576), fill(1., &[64]), fill(0., &[64])],
    )
}
pub const H: (usize, usize, usize, usize) = (64, 32, 128, 65);
pub fn h_data() -> (Vec<u32>, Vec<u32>, P) {
    let (t, b, h, v) = H;
    let tok = ints(50, (t + 1) * b, v);
    (
        tok[..t * b].to_vec(),
        tok[b..].to_vec(),
        vec![
            (uni(51, v * h, -0.5, 0.5), vec![v, h]), w(52, &[h, 4 * h], h), w(53, &[h, 4 * h], h), fill(0., &[4 * h]),
            w(54, &[h, v], h), fill(0., &[v]),
        ],
    )
}
pub const I: (usize, usize, usize, usize, usize, usize) = (4, 128, 4, 64, 16, 65); // layers, d, heads, ctx, batch, vocab
pub fn i_data() -> (Vec<u32>, Vec<u32>, P) {
    let (l, d, _, s, b, v) = I;
    let tok = ints(60, b * (s + 1), v);
    let (mut x, mut y) = (vec![], vec![]);
    for i in 0..b {
        let r = &tok[i * (s + 1)..(i + 1) * (s + 1)];
        x.extend(&r[..s]);
        y.extend(&r[1..]);
    }
    let mut p: P = vec![(uni(61, v * d, -0.05, 0.05), vec![v, d]), (uni(62, s * d, -0.05, 0.05), vec![s, d])];
    for i in 0..l as u64 {
        let q = 70 + 10 * i;
        p.extend([
            fill(1., &[d]), fill(0., &[d]), w(q, &[d, 3 * d], d), fill(0., &[3 * d]), w(q + 1, &[d, d], d), fill(0., &[d]),
            fill(1., &[d]), fill(0., &[d]), w(q + 2, &[d, 4 * d], d), fill(0., &[4 * d]), w(q + 3, &[4 * d, d], 4 * d), fill(0., &[d]),
        ]);
    }
    p.extend([fill(1., &[d]), fill(0., &[d]), w(63, &[d, v], d)]);
    (x, y, p)
}
pub fn j_data() -> (Vec<f32>, Vec<f32>, P) {
    (
        uni(110, 128 * 784, 0., 1.),
        uni(111, 128 * 20, -1.7, 1.7),
        vec![
            w(112, &[784, 400], 784), fill(0., &[400]), w(113, &[400, 40], 400), fill(0., &[40]),
            w(114, &[20, 400], 20), fill(0., &[400]), w(115, &[400, 784], 400), fill(0., &[784]),
        ],
    )
}
pub fn r_data() -> Vec<f32> {
    uni(140, 1000, 0.5, 1.5)
}
pub fn threads() -> usize {
    std::env::var("BENCH_THREADS").ok().and_then(|s| s.parse().ok()).unwrap_or(1)
}
/// build a case from a step that returns its outputs
pub fn fn_case<F: FnMut() -> O + 'static, O: 'static>(mut f: F, read: fn(&O) -> Vec<Vec<f32>>) -> Case {
    let o = f();
    let check = read(&o).iter().flat_map(|v| checksum(v)).collect();
    Case { check, step: Box::new(move || { std::hint::black_box(f()); }) }
}
/// set in `oneshot` mode: build and run one step, not the K_CHECK steps of the check
pub static ONESHOT: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
pub fn train_case<F: FnMut(bool) -> f64 + 'static>(mut f: F) -> Case {
    let k = if ONESHOT.load(std::sync::atomic::Ordering::Relaxed) { 1 } else { K_CHECK };
    let check = (0..k).map(|_| f(true)).collect();
    Case { check, step: Box::new(move || { std::hint::black_box(f(false)); }) }
}
