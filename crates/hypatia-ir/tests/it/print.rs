//! Expressions as maths: `{}`.

use hypatia_ir::dtype::DType;
use hypatia_ir::expr::{Expr, matrix, scalar, vector};
use hypatia_ir::index::iota;
use hypatia_ir::structure::{concat, full};

#[test]
fn expressions_print_as_maths() {
    let (x, w) = (&matrix::<f32>("x", ("n", 4)), &matrix::<f32>("w", (4, "k")));
    let (a, b) = (&scalar::<f32>("a"), &vector::<f32>("b", "n"));
    let z = &matrix::<f32>("z", (2, 3));
    let cases: &[(Expr, &str)] = &[
        (a + b * 2 - 1, "a + b * 2 - 1"),
        (a - (b - 1), "a - (b - 1)"),
        ((a + b) * (a - b), "(a + b) * (a - b)"),
        (a / (b * a), "a / (b * a)"),
        (a / b * a, "a / b * a"),
        (-(a + b), "-(a + b)"),
        (-a * b, "-a * b"),
        ((-a).pow(2), "(-a)^2"),
        (a.pow(b.pow(2)), "a^(b^2)"),
        ((a + b).pow(0.5), "(a + b)^0.5"),
        (a.pow(b).pow(2), "(a^b)^2"),
        (x.dot(w) + a, "x @ w + a"),
        (x.t().dot(x), "xᵀ @ x"),
        ((x + 1).t(), "(x + 1)ᵀ"),
        (a.lt(b).select(a, b), "select(a < b, a, b)"),
        (!(a.lt(b) & b.gt(0) | a.ne(b)), "not(or(and(a < b, b > 0), a != b))"),
        (a.lt(b).eq(true), "(a < b) == true"),
        (x.sum_keep(-1), "sum_keep(x, [1])"),
        (x.exp().max_axes(0), "max(exp(x), [0])"),
        (x.sum(), "sum(x)"),
        (x.argmax(1), "argmax(x, axis=1)"),
        (x.argmin_keep(1), "argmin_keep(x, axis=1)"),
        (b.cast(DType::F64).log(), "log(cast(b, f64))"),
        (x.slice((1.., full().step_by(-2))), "slice(x, 1:n, 3:-1:-2)"),
        (concat(&[b.clone(), b.clone()], 0), "concat(b, b, axis=0)"),
        (iota::<i64>("n"), "iota(n)"),
        (x.take(iota::<i64>(2), 0), "take(x, iota(2), axis=0)"),
        (b.maximum(0), "maximum(b, 0)"),
        (z.dot(z), "matmul(z, z)"),
    ];
    for (expr, text) in cases {
        assert_eq!(expr.to_string(), *text);
        assert_eq!(format!("{expr:?}"), *text);
    }
}

#[test]
fn large_expressions_print_short() {
    let x = vector::<f32>("x", "n");
    let deep = (0..20).fold(x.clone(), |y, _| y.sin() + &x);
    assert_eq!(deep.to_string(), "sin(sin(sin(…) + x) + x) + x");
    let wide = (0..40).fold(x.clone(), |y, _| &y * &y);
    assert!(wide.to_string().len() < 1000);
}
