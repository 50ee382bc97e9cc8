//! Sums of products over named axes, against NumPy's results.

use crate::evaluate::{assert_values, f64s, i64s, ints, lit};
use crate::graph_of;
use hypatia_ir::compose::{bilinear, einsum};
use hypatia_ir::expr::{Expr, matrix, tensor, vector};
use hypatia_ir::op::Op;

fn sum(subscripts: &str, operands: &[&Expr]) -> Expr {
    einsum(subscripts, &operands.iter().map(|&e| e.clone()).collect::<Vec<_>>())
}

#[test]
fn einsums() {
    let a = &lit(&[2, 3], &[1., 2., 3., 4., 5., 6.]);
    let b = &lit(&[3, 4], &[-4., -3., -2., -1., 0., 1., 2., 3., 4., 5., 6., 7.]);
    let s = &lit(&[3, 3], &[1., 2., 3., 4., 5., 6., 7., 8., 9.]);
    let t = &lit(&[2, 3, 2], &[1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12.]);
    let u = &lit(&[3, 2], &[0.5, 1., 1.5, 2., 2.5, 3.]);
    let v = &lit(&[3], &[1., -2., 3.]);
    let c = &lit(&[], &[2.]);
    let r = &lit(&[1, 3], &[1., 2., 3.]);
    let q = &lit(&[2, 2], &[1., 2., 3., 4.]);
    let i = &ints(&[3], &[1, 2, 3]);
    let e = &lit(&[0, 3], &[]);
    let f = &lit(
        &[3, 3, 3],
        &[
            1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12., 13., 14., 15., 16., 17., 18., 19.,
            20., 21., 22., 23., 24., 25., 26., 27.,
        ],
    );
    assert_values(&[
        (sum("ij,jk->ik", &[a, b]), f64s(&[2, 4], &[8., 14., 20., 26., 8., 23., 38., 53.])),
        (sum("ij,jk", &[a, b]), f64s(&[2, 4], &[8., 14., 20., 26., 8., 23., 38., 53.])),
        (
            sum(" k j , i k -> i j ", &[b, a]),
            f64s(&[2, 4], &[8., 14., 20., 26., 8., 23., 38., 53.]),
        ),
        (sum("ii->i", &[s]), f64s(&[3], &[1., 5., 9.])),
        (sum("ii", &[s]), f64s(&[], &[15.])),
        (sum("iii->i", &[f]), f64s(&[3], &[1., 14., 27.])),
        (sum("iji->j", &[f]), f64s(&[3], &[33., 42., 51.])),
        (sum("ij->ji", &[a]), f64s(&[3, 2], &[1., 4., 2., 5., 3., 6.])),
        (sum("ba", &[a]), f64s(&[3, 2], &[1., 4., 2., 5., 3., 6.])),
        (sum("ij->", &[a]), f64s(&[], &[21.])),
        (sum("ij->j", &[a]), f64s(&[3], &[5., 7., 9.])),
        (sum("i,j->ij", &[v, v]), f64s(&[3, 3], &[1., -2., 3., -2., 4., -6., 3., -6., 9.])),
        (sum("i,i", &[v, v]), f64s(&[], &[14.])),
        (sum("i,i->i", &[v, v]), f64s(&[3], &[1., 4., 9.])),
        (sum("ij,ij->", &[a, a]), f64s(&[], &[91.])),
        (sum("ij,ij->i", &[a, a]), f64s(&[2], &[14., 77.])),
        (sum("ij,ij->ji", &[a, a]), f64s(&[3, 2], &[1., 16., 4., 25., 9., 36.])),
        (
            sum("bij,jk->bik", &[t, q]),
            f64s(&[2, 3, 2], &[7., 10., 15., 22., 23., 34., 31., 46., 39., 58., 47., 70.]),
        ),
        (
            sum("bij,bkj->bik", &[t, t]),
            f64s(
                &[2, 3, 3],
                &[
                    5., 11., 17., 11., 25., 39., 17., 39., 61., 113., 143., 173., 143., 181., 219.,
                    173., 219., 265.,
                ],
            ),
        ),
        (
            sum("bij,bjk->bik", &[t, &t.swap_axes(1, 2)]),
            f64s(
                &[2, 3, 3],
                &[
                    5., 11., 17., 11., 25., 39., 17., 39., 61., 113., 143., 173., 143., 181., 219.,
                    173., 219., 265.,
                ],
            ),
        ),
        (sum("bij,bij->b", &[t, t]), f64s(&[2], &[91., 559.])),
        (
            sum("bij,k->kbj", &[t, v]),
            f64s(&[3, 2, 2], &[9., 12., 27., 30., -18., -24., -54., -60., 27., 36., 81., 90.]),
        ),
        (sum("ijk,ijk,ijk->", &[t, t, t]), f64s(&[], &[6084.])),
        (sum("ij,jk,kl->il", &[a, u, q]), f64s(&[2, 2], &[53., 78., 120.5, 177.])),
        (sum("ij,jk,kl,lm->im", &[q, q, q, q]), f64s(&[2, 2], &[199., 290., 435., 634.])),
        (sum("ij,kj,k,i,->", &[s, s, v, v, c]), f64s(&[], &[1552.])),
        (
            sum("ij,jk,kl,lm,mn,no,op->ip", &[q, q, q, q, q, q, q]),
            f64s(&[2, 2], &[30853., 44966., 67449., 98302.]),
        ),
        (
            sum("...ij,...jk->...ik", &[t, &u.t()]),
            f64s(
                &[2, 3, 3],
                &[
                    2.5, 5.5, 8.5, 5.5, 12.5, 19.5, 8.5, 19.5, 30.5, 11.5, 26.5, 41.5, 14.5, 33.5,
                    52.5, 17.5, 40.5, 63.5,
                ],
            ),
        ),
        (sum("...,...", &[a, v]), f64s(&[2, 3], &[1., -4., 9., 4., -10., 18.])),
        (sum("...i,...i->...", &[t, u]), f64s(&[2, 3], &[2.5, 12.5, 30.5, 11.5, 33.5, 63.5])),
        (
            sum("i...->...i", &[t]),
            f64s(&[3, 2, 2], &[1., 7., 2., 8., 3., 9., 4., 10., 5., 11., 6., 12.]),
        ),
        (sum("...", &[a]), f64s(&[2, 3], &[1., 2., 3., 4., 5., 6.])),
        (sum("...ii->...", &[f]), f64s(&[3], &[15., 42., 69.])),
        (
            sum("i,...->...i", &[v, a]),
            f64s(
                &[2, 3, 3],
                &[
                    1., -2., 3., 2., -4., 6., 3., -6., 9., 4., -8., 12., 5., -10., 15., 6., -12.,
                    18.,
                ],
            ),
        ),
        (
            sum("b...a", &[t]),
            f64s(&[3, 2, 2], &[1., 7., 2., 8., 3., 9., 4., 10., 5., 11., 6., 12.]),
        ),
        (sum("ij->i...", &[a]), f64s(&[2], &[6., 15.])),
        (sum("i->...i", &[v]), f64s(&[3], &[1., -2., 3.])),
        (sum("ij,jk->ik", &[r, s]), f64s(&[1, 3], &[30., 36., 42.])),
        (sum("ij,kj->ik", &[r, r]), f64s(&[1, 1], &[14.])),
        (sum("ij,ij->ij", &[r, s]), f64s(&[3, 3], &[1., 4., 9., 4., 10., 18., 7., 16., 27.])),
        (sum("ij,ij->j", &[r, s]), f64s(&[3], &[12., 30., 54.])),
        (sum("i,i->", &[&c.expand(0), v]), f64s(&[], &[4.])),
        (sum(",", &[c, c]), f64s(&[], &[4.])),
        (sum("->", &[c]), f64s(&[], &[2.])),
        (sum(",ij->ji", &[c, a]), f64s(&[3, 2], &[2., 8., 4., 10., 6., 12.])),
        (sum("i,i->", &[i, i]), i64s(&[], &[14])),
        (sum("i,j->ij", &[i, v]), f64s(&[3, 3], &[1., -2., 3., 2., -4., 6., 3., -6., 9.])),
        (sum("ij,ij->j", &[e, e]), f64s(&[3], &[0., 0., 0.])),
        (sum("ij,kj->ik", &[e, a]), f64s(&[0, 2], &[])),
        (sum("ij,kj->jk", &[e, a]), f64s(&[3, 2], &[0., 0., 0., 0., 0., 0.])),
        (sum("Ab,bc->cA", &[a, b]), f64s(&[4, 2], &[8., 8., 14., 23., 20., 38., 26., 53.])),
        (sum("i,ij,j", &[v, s, v]), f64s(&[], &[36.])),
        (sum("ij,j,jk->i", &[a, v, b]), f64s(&[2], &[164., 296.])),
    ]);
}

#[test]
fn tensordots() {
    let a = &lit(&[2, 3], &[1., 2., 3., 4., 5., 6.]);
    let b = &lit(&[3, 4], &[-4., -3., -2., -1., 0., 1., 2., 3., 4., 5., 6., 7.]);
    let s = &lit(&[3, 3], &[1., 2., 3., 4., 5., 6., 7., 8., 9.]);
    let t = &lit(&[2, 3, 2], &[1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12.]);
    let v = &lit(&[3], &[1., -2., 3.]);
    let i = &ints(&[3], &[1, 2, 3]);
    let f = &lit(
        &[3, 3, 3],
        &[
            1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 11., 12., 13., 14., 15., 16., 17., 18., 19.,
            20., 21., 22., 23., 24., 25., 26., 27.,
        ],
    );
    assert_values(&[
        (a.tensordot(b, 1), f64s(&[2, 4], &[8., 14., 20., 26., 8., 23., 38., 53.])),
        (
            t.tensordot(f.slice((.., 0..2)), ([1, 2], [0, 1])),
            f64s(&[2, 3], &[318., 339., 360., 732., 789., 846.]),
        ),
        (
            t.tensordot(t, ([2, 0], [0, -1])),
            f64s(&[3, 3], &[93., 129., 165., 129., 181., 233., 165., 233., 301.]),
        ),
        (v.tensordot(v, 0), f64s(&[3, 3], &[1., -2., 3., -2., 4., -6., 3., -6., 9.])),
        (a.tensordot(a, 2), f64s(&[], &[91.])),
        (s.tensordot(v, ([-2], [0])), f64s(&[3], &[14., 16., 18.])),
        (i.tensordot(v, 1), f64s(&[], &[6.])),
        (bilinear(a, f.slice((0..2,)), a + 1), f64s(&[2, 2], &[336., 822., 1488., 3918.])),
        (bilinear(v, f, v), f64s(&[3], &[36., 72., 108.])),
    ]);
}

/// How many elements all matrix products and elementwise results of an expression have.
fn work(expr: &Expr) -> (usize, i64) {
    let graph = graph_of(&[], &[expr]);
    let sizes = graph.nodes().iter().filter(|n| matches!(n.op, Op::MatMul | Op::Binary(_)));
    let sizes: Vec<i64> = sizes.map(|n| n.ty.shape.count().known().unwrap()).collect();
    (sizes.len(), sizes.iter().sum())
}

#[test]
fn the_order_is_the_cheap_one() {
    let square = |name: &str, rows, columns| matrix::<f64>(name, (rows, columns));
    let (x, y, z) = (square("x", 2, 100), square("y", 100, 100), square("z", 100, 3));
    // From the left: 2x100 twice would also do; from the right 100x3 is dearer.
    assert_eq!(work(&sum("ij,jk,kl->il", &[&x, &y, &z])), (2, 206));
    let v = vector::<f64>("v", 100);
    assert_eq!(work(&sum("ij,kj,k->i", &[&y, &y, &v])), (2, 200));
    // Beyond five operands the order is greedy: a chain of products with vectors.
    let chain = sum("ab,bc,cd,de,ef,fg,g->a", &[&y, &y, &y, &y, &y, &y, &v]);
    assert_eq!(work(&chain), (6, 600));
}

#[test]
fn names_of_lengths() {
    let q = tensor::<f32>("q", ("b", "h", "t", "d"));
    let k = tensor::<f32>("k", ("b", "h", "s", "d"));
    let x = tensor::<f32>("x", ("b", "n", "n"));
    let types = [
        (sum("bhtd,bhsd->bhts", &[&q, &k]), "f32[b, h, t, s]"),
        (sum("...td,...sd->...ts", &[&q, &k]), "f32[b, h, t, s]"),
        (sum("bhtd->bthd", &[&q]).flatten(2), "f32[b, t, d*h]"),
        (sum("bii->b", &[&x]), "f32[b]"),
        (q.tensordot(&k, ([0, 1, 3], [0, 1, 3])), "f32[t, s]"),
    ];
    for (expr, expected) in &types {
        assert_eq!(expr.ty().unwrap_or_else(|e| panic!("{e}")).to_string(), *expected);
    }
}
