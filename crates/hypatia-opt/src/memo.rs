//! Stretches of one form are simplified once: equal layers cost as much as one.
//!
//! Invariants: two stretches have one form only if simplifying them takes the same steps: the same
//! ops on the same operands, what they read of the same types and with the same facts, the same
//! roots. Everything else that decides is the same for all stretches of a pulse.
//!
//! Not here: what simplifying does (`region.rs`).

use crate::error::Error;
use crate::facts::Facts;
use crate::recipe::{Draft, Recipe};
use crate::region::Region;
use hypatia_ir::graph::{Node, NodeId};
use hypatia_ir::op::{Axes, Op};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::Type;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::rc::Rc;

/// Recipes of one pulse by form.
#[derive(Default)]
pub(crate) struct Memo {
    recipes: HashMap<Form, Rc<Recipe>>,
    /// Whether recipes are found anew each time, as tests do to compare.
    pub forgets: bool,
    /// How often a recipe was remembered.
    pub hits: usize,
}

impl Memo {
    /// The recipe for a form.
    pub fn recipe(
        &mut self,
        form: Form,
        find: impl FnOnce() -> Result<Recipe, Error>,
    ) -> Result<Rc<Recipe>, Error> {
        if let Some(recipe) = self.recipes.get(&form).filter(|_| !self.forgets) {
            self.hits += 1;
            return Ok(recipe.clone());
        }
        let recipe = Rc::new(find()?);
        self.recipes.insert(form, recipe.clone());
        Ok(recipe)
    }
}

/// An operand: what is read by the order in which it is met, or a node of the stretch.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Operand {
    Read(usize),
    Own(usize),
}

/// What is known of a value that a stretch reads.
#[derive(PartialEq, Eq, Hash)]
struct Read {
    ty: Type,
    /// Constants are seen through.
    value: Option<Scalar>,
    facts: (Option<Scalar>, [u64; 2], [bool; 4], Axes),
    /// Its place among all that are read, in the order of the old graph: of the lines of equal
    /// values the first counts.
    place: usize,
    /// The first that is the same value.
    same: usize,
}

/// An op with its operands; nothing for what is read.
type Computed = Option<(Op, SmallVec<[Operand; 3]>)>;

/// What decides about a recipe.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Form {
    /// With offsets from the start.
    nodes: Vec<(usize, Computed)>,
    /// Offsets of the nodes that are marked as fast.
    marked: Vec<usize>,
    reads: Vec<Read>,
    /// Offsets from the start.
    roots: Vec<usize>,
}

impl Form {
    /// The form of a stretch that reads these nodes of the old graph.
    pub fn of(region: &Region<'_>, draft: &Draft, reads: &[NodeId]) -> Result<Form, Error> {
        let start = region.nodes.start;
        let numbers: HashMap<NodeId, usize> = reads.iter().copied().zip(0..).collect();
        let operand = |x: &NodeId| match numbers.get(x) {
            Some(&number) => Operand::Read(number),
            None => Operand::Own(x.index() - start),
        };
        let node = |(id, node): (NodeId, &Node)| {
            let operands = || node.operands.iter().map(operand).collect();
            let what = (!numbers.contains_key(&id)).then(|| (node.op.clone(), operands()));
            (id.index() - start, what)
        };
        let mut places: Vec<NodeId> = reads.to_vec();
        places.sort_unstable();
        let moved: Vec<NodeId> = reads.iter().map(|&r| draft.moved(r)).collect::<Result<_, _>>()?;
        let mut firsts: HashMap<NodeId, usize> = HashMap::new();
        let read = |(number, (old, &new)): (usize, (&NodeId, &NodeId))| Read {
            ty: draft.graph.ty(new).clone(),
            value: match draft.graph.node(new).op {
                Op::Const(value) => Some(value),
                _ => None,
            },
            facts: bits(&draft.facts(new)),
            place: places.binary_search(old).unwrap_or(usize::MAX),
            same: *firsts.entry(new).or_insert(number),
        };
        Ok(Form {
            nodes: region.nodes().map(node).collect(),
            marked: region
                .nodes()
                .map(|(id, _)| id.index())
                .filter(|&i| region.marked[i])
                .map(|i| i - start)
                .collect(),
            reads: reads.iter().zip(&moved).enumerate().map(read).collect(),
            roots: region.roots.iter().map(|r| r.index() - start).collect(),
        })
    }
}

/// Facts with their bounds as bits.
fn bits(facts: &Facts) -> (Option<Scalar>, [u64; 2], [bool; 4], Axes) {
    let Facts { constant, lo, hi, finite, nonzero, whole, masked, peak } = *facts;
    (constant, [lo.to_bits(), hi.to_bits()], [finite, nonzero, whole, masked], peak)
}
