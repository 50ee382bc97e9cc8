//! Derivatives of writing where index tensors say.
//!
//! Invariants: an element's derivative goes to what stands there in the end: the last of several
//! updates that replace each other; all that tie for an extreme, in equal shares.
//!
//! Not here: reading where index tensors say (`structure.rs`).

use crate::flow::Factor;
use crate::site::{Site, zeros};
use crate::table::Rule;
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::Expr;
use hypatia_ir::op::{Op, ScatterOp};
use hypatia_ir::shape::Type;

/// Where a scatter writes.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a> {
    pub site: &'a Site<'a>,
    pub axis: usize,
    /// Whether there is one index for each update.
    pub along: bool,
}

/// How `scatter(x, indices, updates)` changes with operand number `which`.
pub(crate) fn scatter(op: ScatterOp, places: Places<'_>, which: usize) -> Rule<'_> {
    match (op, which) {
        (_, 1) => Rule::Cut,
        (ScatterOp::Add, 0) => Rule::identity(),
        (ScatterOp::Add, _) => Rule::linear(move |t| places.spread(t), move |g| places.taken(g)),
        (ScatterOp::Set, 0) => Rule::linear(move |t| places.cleared(t), move |g| places.cleared(g)),
        (ScatterOp::Set, _) => Rule::linear(
            move |t| places.put(ScatterOp::Set, &zeros(places.site.types[0]), t),
            move |g| places.last().select(places.taken(g), g.like(0)),
        ),
        (ScatterOp::Max | ScatterOp::Min, 0) => Rule::partial(move || {
            let [lost, _] = places.lost(op);
            vec![Factor::Over(places.ties(op)), Factor::Drop(lost)]
        }),
        (ScatterOp::Max | ScatterOp::Min, _) => Rule::linear(
            move |t| {
                let [_, lost] = places.lost(op);
                places.spread(&lost.select(t.like(0), t)) / places.ties(op)
            },
            move |g| {
                let [_, lost] = places.lost(op);
                lost.select(g.like(0), places.taken(&(g / places.ties(op))))
            },
        ),
    }
}

impl Places<'_> {
    fn put(&self, op: ScatterOp, x: &Expr, updates: &Expr) -> Expr {
        let op = match self.along {
            true => Op::ScatterAlong(op, self.axis),
            false => Op::Scatter(op, self.axis),
        };
        Expr::apply(op, vec![x.clone(), self.site.operands[1].clone(), updates.clone()])
    }

    /// Updates added to nothing.
    fn spread(&self, updates: &Expr) -> Expr {
        self.put(ScatterOp::Add, &zeros(self.site.types[0]), updates)
    }

    /// 0 wherever anything is written.
    fn cleared(&self, x: &Expr) -> Expr {
        self.put(ScatterOp::Set, x, &zeros(self.site.types[2]))
    }

    /// What stands where each update was written.
    fn taken(&self, x: &Expr) -> Expr {
        let op = if self.along { Op::TakeAlong(self.axis) } else { Op::Take(self.axis) };
        Expr::apply(op, vec![x.clone(), self.site.operands[1].clone()])
    }

    /// Whether each update is the last for its element: numbers of the updates are written in its
    /// stead, and compared.
    fn last(&self) -> Expr {
        let (axis, shape) = (self.axis, &self.site.types[2].shape);
        let replaced = if self.along { 1 } else { self.site.types[1].rank() };
        let own = &shape[axis..axis + replaced];
        let count = own.iter().fold(Dim::Known(1), |n, d| &n * d);
        let numbers = Expr::apply(Op::Iota(count, DType::I64), Vec::new());
        // The numbers differ along the indexed axes alone, as a shape that broadcasts.
        let ones = vec![Dim::Known(1); shape.rank() - axis - replaced];
        let dims: Vec<Dim> = own.iter().cloned().chain(ones).collect();
        let numbers = numbers.reshape(dims).broadcast_to(shape);
        let none = zeros(&Type::new(DType::I64, self.site.types[0].shape.clone()));
        self.taken(&self.put(ScatterOp::Set, &none, &numbers)).eq(numbers)
    }

    /// Which elements, and which updates, are not the extreme.
    fn lost(&self, op: ScatterOp) -> [Expr; 2] {
        let (x, updates, y) = (&self.site.operands[0], &self.site.operands[2], self.site.result);
        let beaten = |a: &Expr, b: &Expr| if op == ScatterOp::Max { a.lt(b) } else { b.lt(a) };
        [beaten(x, y), beaten(updates, &self.taken(y))]
    }

    /// How many tie for each element.
    fn ties(&self, op: ScatterOp) -> Expr {
        let [x, updates] = self.lost(op);
        let y = self.site.result;
        let one = |lost: Expr| lost.select(y.like(0), y.like(1));
        self.put(ScatterOp::Add, &one(x), &one(updates))
    }
}
