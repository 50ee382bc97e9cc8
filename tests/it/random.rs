//! Random tensors: what they are distributed like, that their bits are the same everywhere, that
//! every call draws anew.
//!
//! Invariants: seeds are fixed, so that results are; thresholds are those of tests that a right
//! generator fails once in a thousand seeds.
//!
//! Not here: the generator itself (`hypatia_ir::eval::philox`).

use crate::run::Runner;
use hypatia::eval::{evaluate, philox::philox};
use hypatia::expr::Expr;
use hypatia::graph::Graph;
use hypatia::prelude::*;

const COUNT: usize = 100_000;

/// Of the distance between the distribution of so many numbers and their frequencies, times the
/// root of their number: what 1 of 1000 exceed (Kolmogorov).
const KOLMOGOROV: f64 = 1.95;

/// The largest distance of the frequencies of numbers in 0..1 from uniform.
fn distance_from_uniform(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let n = numbers.len() as f64;
    let gap = |(i, &x): (usize, &f64)| (x - i as f64 / n).abs().max((i as f64 + 1.0) / n - x);
    numbers.iter().enumerate().map(gap).fold(0.0, f64::max)
}

/// Draws with their cumulative probabilities, which are uniform if the draws are right, and their
/// mean, variance and fourth central moment.
struct Case {
    name: &'static str,
    draw: fn(&mut Random) -> Expr,
    cumulative: fn(&Expr) -> Expr,
    moments: [f64; 3],
}

fn phi(x: &Expr) -> Expr {
    ((x * std::f64::consts::FRAC_1_SQRT_2).erf() + 1) * 0.5
}

const UNIFORM: [f64; 3] = [0.5, 1.0 / 12.0, 1.0 / 80.0];

const CASES: &[Case] = &[
    Case {
        name: "uniform f32",
        draw: |r| r.uniform::<f32>([COUNT]).cast(DType::F64),
        cumulative: Expr::clone,
        moments: UNIFORM,
    },
    Case {
        name: "uniform f64",
        draw: |r| r.uniform::<f64>((100, COUNT / 100)).ravel(),
        cumulative: Expr::clone,
        moments: UNIFORM,
    },
    Case {
        name: "uniform between",
        draw: |r| r.uniform_between::<f64>(-3.0, 5.0, [COUNT]),
        cumulative: |x| (x + 3) / 8,
        moments: [1.0, 64.0 / 12.0, 4096.0 / 80.0],
    },
    Case {
        name: "normal f32",
        draw: |r| r.normal::<f32>([COUNT]).cast(DType::F64),
        cumulative: phi,
        moments: [0.0, 1.0, 3.0],
    },
    Case {
        name: "normal f64",
        draw: |r| r.normal::<f64>([COUNT]),
        cumulative: phi,
        moments: [0.0, 1.0, 3.0],
    },
    Case {
        name: "wide randint",
        // Wide enough for the gaps not to count.
        draw: |r| r.randint(i64::MIN / 2, i64::MAX / 2, [COUNT]).cast(DType::F64) * 2f64.powi(-63),
        cumulative: |x| x + 0.5,
        moments: [0.0, 1.0 / 12.0, 1.0 / 80.0],
    },
];

#[test]
fn draws_are_distributed_as_they_should() {
    let mut rng = random(7);
    let mut outputs: Vec<Expr> = Vec::new();
    for case in CASES {
        let x = (case.draw)(&mut rng);
        outputs.extend([(case.cumulative)(&x), x.mean(), x.var()]);
    }
    let found: Vec<Tensor> = function((), outputs).compile().unwrap().call(()).unwrap();
    let n = COUNT as f64;
    for (case, found) in CASES.iter().zip(found.chunks(3)) {
        let mut numbers = found[0].as_slice::<f64>().unwrap().to_vec();
        assert!(numbers.iter().all(|u| (0.0..=1.0).contains(u)), "{}", case.name);
        let gap = distance_from_uniform(&mut numbers) * n.sqrt();
        assert!(gap < KOLMOGOROV, "{}: {gap}", case.name);
        // Means of so many are normal: 3.3 standard deviations are left once in a thousand.
        let [mean, variance, fourth] = case.moments;
        let (m, v) = (found[1].get(0).as_f64(), found[2].get(0).as_f64());
        let off = (m - mean).abs() / (variance / n).sqrt();
        assert!(off < 3.3, "{}: mean {m} is {off} deviations off", case.name);
        let off = (v - variance).abs() / ((fourth - variance * variance) / n).sqrt();
        assert!(off < 3.3, "{}: variance {v} is {off} deviations off", case.name);
    }
}

/// How often each of a few integers is drawn, against probabilities: the chi-squared statistic.
fn chi_squared(drawn: &[i64], probabilities: &[f64]) -> f64 {
    let expected = |p: f64| p * drawn.len() as f64;
    let count = |i: usize| drawn.iter().filter(|&&d| d == i as i64).count() as f64;
    assert!(drawn.iter().all(|&d| 0 <= d && d < probabilities.len() as i64));
    let term = |(i, &p): (usize, &f64)| (count(i) - expected(p)).powi(2) / expected(p);
    probabilities.iter().enumerate().map(term).sum()
}

#[test]
fn discrete_draws_have_their_frequencies() {
    let mut rng = random(11);
    let weights = array![0.1f32, 0.2, 0.05, 0.65];
    let logits = Expr::literal(weights.mapv(f32::ln)).broadcast_to((COUNT, 4));
    let dice = rng.randint(0, 6, [COUNT]);
    let coins = rng.bernoulli(0.3, [COUNT]).cast(DType::I64);
    let letters = rng.categorical(&logits);
    let picked = rng.choice(&Expr::literal(array![2i64, 0, 1]), [COUNT]);
    let f = function((), [dice, coins, letters, picked]).compile().unwrap();
    let found: Vec<Tensor> = f.call(()).unwrap();
    // The statistics that a thousandth exceeds, for as many outcomes less one.
    let tests: [(&[f64], f64); 4] = [
        (&[1.0 / 6.0; 6], 20.52),
        (&[0.7, 0.3], 10.83),
        (&[0.1, 0.2, 0.05, 0.65], 16.27),
        (&[1.0 / 3.0; 3], 13.82),
    ];
    for (drawn, (probabilities, limit)) in found.iter().zip(tests) {
        let statistic = chi_squared(drawn.as_slice().unwrap(), probabilities);
        assert!(statistic < limit, "{probabilities:?}: {statistic}");
    }
}

#[test]
fn integers_are_the_top_half_of_a_product() {
    for (low, high) in [(0, 10), (-5, 1 << 40), (i64::MIN / 2, i64::MAX / 2), (3, 4)] {
        let drawn = random(-9).randint(low, high, [64]);
        let found: Array1<i64> = function((), drawn).compile().unwrap().call(()).unwrap();
        for (i, &found) in found.iter().enumerate() {
            let [a, b, ..] = philox(-9, 0, i as i64).map(u128::from);
            let part = (a << 32 | b) * (high - low) as u128 >> 64;
            assert_eq!(found, low + part as i64, "{low}..{high}, element {i}");
        }
    }
}

/// Everything that is exact, and a few that are not, at step 3.
fn draws() -> (Shared, Vec<Expr>) {
    let mut rng = random((1 << 40) | 5);
    let mut outputs = vec![
        rng.uniform::<f32>((37, 41)),
        rng.uniform::<f64>((3, 5, 7)),
        rng.uniform::<f64>([0i64; 0]),
        rng.bernoulli(0.25, [1000]),
        rng.randint(-4, 1i64 << 50, [999]),
        rng.uniform::<f32>([0]),
    ];
    outputs.extend((0..4).map(|word| hypatia::operators::random_bits(word, -1, 7, 8)));
    (rng.step().clone(), outputs)
}

#[test]
fn bits_are_the_same_everywhere() {
    let (step, outputs) = draws();
    let named: Vec<_> = outputs.iter().map(|e| ("y".into(), e.clone())).collect();
    let graph = Graph::capture(&[step.expr()], &named).unwrap().graph;
    let inputs = [Tensor::from(3i64)];
    let expected = evaluate(&graph, &inputs).unwrap();
    assert_eq!(Runner::interpreter(&graph).run(&graph, &inputs).unwrap(), expected);
    #[cfg(feature = "cpu")]
    for threads in 1..=3 {
        assert_eq!(Runner::cpu(&graph, threads).run(&graph, &inputs).unwrap(), expected);
    }
    step.set(3i64).unwrap();
    let f = function((), outputs).compile().unwrap();
    assert_eq!(f.call::<Vec<Tensor>>(()).unwrap(), expected);
}

#[test]
fn every_call_draws_anew() {
    let (mut rng, mut other) = (random(1), random(2));
    let (a, b, c) = (rng.uniform::<f64>([4]), rng.uniform::<f64>([4]), other.uniform::<f64>([4]));
    let twice = &a + &a;
    let f = function((), [&a, &b, &c, &twice]).compile().unwrap();
    let first: Vec<Tensor> = f.call(()).unwrap();
    let second: Vec<Tensor> = f.call(()).unwrap();
    assert_eq!((rng.step().get(), other.step().get()), (2i64.into(), 2i64.into()));
    let mut seen: Vec<f64> = Vec::new();
    for tensor in first[..3].iter().chain(&second[..3]) {
        seen.extend(tensor.as_slice::<f64>().unwrap());
    }
    seen.sort_by(f64::total_cmp);
    seen.dedup();
    assert_eq!(seen.len(), 24, "numbers come again");
    // One draw is one value, however often it is used.
    for (x, y) in [(&first[0], &first[3]), (&second[0], &second[3])] {
        let doubled: Vec<f64> = x.as_slice::<f64>().unwrap().iter().map(|v| v + v).collect();
        assert_eq!(y.as_slice::<f64>().unwrap(), doubled);
    }
    rng.step().set(0i64).unwrap();
    assert_eq!(f.call::<Vec<Tensor>>(()).unwrap()[0], first[0]);
    let still = function((), &a).no_default_updates().compile().unwrap();
    let held: [Tensor; 2] = [still.call(()).unwrap(), still.call(()).unwrap()];
    assert_eq!(held[0], held[1]);
    assert_eq!(held[0], second[0]);
}

#[test]
fn default_updates_are_those_of_what_is_read() {
    let calls = shared("calls", 0i64).with_update(|n| n + 1);
    // Read by the default update of another alone.
    let total = {
        let calls = calls.clone();
        shared("total", 0i64).with_update(move |sum| sum + &calls)
    };
    let f = function((), &*total).compile().unwrap();
    let found: Vec<i64> = (0..4).map(|_| f.call(()).unwrap()).collect();
    assert_eq!(found, [0, 0, 1, 3]);
    assert_eq!(calls.get(), 4i64.into());
    // Another update takes its place; what is not read stays.
    let g = function((), ()).update(&calls, &calls * 10).compile().unwrap();
    g.call::<()>(()).unwrap();
    assert_eq!((calls.get(), total.get()), (40i64.into(), 6i64.into()));
    // What a given takes out is not read.
    let x = scalar::<i64>("x");
    let h = function([&x], &calls * 2).given(&calls, &x).compile().unwrap();
    assert_eq!(h.call::<i64>((4i64,)).unwrap(), 8);
    assert_eq!(calls.get(), 40i64.into());
}

#[test]
fn permutations_have_every_number_once() {
    let (mut rng, x) = (random(5), vector::<f32>("x", "n"));
    let f = function([&x], (rng.permutation(3), rng.shuffle(&x))).compile().unwrap();
    let xs = Array1::from_iter((0..100).map(|i| i as f32));
    let mut counts = [0i64; 6];
    for _ in 0..600 {
        let (order, shuffled): (Array1<i64>, Array1<f32>) = f.call((&xs,)).unwrap();
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2]);
        counts[(order[0] * 2 + i64::from(order[1] > order[2])) as usize] += 1;
        let mut sorted = shuffled.to_vec();
        sorted.sort_by(f32::total_cmp);
        assert_eq!(sorted, xs.to_vec());
        assert_ne!(shuffled, xs);
    }
    // Six orders, a hundred of each: the chi-squared statistic for 5 degrees of freedom.
    let statistic: f64 = counts.iter().map(|&c| (c as f64 - 100.0).powi(2) / 100.0).sum();
    assert!(statistic < 20.52, "{counts:?}");
}

#[test]
fn dropout_scales_what_it_keeps() {
    let x = vector::<f32>("x", "n");
    let mut rng = random(3);
    let y = dropout(&x, 0.8, &mut rng);
    let [slope] = grad(&y.sum(), [&x]).unwrap();
    let f = function([&x], [y, slope]).compile().unwrap();
    let ones = Array1::<f32>::ones(10_000);
    let (y, slope): (Array1<f32>, Array1<f32>) = f.call((&ones,)).unwrap();
    assert_eq!(y, slope);
    assert!(y.iter().all(|&v| v == 0.0 || v == 1.0 / 0.8));
    // The mean has a standard deviation of a two-hundredth.
    let mean = y.sum() / 10_000.0;
    assert!((mean - 1.0).abs() < 3.3 * 0.005, "{mean}");
}

#[test]
fn wrong_draws_are_errors() {
    let mut rng = random(0);
    let y = hypatia::operators::random_bits(4, 0, 0, 0);
    let messages = [rng.uniform::<i32>([2]), rng.normal::<bool>([2]), y];
    let expected = ["a float type", "a float type", "`word` is 4"];
    for (wrong, expected) in messages.iter().zip(expected) {
        let message = wrong.ty().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}
