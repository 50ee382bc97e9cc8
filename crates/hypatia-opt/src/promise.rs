//! Ten thousand graphs, held against what the modes promise.
//!
//! Strict and default mode: where only exact rules fired, the bits stay (but those of NaN). Else a
//! finite element stays within what a few roundings of intermediate values move it (`wobble`, times
//! a hundred for terms that its signs cancel). What is computed as NaN or infinite may become
//! anything, a zero may change its sign, and so may what depends on that. Fast mode promises that of benign positive inputs alone.
//!
//! Invariants: the graphs are always the same; `HYPATIA_SEED` asks for others.
//!
//! Not here: single rules (`rules/trial`).

use crate::generate::{self, Generated, graphs};
use crate::rules::trial::free_wobble;
use crate::rules::{RULES, Soundness};
use crate::{Mode, Options, Report, optimize};
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::evaluate;
use hypatia_ir::graph::Graph;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::tensor::Tensor;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// How many graphs each mode sees, in four parts so that they run side by side.
const GRAPHS: u32 = 10_000;
const PARTS: u32 = 4;

/// What the measured distance may miss.
const SLACK: f64 = 100.0;

/// How often roundings are tried, while something seems to have moved too far.
const SAMPLES: [u64; 3] = [8, 64, 512];

/// Whether nothing is promised, or the two differ by a few roundings of the result alone.
fn is_near((v, w): (f64, f64)) -> bool {
    !v.is_finite() || v == w || (v - w).abs() <= 32.0 * f64::EPSILON * v.abs()
}

/// A runner for one part.
fn runner(part: u32, cases: u32) -> TestRunner {
    let seed: u64 = std::env::var("HYPATIA_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..12].copy_from_slice(&part.to_le_bytes());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Whether only exact rules fired, and passes that keep bits.
fn is_exact(report: &Report) -> bool {
    let exact = |name: &String| {
        name == "fold_literals"
            || RULES.iter().any(|r| *r.name == **name && r.soundness == Soundness::Exact)
    };
    report.fired.keys().all(exact)
}

/// Whether two numbers have the same bits, or are both NaN.
fn same(v: Scalar, w: Scalar) -> bool {
    format!("{v:?}") == format!("{w:?}")
}

/// The first element for which the promise is not kept.
fn broken(before: &Graph, after: &Graph, inputs: &[Tensor], exact: bool) -> Option<String> {
    let expected = evaluate(before, inputs).ok()?;
    let found = match evaluate(after, inputs) {
        Ok(found) => found,
        // Stable forms may need axes that are not empty, and say so.
        Err(_) if after.guards.len() > before.guards.len() => return None,
        Err(e) => return Some(format!("fails: {e}")),
    };
    expected.iter().zip(&found).enumerate().find_map(|(root, (x, y))| {
        let moved: Vec<usize> = (0..x.len()).filter(|&at| !same(x.get(at), y.get(at))).collect();
        match moved.is_empty() {
            true => None,
            false if exact => Some(format!("root {root}: exact rules changed {x:?} to {y:?}")),
            false => moved_too_far(before, inputs, root, (x, y), moved),
        }
    })
}

/// The first of some elements of a root that is farther from what it was than roundings move it.
fn moved_too_far(
    before: &Graph,
    inputs: &[Tensor],
    root: usize,
    (x, y): (&Tensor, &Tensor),
    mut open: Vec<usize>,
) -> Option<String> {
    let values = |at: usize| (x.get(at).as_f64(), y.get(at).as_f64());
    open.retain(|&at| !is_near(values(at)));
    // More samples where a few signs may have cancelled.
    for samples in SAMPLES {
        if open.is_empty() {
            return None;
        }
        let wobble = free_wobble(before, inputs, root, samples);
        open.retain(|&at| {
            let (v, w) = values(at);
            wobble[at].is_finite() && (v - w).abs() > SLACK * wobble[at] + 1e-300
                || wobble[at].is_finite() && w.is_nan()
        });
    }
    let (v, w) = values(*open.first()?);
    Some(format!("root {root}, element {}: {v} became {w}", open[0]))
}

/// One part of the graphs in one mode; `HYPATIA_SEED` gives others.
fn check(mode: Mode, part: u32, cases: u32, options: generate::Options) {
    let outcome = runner(part, cases).run(&graphs(options), |g: Generated| {
        let options = Options { mode, ..Options::default() };
        let after = optimize(&g.graph, &options).unwrap();
        match broken(&g.graph, &after.graph, &g.inputs, is_exact(&after.report)) {
            None => Ok(()),
            Some(what) => {
                let (graph, fired) = (&after.graph, &after.report.fired);
                Err(TestCaseError::fail(format!("{what}\n{g:?}\nbecame\n{graph}{fired:?}")))
            }
        }
    });
    if let Err(failure) = outcome {
        panic!("{mode:?}, part {part}: {failure}");
    }
}

const SPECIAL: generate::Options =
    generate::Options { steps: 10, specials: true, idioms: true, dtypes: &[DType::F64] };

macro_rules! parts {
    ($($name:ident: $mode:expr, $part:expr;)*) => {
        $(#[test]
        fn $name() {
            check($mode, $part, GRAPHS / PARTS, SPECIAL);
        })*
    };
}

parts! {
    strict_0: Mode::Strict, 0;
    strict_1: Mode::Strict, 1;
    strict_2: Mode::Strict, 2;
    strict_3: Mode::Strict, 3;
    default_0: Mode::Default, 0;
    default_1: Mode::Default, 1;
    default_2: Mode::Default, 2;
    default_3: Mode::Default, 3;
}

/// Inputs between 1 and 2: no order of a sum cancels.
#[test]
fn fast_mode_is_right_of_benign_inputs() {
    let benign = generate::Options { specials: false, ..SPECIAL };
    let mut runner = runner(0, 1);
    let strategy = graphs(benign);
    for _ in 0..1_000 {
        let mut g = strategy.new_tree(&mut runner).unwrap().current();
        for input in &mut g.inputs {
            for at in 0..input.len() {
                let value = 1.0 + (input.get(at).as_f64().abs() / 2.0).fract();
                input.set(at, Scalar::new(value));
            }
        }
        let options = Options { mode: Mode::Fast, ..Options::default() };
        let after = optimize(&g.graph, &options).unwrap();
        let wrong = broken(&g.graph, &after.graph, &g.inputs, false);
        assert!(wrong.is_none(), "{}\n{g:?}{}", wrong.unwrap_or_default(), after.graph);
    }
}

/// There is something to check, and changed bits are seen.
#[test]
fn graphs_have_values_and_change() {
    let strategy = graphs(SPECIAL);
    let (mut runner, options) = (runner(0, 1), Options::default());
    let (mut values, mut changed, mut rounded) = (0, 0, 0);
    for _ in 0..1_000 {
        let g = strategy.new_tree(&mut runner).unwrap().current();
        let after = optimize(&g.graph, &options).unwrap();
        values += usize::from(evaluate(&g.graph, &g.inputs).is_ok());
        changed += usize::from(!after.report.fired.is_empty());
        rounded += usize::from(broken(&g.graph, &after.graph, &g.inputs, true).is_some());
    }
    assert!(values > 900 && changed > 400 && rounded > 40, "{values} {changed} {rounded}");
}
