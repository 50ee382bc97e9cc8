//! Training graphs of any size: gradients of losses, with Adam's steps.
//!
//! Invariants: written as a user would, without care for what is stable or cheap.
//!
//! Not here: what is checked of them.

use hypatia_grad::gradient;
use hypatia_ir::compose::mse;
use hypatia_ir::expr::{Expr, matrix, scalar, vector};
use hypatia_ir::graph::Graph;

/// A loss with the parameters it is minimised over.
struct Model {
    loss: Expr,
    parameters: Vec<Expr>,
}

impl Model {
    /// The loss and one step of Adam for every parameter.
    fn trained(self) -> Graph {
        let gradients = gradient(&self.loss, &self.parameters).unwrap();
        let rate = scalar::<f64>("rate");
        let mut outputs = vec![("loss".into(), self.loss.clone())];
        for (at, (p, g)) in self.parameters.iter().zip(gradients).enumerate() {
            let ty = p.ty().unwrap().shape.clone();
            let state = |name: &str| matrix_or_vector(&format!("{name}{at}"), &ty);
            let m = state("m") * 0.9 + &g * 0.1;
            let v = state("v") * 0.999 + &g * &g * 0.001;
            let step = &rate * &m / (v.sqrt() + 1e-8);
            outputs.push((format!("p{at}").into(), p - step));
            outputs.push((format!("m{at}").into(), m));
            outputs.push((format!("v{at}").into(), v));
        }
        Graph::capture(&[], &outputs).unwrap().graph
    }
}

fn matrix_or_vector(name: &str, shape: &hypatia_ir::shape::Shape) -> Expr {
    match &shape[..] {
        [n] => vector::<f64>(name, n),
        [n, m] => matrix::<f64>(name, [n.clone(), m.clone()]),
        _ => scalar::<f64>(name),
    }
}

/// An MLP with sigmoids on `n` examples, and softmax spelled out.
pub fn mlp(layers: usize) -> Graph {
    let mut x = matrix::<f64>("x", ["n", "8"]);
    let mut parameters = Vec::new();
    for layer in 0..layers {
        let w = matrix::<f64>(&format!("w{layer}"), [8, 8]);
        let b = vector::<f64>(&format!("b{layer}"), 8);
        x = 1 / ((-(x.matmul(&w) + &b)).exp() + 1);
        parameters.extend([w, b]);
    }
    let e = x.exp();
    let p = &e / e.sum_keep(1);
    let t = matrix::<f64>("t", ["n", "8"]);
    let loss = -(t * p.log()).sum_axes(1).mean();
    Model { loss, parameters }.trained()
}

/// Layers of attention and of an MLP with residuals and normalised layers, on `n` tokens.
pub fn transformer(layers: usize) -> Graph {
    let mut x = matrix::<f64>("x", ["n", "16"]);
    let mut parameters = Vec::new();
    let mut parameter = |name: String, dims: &[u32]| {
        let p = match *dims {
            [n, m] => matrix::<f64>(&name, [n, m]),
            _ => vector::<f64>(&name, dims[0]),
        };
        parameters.push(p.clone());
        p
    };
    for l in 0..layers {
        let normal = |x: &Expr, g: &Expr, b: &Expr| {
            let c = x - x.mean_keep(1);
            &c / ((&c * &c).mean_keep(1) + 1e-5).sqrt() * g + b
        };
        let mut w = |name: &str, dims: &[u32]| parameter(format!("{name}{l}"), dims);
        let y = normal(&x, &w("g", &[16]), &w("h", &[16]));
        let (q, k, v) = (w("q", &[16, 16]), w("k", &[16, 16]), w("v", &[16, 16]));
        let scores = y.matmul(q).matmul(y.matmul(k).t()) / 4.0;
        let e = scores.exp();
        let a = &e / e.sum_keep(1);
        x = x + a.matmul(y.matmul(v)).matmul(w("o", &[16, 16]));
        let y = normal(&x, &w("r", &[16]), &w("s", &[16]));
        let hidden = (y.matmul(w("w", &[16, 32])) + w("b", &[32])).relu();
        x = x + hidden.matmul(w("u", &[32, 16])) + w("c", &[16]);
    }
    let loss = mse(&x, matrix::<f64>("t", ["n", "16"]));
    Model { loss, parameters }.trained()
}

/// `x ← x + c·y` many times over.
pub fn chain(length: usize) -> Graph {
    let (mut x, y) = (vector::<f64>("x", "n"), vector::<f64>("y", "n"));
    for at in 0..length {
        // A few constants, so that no two steps are alike and nothing is one big multiple.
        x = x + (at % 7 + 1) as f64 * (&y + 0.5 * at as f64).sin();
    }
    Graph::capture(&[], &[("x".into(), x)]).unwrap().graph
}
