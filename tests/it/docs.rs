//! Pages that are made from the sources: `docs/ops.md`, and the example of the read-me.
//!
//! Invariants: a page is what its generator writes, byte for byte. To write it anew:
//! `HYPATIA_REGENERATE=1 cargo test --test it docs`.
//!
//! Not here: whether examples run (doc-tests).

use hypatia::dtype::DType;
use hypatia::graph::Graph;
use hypatia::lower::lane::accuracy::{absolute_bound, binary_ulp_bound, ulp_bound};
use hypatia::op::{ArgOp, BinaryOp, CompareOp, GradientMarker, Op, ReduceOp, ScatterOp, UnaryOp};
use hypatia::routine::Routine;
use hypatia::shape::{Shape, Type};
use hypatia::text::{NodeText, parse};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// One node at least of every op that is not in a table.
const EXAMPLES: &str = "hyp 1
input x: f32[n, 3]
input i: i64[4]
input j: i64[n, 2]
input u: f32[4, 3]
input v: f32[n, 2]
%5: f32[2] = literal([1.5, -inf])
%6: f32[] = const(0.5: f32)
%7: i64[] = dim(2*n + 1)
%8: i64[n] = iota(n: i64)
%9: bool[n, 3] = gt(x, %6)
%10: f32[n, 3] = select(%9, x, %6)
%11: f32[n, 3] = stop_gradient(x)
%12: i32[n, 3] = cast(x, to=i32)
%13: f32[3*n] = reshape(x, to=[3*n])
%14: f32[3, n] = transpose(x, perm=[1, 0])
%15: f32[5, n, 3] = broadcast(x, to=[5, n, 3])
%16: f32[n, 2] = slice(x, parts=[n - 1:n:-1, 0:2:2])
%17: f32[n + 2, 5] = pad(x, %6, widths=[1:1:0, 0:0:1])
%18: f32[n, 5] = concat(x, v, axis=1)
%19: f32[n, n] = matmul(x, %14)
%20: f32[4, 3] = take(x, i, axis=0)
%21: f32[n, 2] = take_along(x, j, axis=1)
%22: f32[n, 3] = scatter_add(x, i, u, axis=0)
%23: f32[n, 3] = scatter_add_along(x, j, v, axis=1)
%24: f32[1, 3] = sum(x, axes=[0])
%25: i64[n, 1] = argmax(x, axis=1)
%26: f32[n, 2, 2] = windows(x, axis=1, size=2, stride=1, dilation=1)
%27: f32[n, 3] = fold(%26, axis=1, length=3, stride=1, dilation=1)
%28: i64[n, 3] = argsort(x, axis=1)
%29: i32[n] = random_bits(%7, %7, %8, word=0)
%30: f32[n, 3] = fast(x)
";

const MARKERS: [&str; 5] = [
    "stop_gradient(x)",
    "zero_gradient(x)",
    "undefined_gradient(x)",
    "clip_gradient(x, bounds=[-1, 1])",
    "scale_gradient(x, by=0.5)",
];

/// The sources with the enums of ops.
const OPS: &str = include_str!("../../crates/hypatia-ir/src/op.rs");
const ROUTINES: &str = include_str!("../../crates/hypatia-ir/src/routine.rs");

/// The documentation of each variant of an enum, by name.
fn documented(source: &str, table: &str) -> BTreeMap<String, String> {
    let mut lines = source.lines().skip_while(|l| !l.trim_end().ends_with(table)).skip(1);
    let (mut found, mut page) = (BTreeMap::new(), Vec::new());
    for line in lines.by_ref().map(str::trim).take_while(|&l| l != "}") {
        match line.strip_prefix("///") {
            Some(doc) => page.push(doc.trim()),
            None => {
                let name = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                found.insert(name.to_string(), plain(&std::mem::take(&mut page).join(" ")));
            }
        }
    }
    assert!(!found.is_empty(), "no `{table}`");
    found
}

/// Documentation without links to the sources.
fn plain(doc: &str) -> String {
    doc.replace("[`Op::", "`").replace("`]", "`")
}

/// The dtypes that an op on `count` equal operands takes.
fn dtypes(op: &Op, count: usize) -> String {
    let takes = |dtype: &DType| {
        let ty = Type::new(*dtype, Shape::from(&[2usize][..]));
        hypatia::expr::Expr::apply(op.clone(), (0..count).map(|_| operand(&ty)).collect())
            .type_or_none()
            .is_some()
    };
    let names: Vec<String> = DType::ALL.iter().filter(|d| takes(d)).map(DType::to_string).collect();
    names.join(" ")
}

fn operand(ty: &Type) -> hypatia::expr::Expr {
    hypatia::expr::Expr::input("x", Ok(ty.clone()), None)
}

fn ulps(bound: impl Fn(DType) -> f64) -> String {
    match (bound(DType::F32), bound(DType::F64)) {
        (0.0, 0.0) => "exact".into(),
        (single, double) if single == double => single.to_string(),
        (single, double) => format!("{single}, {double}"),
    }
}

fn table<T: Copy + std::fmt::Debug>(
    page: &mut String,
    source: &str,
    all: &[T],
    row: impl Fn(T) -> (&'static str, String),
) {
    let docs = documented(OPS, &format!("{source} {{"));
    for &op in all {
        let variant = format!("{op:?}").split('(').next().unwrap_or_default().to_string();
        let ((name, facts), doc) = (row(op), &docs[&variant]);
        writeln!(page, "| `{name}` | {} | {facts} |", doc.replace('|', "\\|")).unwrap();
    }
}

fn ops() -> String {
    let mut page = String::from(OPENING) + &crate::inventory::table() + PRIMITIVES;
    page += "\n## Elementwise, one operand\n\n| name | meaning | dtypes | error in ulp |\n| --- | --- | --- | --- |\n";
    table(&mut page, "UnaryOp", UnaryOp::ALL, |op| {
        let mut error = ulps(|d| ulp_bound(op, d));
        if absolute_bound(op) > 0.0 {
            write!(error, ", or {:e} in all", absolute_bound(op)).unwrap();
        }
        (op.name(), format!("{} | {error}", dtypes(&Op::Unary(op), 1)))
    });
    page += "\n## Elementwise, two operands\n\n| name | meaning | dtypes | error in ulp |\n| --- | --- | --- | --- |\n";
    table(&mut page, "BinaryOp", BinaryOp::ALL, |op| {
        let error = match op {
            BinaryOp::Pow | BinaryOp::Atan2 => ulps(|d| binary_ulp_bound(op, d)),
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div => "0.5".into(),
            BinaryOp::Max | BinaryOp::Min | BinaryOp::Rem | BinaryOp::Quot => "exact".into(),
            BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => "exact".into(),
            BinaryOp::Shl | BinaryOp::Shr => "exact".into(),
        };
        (op.name(), format!("{} | {error}", dtypes(&Op::Binary(op), 2)))
    });
    page += "\n## Comparisons\n\nThe result is bool.\n\n| name | meaning | dtypes |\n| --- | --- | --- |\n";
    table(&mut page, "CompareOp", CompareOp::ALL, |op| (op.name(), dtypes(&Op::Compare(op), 2)));
    page += "\n## Reductions\n\nReduced axes stay, with length 1.\n\n| name | meaning | dtypes |\n| --- | --- | --- |\n";
    let axis = hypatia::op::Axes::one(0);
    table(&mut page, "ReduceOp", ReduceOp::ALL, |op| (op.name(), dtypes(&Op::Reduce(op, axis), 1)));
    table(&mut page, "ArgOp", ArgOp::ALL, |op| (op.name(), dtypes(&Op::ArgReduce(op, 0), 1)));
    page += "\n## Markers of derivatives\n\nThey pass any value and vanish after differentiation.\n\n| name | meaning | example |\n| --- | --- | --- |\n";
    table(&mut page, "GradientMarker", &GradientMarker::ALL, |marker| {
        let example = MARKERS.iter().find(|text| text.starts_with(marker.name()));
        (marker.name(), format!("`{}`", example.unwrap()))
    });
    page += "\n## Scatters\n\nUpdates where indices say.\n\n| name | an update and what is there | with one index for each | dtypes |\n| --- | --- | --- | --- |\n";
    table(&mut page, "ScatterOp", ScatterOp::ALL, |op| (op.name(), scattered(op)));
    page += "\n## All others\n";
    others(&mut page);
    page += "\n## Routines\n\nAlgorithms over whole arrays that are no loop nest.\n\n| names | operands | meaning |\n| --- | --- | --- |\n";
    routines(&mut page);
    page
}

/// A row for each variant of `Routine`, with its names.
fn routines(page: &mut String) {
    let docs = documented(ROUTINES, "pub enum Routine {");
    let variant = |op: &Routine| format!("{op:?}").split(['(', ' ']).next().unwrap().to_string();
    for group in Routine::NAMED.chunk_by(|a, b| variant(a) == variant(b)) {
        let names: Vec<String> = group.iter().map(|op| format!("`{}`", op.name())).collect();
        let (names, doc) = (names.join(" "), docs[&variant(&group[0])].replace('|', "\\|"));
        writeln!(page, "| {names} | {} | {doc} |", group[0].arity()).unwrap();
    }
}

/// The other name, and the dtypes.
fn scattered(op: ScatterOp) -> String {
    let all = if op == ScatterOp::Set { "bool u8 i32 i64 f32 f64" } else { "u8 i32 i64 f32 f64" };
    format!("`{}` | {all}", op.along())
}

/// Every other variant of `Op`, with the example in the text form.
fn others(page: &mut String) {
    let graph: Graph = parse(EXAMPLES).unwrap();
    let tables = ["Unary", "Binary", "Compare", "Reduce", "ArgReduce", "Routine", "Marker"];
    for (variant, doc) in documented(OPS, "pub enum Op {") {
        let is_it = |op: &Op| format!("{op:?}").split(['(', ' ']).next() == Some(&variant);
        let mut nodes = graph.iter().filter(|(_, node)| is_it(&node.op));
        let Some((id, node)) = nodes.next() else {
            assert!(tables.contains(&&*variant), "no example of `Op::{variant}`");
            continue;
        };
        if !tables.contains(&&*variant) {
            let text = NodeText { graph: &graph, node: id };
            writeln!(page, "\n### `{}`\n\n{doc}\n\n```text\n{text}\n```", node.op.name()).unwrap();
        }
    }
}

const OPENING: &str = "# Ops

Made from the sources by `tests/it/docs.rs` and `tests/it/inventory/`; don't edit. First every
operation by family, then the [primitive ops](#primitive-ops) that all of them come down to.

## Every operation

A cell says what was tried when this page was made. *reference*: evaluated; *CPU*: machine code gives
the same; *vjp* and *jvp*: reverse and forward mode exist and are each other's adjoint; *vmap*: a
batch gives what its examples give; *none*: there is nothing to have, such as a derivative of an
integer. *shape* is the result's for the arguments of the trial, *dtypes* are those that it takes,
or its own if it has no choice. The last column is what values are held against: an op of the
[conformance runner](testing.md), another library, or exact results.
";

const PRIMITIVES: &str = "
## Primitive ops

Elementwise ops broadcast their operands as NumPy does; two operands have one dtype, and methods
of expressions insert the conversions. The examples are in the [text form](text-format.md), with
`x: f32[n, 3]`, `i: i64[4]`, `j: i64[n, 2]`, `u: f32[4, 3]`, `v: f32[n, 2]`, and `n` of any size.

The error is the largest distance from the exact result that compiled code may have, in units of the
last place; two numbers are for f32 and f64. Numbers without a fraction are always exact.
";

#[test]
fn the_page_of_ops_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ops.md");
    let expected = ops();
    if env::var_os("HYPATIA_REGENERATE").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let differs = |(at, (a, b)): (usize, (&str, &str))| {
        (a != b).then(|| format!("line {}:\n- {a}\n+ {b}", at + 1))
    };
    let end = ["<end>"];
    let lines = found.lines().chain(end).zip(expected.lines().chain(end)).enumerate();
    let difference = lines.into_iter().find_map(differs);
    let help = "HYPATIA_REGENERATE=1 cargo test --test it docs";
    assert!(
        found == expected,
        "docs/ops.md is old; run `{help}`\n{}",
        difference.unwrap_or_default()
    );
}

#[test]
fn the_read_me_and_the_crate_page_have_one_example() {
    let read_me = include_str!("../../README.md");
    let (_, rest) = read_me.split_once("```rust\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let strip = |line: &'static str| line.strip_prefix("//! ").or(line.strip_prefix("//!"));
    let page: Vec<&str> =
        include_str!("../../crates/hypatia/src/lib.rs").lines().map_while(strip).collect();
    assert!(page.join("\n").contains(&format!("```\n{example}```")), "the examples differ");
}
