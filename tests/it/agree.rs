//! The reference evaluator, the kernel interpreter and machine code agree, with and without the
//! simplifier, on golden graphs and on generated ones.
//!
//! Invariants: a failure prints the graph as `.hyp`, ready for `tests/golden`.
//!
//! Not here: the allowed distances (`slack.rs`), calls of functions (`function.rs`).

use crate::generate::{Options, graphs};
use crate::golden::{self, Golden};
use crate::run::Runner;
use crate::slack::{Rounding, Slack, distance, slack};
use hypatia::eval::evaluate;
use hypatia::graph::Graph;
use hypatia::op::{Op, ScatterOp};
use hypatia::opt;
use hypatia::tensor::Tensor;
#[cfg(feature = "cpu")]
use hypatia_cpu::Lanes;
use proptest::prelude::*;

/// A graph with its simplified form, both runnable.
struct Sides {
    plain: Side,
    simplified: Side,
}

struct Side {
    graph: Graph,
    interpreter: Runner,
    #[cfg(feature = "cpu")]
    cpu: Runner,
    /// The same with narrower vector instructions.
    #[cfg(feature = "cpu")]
    narrower: Vec<Runner>,
}

impl Side {
    fn new(graph: Graph) -> Side {
        Side {
            interpreter: Runner::interpreter(&graph),
            #[cfg(feature = "cpu")]
            cpu: Runner::cpu(&graph, 2),
            #[cfg(feature = "cpu")]
            narrower: {
                let all = Lanes::ALL.into_iter().filter(|&l| l.is_present() && l < Lanes::widest());
                all.map(|lanes| Runner::lanes(&graph, 1, lanes)).collect()
            },
            graph,
        }
    }

    /// That the back ends agree with the reference; its results, if it has any.
    fn check(&self, inputs: &[Tensor], tally: &mut Tally) -> Option<Vec<Tensor>> {
        let graph = &self.graph;
        let expected = evaluate(graph, inputs);
        let found = self.interpreter.run(graph, inputs);
        #[cfg(feature = "cpu")]
        let machine = self.cpu.run(graph, inputs);
        let Ok(expected) = expected else {
            assert!(found.is_err(), "no error in the interpreter\n{}", self.shown(inputs));
            #[cfg(feature = "cpu")]
            assert!(machine.is_err(), "no error on the cpu\n{}", self.shown(inputs));
            return None;
        };
        let found = found.unwrap_or_else(|e| panic!("interpreter: {e}\n{}", self.shown(inputs)));
        // Both go through terms in the same order and round once, so results are the same bits;
        // but the interpreter scatters, and sums small windows, in the element type, the reference
        // in `f64`.
        let scatters = |op: &Op| {
            matches!(
                op,
                Op::Windows(_)
                    | Op::Fold(_)
                    | Op::Scatter(ScatterOp::Add, _)
                    | Op::ScatterAlong(ScatterOp::Add, _)
            )
        };
        let slack = slack(graph, inputs, Rounding::Functions).unwrap();
        let none = slack.iter().map(|s| vec![Some(0.0); s.len()]).collect();
        let exact = !graph.nodes().iter().any(|n| n.ty.dtype.is_float() && scatters(&n.op));
        let allowed = if exact { &none } else { &slack };
        let name = "interpreter and reference";
        self.compare(name, &expected, &found, allowed, inputs, &mut Tally::default());
        #[cfg(feature = "cpu")]
        {
            let machine = machine.unwrap_or_else(|e| panic!("cpu: {e}\n{}", self.shown(inputs)));
            self.compare("cpu and reference", &expected, &machine, &slack, inputs, tally);
            // All emitters compute the same in the same order.
            for runner in &self.narrower {
                let found = runner.run(graph, inputs).unwrap();
                self.compare("lanes", &machine, &found, &none, inputs, &mut Tally::default());
            }
        }
        #[cfg(not(feature = "cpu"))]
        let _ = tally;
        Some(expected)
    }

    fn compare(
        &self,
        name: &str,
        expected: &[Tensor],
        found: &[Tensor],
        slack: &Slack,
        inputs: &[Tensor],
        tally: &mut Tally,
    ) {
        for (root, ((x, y), slack)) in expected.iter().zip(found).zip(slack).enumerate() {
            assert_eq!((x.dtype(), x.shape()), (y.dtype(), y.shape()), "{}", self.shown(inputs));
            for (at, slack) in slack.iter().enumerate() {
                tally.all += 1;
                let Some(slack) = slack else { continue };
                tally.decided += 1;
                let fits = distance(x, y, at).is_some_and(|d| d <= *slack);
                let (a, b) = (x.get(at), y.get(at));
                assert!(
                    fits,
                    "{name}: root {root}, element {at}: {a} and {b}, allowed {slack:e}\n{}",
                    self.shown(inputs)
                );
            }
        }
    }

    fn shown(&self, inputs: &[Tensor]) -> String {
        let mut text = self.graph.to_string();
        for (input, value) in self.graph.inputs.iter().zip(inputs) {
            text += &format!("# {} = {}\n", input.name, format!("{value:?}").replace('\n', " "));
        }
        text + &self.interpreter.text()
    }
}

/// How many elements were compared, of how many.
#[derive(Default)]
struct Tally {
    decided: usize,
    all: usize,
}

impl Tally {
    /// The tests would be worth nothing if errors explained most differences.
    fn assert_telling(&self) {
        assert!(self.decided * 10 >= self.all * 9, "{} of {}", self.decided, self.all);
    }
}

impl Sides {
    fn new(graph: &Graph) -> Sides {
        let optimized = opt::optimize(graph, &opt::Options::default());
        let optimized = optimized.unwrap_or_else(|e| panic!("{e}\n{graph}")).graph;
        optimized.verify().unwrap_or_else(|e| panic!("{e}\n{graph}\n{optimized}"));
        Sides { plain: Side::new(graph.clone()), simplified: Side::new(optimized) }
    }

    fn check(&self, inputs: &[Tensor], tally: &mut Tally) {
        let plain = self.plain.check(inputs, tally);
        let simplified = self.simplified.check(inputs, tally);
        let (Some(plain), Some(simplified)) = (plain, simplified) else { return };
        // Each side is within its own errors of the exact value, where the plain graph has one
        // that is finite: the stable form may do better.
        let graphs = [&self.plain.graph, &self.simplified.graph];
        let [a, b] = graphs.map(|g| slack(g, inputs, Rounding::Everything).unwrap());
        let both = |(x, y): (&Option<f64>, &Option<f64>)| x.zip(*y).map(|(x, y)| x + y);
        let mut sum: Slack =
            a.iter().zip(&b).map(|(a, b)| a.iter().zip(b).map(both).collect()).collect();
        for (slack, value) in sum.iter_mut().zip(&plain) {
            for (at, slack) in slack.iter_mut().enumerate() {
                *slack = slack.filter(|_| value.get(at).as_f64().is_finite());
            }
        }
        let name = "plain and simplified";
        self.simplified.compare(name, &plain, &simplified, &sum, inputs, &mut Tally::default());
    }
}

#[test]
fn golden_graphs() {
    let mut tally = Tally::default();
    for Golden { name, graph, cases } in golden::all() {
        let sides = Sides::new(&graph);
        for inputs in &cases {
            eprintln!("{name}");
            sides.check(inputs, &mut tally);
        }
    }
    tally.assert_telling();
}

/// The same graphs in every run: a run that fails can be repeated.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        cases,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn generated_graphs(case in graphs(Options::default())) {
        Sides::new(&case.graph).check(&case.inputs, &mut Tally::default());
    }

    /// Without infinities and the like nearly all of a graph is determined.
    #[test]
    fn generated_graphs_of_ordinary_values(
        case in graphs(Options { specials: false, steps: 24, ..Options::default() })
    ) {
        Sides::new(&case.graph).check(&case.inputs, &mut Tally::default());
    }
}
