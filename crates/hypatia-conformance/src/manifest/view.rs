//! Views of stored tensors: slices with steps, permuted axes, broadcasts.
//!
//! Invariants: slices and permutations are not copied here; a view that does not fit its tensor is
//! an error, not a panic.
//!
//! Not here: how a call reads a view (`hypatia_compile::args`).

use hypatia::args::Arg;
use hypatia::dtype::DType;
use hypatia::ndarray::{ArrayBase, ArrayViewD, Axis, Data, IxDyn, Slice};
use hypatia::tensor::{Stored, Tensor};
use serde::Deserialize;

/// What is done to a tensor, in this order.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct View {
    /// Start, stop, step for each axis by Python's rules; null is the default.
    #[serde(default)]
    pub slices: Option<Vec<[Option<i64>; 3]>>,
    /// Axis `i` of the view is this axis.
    #[serde(default)]
    pub perm: Option<Vec<usize>>,
    /// The shape that it is broadcast to.
    #[serde(default)]
    pub broadcast: Option<Vec<usize>>,
}

/// A view that its tensor does not have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the view does not fit a tensor of shape {0:?}")]
pub struct NoView(Vec<usize>);

/// Start and end of Python's `start:stop:step` on an axis, as rows kept before the step is taken.
fn range(slice: [Option<i64>; 3], length: i64) -> Option<Slice> {
    let [start, stop, step] = slice;
    let step = step.unwrap_or(1);
    let from_end = |i: i64| if i < 0 { i + length } else { i };
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let start = start.map_or(if step > 0 { low } else { high }, |i| from_end(i).clamp(low, high));
    let stop = stop.map_or(if step > 0 { high } else { low }, |i| from_end(i).clamp(low, high));
    // `ndarray` keeps a range and then walks it, backwards from its end for negative steps.
    let (first, end) = if step > 0 { (start, stop) } else { (stop + 1, start + 1) };
    (step != 0).then(|| Slice::new(first as isize, Some(end.max(first) as isize), step as isize))
}

impl View {
    /// An argument that sees a tensor so.
    pub fn of<'a>(&self, tensor: &'a Tensor) -> Result<Box<dyn Argument + 'a>, NoView> {
        match tensor.dtype() {
            DType::Bool => self.seen::<bool>(tensor),
            DType::U8 => self.seen::<u8>(tensor),
            DType::I32 => self.seen::<i32>(tensor),
            DType::I64 => self.seen::<i64>(tensor),
            DType::F32 => self.seen::<f32>(tensor),
            DType::F64 => self.seen::<f64>(tensor),
        }
    }

    fn seen<'a, T: Stored>(&self, tensor: &'a Tensor) -> Result<Box<dyn Argument + 'a>, NoView> {
        let misfit = || NoView(tensor.shape().to_vec());
        let mut array: ArrayViewD<'a, T> = tensor.view().ok_or_else(misfit)?;
        for (axis, &slice) in self.slices.iter().flatten().enumerate() {
            let length = *array.shape().get(axis).ok_or_else(misfit)?;
            let range = range(slice, length as i64).ok_or_else(misfit)?;
            array.slice_axis_inplace(Axis(axis), range);
        }
        if let Some(perm) = &self.perm {
            let mut sorted = perm.clone();
            sorted.sort_unstable();
            if !sorted.into_iter().eq(0..array.ndim()) {
                return Err(misfit());
            }
            array = array.permuted_axes(perm.clone());
        }
        match &self.broadcast {
            None => Ok(Box::new(array)),
            // The wide view would borrow the narrow one, so its elements are copied out.
            Some(shape) => match array.broadcast(shape.clone()) {
                Some(wide) => Ok(Box::new(wide.to_owned())),
                None => Err(misfit()),
            },
        }
    }
}

/// An array that can be bound in a call.
pub trait Argument {
    /// For compiled functions.
    fn arg(&self) -> Arg<'_>;
    /// For the reference evaluator.
    fn tensor(&self) -> Tensor;
}

impl<T: Stored, S: Data<Elem = T>> Argument for ArrayBase<S, IxDyn> {
    fn arg(&self) -> Arg<'_> {
        hypatia::args::arg(self)
    }

    fn tensor(&self) -> Tensor {
        Tensor::from(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_follow_pythons_rules() {
        let all: Tensor = (0..5i64).collect::<Vec<_>>().into();
        for (slice, want) in [
            ([None, None, None], vec![0i64, 1, 2, 3, 4]),
            ([None, None, Some(-1)], vec![4, 3, 2, 1, 0]),
            ([None, None, Some(2)], vec![0, 2, 4]),
            ([Some(3), Some(0), Some(-1)], vec![3, 2, 1]),
            ([Some(-2), None, None], vec![3, 4]),
            ([Some(1), Some(-1), Some(2)], vec![1, 3]),
            ([None, None, Some(-2)], vec![4, 2, 0]),
            ([Some(3), None, Some(-2)], vec![3, 1]),
            ([Some(4), Some(2), None], vec![]),
            ([Some(9), Some(-9), Some(-3)], vec![4, 1]),
        ] {
            let view = View { slices: Some(vec![slice]), ..View::default() };
            assert_eq!(view.of(&all).unwrap().tensor(), Tensor::from(want), "{slice:?}");
        }
    }

    #[test]
    fn views_that_do_not_fit_are_refused() {
        let all: Tensor = vec![1.0f32, 2.0].into();
        for view in [
            View { slices: Some(vec![[None, None, Some(0)]]), ..View::default() },
            View { slices: Some(vec![[None; 3]; 2]), ..View::default() },
            View { perm: Some(vec![1]), ..View::default() },
            View { broadcast: Some(vec![3]), ..View::default() },
        ] {
            assert!(view.of(&all).is_err(), "{view:?}");
        }
    }
}
