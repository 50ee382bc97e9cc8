//! Elements at index tensors on several leading axes, read and written.
//!
//! Invariants: the index tensors broadcast to one shape, which stands in the result where the
//! axes were; negative indices count from the end; an index outside its axis is an error of the
//! call that names the axis, its length and the index.
//!
//! Not here: index tensors on one axis (`index.rs`).

use crate::dim::Dim;
use crate::error::Cause;
use crate::expr::Expr;
use crate::index::iota;
use crate::infer::broadcast;
use crate::operators::Operand;
use crate::shape::{Shape, Type};
use crate::span::Span;
use crate::structure::build_from;

impl Expr {
    /// `out[…, k] = x[i[…], j[…], k]`: the elements at index tensors (integers) on the leading
    /// axes. They broadcast; the gradient adds up over repeated indices.
    ///
    /// ```
    /// # use hypatia_ir::expr::{tensor, vector};
    /// let x = tensor::<f32>("x", (5, 7, "k"));
    /// let (i, j) = (vector::<i64>("i", "n"), vector::<i64>("j", "n"));
    /// assert_eq!(x.at([&i, &j]).ty().unwrap().to_string(), "f32[n, k]");
    /// ```
    #[track_caller]
    pub fn at<E: Into<Expr>>(&self, indices: impl IntoIterator<Item = E>) -> Expr {
        self.indexed("at", indices, Vec::new(), |flat, place, _| flat.take(place, 0))
    }

    /// A copy whose elements at these indices are `value`, which broadcasts; of several for one
    /// element the last stays.
    #[track_caller]
    pub fn set_at<E: Into<Expr>>(
        &self,
        indices: impl IntoIterator<Item = E>,
        value: impl Into<Operand>,
    ) -> Expr {
        let value = vec![self.like(value)];
        self.indexed("set_at", indices, value, |flat, place, value| {
            flat.scatter_set(place, value, 0).reshape(&shape_of(self))
        })
    }

    /// A copy with `value`, which broadcasts, added at these indices; repeated ones accumulate.
    #[track_caller]
    pub fn add_at<E: Into<Expr>>(
        &self,
        indices: impl IntoIterator<Item = E>,
        value: impl Into<Operand>,
    ) -> Expr {
        let value = vec![self.like(value)];
        self.indexed("add_at", indices, value, |flat, place, value| {
            flat.scatter_add(place, value, 0).reshape(&shape_of(self))
        })
    }

    /// Builds from the tensor with its indexed axes as one, places along it, and the value in the
    /// shape of the elements there.
    #[track_caller]
    fn indexed<E: Into<Expr>>(
        &self,
        name: &'static str,
        indices: impl IntoIterator<Item = E>,
        value: Vec<Expr>,
        build: impl FnOnce(&Expr, &Expr, &Expr) -> Expr,
    ) -> Expr {
        let indices: Vec<Expr> = indices.into_iter().map(Into::into).collect();
        Span::caller().on_behalf_of(|| {
            let operands: Vec<&Expr> = [self].into_iter().chain(&indices).chain(&value).collect();
            build_from(name, &operands, |types| {
                let count = indices.len();
                let (x, at) = (types[0], &types[1..=count]);
                check(x, at)?;
                let shape = at.iter().try_fold(Shape::scalar(), |shape, ty| {
                    broadcast(&shape, &ty.shape, &mut Vec::new())
                })?;
                let (leading, rest) = x.shape.split_at(count);
                let length = leading.iter().fold(Dim::Known(1), |n, d| &n * d);
                let flat: Vec<Dim> = [length].into_iter().chain(rest.iter().cloned()).collect();
                let part: Vec<Dim> = shape.iter().chain(rest).cloned().collect();
                let place = place(&indices, leading).broadcast_to(&shape);
                let value = match value.first() {
                    Some(value) => self.holding(value)?.broadcast_to(part),
                    None => self.clone(),
                };
                Ok(build(&self.reshape(flat), &place, &value))
            })
        })
    }
}

fn check(x: &Type, at: &[&Type]) -> Result<(), Cause> {
    if at.is_empty() || at.len() > x.rank() {
        let (expected, found) = ("one index tensor for each of the leading axes", at.len());
        return Err(Cause::Rank { expected, found });
    }
    match at.iter().find(|ty| !ty.dtype.is_int()) {
        Some(ty) => Err(Cause::DType { expected: "integer indices", found: ty.dtype }),
        None => Ok(()),
    }
}

/// The row-major place among the leading axes. Each index is looked up in the numbers of its axis,
/// which checks it and counts negative ones from the end.
fn place(indices: &[Expr], leading: &[Dim]) -> Expr {
    let own = |(axis, (index, length)): (usize, (&Expr, &Dim))| {
        // One more axis for each before: so that errors name the axis.
        let mut dims = vec![Dim::Known(1); axis];
        dims.push(length.clone());
        let numbers = iota::<i64>(length.clone()).reshape(dims);
        let found = numbers.take(index, axis as i64);
        found.reshape(&shape_of(index))
    };
    let places = indices.iter().zip(leading).enumerate().map(own).zip(leading);
    let sum = places.fold(None, |sum: Option<Expr>, (place, length)| {
        Some(sum.map_or(place.clone(), |sum| sum * Expr::dim(length) + place))
    });
    sum.unwrap_or_else(|| Expr::constant(0i64))
}

fn shape_of(x: &Expr) -> Shape {
    x.type_or_none().map_or_else(Shape::scalar, |ty| ty.shape.clone())
}
