//! Derivatives of the linear algebra of whole matrices.
//!
//! What reads only the symmetric part of its operand has a symmetric derivative. Formulas: Giles,
//! "Collected matrix derivative results for forward and reverse mode algorithmic differentiation"
//! (2008); Murray, "Differentiation of the Cholesky decomposition" (2016).
//!
//! Invariants: no inverse is formed but where the derivative is one; what does not exist (the
//! derivative of a determinant that is 0) stops the call.
//!
//! Not here: products of matrices (`structure.rs`).

use crate::site::{Site, zeros};
use crate::table::Rule;
use hypatia_ir::dim::Dim;
use hypatia_ir::expr::Expr;
use hypatia_ir::op::Op;
use hypatia_ir::routine::{Routine, Triangle};
use hypatia_ir::structure::concat;

fn apply(op: Routine, operands: &[&Expr]) -> Expr {
    Expr::apply(Op::Routine(op), operands.iter().map(|&x| x.clone()).collect())
}

fn product(x: &Expr, y: &Expr) -> Expr {
    Expr::apply(Op::MatMul, vec![x.clone(), y.clone()])
}

fn symmetric(x: &Expr) -> Expr {
    x * 0.5 + x.t() * 0.5
}

/// The lower triangle with half of the diagonal.
fn half_lower(x: &Expr) -> Expr {
    x.tril(0) * 0.5 + x.tril(-1) * 0.5
}

/// `L·Lᵀ = x`: `dL = L·Φ(L⁻¹·dx·L⁻ᵀ)`, where `Φ` takes the lower half.
pub(crate) fn cholesky<'a>(site: &'a Site<'a>) -> Rule<'a> {
    let l = site.result;
    let lower = Routine::SolveTriangular(Triangle::LOWER);
    let lower_transposed = Routine::SolveTriangular(Triangle::LOWER.transposed());
    Rule::linear(
        move |t| {
            let left = apply(lower, &[l, &symmetric(t)]);
            product(l, &half_lower(&apply(lower, &[l, &left.t()])))
        },
        move |g| {
            let inner = half_lower(&product(&l.t(), g));
            let left = apply(lower_transposed, &[l, &inner]);
            symmetric(&apply(lower_transposed, &[l, &left.t()]))
        },
    )
}

/// `a·x = b` with a triangle: `a·dx = db - da·x`.
pub(crate) fn solve_triangular<'a>(
    triangle: Triangle,
    site: &'a Site<'a>,
    which: usize,
) -> Rule<'a> {
    let (a, x) = (&site.operands[0], site.result);
    let forward = Routine::SolveTriangular(triangle);
    let back = Routine::SolveTriangular(triangle.transposed());
    if which == 1 {
        return Rule::linear(move |t| apply(forward, &[a, t]), move |g| apply(back, &[a, g]));
    }
    let read = move |t: Expr| {
        let inside = i64::from(triangle.unit);
        if triangle.lower { t.tril(-inside) } else { t.triu(inside) }
    };
    let turned = move |t: Expr| if triangle.transpose { t.t() } else { t };
    Rule::linear(
        move |t| -apply(forward, &[a, &product(&turned(read(t.clone())), x)]),
        move |g| read(turned(-product(&apply(back, &[a, g]), &x.t()))),
    )
}

/// `a·x = b`: `a·dx = db - da·x`.
pub(crate) fn solve<'a>(site: &'a Site<'a>, which: usize) -> Rule<'a> {
    let (a, x) = (&site.operands[0], site.result);
    let forward = move |t: &Expr| apply(Routine::Solve, &[a, t]);
    let back = move |g: &Expr| apply(Routine::Solve, &[&a.t(), g]);
    match which {
        0 => Rule::linear(move |t| -forward(&product(t, x)), move |g| -product(&back(g), &x.t())),
        _ => Rule::linear(forward, back),
    }
}

/// The determinant or the logarithm of its magnitude, whose derivative is `scale` times the
/// transposed inverse.
pub(crate) fn det<'a>(site: &'a Site<'a>, scale: Option<&'a Expr>) -> Rule<'a> {
    let ty = site.types[0];
    let slope = move || {
        let one = zeros(ty).fill_diagonal(1);
        apply(Routine::Solve, &[&site.operands[0].t(), &one])
    };
    let scaled = move |t: Expr| scale.map_or_else(|| t.clone(), |scale| &t * scale);
    Rule::linear(
        move |t| scaled((t * slope()).sum_axes([-2, -1])),
        move |g| scaled(g.clone()).expand(-1).expand(-1) * slope(),
    )
}

/// Parts `start..start + len` of one of the last two axes: 0 for rows, 1 for columns.
fn part(x: &Expr, which: usize, start: &Dim, len: &Dim) -> Expr {
    let lead = x.type_or_none().map_or(0, |ty| ty.rank().saturating_sub(2));
    x.cut(lead + which, start.clone(), len.clone())
}

/// Eigenvectors `V` and eigenvalues `w`, packed as columns: with `s = Vᵀ·dx·V`,
/// `dw = diag s` and `dV = V·(F∘s)`, where `Fᵢⱼ = 1/(wⱼ - wᵢ)`; of equal eigenvalues 0, as what
/// does not depend on the choice among their vectors has it.
pub(crate) fn eigh<'a>(site: &'a Site<'a>) -> Rule<'a> {
    let n = &site.types[0].shape[site.types[0].rank() - 1];
    let split =
        move |y: &Expr| (part(y, 1, &Dim::Known(0), n), part(y, 1, n, &Dim::Known(1)).squeeze(-1));
    let divided = move |s: Expr| {
        let (_, w) = split(site.result);
        let gap = w.expand(-2) - w.expand(-1);
        gap.eq(0).select(s.like(0), s / gap)
    };
    Rule::linear(
        move |t| {
            let (v, _) = split(site.result);
            let s = product(&v.t(), &product(&symmetric(t), &v));
            let change = [product(&v, &divided(s.clone())), s.diagonal(0, -2, -1).expand(-1)];
            concat(&change, -1)
        },
        move |g| {
            let ((v, _), (of_v, of_w)) = (split(site.result), split(g));
            let inner = divided(product(&v.t(), &of_v)).fill_diagonal(of_w.expand(-1));
            symmetric(&product(&v, &product(&inner, &v.t())))
        },
    )
}

/// `Q` over `R`: with `c = dx·R⁻¹` and `m = Qᵀ·c`, `dR = U(m + mᵀ)·R` and `dQ = c - Q·U(m + mᵀ)`,
/// where `U` takes the upper half.
pub(crate) fn qr<'a>(site: &'a Site<'a>) -> Rule<'a> {
    let shape = &site.types[0].shape;
    let [rows, columns] = [&shape[shape.rank() - 2], &shape[shape.rank() - 1]];
    let split = move |y: &Expr| (part(y, 0, &Dim::Known(0), rows), part(y, 0, rows, columns));
    let upper = |s: &Expr| s.triu(0) * 0.5 + s.triu(1) * 0.5;
    // x·R⁻¹ and x·R⁻ᵀ.
    let over = |x: &Expr, r: &Expr, triangle: Triangle| {
        apply(Routine::SolveTriangular(triangle), &[r, &x.t()]).t()
    };
    Rule::linear(
        move |t| {
            let (q, r) = split(site.result);
            let c = over(t, &r, Triangle::UPPER.transposed());
            let m = product(&q.t(), &c);
            let turn = upper(&(&m + m.t()));
            concat(&[c - product(&q, &turn), product(&turn, &r)], -2)
        },
        move |g| {
            let ((q, r), (of_q, of_r)) = (split(site.result), split(g));
            let turn = upper(&(product(&of_r, &r.t()) - product(&q.t(), &of_q)));
            let c = of_q + product(&q, &(&turn + turn.t()));
            over(&c, &r, Triangle::UPPER)
        },
    )
}
