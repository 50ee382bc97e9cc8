//! Types of every op: what they are, what each needs of the dims, and what is refused. The good
//! rows together are a graph that must read back as it prints.

use crate::assert_round_trip;
use hypatia_ir::graph::Graph;
use hypatia_ir::op::{ArgOp, BinaryOp, CompareOp, GradientMarker, ReduceOp, ScatterOp, UnaryOp};
use hypatia_ir::text::parse;
use std::collections::HashSet;

const INPUTS: &str = "hyp 1
input s: f32[]
input v: f32[n]
input w: f32[m]
input x: f32[n, 4]
input y: f32[4, k]
input t: f32[b, n, 4]
input d: f64[n, 4]
input i: i64[n]
input j: i32[n, 1]
input u: u8[2]
input p: bool[n, 4]
input q: bool[4]
input e: f32[0, 4]
input g: f32[n, k]
input sq: f32[2, n, n]
input rhs: f32[2, n, 3]
input e5: f32[n + 5, 4]
";

/// An application, its type, and the requirements it leaves.
const GOOD: &[(&str, &str, &[&str])] = &[
    ("const(1.5: f32)", "f32[]", &[]),
    ("literal([1, 2])", "f32[2]", &[]),
    ("dim(n + 1)", "i64[]", &[]),
    ("iota(n: u8)", "u8[n]", &[]),
    ("neg(i)", "i64[n]", &[]),
    ("add(v, s)", "f32[n]", &[]),
    ("add(v, w)", "f32[n]", &["n = m"]),
    ("mul(x, q2)", "f32[n, 4]", &[]),
    ("sub(t, x)", "f32[b, n, 4]", &[]),
    ("div(t, v2)", "f32[b, n, 4]", &[]),
    ("pow(e, s)", "f32[0, 4]", &[]),
    ("maximum(i, i)", "i64[n]", &[]),
    ("and(p, q)", "bool[n, 4]", &[]),
    ("or(q, p)", "bool[n, 4]", &[]),
    ("not(p)", "bool[n, 4]", &[]),
    ("not(u)", "u8[2]", &[]),
    ("xor(i, i)", "i64[n]", &[]),
    ("shl(j, j)", "i32[n, 1]", &[]),
    ("shr(u, u)", "u8[2]", &[]),
    ("quot(j, j)", "i32[n, 1]", &[]),
    ("random_bits(i, i, i, word=3)", "i32[n]", &[]),
    ("eq(p, q)", "bool[n, 4]", &[]),
    ("lt(x, s)", "bool[n, 4]", &[]),
    ("select(q, x, s)", "f32[n, 4]", &[]),
    ("stop_gradient(x)", "f32[n, 4]", &[]),
    ("fast(x)", "f32[n, 4]", &[]),
    ("zero_gradient(x)", "f32[n, 4]", &[]),
    ("undefined_gradient(p)", "bool[n, 4]", &[]),
    ("clip_gradient(x, bounds=[-inf, 0.1])", "f32[n, 4]", &[]),
    ("scale_gradient(u, by=-1)", "u8[2]", &[]),
    ("cast(p, to=f64)", "f64[n, 4]", &[]),
    ("sum(t, axes=[0, 2])", "f32[1, n, 1]", &[]),
    ("sum(t, axes=[])", "f32[b, n, 4]", &[]),
    ("prod(e, axes=[0])", "f32[1, 4]", &[]),
    ("max(x, axes=[1])", "f32[n, 1]", &[]),
    ("max(x, axes=[0])", "f32[1, 4]", &["n >= 1"]),
    ("min(u, axes=[0])", "u8[1]", &[]),
    ("any(p, axes=[0])", "bool[1, 4]", &[]),
    ("all(p, axes=[0, 1])", "bool[1, 1]", &[]),
    ("argmax(x, axis=1)", "i64[n, 1]", &[]),
    ("argmin(g, axis=1)", "i64[n, 1]", &["k >= 1"]),
    ("argsort(x, axis=1)", "i64[n, 4]", &[]),
    ("argsort_descending(u, axis=0)", "i64[2]", &[]),
    ("cumsum(i, axis=0)", "i64[n]", &[]),
    ("recurrence(v, w, axis=0)", "f32[n]", &["n = m"]),
    ("recurrence(x, g, axis=1)", "f32[n, 4]", &["4 = k"]),
    ("cumargmax(e, axis=0)", "i64[0, 4]", &[]),
    ("cumargmin(t, axis=2)", "i64[b, n, 4]", &[]),
    ("cholesky(sq)", "f32[2, n, n]", &[]),
    ("cholesky_or_nan(y)", "f32[4, k]", &["4 = k"]),
    ("solve_triangular(sq, rhs, triangle=[lower, unit])", "f32[2, n, 3]", &[]),
    ("solve_triangular(sq, sq, triangle=[])", "f32[2, n, n]", &[]),
    ("solve(y, y)", "f32[4, k]", &["4 = k"]),
    ("solve(sq, t)", "f32[2, n, 4]", &["2 = b"]),
    ("det(sq)", "f32[2]", &[]),
    ("logabsdet(y)", "f32[]", &["4 = k"]),
    ("detsign(sq)", "f32[2]", &[]),
    ("eigh(sq)", "f32[2, n, n + 1]", &[]),
    ("qr(e5)", "f32[n + 9, 4]", &["n + 1 >= 0"]),
    ("qr(x)", "f32[n + 4, 4]", &["n - 4 >= 0"]),
    ("reshape(x, to=[4*n])", "f32[4*n]", &[]),
    ("reshape(x, to=[n, 2, 2])", "f32[n, 2, 2]", &[]),
    ("reshape(w, to=[a, c])", "f32[a, c]", &["m = a*c"]),
    ("transpose(t, perm=[2, 0, 1])", "f32[4, b, n]", &[]),
    ("broadcast(s, to=[n, 3])", "f32[n, 3]", &[]),
    ("broadcast(j, to=[n, 9])", "i32[n, 9]", &[]),
    ("broadcast(v, to=[m])", "f32[m]", &["n = m"]),
    ("slice(x, parts=[0:n:1, 3:2:-2])", "f32[n, 2]", &[]),
    ("slice(v, parts=[1:n - 1:1])", "f32[n - 1]", &["n - 1 >= 0"]),
    ("slice(v, parts=[n:0:1])", "f32[0]", &[]),
    ("pad(x, s, widths=[1:2:0, 0:n:1])", "f32[n + 3, n + 7]", &[]),
    ("pad(e, s, widths=[1:0:3, 0:0:0])", "f32[1, 4]", &[]),
    ("concat(x, x, e, axis=0)", "f32[2*n, 4]", &[]),
    ("concat(v, axis=0)", "f32[n]", &[]),
    ("windows(w, axis=0, size=3, stride=1, dilation=1)", "f32[m - 2, 3]", &["m - 2 >= 1"]),
    ("windows(w, axis=0, size=1, stride=1, dilation=9)", "f32[m, 1]", &[]),
    (
        "windows(t, axis=1, size=3, stride=2, dilation=2)",
        "f32[b, floor((n - 5)/(2)) + 1, 4, 3]",
        &["n - 4 >= 1"],
    ),
    ("windows(q, axis=0, size=2, stride=2, dilation=1)", "bool[2, 2]", &[]),
    ("fold(x, axis=0, length=n + 3, stride=1, dilation=1)", "f32[n + 3]", &["n >= 1"]),
    ("fold(t, axis=1, length=m, stride=1, dilation=1)", "f32[b, m]", &["m - 3 >= 1", "n = m - 3"]),
    ("matmul(x, y)", "f32[n, k]", &[]),
    ("matmul(g, y2)", "f32[n, 4]", &[]),
    ("take(x, i, axis=0)", "f32[n, 4]", &[]),
    ("take(t, u, axis=1)", "f32[b, 2, 4]", &[]),
    ("take_along(x, j, axis=1)", "f32[n, 1]", &[]),
    ("scatter_add(x, i, x, axis=0)", "f32[n, 4]", &[]),
    ("scatter_add_along(x, j, v2, axis=1)", "f32[n, 4]", &[]),
    ("scatter_set(p, i, p, axis=0)", "bool[n, 4]", &[]),
    ("scatter_set_along(x, j, v2, axis=1)", "f32[n, 4]", &[]),
    ("scatter_max(x, i, x, axis=0)", "f32[n, 4]", &[]),
    ("scatter_max_along(x, j, v2, axis=1)", "f32[n, 4]", &[]),
    ("scatter_min(x, i, x, axis=0)", "f32[n, 4]", &[]),
    ("scatter_min_along(x, j, v2, axis=1)", "f32[n, 4]", &[]),
];

/// Values that some rows of the tables use.
const PARTS: &str = "%1000: f32[4] = iota(4: f32)
%1001: f32[n, 1] = reshape(v, to=[n, 1])
%1002: f32[k, 4] = transpose(y, perm=[1, 0])
";

fn text_of(rows: &[(String, &str)]) -> String {
    let mut text = format!("{INPUTS}{PARTS}");
    for (i, (application, ty)) in rows.iter().enumerate() {
        let application =
            application.replace("q2", "%1000").replace("v2", "%1001").replace("y2", "%1002");
        let colon = if ty.is_empty() { "" } else { ": " };
        text += &format!("%{i}{colon}{ty} = {application}\noutput y{i} = %{i}\n");
    }
    text
}

/// The rows of the table, and one row for each elementwise op and reduction that has none.
fn good() -> Vec<(String, &'static str, &'static [&'static str])> {
    let float = UnaryOp::ALL.iter().filter(|&&op| op != UnaryOp::Not);
    let takes_floats = |op: &BinaryOp| match op {
        BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => false,
        BinaryOp::Shl | BinaryOp::Shr | BinaryOp::Quot => false,
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Pow => true,
        BinaryOp::Max | BinaryOp::Min | BinaryOp::Rem | BinaryOp::Atan2 => true,
    };
    let number = BinaryOp::ALL.iter().filter(|&op| takes_floats(op));
    let unary = float.map(|op| (format!("{}(d)", op.name()), "f64[n, 4]", &[][..]));
    let binary = number.map(|op| (format!("{}(d, d)", op.name()), "f64[n, 4]", &[][..]));
    let compare = CompareOp::ALL.iter().map(|op| (format!("{}(i, j)", op.name()), "", &[][..]));
    // i64 beside i32: see BAD.
    let compare = compare.map(|(text, _, n)| (text.replace("(i, j)", "(j, j)"), "bool[n, 1]", n));
    let table = GOOD.iter().map(|&(text, ty, needs)| (text.to_string(), ty, needs));
    table.chain(unary).chain(binary).chain(compare).collect()
}

#[test]
fn good_rows_have_their_types_and_requirements() {
    for (application, ty, needs) in good() {
        // A literal has no type but the stated one.
        let stated = if application.starts_with("literal") { ty } else { "" };
        let graph = parse(&text_of(&[(application.clone(), stated)]));
        let graph = graph.unwrap_or_else(|e| panic!("{application}: {e}"));
        assert_eq!(graph.ty(graph.roots[0].node).to_string(), ty, "{application}");
        let guards: Vec<String> = graph.guards.iter().map(|g| g.requirement.to_string()).collect();
        assert_eq!(guards, needs, "{application}");
    }
}

#[test]
fn all_rows_together_read_back_as_they_print() {
    let rows: Vec<(String, &str)> = good().into_iter().map(|(text, ty, _)| (text, ty)).collect();
    let graph: Graph = parse(&text_of(&rows)).unwrap();
    assert_round_trip(&graph);
    let used: HashSet<&str> = graph.nodes().iter().map(|n| n.op.name()).collect();
    let tables = [
        UnaryOp::ALL.iter().map(|op| op.name()).collect::<Vec<_>>(),
        BinaryOp::ALL.iter().map(|op| op.name()).collect(),
        CompareOp::ALL.iter().map(|op| op.name()).collect(),
        ScatterOp::ALL.iter().flat_map(|op| [op.name(), op.along()]).collect(),
        ReduceOp::ALL.iter().map(|op| op.name()).collect(),
        ArgOp::ALL.iter().map(|op| op.name()).collect(),
        GradientMarker::ALL.map(GradientMarker::name).to_vec(),
        "input literal const dim iota select random_bits fast cast reshape transpose broadcast \
         slice pad concat windows fold matmul take take_along"
            .split_whitespace()
            .collect(),
    ];
    for name in tables.concat() {
        assert!(used.contains(name), "no row has {name}");
    }
}

/// An application, and what is wrong with it.
const BAD: &[(&str, &str)] = &[
    ("exp(i)", "expected a float type, found i64"),
    ("floor(u)", "expected a float type, found u8"),
    ("neg(p)", "expected a number type, found bool"),
    ("not(x)", "expected bool or an integer type, found f32"),
    ("add(x, d)", "f32 and f64 do not mix"),
    ("eq(i, j)", "i64 and i32 do not mix"),
    ("add(p, p)", "expected a number type, found bool"),
    ("and(x, x)", "expected bool or an integer type, found f32"),
    ("xor(d, d)", "expected bool or an integer type, found f64"),
    ("shl(p, p)", "expected an integer type, found bool"),
    ("random_bits(i, i, i, word=4)", "`word` is 4, expected 0, 1, 2 or 3"),
    ("random_bits(i, j, i, word=0)", "expected i64, found i32"),
    ("quot(x, x)", "expected an integer type, found f32"),
    ("rem(p, p)", "expected a number type, found bool"),
    ("div(i, i)", "expected a float type, found i64"),
    ("pow(i, i)", "expected a float type, found i64"),
    ("add(x, u2)", "the shapes do not broadcast: 4 against 2, 1 from the end"),
    ("select(x, x, x)", "expected a bool mask, found f32"),
    ("select(p, x, d)", "f32 and f64 do not mix"),
    ("iota(3: bool)", "expected a number type, found bool"),
    ("sum(p, axes=[0])", "expected a number type, found bool"),
    ("any(x, axes=[0])", "expected bool, found f32"),
    ("max(e, axes=[0])", "the extreme of no elements is not defined: axis 0 has length 0"),
    ("argmin(e, axis=0)", "the extreme of no elements is not defined: axis 0 has length 0"),
    ("sum(x, axes=[2])", "axis 2 is outside rank 2"),
    ("argmax(s, axis=0)", "axis 0 is outside rank 0"),
    ("reshape(e, to=[1])", "[0, 4] has 0 elements, [1] has 1"),
    ("reshape(s, to=[-1, -1])", "a length would be -1"),
    ("transpose(x, perm=[0, 0])", "[0, 0] is not a permutation of the 2 axes"),
    ("transpose(x, perm=[0])", "[0] is not a permutation of the 2 axes"),
    ("broadcast(x, to=[n, 5])", "[n, 4] does not broadcast to [n, 5]"),
    ("broadcast(x, to=[4])", "[n, 4] does not broadcast to [4]"),
    ("slice(x, parts=[0:n:1])", "expected one entry for each axis, found rank 1"),
    ("slice(q, parts=[0:2:0])", "slice of axis 0 takes 2 from 0 by 0, the axis has length 4"),
    ("slice(q, parts=[0:5:1])", "slice of axis 0 takes 5 from 0 by 1, the axis has length 4"),
    ("slice(q, parts=[1:3:-1])", "slice of axis 0 takes 3 from 1 by -1, the axis has length 4"),
    ("slice(v, parts=[n:1:1])", "slice of axis 0 takes 1 from n by 1, the axis has length n"),
    ("pad(x, v, widths=[0:0:0, 0:0:0])", "expected a scalar to pad with, found rank 1"),
    ("pad(v, s, widths=[-1:0:0])", "a length would be -1"),
    ("pad(d, s, widths=[0:0:0, 0:0:0])", "f64 and f32 do not mix"),
    ("concat(x, v, axis=0)", "expected operands of one rank, found rank 1"),
    ("concat(x, d, axis=0)", "f32 and f64 do not mix"),
    ("concat(u, u, axis=1)", "axis 1 is outside rank 1"),
    ("windows(x, axis=2, size=1, stride=1, dilation=1)", "axis 2 is outside rank 2"),
    (
        "windows(x, axis=1, size=3, stride=1, dilation=2)",
        "a window takes in 5 elements, axis 1 has length 4",
    ),
    (
        "windows(x, axis=0, size=0, stride=1, dilation=1)",
        "`size` is 0, expected a number of at least 1",
    ),
    (
        "windows(x, axis=0, size=2, stride=0, dilation=1)",
        "`stride` is 0, expected a number of at least 1",
    ),
    ("fold(x, axis=1, length=9, stride=1, dilation=1)", "axis 1 is outside rank 1"),
    (
        "fold(s, axis=0, length=9, stride=1, dilation=1)",
        "expected operands of rank 2 or more, found rank 0",
    ),
    ("fold(p, axis=0, length=9, stride=1, dilation=1)", "expected a number type, found bool"),
    (
        "fold(g, axis=0, length=9, stride=1, dilation=1)",
        "`size` is k, expected a number of at least 1",
    ),
    (
        "fold(x, axis=0, length=3, stride=1, dilation=1)",
        "a window takes in 4 elements, axis 0 has length 3",
    ),
    ("fold(e, axis=0, length=9, stride=1, dilation=1)", "axis 0 must agree: 0 against 6"),
    ("matmul(x, x)", ""),
    ("matmul(y, y)", ""),
    ("matmul(x, e)", "inner dimensions differ: 4 against 0"),
    ("matmul(v, x)", "expected operands of rank 2 or more, found rank 1"),
    ("matmul(t, x)", "expected operands of one rank, found rank 2"),
    ("matmul(p, p)", "expected a number type, found bool"),
    ("take(x, v, axis=0)", "expected integer indices, found f32"),
    ("take(x, i, axis=2)", "axis 2 is outside rank 2"),
    ("take_along(x, i, axis=0)", "expected operands of one rank, found rank 1"),
    ("scatter_add(x, i, v, axis=0)", "expected operands of one rank, found rank 1"),
    ("scatter_add(x, u, e, axis=0)", "axis 0 must agree: 2 against 0"),
    ("scatter_add(p, i, p, axis=0)", "expected a number type, found bool"),
    ("scatter_max(p, i, p, axis=0)", "expected a number type, found bool"),
    ("scatter_set(x, i, p, axis=0)", "f32 and bool do not mix"),
];

#[test]
fn bad_rows_are_refused_with_a_reason() {
    for (application, reason) in BAD {
        let application = application.replace("u2", "%999");
        let text = text_of(&[(application.clone(), "")]);
        let text = text.replace("%1000:", "%999: f32[2] = cast(u, to=f32)\n%1000:");
        match parse(&text) {
            Err(error) => {
                let reason = format!("{reason} (operands: ");
                assert!(error.found.starts_with(&reason), "{application}: {error}");
            }
            // Dims that are symbolic leave a requirement instead.
            Ok(graph) => assert!(reason.is_empty() && !graph.guards.is_empty(), "{application}"),
        }
    }
}
