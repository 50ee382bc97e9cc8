//! The e-graph: classes of equal terms with types, facts and provenance.
//!
//! Invariants: every class has one type, or is an attribute; a class that is the same constant
//! everywhere contains that constant; every change marks its class dirty.
//!
//! Not here: what facts follow from what (`facts.rs`), rules (`rules/`).

use crate::facts::{self, Facts};
use crate::language::{Attr, Head, Heads, Term, join};
use egg::{Analysis, DidMerge, EClass, EGraph, Id, Language};
use hypatia_ir::graph::NodeId;
use hypatia_ir::infer::{Requirement, Requirements, infer};
use hypatia_ir::op::{Axes, BinaryOp, CompareOp, GradientMarker, Op, ReduceOp};
use hypatia_ir::shape::{Shape, Type};
use hypatia_ir::span::Span;
use smallvec::SmallVec;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The e-graph.
pub(crate) type Space = EGraph<Term, Rules>;

/// A term and the rule that made it, or nothing if a rule found two classes equal that were both
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub made: Option<Id>,
    pub rule: u16,
}

/// The rule number of terms that come from the graph.
pub(crate) const FROM_GRAPH: u16 = u16::MAX;

/// The reason for which a value is a constant that follows from what it is computed of.
pub(crate) const CONSTANT: &str = "constant";

/// The reason for which exchanged operands make no difference.
pub(crate) const EXCHANGED: &str = "exchange";

/// What a class knows.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    /// The type; `None` for attributes.
    pub ty: Option<Type>,
    /// The attribute, if the class is one.
    pub attr: Option<Arc<Attr>>,
    pub facts: Facts,
    /// Which ops are among the terms: [`Head::bit`]s.
    pub ops: Heads,
    /// The user's line, with the number of the node it is from: the first one wins.
    pub at: (u32, Span),
    /// Whether rules may take floats for real numbers here, whatever the mode.
    pub fast: bool,
    /// Which rules made the terms.
    pub marks: SmallVec<[Mark; 1]>,
}

/// What the e-graph's own bookkeeping needs.
#[derive(Default)]
pub(crate) struct Rules {
    /// Nodes of the old graph behind [`Head::Outer`] terms, by number.
    pub origins: Vec<NodeId>,
    /// The numbers of the values that they became.
    pub numbers: HashMap<NodeId, u32>,
    /// Types of [`Head::Outer`] terms, by number.
    pub outer: Vec<Type>,
    /// Facts of [`Head::Outer`] terms that are not known from the type.
    pub outer_facts: Vec<Facts>,
    /// Requirements on dims that the call checks anyway.
    pub known: Arc<HashSet<Requirement>>,
    /// The rules that are only used on request and have been asked for.
    pub requested: Vec<Arc<str>>,
    /// Whether `stop_gradient` has done its work.
    pub differentiated: bool,
    /// Where new terms come from.
    pub at: (u32, Span),
    /// Which rule makes new terms.
    pub rule: u16,
    /// Classes that changed since they were last looked at.
    pub dirty: Vec<Id>,
    /// The first broken invariant.
    pub broken: Option<String>,
}

impl Analysis<Term> for Rules {
    type Data = Class;

    fn make(space: &mut Space, term: &Term, id: Id) -> Class {
        let rules = &space.analysis;
        let mut class = Class {
            ty: None,
            attr: None,
            facts: Facts::NONE,
            ops: 1 << term.head.bit(),
            at: rules.at,
            fast: false,
            marks: SmallVec::new(),
        };
        if let Head::Attr(attr) = &term.head {
            class.attr = Some(attr.clone());
            return class;
        }
        if rules.rule != FROM_GRAPH {
            class.marks.push(Mark { made: Some(id), rule: rules.rule });
        }
        match type_of(space, term, &mut Vec::new()) {
            Some(ty) => {
                class.facts = facts_of(space, term, &ty);
                class.ty = Some(ty);
            }
            None => {
                let note = format!("no type for {term:?}");
                space.analysis.broken.get_or_insert(note);
            }
        }
        class
    }

    fn remake(space: &mut Space, term: &Term, id: Id) -> Class {
        let old = &space[id].data;
        let Some(ty) = old.ty.clone() else { return old.clone() };
        // A constant is not computed anew from operands that are rounded otherwise: it would drift.
        if old.facts.constant.is_some() {
            return old.clone();
        }
        // Only facts follow from the children; the rest is as it was.
        let mut class = old.clone();
        class.marks.clear();
        class.facts = facts_of(space, term, &ty);
        class
    }

    fn merge(&mut self, a: &mut Class, b: Class) -> DidMerge {
        if a.ty != b.ty || a.attr != b.attr {
            let note = format!("classes of types {:?} and {:?} merged", a.ty, b.ty);
            self.broken.get_or_insert(note);
        }
        a.at = a.at.min(b.at);
        a.fast |= b.fast;
        for mark in b.marks {
            if !a.marks.contains(&mark) {
                a.marks.push(mark);
            }
        }
        let ops = a.ops | b.ops;
        let mut changed = DidMerge(ops != a.ops, ops != b.ops);
        a.ops = ops;
        changed.0 |= a.facts.narrow(&b.facts);
        changed.1 |= a.facts != b.facts;
        changed
    }

    fn modify(space: &mut Space, id: Id) {
        space.analysis.dirty.push(id);
        let class = &space[id];
        let (Some(value), Some(ty)) = (class.data.facts.constant, &class.data.ty) else { return };
        let is_plain = |t: &Term| matches!(t.head, Head::Const(_) | Head::Broadcast);
        if class.nodes.iter().any(|t| is_plain(t) && plain_constant(space, t) == Some(value)) {
            return;
        }
        let (shape, at) = (ty.shape.clone(), class.data.at);
        space.analysis.at = at;
        let filled = filled(space, value, &shape);
        unite(space, id, filled, CONSTANT);
    }

    fn allow_ematching_cycles(&self) -> bool {
        false
    }
}

/// Classes by number, for many look-ups while nothing changes.
pub(crate) struct Classes<'a> {
    all: Vec<Option<&'a EClass<Term, Class>>>,
    /// Whether terms are also found behind views and choices.
    through: bool,
}

/// How many views and choices in a row are looked behind.
const VIEWS: usize = 3;

impl<'a> Classes<'a> {
    /// The classes of a space that has been rebuilt: children of terms are classes.
    pub fn of(space: &'a Space) -> Classes<'a> {
        let count = space.classes().map(|c| usize::from(c.id) + 1).max().unwrap_or(0);
        let mut classes = vec![None; count];
        space.classes().for_each(|c| classes[usize::from(c.id)] = Some(c));
        Classes { all: classes, through: false }
    }

    /// The same, for patterns whose terms may also lie behind views and choices.
    pub fn through_views(&self) -> Classes<'a> {
        Classes { all: self.all.clone(), through: true }
    }

    /// A class, and what lies behind its views and choices if that is asked for.
    pub fn behind(&self, id: Id) -> SmallVec<[&'a EClass<Term, Class>; 1]> {
        let mut found: SmallVec<[&'a EClass<Term, Class>; 1]> = self.get(id).into_iter().collect();
        let mut from = 0;
        for _ in 0..if self.through { VIEWS } else { 0 } {
            let to = found.len();
            for at in from..to {
                let terms = found[at].nodes.iter();
                let shown = terms.flat_map(|t| t.head.shown().iter().map(|&i| t.operands()[i]));
                for class in shown.filter_map(|x| self.get(x)) {
                    if found.iter().all(|f| f.id != class.id) {
                        found.push(class);
                    }
                }
            }
            from = to;
        }
        found
    }

    /// The class of a number.
    pub fn get(&self, id: Id) -> Option<&'a EClass<Term, Class>> {
        self.all.get(usize::from(id)).copied().flatten()
    }

    /// Every class in the order of numbers.
    pub fn iter(&self) -> impl Iterator<Item = &'a EClass<Term, Class>> {
        self.all.iter().copied().flatten()
    }

    /// One more than the highest number.
    pub fn bound(&self) -> usize {
        self.all.len()
    }
}

/// The value of a term that is a constant or a broadcast one.
fn plain_constant(space: &Space, term: &Term) -> Option<hypatia_ir::scalar::Scalar> {
    let operand = || space[*term.args.get(1)?].nodes.iter().find_map(direct);
    fn direct(term: &Term) -> Option<hypatia_ir::scalar::Scalar> {
        match term.head {
            Head::Const(value) => Some(value),
            _ => None,
        }
    }
    direct(term).or_else(|| matches!(term.head, Head::Broadcast).then(operand).flatten())
}

/// A constant of any shape.
pub(crate) fn filled(space: &mut Space, value: hypatia_ir::scalar::Scalar, shape: &Shape) -> Id {
    let scalar = space.add(Term::new(Head::Const(value), []));
    if shape.rank() == 0 {
        return scalar;
    }
    let shape = space.add(Term::attr(Attr::Shape(shape.clone())));
    space.add(Term::new(Head::Broadcast, [shape, scalar]))
}

/// The attribute of a term.
pub(crate) fn attr_of<'a>(space: &'a Space, term: &Term) -> Option<&'a Attr> {
    let first = *term.args.first()?;
    if term.head.has_attribute() { space[first].data.attr.as_deref() } else { None }
}

/// The op of a term; `None` for what is no op.
pub(crate) fn op_of(space: &Space, term: &Term) -> Option<Op> {
    join(&term.head, attr_of(space, term))
}

/// The type of a term; `None` if it has none, or it needs more than is known of the dims.
pub(crate) fn type_of(space: &Space, term: &Term, needs: &mut Requirements) -> Option<Type> {
    let types: SmallVec<[&Type; 4]> =
        term.operands().iter().map(|&x| space[x].data.ty.as_ref()).collect::<Option<_>>()?;
    typed(&space.analysis, &term.head, attr_of(space, term), &types, needs)
}

/// As [`type_of`], from the parts.
pub(crate) fn typed(
    rules: &Rules,
    head: &Head,
    attr: Option<&Attr>,
    types: &[&Type],
    needs: &mut Requirements,
) -> Option<Type> {
    match (head, attr, types) {
        (Head::Outer(number), _, _) => rules.outer.get(*number as usize).cloned(),
        (Head::Softmax | Head::LogSoftmax | Head::LogSumExp, _, [x]) if !x.dtype.is_float() => None,
        (Head::Softmax | Head::LogSoftmax, _, [x]) => Some((*x).clone()),
        (Head::LogSumExp, Some(Attr::Axes(axes)), [x]) => {
            Some(Type::new(x.dtype, x.shape.reduced(*axes)))
        }
        _ => infer(&join(head, attr)?, types, needs).ok(),
    }
}

fn facts_of(space: &Space, term: &Term, ty: &Type) -> Facts {
    if let Head::Outer(number) = term.head
        && let Some(facts) = space.analysis.outer_facts.get(number as usize)
    {
        return *facts;
    }
    let mut operands: SmallVec<[Facts; 4]> =
        term.operands().iter().map(|&x| space[x].data.facts).collect();
    if let (Head::Select, &[mask, x, _]) = (&term.head, term.operands())
        && is_positive_where(space, mask, x)
    {
        operands[1].narrow(&Facts::between(f64::MIN_POSITIVE, f64::INFINITY));
    }
    let mut facts = facts::derive(&term.head, attr_of(space, term), &operands, ty.dtype);
    if let (Head::Binary(BinaryOp::Sub), [x, m]) = (&term.head, term.operands()) {
        let below = Facts::between(f64::NEG_INFINITY, 0.0);
        if let Some(axes) = is_maximum(space, *x, *m) {
            facts.narrow(&Facts { peak: axes, ..below });
        } else if unless_low(space, *m).is_some_and(|top| is_maximum(space, *x, top).is_some()) {
            facts.narrow(&below);
        }
    }
    facts
}

/// Whether a mask only holds where a value is above 0.
fn is_positive_where(space: &Space, mask: Id, x: Id) -> bool {
    let x = space.find(x);
    let asks = |t: &Term| match (&t.head, t.args.as_slice()) {
        (Head::Compare(CompareOp::Gt), &[y, low]) | (Head::Compare(CompareOp::Lt), &[low, y]) => {
            space.find(y) == x && space[low].data.facts.nonnegative()
        }
        _ => false,
    };
    space[mask].nodes.iter().any(|t| match (&t.head, t.args.as_slice()) {
        (Head::Binary(BinaryOp::And), masks) => {
            masks.iter().any(|&m| space[m].nodes.iter().any(asks))
        }
        _ => asks(t),
    })
}

/// The axes over which `m` is the maximum of `x`.
fn is_maximum(space: &Space, x: Id, m: Id) -> Option<Axes> {
    let x = space.find(x);
    let direct = |m: Id| {
        space[m].nodes.iter().find_map(|t| match (&t.head, t.args.as_slice()) {
            (Head::Reduce(ReduceOp::Max), [axes, y]) if space.find(*y) == x => {
                match space[*axes].data.attr.as_deref() {
                    Some(Attr::Axes(axes)) => Some(*axes),
                    _ => None,
                }
            }
            _ => None,
        })
    };
    let stopped = |m: Id| {
        let term = space[m].nodes.iter().find(|t| t.head == Head::Marker(GradientMarker::Stop))?;
        term.args.first().copied()
    };
    direct(m).or_else(|| direct(stopped(m)?))
}

/// The value that a class has where it is not -∞: there it is 0 instead.
fn unless_low(space: &Space, class: Id) -> Option<Id> {
    let is =
        |x: Id, number: f64| space[x].data.facts.constant.is_some_and(|v| v.as_f64() == number);
    let asks = |mask: Id, value: Id| {
        space[mask].nodes.iter().any(|t| match (&t.head, t.args.as_slice()) {
            (Head::Compare(CompareOp::Eq), &[x, y]) => {
                let (x, y) = if is(y, f64::NEG_INFINITY) { (x, y) } else { (y, x) };
                is(y, f64::NEG_INFINITY) && space.find(x) == space.find(value)
            }
            _ => false,
        })
    };
    space[class].nodes.iter().find_map(|t| match (&t.head, t.args.as_slice()) {
        (Head::Select, &[mask, low, value]) if is(low, 0.0) && asks(mask, value) => Some(value),
        _ => None,
    })
}

/// The number of terms.
pub(crate) fn size(space: &Space) -> usize {
    space.total_number_of_nodes()
}

/// Adds a term on behalf of the graph or of a rule; identities that hold for every operand are
/// applied at once, and operands that may be exchanged are not told apart.
pub(crate) fn add(space: &mut Space, term: Term) -> Id {
    if space.analysis.differentiated
        && matches!(term.head, Head::Marker(_))
        && let [x] = term.children()
    {
        return space.find(*x);
    }
    let there = exchanged(&term).and_then(|t| space.lookup(t));
    // An explanation is about terms, not about the classes they are in.
    if space.are_explanations_enabled() {
        let id = space.add_uncanonical(term);
        if let Some(there) = there {
            unite(space, id, there, EXCHANGED);
        }
        return id;
    }
    there.unwrap_or_else(|| space.add(term))
}

/// The term with its operands exchanged, if that is the same value.
pub(crate) fn exchanged(term: &Term) -> Option<Term> {
    let &[x, y] = term.args.as_slice() else { return None };
    (term.head.commutes() && x != y).then(|| Term::new(term.head.clone(), [y, x]))
}

/// Makes two classes one; whether they were two. Reasons are kept if explanations are.
pub(crate) fn unite(space: &mut Space, x: Id, y: Id, why: &str) -> bool {
    if space.are_explanations_enabled() {
        space.union_trusted(x, y, why)
    } else {
        space.union(x, y)
    }
}
