//! Convolutions of one, two and three spatial axes, as products of matrices.
//!
//! The padded input is seen through windows, one matrix of columns: `[channels · kernel, batch ·
//! positions]`. With the kernels as rows, one product gives all outputs, and both gradients are
//! one product each: by the kernels of cotangents and columns, by the input the adjoint windows.
//!
//! Invariants: images are `[batch, channels, …]`, kernels `[out, in/groups, …]`; plain ops over
//! views, so that a product that reads windows itself needs no other spelling.
//!
//! Not here: the adjoint as a layer of its own (`conv_transpose.rs`), pooling (`pool.rs`).

use crate::dim::Dim;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::Expr;
use crate::op::{Op, PadAxis, SliceAxis, WindowAxis};
use crate::shape::{Shape, Type};
use crate::span::Span;

/// What surrounds the input of a convolution: zeros.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Padding {
    /// Nothing: the kernel stays inside the input.
    #[default]
    Valid,
    /// As many zeros as make the output `ceil(length / stride)`, one more after than before if
    /// they are odd.
    Same,
    /// So many before and after, for each spatial axis.
    Explicit(Vec<(i64, i64)>),
}

/// How a kernel goes over its input. The default is dense, without padding.
///
/// ```
/// # use hypatia_ir::{compose::{Conv, Padding}, expr::tensor};
/// let x = tensor::<f32>("x", ("n", 3, 32, 32));
/// let w = tensor::<f32>("w", (8, 3, 5, 5));
/// let halved = Conv { strides: vec![2, 2], padding: Padding::Same, ..Conv::default() };
/// assert_eq!(x.conv2d(&w, &Conv::default()).ty().unwrap().to_string(), "f32[n, 8, 28, 28]");
/// assert_eq!(x.conv2d(&w, &halved).ty().unwrap().to_string(), "f32[n, 8, 16, 16]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Distance of neighbouring windows along each spatial axis; none stands for 1 everywhere.
    pub strides: Vec<i64>,
    /// What surrounds the input.
    pub padding: Padding,
    /// Distance of neighbouring elements of a window along each spatial axis; none stands for 1
    /// everywhere.
    pub dilations: Vec<i64>,
    /// Into how many groups the channels are split: each sees its own part of the input alone.
    /// As many as channels make a depthwise convolution.
    pub groups: i64,
    /// Whether kernels run backwards: the convolution of mathematics. Without, the products are
    /// correlations, as usual in networks.
    pub flip: bool,
}

impl Default for Conv {
    fn default() -> Conv {
        let (strides, dilations, padding) = (Vec::new(), Vec::new(), Padding::Valid);
        Conv { strides, padding, dilations, groups: 1, flip: false }
    }
}

macro_rules! convolutions {
    ($($name:ident $axes:literal $image:literal $kernel:literal;)*) => {
        impl Expr {$(
            #[doc = concat!(
                "The convolution of images `", $image, "` with kernels `", $kernel,
                "`; the result is `[batch, out, …]`. Different float types promote. Kernels have \
                 known lengths along the spatial axes."
            )]
            #[track_caller]
            pub fn $name(&self, kernels: impl Into<Expr>, conv: &Conv) -> Expr {
                let (at, kernels) = (Span::caller(), kernels.into());
                at.on_behalf_of(|| {
                    let name = stringify!($name);
                    applied(name, self, &kernels, |x, w| convolve(x, w, $axes, conv))
                })
            }
        )*}
    };
}
convolutions! {
    conv1d 1 "[batch, channels, length]" "[out, channels/groups, length]";
    conv2d 2 "[batch, channels, height, width]" "[out, channels/groups, height, width]";
    conv3d 3 "[batch, channels, depth, height, width]"
        "[out, channels/groups, depth, height, width]";
}

/// An operand with its type.
pub(super) type Typed<'a> = (&'a Expr, &'a Type);

/// Builds from two typed operands, or passes errors on.
pub(super) fn applied(
    name: &'static str,
    x: &Expr,
    w: &Expr,
    build: impl Fn(Typed<'_>, Typed<'_>) -> Result<Expr, Cause>,
) -> Expr {
    let (Some(x_ty), Some(w_ty)) = (x.type_or_none(), w.type_or_none()) else {
        return Expr::apply(Op::MatMul, vec![x.clone(), w.clone()]);
    };
    let built = promoted(x_ty.dtype, w_ty.dtype).and_then(|dtype| {
        let (x, w) = (x.cast(dtype), w.cast(dtype));
        let typed = |ty: &Type| Type::new(dtype, ty.shape.clone());
        build((&x, &typed(x_ty)), (&w, &typed(w_ty)))
    });
    built.unwrap_or_else(|cause| Expr::invalid(name, cause, vec![x.clone(), w.clone()]))
}

fn promoted(left: DType, right: DType) -> Result<DType, Cause> {
    let dtype = left.promote(right).ok_or(Cause::Mixed { left, right })?;
    match dtype {
        DType::Bool => Err(Cause::DType { expected: "a number type", found: dtype }),
        _ => Ok(dtype),
    }
}

/// The numbers of a convolution, one for each spatial axis.
pub(super) struct Sizes {
    pub kernel: Vec<i64>,
    pub strides: Vec<i64>,
    pub dilations: Vec<i64>,
    /// How many groups, each with so many outputs.
    pub groups: i64,
}

impl Sizes {
    /// Checks ranks, numbers and channels; `channels` is the axis of the kernels that meets those
    /// of the input, where each group has its own part.
    pub fn of(x: &Type, w: &Type, axes: usize, conv: &Conv) -> Result<Sizes, Cause> {
        const RANKS: [&str; 3] = [
            "images [batch, channels, length] and kernels of rank 3",
            "images [batch, channels, height, width] and kernels of rank 4",
            "images [batch, channels, depth, height, width] and kernels of rank 5",
        ];
        if let Some(ty) = [x, w].into_iter().find(|ty| ty.rank() != axes + 2) {
            return Err(Cause::Rank { expected: RANKS[axes - 1], found: ty.rank() });
        }
        let kernel: Option<Vec<i64>> = w.shape[2..].iter().map(Dim::known).collect();
        let kernel = kernel.filter(|sizes| sizes.iter().all(|&size| size >= 1));
        let kernel = kernel.ok_or_else(|| Cause::Setting {
            name: "kernel",
            expected: "known lengths of at least 1",
            found: w.shape.to_string(),
        })?;
        let groups = conv.groups;
        if groups < 1 {
            return Err(setting("groups", "a number of at least 1", &groups));
        }
        let strides = at_least_one("strides", &conv.strides, axes)?;
        let dilations = at_least_one("dilations", &conv.dilations, axes)?;
        Ok(Sizes { kernel, strides, dilations, groups })
    }

    /// The windows of a spatial axis, whichever axis of a tensor that is now.
    pub fn window(&self, spatial: usize, axis: usize) -> WindowAxis {
        WindowAxis {
            axis,
            size: self.kernel[spatial],
            stride: self.strides[spatial],
            dilation: self.dilations[spatial],
        }
    }
}

pub(super) fn setting(
    name: &'static str,
    expected: &'static str,
    found: &impl std::fmt::Debug,
) -> Cause {
    Cause::Setting { name, expected, found: format!("{found:?}") }
}

/// One number for each axis; none stands for 1 everywhere.
pub(super) fn at_least_one(
    name: &'static str,
    numbers: &[i64],
    axes: usize,
) -> Result<Vec<i64>, Cause> {
    if numbers.is_empty() {
        return Ok(vec![1; axes]);
    }
    if numbers.len() != axes || numbers.iter().any(|&n| n < 1) {
        return Err(setting(name, "a number of at least 1 for each spatial axis", &numbers));
    }
    Ok(numbers.to_vec())
}

/// The axes `[groups, rest]` of channels, or `rest` alone if there is one group.
pub(super) fn grouped(groups: i64, rest: impl IntoIterator<Item = Dim>) -> Vec<Dim> {
    let lead = (groups > 1).then_some(Dim::Known(groups));
    lead.into_iter().chain(rest).collect()
}

/// The part of each group of so many channels.
pub(super) fn part(channels: &Dim, groups: i64, expected: &'static str) -> Result<Dim, Cause> {
    let part = channels.div_exact(&Dim::Known(groups));
    part.ok_or_else(|| setting("groups", expected, &groups))
}

fn convolve(
    (x, x_ty): Typed<'_>,
    (w, w_ty): Typed<'_>,
    axes: usize,
    conv: &Conv,
) -> Result<Expr, Cause> {
    let sizes = Sizes::of(x_ty, w_ty, axes, conv)?;
    let groups = sizes.groups;
    let (input, own) = (&x_ty.shape[1], &w_ty.shape[1]);
    if input.solve(&(own * groups)).is_err() {
        let (input, kernel) = (input.clone(), own.clone());
        return Err(Cause::Channels { input, kernel, groups });
    }
    let out = &w_ty.shape[0];
    let out_part = part(out, groups, "a divisor of the number of output channels")?;
    let padding = padding(&x_ty.shape[2..], &sizes, &conv.padding)?;
    let x = surrounded(x, &padding);
    let columns = columns(&x, &sizes)?;
    let shape = shape_of(&columns);
    // [channels, kernel…, batch, positions…]
    let (rows, points) = shape.split_at(axes + 1);
    let count = |dims: &[Dim]| dims.iter().fold(Dim::Known(1), |n, d| &n * d);
    let inner = own * &count(&rows[1..]);
    let columns = columns.reshape(grouped(groups, [inner.clone(), count(points)]));
    let w = if conv.flip { flipped(w, w_ty) } else { w.clone() };
    let product = w.reshape(grouped(groups, [out_part, inner])).matmul(columns);
    let dims: Vec<Dim> = std::iter::once(out).chain(points).cloned().collect();
    Ok(product.reshape(dims).moveaxis(0, 1))
}

pub(super) fn shape_of(x: &Expr) -> Shape {
    x.type_or_none().map_or_else(Shape::scalar, |ty| ty.shape.clone())
}

/// The windows of images `[batch, channels, …]`: `[channels, kernel…, batch, positions…]`.
fn columns(x: &Expr, sizes: &Sizes) -> Result<Expr, Cause> {
    let axes = sizes.kernel.len();
    let mut x = x.clone();
    for spatial in (0..axes).rev() {
        // Each kernel axis goes to the front, so that this one is where it is for all.
        let window = sizes.window(spatial, axes + 1);
        let length = shape_of(&x)[axes + 1].clone();
        let span = window.reach().saturating_add(1);
        if length.known().is_some_and(|n| n < span) {
            let axis = spatial + 2;
            return Err(Cause::KernelSpan { axis, span, length });
        }
        x = Expr::apply(Op::Windows(window), vec![x]).moveaxis(-1, 0);
    }
    Ok(x.moveaxis(axes as i64 + 1, 0))
}

/// Zeros before and after each spatial axis.
pub(super) fn padding(
    lengths: &[Dim],
    sizes: &Sizes,
    padding: &Padding,
) -> Result<Vec<(Dim, Dim)>, Cause> {
    match padding {
        Padding::Valid => Ok(vec![(Dim::Known(0), Dim::Known(0)); lengths.len()]),
        Padding::Explicit(pairs) => explicit(pairs, lengths.len()),
        Padding::Same => {
            (0..lengths.len()).map(|i| same(&lengths[i], &sizes.window(i, i + 2))).collect()
        }
    }
}

pub(super) fn explicit(pairs: &[(i64, i64)], axes: usize) -> Result<Vec<(Dim, Dim)>, Cause> {
    if pairs.len() != axes || pairs.iter().any(|&(low, high)| low < 0 || high < 0) {
        let expected = "two numbers of at least 0 for each spatial axis";
        return Err(setting("padding", expected, &pairs));
    }
    Ok(pairs.iter().map(|&(low, high)| (Dim::Known(low), Dim::Known(high))).collect())
}

fn same(length: &Dim, window: &WindowAxis) -> Result<(Dim, Dim), Cause> {
    let stride = Dim::Known(window.stride);
    let count = (length + (window.stride - 1)).floor_div(&stride);
    let taken = &(&(&count - 1) * &stride) + (window.reach() + 1);
    let total = match (&taken - length).known() {
        Some(n) => Dim::Known(n.max(0)),
        // Windows that touch or overlap never leave elements out.
        None if window.reach() + 1 >= window.stride => &taken - length,
        None => {
            let expected = "explicit where windows leave gaps on an axis of symbolic length";
            return Err(setting("padding", expected, &Padding::Same));
        }
    };
    let low = total.floor_div(&Dim::Known(2));
    let high = &total - &low;
    Ok((low, high))
}

/// The images with zeros around them.
fn surrounded(x: &Expr, padding: &[(Dim, Dim)]) -> Expr {
    let none = (Dim::Known(0), Dim::Known(0));
    if padding.iter().all(|p| *p == none) {
        return x.clone();
    }
    let part =
        |(low, high): &(Dim, Dim)| PadAxis { low: low.clone(), high: high.clone(), interior: 0 };
    let parts = [&none, &none].into_iter().chain(padding).map(part).collect();
    Expr::apply(Op::Pad(parts), vec![x.clone(), x.like(0)])
}

/// The kernels with their spatial axes backwards.
pub(super) fn flipped(w: &Expr, ty: &Type) -> Expr {
    let part = |(axis, length): (usize, &Dim)| match axis {
        0 | 1 => SliceAxis::whole(length),
        _ => SliceAxis { start: length - 1, len: length.clone(), step: -1 },
    };
    let parts = ty.shape.iter().enumerate().map(part).collect();
    Expr::apply(Op::Slice(parts), vec![w.clone()])
}
