//! Hypatia compiles symbolic tensor expressions: write maths with symbolic variables, ask for
//! gradients, compile once, call thousands of times.
//!
//! ```
//! use hypatia::prelude::*;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // Logistic regression on any number of points at a time.
//!     let x = matrix::<f32>("x", ("n", 2));
//!     let y = vector::<i64>("y", "n");
//!     let w = shared("w", Array2::<f32>::zeros((2, 2)));
//!     let b = shared("b", Array1::<f32>::zeros(2));
//!
//!     let p = (x.dot(&w) + &b).softmax(-1); // plain maths: the compiler makes it stable
//!     let loss = -p.take_along(&y).log().mean();
//!     let [gw, gb] = grad(&loss, [&w, &b])?;
//!
//!     let train = function([&x, &y], &loss)
//!         .update(&w, &w - 0.5 * gw)
//!         .update(&b, &b - 0.5 * gb)
//!         .compile()?;
//!
//!     let (points, labels) = (array![[0.0f32, 1.0], [1.0, 0.0], [0.9, 0.2]], [0i64, 1, 1]);
//!     let first: f32 = train.call((&points, &labels))?;
//!     for _ in 0..100 {
//!         train.call::<f32>((&points, &labels))?;
//!     }
//!     let last: f32 = train.call((&points, &labels))?;
//!     assert!(last < 0.1 * first);
//!     Ok(())
//! }
//! ```
//!
//! Expressions are values of one type, [`Expr`](expr::Expr). Operators never fail: a wrong
//! expression remembers what is wrong with it and where it was written, and compiling it reports
//! every error at once. Lengths of axes are numbers or names; one compiled function serves all
//! values of the names.
//!
//! Invariants: no logic here.
//!
//! Not here: anything but names; each links to the crate where it is made.

pub use hypatia_compile::gradient::{
    Disconnected, Gradient, Undefined, Verify, grad, gradient_from, gradient_of, gradients,
    hessian, hvp, jacobian, jvp, verify_grad, vjp,
};
pub use hypatia_compile::profile;
pub use hypatia_compile::{
    Amount, Builder, Cache, CallError, CompileError, Device, Explanation, Function, GradientError,
    Mode, Opt, Profile, Rule, Savings, Times, args, error, function, gradient, outputs,
};
pub use hypatia_grad as derivative;
pub use hypatia_grad::numeric_gradient;
pub use hypatia_grad::{Vmap, vectorize, vmap};
pub use hypatia_ir::{
    compose, dim, dtype, eval, expr, graph, index, op, operators, reduce, routine, scalar, shape,
    shared, span, structure, tensor, text,
};
pub use hypatia_lower as lower;
pub use hypatia_opt as opt;
pub use ndarray;

/// What programs that use Hypatia need at hand.
pub mod prelude {
    pub use hypatia_compile::gradient::{
        Disconnected, grad, gradient_of, hessian, hvp, jacobian, jvp, vjp,
    };
    pub use hypatia_compile::{Device, Function, args::arg, function};
    pub use hypatia_grad::{vectorize, vmap};
    pub use hypatia_ir::compose::{Random, dropout, random};
    pub use hypatia_ir::dtype::DType;
    pub use hypatia_ir::expr::{Expr, matrix, scalar, tensor, vector};
    pub use hypatia_ir::index::iota;
    pub use hypatia_ir::operators::constant;
    pub use hypatia_ir::shared::{Shared, shared};
    pub use hypatia_ir::tensor::Tensor;
    pub use ndarray::{Array1, Array2, Array3, Array4, ArrayD, array};
}

/// The read-me, so that its example is tested.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct ReadMe;
