//! What a term costs at run time, and whether it is unstable.
//!
//! Costs are in nanoseconds of a rough machine: elements times a weight for each op, plus an
//! overhead where a value must be written to memory. Symbolic dims count as a hint.
//!
//! Invariants: instability outweighs any run-time cost; costs depend on the term and the classes
//! of its operands alone.
//!
//! Not here: the search for cheap terms (`extract.rs`).

use crate::language::{Head, Heads, Term, split};
use crate::rules::{Sight, loses};
use crate::space::{Class, Space};
use egg::{EClass, Id};
use hypatia_ir::dim::{Dim, DimValues};
use hypatia_ir::graph::{Graph, NodeId};
use hypatia_ir::op::{BinaryOp, ReduceOp, UnaryOp};
use hypatia_ir::routine::Routine;
use hypatia_ir::shape::Type;

/// The charge for a term that may overflow or cancel where another form would not.
///
/// In nanoseconds that is a quarter of an hour; sums of it keep thousandths of a nanosecond.
pub(crate) const UNSTABLE: f64 = 1e12;

/// The cost of a term of a class without its operands; infinite for names, which are no ops.
pub(crate) fn cost(
    space: &Space,
    sight: &Sight<'_>,
    class: &EClass<Term, Class>,
    term: &Term,
    hint: i64,
) -> f64 {
    let Some(ty) = &class.data.ty else { return 0.0 };
    let first = term.operands().first().and_then(|&x| space[x].data.ty.as_ref());
    let run = run(&term.head, ty, first, hint);
    run + if is_unstable(space, sight, class, term) { UNSTABLE } else { 0.0 }
}

/// The cost of everything that the roots of a graph need, stable or not.
pub(crate) fn of_graph(graph: &Graph, hint: i64) -> f64 {
    let live = graph.live();
    let needed = graph.iter().filter(|(id, _)| live[id.index()]);
    needed.map(|(id, _)| of_node(graph, id, hint)).sum()
}

/// The cost of a node without its operands, stable or not.
pub(crate) fn of_node(graph: &Graph, id: NodeId, hint: i64) -> f64 {
    let node = graph.node(id);
    let first = node.operands.first().map(|&x| graph.ty(x));
    split(&node.op).map_or(0.0, |(head, _)| run(&head, &node.ty, first, hint))
}

/// The cost of an op of this result type and type of the first operand.
pub(crate) fn run(head: &Head, ty: &Type, operand: Option<&Type>, hint: i64) -> f64 {
    let count = elements(ty, hint);
    let operand_count = operand.map_or(1.0, |t| elements(t, hint));
    match head {
        Head::Const(_) | Head::Leaf(_) | Head::Outer(_) | Head::Attr(_) => 0.0,
        Head::Unary(op) => 1.0 + count * unary(*op),
        Head::Binary(op) => 1.0 + count * binary(*op),
        Head::Compare(_) | Head::Select => 1.0 + count * 0.1,
        Head::Cast => 1.0 + count * 0.1,
        Head::RandomBits(_) => 1.0 + count * 10.0,
        Head::Marker(_) => 0.1,
        Head::Reduce(_) | Head::ArgReduce(_) => 50.0 + operand_count * 0.3,
        Head::Reshape | Head::Broadcast => 0.5,
        Head::Transpose => 2.0,
        Head::Slice => 1.0 + count * 0.01,
        Head::Pad | Head::Concat => 50.0 + count * 0.3,
        Head::Windows => 2.0,
        Head::Fold => 50.0 + count * 0.3 + operand_count * 0.3,
        Head::MatMul => {
            let length = |ty: &Type, back: usize| {
                ty.rank().checked_sub(back).map_or(1.0, |axis| value(&ty.shape[axis], hint))
            };
            let sizes = [length(ty, 2), operand.map_or(1.0, |t| length(t, 1)), length(ty, 1)];
            product(count / (sizes[0] * sizes[2]), sizes)
        }
        Head::Take | Head::TakeAlong => 5.0 + count * 0.5,
        Head::Scatter(_) | Head::ScatterAlong(_) => 50.0 + count * 0.3 + operand_count,
        Head::Routine(op) => 100.0 + operand_count * routine(*op),
        Head::Softmax | Head::LogSoftmax | Head::LogSumExp => f64::INFINITY,
    }
}

/// The cost of so many products of an `[m, k]` by a `[k, n]` matrix, for `[m, k, n]`. Each matrix
/// of a batch is packed anew, each result is written like one of any other op.
pub(crate) fn product(batch: f64, [m, k, n]: [f64; 3]) -> f64 {
    80.0 + batch * (20.0 + 0.05 * m * k * n + 0.1 * m * n)
}

fn unary(op: UnaryOp) -> f64 {
    match op {
        UnaryOp::Neg | UnaryOp::Abs | UnaryOp::Sign | UnaryOp::Not => 0.1,
        // One operand to load where a product has two.
        UnaryOp::Sqr => 0.09,
        UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Trunc | UnaryOp::Round => 0.15,
        UnaryOp::Sqrt => 0.5,
        UnaryOp::Rsqrt => 1.0,
        UnaryOp::Exp | UnaryOp::Expm1 | UnaryOp::Log | UnaryOp::Log1p => 1.5,
        UnaryOp::Sin | UnaryOp::Cos | UnaryOp::Tanh | UnaryOp::Sigmoid => 1.8,
        UnaryOp::Softplus | UnaryOp::Erf | UnaryOp::Sinh | UnaryOp::Cosh => 2.5,
        UnaryOp::Tan | UnaryOp::Asin | UnaryOp::Acos | UnaryOp::Atan => 2.5,
        UnaryOp::Erfc | UnaryOp::Erfcx => 5.0,
        UnaryOp::Erfinv | UnaryOp::Lgamma | UnaryOp::Digamma => 8.0,
        UnaryOp::Asinh | UnaryOp::Acosh | UnaryOp::Atanh => 3.0,
    }
}

fn binary(op: BinaryOp) -> f64 {
    match op {
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => 0.1,
        BinaryOp::Max | BinaryOp::Min => 0.1,
        BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => 0.1,
        BinaryOp::Shl | BinaryOp::Shr => 1.0,
        BinaryOp::Quot => 6.0,
        BinaryOp::Rem => 10.0,
        BinaryOp::Div => 0.4,
        BinaryOp::Pow => 6.0,
        BinaryOp::Atan2 => 3.0,
    }
}

/// For each element of the first operand.
fn routine(op: Routine) -> f64 {
    match op {
        Routine::CumSum(_) | Routine::CumArg(..) => 1.0,
        Routine::Recurrence(_) => 2.0,
        Routine::ArgSort { .. } => 40.0,
        // For matrices of a few dozen rows.
        Routine::Cholesky { .. } | Routine::SolveTriangular(_) => 10.0,
        Routine::Eigh | Routine::Qr => 200.0,
        Routine::Solve | Routine::Det | Routine::LogAbsDet | Routine::DetSign => 20.0,
    }
}

/// The length that costs assume.
pub(crate) fn value(dim: &Dim, hint: i64) -> f64 {
    let formula = || {
        let hints: DimValues = dim.symbols().into_iter().map(|s| (s, hint)).collect();
        dim.eval(&hints).unwrap_or(hint)
    };
    let named = || dim.as_symbol().map(|_| hint);
    dim.known().or_else(named).unwrap_or_else(formula).max(1) as f64
}

/// The number of elements that costs assume.
pub(crate) fn elements(ty: &Type, hint: i64) -> f64 {
    ty.shape.iter().map(|d| value(d, hint)).product()
}

/// Whether the term is one that a stable spelling replaces: an exponential that may overflow, a
/// logarithm of something that may underflow, a difference from 1 that cancels.
pub(crate) fn is_unstable(
    space: &Space,
    sight: &Sight<'_>,
    class: &EClass<Term, Class>,
    term: &Term,
) -> bool {
    if loses(space, sight, class, term) {
        return true;
    }
    let operands = term.operands();
    match &term.head {
        Head::Unary(UnaryOp::Exp) => operands.iter().any(|&x| space[x].data.facts.hi > 1.0),
        Head::Unary(UnaryOp::Log) => {
            operands.iter().any(|&x| may_lose(space, x)) || sums_exponentials(space, operands)
        }
        _ => false,
    }
}

/// Whether a value, or one that a choice takes, is positive but may underflow.
fn may_lose(space: &Space, x: Id) -> bool {
    // What falls like 1/x underflows only where its operand overflows.
    let slow: Heads = 1 << Head::Unary(UnaryOp::Erfcx).bit();
    let underflows = |x: Id| space[x].data.facts.underflows() && space[x].data.ops & slow == 0;
    let chosen =
        |t: &Term| t.head == Head::Select && t.operands()[1..].iter().any(|&y| underflows(y));
    underflows(x) || space[x].nodes.iter().any(chosen)
}

/// Whether the operand is a sum of exponentials that may all underflow.
fn sums_exponentials(space: &Space, operands: &[Id]) -> bool {
    let exp = (1 as Heads) << Head::Unary(UnaryOp::Exp).bit();
    operands.iter().any(|&x| {
        // A sum with an element of 1 in it cannot underflow.
        !space[x].data.facts.apart_from_zero()
            && space[x].nodes.iter().any(|t| {
                t.head == Head::Reduce(ReduceOp::Sum)
                    && t.operands().iter().any(|&y| space[y].data.ops & exp != 0)
            })
    })
}
