//! How passes are tried in tests: on integers, so that every order of a sum gives the same bits.
//!
//! Invariants: values are small enough that products of a few matrices are exact.
//!
//! Not here: what is expected of each pass.

use super::Site;
use crate::cost::of_graph;
use crate::error::Error;
use crate::report::Report;
use crate::{Mode, Options};
use hypatia_ir::dim::DimValues;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::evaluate;
use hypatia_ir::expr::Expr;
use hypatia_ir::graph::Graph;
use hypatia_ir::op::Op;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::tensor::Tensor;

type Run = fn(&Site<'_>, &mut Report) -> Result<Option<Graph>, Error>;

/// The lengths of `b`, `n` and `m`.
const LENGTHS: [(&str, i64); 3] = [("b", 3), ("n", 5), ("m", 2)];

pub(super) fn capture(outputs: &[Expr]) -> Graph {
    let named: Vec<_> =
        (0..).zip(outputs).map(|(i, e)| (format!("y{i}").into(), e.clone())).collect();
    Graph::capture(&[], &named).unwrap().graph
}

/// Small integers for each input.
pub(super) fn values(graph: &Graph) -> Vec<Tensor> {
    let lengths: DimValues = LENGTHS.iter().map(|(name, n)| ((*name).into(), *n)).collect();
    let tensor = |(number, input): (usize, &hypatia_ir::graph::GraphInput)| {
        let shape = input.ty.shape.eval(&lengths).unwrap();
        let mut tensor = Tensor::zeros(DType::F64, &shape);
        for at in 0..tensor.len() {
            tensor.set(at, Scalar::new(((at * 7 + number * 3) % 5) as f64 - 2.0));
        }
        tensor
    };
    graph.inputs.iter().enumerate().map(tensor).collect()
}

/// What a pass makes of a graph, which must be the same values at no higher cost; `None` if it has
/// nothing to do.
pub(super) fn tried(run: Run, graph: &Graph, mode: Mode) -> Option<(Graph, Report)> {
    let options = Options { mode, ..Options::default() };
    let mut report = Report::default();
    let after = run(&Site::of(graph, &options), &mut report).unwrap()?;
    after.verify().unwrap();
    assert_eq!(after.guards, graph.guards, "{graph}{after}");
    let values = values(graph);
    let before = evaluate(graph, &values).unwrap();
    let found = evaluate(&after, &values).unwrap();
    assert_eq!(format!("{before:?}"), format!("{found:?}"), "{graph}{after}");
    let (was, is) = (of_graph(graph, options.hint), of_graph(&after, options.hint));
    assert!(is <= was, "{was} became {is}: {graph}{after}");
    assert!(!report.rewrites.is_empty() && report.fired.values().sum::<usize>() > 0);
    Some((after, report))
}

/// How many live nodes have ops of this name.
pub(super) fn count(graph: &Graph, name: &str) -> usize {
    let live = graph.live();
    graph.iter().filter(|(id, n)| live[id.index()] && n.op.name() == name).count()
}

/// The shapes of live products, in order.
pub(super) fn products(graph: &Graph) -> Vec<String> {
    let live = graph.live();
    let is_product = |(id, n): &(hypatia_ir::graph::NodeId, &hypatia_ir::graph::Node)| {
        live[id.index()] && n.op == Op::MatMul
    };
    graph.iter().filter(is_product).map(|(_, n)| n.ty.to_string()).collect()
}
