//! Chains of 100,000 expressions on a small stack: nothing recurses over depth, and nothing takes
//! quadratic time.

use crate::graph_of;
use hypatia_ir::capture::to_exprs;
use hypatia_ir::eval::evaluate;
use hypatia_ir::expr::{Expr, matrix, vector};
use hypatia_ir::graph::Graph;
use hypatia_ir::structure::full;
use hypatia_ir::tensor::Tensor;

const DEPTH: usize = 100_000;

/// A tenth of what the main thread has; a recursion over the depth would need far more.
const STACK: usize = 512 * 1024;

fn on_small_stack(test: fn()) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(test).unwrap();
    thread.join().unwrap();
}

fn chain(x: &Expr) -> Expr {
    (0..DEPTH).fold(x.clone(), |y, _| y + 1.0)
}

#[test]
fn deep_chains_are_built_captured_printed_read_and_evaluated() {
    on_small_stack(|| {
        let x = vector::<f64>("x", "n");
        let y = chain(&x);
        assert!(y.to_string().len() < 200);
        let graph = graph_of(&[&x], &[&y]);
        graph.verify().unwrap();
        let text = graph.to_string();
        let back: Graph = text.parse().unwrap();
        assert!(back.to_string() == text);
        let values = evaluate(&back, &[vec![1.5f64].into()]).unwrap();
        assert_eq!(values, [Tensor::from(vec![1.5 + DEPTH as f64])]);
        let again = to_exprs(&graph, &[x]);
        assert_eq!(again.len(), graph.nodes().len());
    });
}

#[test]
fn errors_deep_inside_are_found_once() {
    on_small_stack(|| {
        let x = matrix::<f64>("x", (2, 3));
        let y = chain(&x.dot(&x));
        assert_eq!(y.errors().0.len(), 1);
        assert_eq!((&y + &y).errors().0.len(), 1);
    });
}

#[test]
fn shared_parts_are_visited_once() {
    // 2^60 paths, 60 nodes.
    let x = vector::<f64>("x", "n");
    let y = (0..60).fold(x.clone(), |y, _| &y + &y);
    let graph = graph_of(&[&x], &[&y]);
    assert_eq!(graph.op_count(), 60);
    let values = evaluate(&graph, &[vec![1.0f64].into()]).unwrap();
    assert_eq!(values, [Tensor::from(vec![2f64.powi(60)])]);
}

#[test]
fn deep_chains_of_slices_have_small_dims() {
    on_small_stack(|| {
        let x = vector::<f64>("x", "n");
        let every_second = |y: Expr, _| y.slice((full().step_by(2),));
        let y = (0..3000).fold(x.clone(), every_second);
        let text = graph_of(&[&x], &[&y]).to_string();
        assert!(text.parse::<Graph>().is_ok_and(|g| g.to_string() == text));
    });
}
