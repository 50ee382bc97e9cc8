//! Running sums, recurrences and extremes along an axis, several lines at once where they lie side
//! by side.
//!
//! Invariants: each line is carried on its own, floats in `f64`, whatever lies beside it.
//!
//! Not here: sums of whole axes, which are kernels.

use hypatia_ir::op::ArgOp;
use hypatia_ir::scalar::Element;

/// A number type with the type that carries sums of it.
pub(super) trait Carried: Element + PartialOrd {
    /// `f64` for floats, the type itself for integers.
    type Wide: Copy + Default;
    /// Exact.
    fn widen(self) -> Self::Wide;
    /// Rounded to nearest.
    fn narrow(wide: Self::Wide) -> Self;
    /// `factor · y + term`; integers wrap.
    fn step(factor: Self::Wide, y: Self::Wide, term: Self::Wide) -> Self::Wide;
    /// The sum; integers wrap.
    fn plus(a: Self::Wide, b: Self::Wide) -> Self::Wide;
}

macro_rules! carried {
    ($($t:ty: $wide:ty, $plus:expr, $step:expr;)*) => {$(
        impl Carried for $t {
            type Wide = $wide;
            fn widen(self) -> $wide { self as $wide }
            fn narrow(wide: $wide) -> $t { wide as $t }
            fn step(a: $wide, y: $wide, b: $wide) -> $wide { $step(a, y, b) }
            fn plus(a: $wide, b: $wide) -> $wide { $plus(a, b) }
        }
    )*};
}
carried! {
    u8: u8, u8::wrapping_add, |a: u8, y, b| a.wrapping_mul(y).wrapping_add(b);
    i32: i32, i32::wrapping_add, |a: i32, y, b| a.wrapping_mul(y).wrapping_add(b);
    i64: i64, i64::wrapping_add, |a: i64, y, b| a.wrapping_mul(y).wrapping_add(b);
    f32: f64, |a, b| a + b, |a, y, b| a * y + b;
    f64: f64, |a, b| a + b, |a, y, b| a * y + b;
}

/// Calls `step` for every element, in order along each line, with what its line carries, its
/// position in the line and its place. A line begins with `start`.
fn along<A: Copy>(
    shape: &[usize],
    axis: usize,
    start: A,
    mut step: impl FnMut(&mut A, usize, usize),
) {
    let (len, inner) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
    let outer = shape[..axis].iter().product::<usize>();
    let mut carried = vec![start; inner];
    for block in 0..outer {
        carried.fill(start);
        for k in 0..len {
            let row = (block * len + k) * inner;
            carried.iter_mut().enumerate().for_each(|(i, line)| step(line, k, row + i));
        }
    }
}

pub(super) fn cumsum<T: Carried>(shape: &[usize], axis: usize, x: &[T], out: &mut [T]) {
    along(shape, axis, T::Wide::default(), |sum, _, at| {
        *sum = T::plus(*sum, x[at].widen());
        out[at] = T::narrow(*sum);
    });
}

pub(super) fn recurrence<T: Carried>(
    shape: &[usize],
    axis: usize,
    [a, b]: [&[T]; 2],
    out: &mut [T],
) {
    along(shape, axis, T::Wide::default(), |y, k, at| {
        let term = b[at].widen();
        *y = if k == 0 { term } else { T::step(a[at].widen(), *y, term) };
        out[at] = T::narrow(*y);
    });
}

pub(super) fn cumarg<T: Carried>(
    op: ArgOp,
    shape: &[usize],
    axis: usize,
    x: &[T],
    out: &mut [i64],
) {
    along(shape, axis, (T::default(), 0), |(best, place), k, at| {
        if k == 0 || beats(op, x[at], *best) {
            (*best, *place) = (x[at], k as i64);
        }
        out[at] = *place;
    });
}

/// Whether `new` takes the place of an earlier `best`: the first NaN does, then nothing.
fn beats<T: PartialOrd>(op: ArgOp, new: T, best: T) -> bool {
    let is_nan = |v: &T| v.partial_cmp(v).is_none();
    let better = match op {
        ArgOp::ArgMax => new > best,
        ArgOp::ArgMin => new < best,
    };
    better || is_nan(&new) && !is_nan(&best)
}
