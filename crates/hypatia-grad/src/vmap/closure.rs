//! [`vmap`]: a function of single examples, written as a closure, applied to a batch.
//!
//! Invariants: the closure runs once, on variables that stand for one example; these do not occur
//! in the results.
//!
//! Not here: the batching itself (`mod.rs`).

use crate::error::{Error, note};
use crate::vmap::batch::{moved, with_first};
use crate::vmap::batches;
use hypatia_ir::error::Cause;
use hypatia_ir::expr::{Expr, Kind};
use hypatia_ir::shape::Type;
use hypatia_ir::span::Span;

/// A function of one example to be applied to a batch: see [`vmap`].
#[must_use = "nothing is built before `apply`"]
pub struct Vmap<const N: usize> {
    at: Span,
    args: [Expr; N],
    in_axes: [Option<i64>; N],
    out_axes: Vec<Option<i64>>,
}

/// Applies a function of single examples to a batch of them. By default every argument has the
/// batch as its first axis, and so has every result.
///
/// ```
/// # use hypatia_ir::expr::{matrix, vector};
/// # use hypatia_grad::{grad, vmap};
/// let (xs, w) = (matrix::<f32>("xs", ("n", 3)), vector::<f32>("w", 3));
/// // The gradient of each example's own loss.
/// let [g] = vmap([&xs, &w])
///     .in_axes([Some(0), None])
///     .try_apply(|[x, w]| grad(x.dot(&w).sqr(), [&w]))
///     .unwrap();
/// assert_eq!(g.ty().unwrap().to_string(), "f32[n, 3]");
/// ```
#[track_caller]
pub fn vmap<A: Into<Expr>, const N: usize>(args: [A; N]) -> Vmap<N> {
    let args = args.map(Into::into);
    Vmap { at: Span::caller(), args, in_axes: [Some(0); N], out_axes: Vec::new() }
}

impl<const N: usize> Vmap<N> {
    /// For each argument the axis that runs over the batch, or `None`: the closure gets the
    /// argument whole. Negative axes count from the end.
    pub fn in_axes(self, in_axes: [Option<i64>; N]) -> Vmap<N> {
        Vmap { in_axes, ..self }
    }

    /// For each result where the batch axis goes, or `None`: the result must not depend on an
    /// argument with a batch axis, and gets none. Results beyond the list get it in front.
    pub fn out_axes(self, out_axes: &[Option<i64>]) -> Vmap<N> {
        Vmap { out_axes: out_axes.to_vec(), ..self }
    }

    /// The results of `f` for the whole batch.
    ///
    /// Errors: an expression does not type-check, an axis is outside its tensor, no argument has
    /// a batch axis, lengths of batch axes differ, or a result without a batch axis depends on
    /// the batch.
    pub fn apply<const M: usize>(
        self,
        f: impl FnOnce([Expr; N]) -> [Expr; M],
    ) -> Result<[Expr; M], Error> {
        self.try_apply(|args| Ok::<_, Error>(f(args)))
    }

    /// As [`Vmap::apply`], for functions that can fail, such as those that take gradients.
    pub fn try_apply<const M: usize, E: From<Error>>(
        self,
        f: impl FnOnce([Expr; N]) -> Result<[Expr; M], E>,
    ) -> Result<[Expr; M], E> {
        let Vmap { at, args, in_axes, out_axes } = self;
        let mut pairs = Vec::new();
        let mut args = args.into_iter().zip(in_axes).map(|(arg, axis)| match axis {
            None => arg,
            Some(axis) => {
                let (one, all) = at.on_behalf_of(|| example(&arg, axis));
                pairs.push((one.clone(), all));
                one
            }
        });
        // As many as there are arguments.
        let ones = std::array::from_fn(|_| args.next().unwrap_or_else(|| Expr::constant(0.0)));
        drop(args);
        let outputs = f(ones)?;
        let (length, batches) = batches(at, &outputs, &pairs)?;
        let mut results = outputs.clone();
        for (i, output) in outputs.iter().enumerate() {
            let all = || match batches.get(&output.id()) {
                Some(all) => Ok::<_, Error>(all.clone()),
                None => Ok(output.broadcast_to(&with_first(&length, &output.ty()?.shape))),
            };
            results[i] = match out_axes.get(i).copied().unwrap_or(Some(0)) {
                Some(axis) => at.on_behalf_of(|| Ok::<_, Error>(placed(&all()?, axis)))?,
                None if !batches.contains_key(&output.id()) => continue,
                None => return Err(Error::Varies { at, output: note(output) }.into()),
            };
            results[i].ty().map_err(Error::from)?;
        }
        Ok(results)
    }
}

/// A variable for one example of a batch along an axis, and the batch with that axis in front.
fn example(arg: &Expr, axis: i64) -> (Expr, Expr) {
    let Some(ty) = arg.type_or_none() else { return (arg.clone(), arg.clone()) };
    let Some(axis) = place(axis, ty.rank()) else {
        let cause = Cause::Axis { axis, rank: ty.rank() };
        let wrong = Expr::invalid("vmap", cause, vec![arg.clone()]);
        return (wrong.clone(), wrong);
    };
    let all = moved(arg, axis, 0);
    let dims = ty.shape.iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, d)| d.clone());
    let name = match arg.kind() {
        Kind::Input(input) => &*input.name,
        Kind::Literal(_) | Kind::Apply(..) | Kind::Invalid(..) | Kind::Unknown(..) => "example",
    };
    (Expr::input(name, Ok(Type::new(ty.dtype, dims.collect())), None), all)
}

/// A result with its batch axis moved from the front.
fn placed(all: &Expr, axis: i64) -> Expr {
    let Some(ty) = all.type_or_none() else { return all.clone() };
    match place(axis, ty.rank()) {
        Some(axis) => moved(all, 0, axis),
        None => Expr::invalid("vmap", Cause::Axis { axis, rank: ty.rank() }, vec![all.clone()]),
    }
}

/// The axis as a non-negative number, if it is one.
fn place(axis: i64, rank: usize) -> Option<usize> {
    let from_start = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(from_start).ok().filter(|&a| a < rank)
}
