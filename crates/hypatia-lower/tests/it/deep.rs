//! Long graphs are planned in time that grows with their length, on a small stack.

use hypatia_ir::graph::{Graph, Role, Root};
use hypatia_ir::op::{BinaryOp, Op, UnaryOp};
use hypatia_ir::span::Span;
use hypatia_lower::plan::plan;

const LENGTH: usize = 100_000;
const STACK: usize = 512 * 1024;

/// A chain in which each op uses the two before.
fn chain() -> Graph {
    let mut graph: Graph = "hyp 1\ninput x: f32[n]\noutput y = x\n".parse().unwrap();
    let x = graph.roots[0].node;
    let (mut before, mut last) = (x, x);
    for at in 0..LENGTH {
        let next = match at % 3 {
            0 => graph.add(Op::Unary(UnaryOp::Sin), &[last], Span::NONE),
            _ => graph.add(Op::Binary(BinaryOp::Add), &[last, before], Span::NONE),
        };
        (before, last) = (last, next.unwrap());
    }
    graph.roots = vec![Root { role: Role::Output("y".into()), node: last }];
    graph
}

#[test]
fn a_chain_of_a_hundred_thousand_ops_has_a_plan() {
    let work = || {
        let plan = plan(&chain()).unwrap();
        let sizes = hypatia_ir::dim::DimValues::from([("n".into(), 3)]);
        plan.size(&sizes).unwrap().verify(&plan).unwrap();
        plan.steps.len()
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap();
    let steps = thread.join().unwrap();
    assert!((1..LENGTH).contains(&steps), "{steps}");
}
