//! Affine index functions, and how views transform them.
//!
//! A *map* gives, for each axis of a tensor, the index along it as an [`Affine`] function of the
//! axes of a loop nest. Views (transpose, slice, broadcast, most reshapes) turn a map of their
//! result into a map of their operand, so they cost nothing.
//!
//! Invariants: every [`Affine`] of one nest has one stride for each axis of the nest.
//!
//! Not here: which tensors have buffers (`fuse/`).

pub use crate::kernel::Affine;
use hypatia_ir::dim::Dim;
use hypatia_ir::graph::{Graph, Node};
use hypatia_ir::op::{Axes, Op, WindowAxis};
use hypatia_ir::shape::Shape;

/// The index along each axis of a tensor, as functions of the axes of a nest.
pub type Map = Vec<Affine>;

impl Affine {
    /// The function that is 0 everywhere.
    pub fn zero(axes: usize) -> Affine {
        let strides = vec![Dim::Known(0); axes];
        Affine { offset: Dim::Known(0), strides }
    }

    /// The index of one axis.
    pub fn axis(axis: usize, axes: usize) -> Affine {
        let mut affine = Affine::zero(axes);
        affine.strides[axis] = Dim::Known(1);
        affine
    }

    /// The function times a dim.
    #[must_use]
    pub fn scaled(&self, by: &Dim) -> Affine {
        Affine { offset: &self.offset * by, strides: self.strides.iter().map(|s| s * by).collect() }
    }

    /// The sum of two functions.
    #[must_use]
    pub fn plus(&self, other: &Affine) -> Affine {
        let strides = self.strides.iter().zip(&other.strides);
        Affine {
            offset: &self.offset + &other.offset,
            strides: strides.map(|(a, b)| a + b).collect(),
        }
    }

    /// The function plus a number.
    #[must_use]
    pub fn shifted(&self, by: &Dim) -> Affine {
        let strides = self.strides.clone();
        Affine { offset: &self.offset + by, strides }
    }

    /// The function with its axes renumbered: axis `i` of the result is axis `order[i]`.
    #[must_use]
    pub fn permuted(&self, order: &[usize]) -> Affine {
        Affine {
            offset: self.offset.clone(),
            strides: order.iter().map(|&i| self.strides[i].clone()).collect(),
        }
    }
}

/// The axes of a shape that are not of length 1: those that a nest over it has.
pub fn proper_axes(shape: &Shape) -> Vec<usize> {
    (0..shape.rank()).filter(|&i| !shape[i].is(1)).collect()
}

/// The lengths of those axes: the iteration space of a tensor.
pub fn space_of(shape: &Shape) -> Vec<Dim> {
    proper_axes(shape).into_iter().map(|i| shape[i].clone()).collect()
}

/// The map of a tensor whose proper axes are, in order, these axes of a nest.
pub fn natural_map(shape: &Shape, embedding: &[usize], axes: usize) -> Map {
    let mut map = vec![Affine::zero(axes); shape.rank()];
    for (&axis, &at) in proper_axes(shape).iter().zip(embedding) {
        map[axis] = Affine::axis(at, axes);
    }
    map
}

/// The position in a row-major buffer of this shape.
pub fn linear(map: &Map, shape: &Shape, axes: usize) -> Affine {
    let parts = map.iter().zip(shape.strides());
    parts.fold(Affine::zero(axes), |sum, (index, stride)| sum.plus(&index.scaled(&stride)))
}

/// The map of operand `k` of a view or elementwise node, in a nest of so many axes. `None` for reshapes that merge axes,
/// and for ops that are neither.
pub fn operand_map(graph: &Graph, node: &Node, k: usize, map: &Map, axes: usize) -> Option<Map> {
    let shape = &graph.ty(node.operands[k]).shape;
    match &node.op {
        Op::Unary(_) | Op::Marker(_) | Op::Fast | Op::Cast(_) => Some(map.clone()),
        Op::Binary(_) | Op::Compare(_) | Op::Select | Op::RandomBits(_) | Op::Broadcast(_) => {
            let lead = map.len() - shape.rank();
            let index = |i: usize| match shape[i].is(1) {
                true => Affine::zero(axes),
                false => map[lead + i].clone(),
            };
            Some((0..shape.rank()).map(index).collect())
        }
        Op::Transpose(perm) => {
            let mut operand = map.clone();
            for (out, &axis) in perm.iter().enumerate() {
                operand[axis] = map[out].clone();
            }
            Some(operand)
        }
        Op::Slice(parts) => {
            let index = |(m, p): (&Affine, &hypatia_ir::op::SliceAxis)| {
                m.scaled(&Dim::Known(p.step)).shifted(&p.start)
            };
            Some(map.iter().zip(parts).map(index).collect())
        }
        Op::Windows(part) => window_map(part, map),
        Op::Reshape(to) => reshape_map(shape, to, map, axes),
        Op::Input(_)
        | Op::Literal(_)
        | Op::Const(_)
        | Op::Dim(_)
        | Op::Iota(..)
        | Op::Reduce(..)
        | Op::ArgReduce(..)
        | Op::Pad(_)
        | Op::Concat(_)
        | Op::Fold(_)
        | Op::MatMul
        | Op::Take(_)
        | Op::TakeAlong(_)
        | Op::Scatter(..)
        | Op::ScatterAlong(..)
        | Op::Routine(_) => None,
    }
}

/// The maps of a reduction's operand at every point of the reduced axes, in order; those axes have
/// known lengths.
pub fn reduced_maps(shape: &Shape, reduced: Axes, map: &Map, axes: usize) -> Vec<Map> {
    reduced.iter().fold(vec![map.clone()], |maps, axis| {
        let at = |map: &Map, place: i64| {
            let mut map = map.clone();
            map[axis] = Affine::zero(axes).shifted(&Dim::Known(place));
            map
        };
        let length = shape[axis].known().unwrap_or(0);
        maps.iter().flat_map(|m| (0..length).map(move |place| at(m, place))).collect()
    })
}

/// The map of a tensor, given that of its windows.
pub fn window_map(part: &WindowAxis, windows: &[Affine]) -> Option<Map> {
    let (within, rest) = windows.split_last()?;
    let mut map = rest.to_vec();
    let first = map[part.axis].scaled(&Dim::Known(part.stride));
    map[part.axis] = first.plus(&within.scaled(&Dim::Known(part.dilation)));
    Some(map)
}

/// Whether the op only rearranges elements of its one operand by [`operand_map`].
pub fn is_view(op: &Op) -> bool {
    matches!(
        op,
        Op::Marker(_)
            | Op::Fast
            | Op::Broadcast(_)
            | Op::Transpose(_)
            | Op::Slice(_)
            | Op::Windows(_)
            | Op::Reshape(_)
    )
}

/// The operand's map where each operand axis is split into result axes, or carried over.
fn reshape_map(from: &Shape, to: &Shape, map: &Map, axes: usize) -> Option<Map> {
    let mut result = proper_axes(to).into_iter();
    let mut operand = vec![Affine::zero(axes); from.rank()];
    for axis in proper_axes(from) {
        let first = result.next()?;
        let (mut index, mut length) = (map[first].clone(), to[first].clone());
        while length != from[axis] {
            let next = result.next()?;
            index = index.scaled(&to[next]).plus(&map[next]);
            length = &length * &to[next];
        }
        operand[axis] = index;
    }
    result.next().is_none().then_some(operand)
}

/// Whether [`operand_map`] can go through a reshape between these shapes.
pub fn splits(from: &Shape, to: &Shape) -> bool {
    reshape_map(from, to, &vec![Affine::zero(0); to.rank()], 0).is_some()
}
