//! Cotangents and tangents on their way through an expression.
//!
//! Invariants: a flow stands for a tensor of the type of the expression it belongs to, but is
//! kept as small as it is known to be: axes along which it is constant have length 1 or are
//! missing. A mask is applied after every factor, so what it hides cannot leak: `0·∞` never
//! arises from a branch not taken. Zero flows do not exist; they are absent.
//!
//! Not here: which factors (`table.rs`), the order of the walk (`reverse.rs`, `forward.rs`).

use crate::site::{constant, shape_of};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::Expr;
use hypatia_ir::op::Axes;
use hypatia_ir::shape::Shape;

/// One elementwise step of a derivative. All but `Cast` are their own adjoint.
pub(crate) enum Factor {
    /// `-t`.
    Negate,
    /// `t · d`.
    Times(Expr),
    /// `t / d`.
    Over(Expr),
    /// `t` where the mask is true, else 0.
    Keep(Expr),
    /// `t` where the mask is false, else 0.
    Drop(Expr),
    /// `t` in another float type.
    Cast {
        /// Of tangents before, of cotangents after.
        from: DType,
        /// Of tangents after, of cotangents before.
        to: DType,
    },
}

/// A condition on elements.
#[derive(Clone)]
struct Mask {
    holds: Expr,
    /// Whether elements pass where it holds, or where it does not.
    keep: bool,
}

/// A cotangent or a tangent.
#[derive(Clone)]
pub(crate) struct Flow {
    value: Expr,
    mask: Option<Mask>,
}

impl Flow {
    /// The flow of these values.
    pub fn new(value: Expr) -> Flow {
        Flow { value, mask: None }
    }

    /// A tangent after these factors.
    pub fn forward(self, factors: Vec<Factor>) -> Flow {
        factors.into_iter().fold(self, |flow, factor| match factor {
            Factor::Cast { to, .. } => flow.cast(to),
            factor => flow.scaled(factor),
        })
    }

    /// A cotangent after the adjoint of these factors.
    pub fn back(self, factors: Vec<Factor>) -> Flow {
        factors.into_iter().rev().fold(self, |flow, factor| match factor {
            Factor::Cast { from, .. } => flow.cast(from),
            factor => flow.scaled(factor),
        })
    }

    fn cast(self, dtype: DType) -> Flow {
        Flow { value: self.value.cast(dtype), mask: self.mask }
    }

    fn scaled(self, factor: Factor) -> Flow {
        let Flow { value, mask } = self;
        match factor {
            Factor::Negate => Flow { value: -value, mask },
            Factor::Times(d) => Flow { value: times(value, d), mask },
            Factor::Over(d) => Flow { value: value / d, mask },
            Factor::Keep(holds) => {
                Flow { value, mask: Some(both(mask, Mask { holds, keep: true })) }
            }
            Factor::Drop(holds) => {
                Flow { value, mask: Some(both(mask, Mask { holds, keep: false })) }
            }
            Factor::Cast { to, .. } => Flow { value: value.cast(to), mask },
        }
    }

    /// The sum of two flows.
    pub fn plus(self, other: Flow) -> Flow {
        if let (Some(a), Some(b)) = (&self.mask, &other.mask)
            && a.holds.id() == b.holds.id()
        {
            if a.keep == b.keep {
                return Flow { value: self.value + other.value, mask: self.mask };
            }
            let (x, y) = if a.keep { (self.value, other.value) } else { (other.value, self.value) };
            return Flow::new(a.holds.select(x, y));
        }
        Flow::new(self.settle() + other.settle())
    }

    /// The flow across an op that broadcasts from one shape to another, or sums: sums over every
    /// axis along which `to` is constant and `from` is not. Serves both modes: the adjoint of
    /// broadcasting is summing, and back.
    pub fn between(self, from: &Shape, to: &Shape) -> Flow {
        let narrow = |k: usize| from_end(to, k).is_none_or(|d| d.is(1));
        let summed: Vec<usize> =
            (1..=from.rank()).filter(|&k| narrow(k) && !from[from.rank() - k].is(1)).collect();
        let excess = |e: &Expr| shape_of(e).rank() > to.rank();
        if summed.is_empty() && !excess(&self.value) && !self.mask.iter().any(|m| excess(&m.holds))
        {
            return self;
        }
        let value = self.settle();
        let shape = shape_of(&value);
        let (mut axes, mut repeated) = (Axes::default(), Dim::Known(1));
        for k in summed {
            match from_end(&shape, k) {
                Some(dim) if !dim.is(1) => axes = axes.with(shape.rank() - k),
                _ => repeated = &repeated * &from[from.rank() - k],
            }
        }
        let value = if axes.is_empty() { value } else { value.sum_keep(axes) };
        let value = match (repeated.known(), value.type_or_none()) {
            (Some(1), _) | (_, None) => value,
            (Some(n), _) => times(value.clone(), value.like(n)),
            (None, Some(ty)) => times(value.clone(), Expr::dim(&repeated).cast(ty.dtype)),
        };
        let shape = shape_of(&value);
        let lead = shape.rank().saturating_sub(to.rank());
        Flow::new(value.reshape(shape[lead..].to_vec()))
    }

    /// The flow after a bijection of elements, given as a function of tensors of shape `from`.
    pub fn relabelled(self, from: &Shape, map: &dyn Fn(&Expr) -> Expr) -> Flow {
        let parts = std::iter::once(&self.value).chain(self.mask.iter().map(|m| &m.holds));
        if parts.clone().all(|e| shape_of(e).rank() == 0) {
            return self;
        }
        let map = |e: &Expr| map(&e.broadcast_to(from));
        let mask = self.mask.as_ref().map(|m| Mask { holds: map(&m.holds), keep: m.keep });
        Flow { value: map(&self.value), mask }
    }

    /// All elements, as a tensor of this shape.
    pub fn full(self, shape: &Shape) -> Expr {
        self.settle().broadcast_to(shape)
    }

    /// The values with the mask applied.
    fn settle(self) -> Expr {
        match self.mask {
            None => self.value,
            Some(Mask { holds, keep: true }) => holds.select(self.value, 0),
            Some(Mask { holds, keep: false }) => holds.select(0, self.value),
        }
    }
}

fn times(value: Expr, factor: Expr) -> Expr {
    match (constant(&value), constant(&factor)) {
        (Some(1.0), _) => factor,
        (_, Some(1.0)) => value,
        _ => value * factor,
    }
}

/// The condition that both masks let an element pass.
fn both(first: Option<Mask>, second: Mask) -> Mask {
    let Some(first) = first else { return second };
    if first.holds.id() == second.holds.id() && first.keep == second.keep {
        return first;
    }
    let (holds, keep) = match (first.keep, second.keep) {
        (true, true) => (first.holds.and(second.holds), true),
        (false, false) => (first.holds.or(second.holds), false),
        (true, false) => (first.holds.and(second.holds.logical_not()), true),
        (false, true) => (second.holds.and(first.holds.logical_not()), true),
    };
    Mask { holds, keep }
}

/// The axis that is `k`-th from the end, counted from 1.
fn from_end(shape: &Shape, k: usize) -> Option<&Dim> {
    shape.rank().checked_sub(k).map(|axis| &shape[axis])
}
