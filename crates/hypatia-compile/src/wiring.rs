//! Where each buffer of a plan finds its memory in a call, sorted out once.
//!
//! Invariants: every buffer is in exactly one of the lists.
//!
//! Not here: addresses (`workspace.rs`).

use hypatia_ir::expr::Input;
use hypatia_ir::graph::Role;
use hypatia_ir::shared::Cell;
use hypatia_lower::plan::{Place, Plan};
use std::sync::Arc;

/// A buffer of the plan, and a position in another list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wire {
    pub buffer: usize,
    pub to: usize,
}

/// The wires of a function.
#[derive(Default)]
pub(crate) struct Wiring {
    /// Shared variables, in an order that all functions agree on.
    pub cells: Vec<Arc<Cell>>,
    /// The place among `cells` of each shared variable, in the order of inputs.
    pub places: Vec<usize>,
    /// To arguments.
    pub arguments: Vec<Wire>,
    /// To `cells`.
    pub variables: Vec<Wire>,
    /// To results, the buffer of each, in order.
    pub results: Vec<Wire>,
    /// To `cells` that take the value over after the call: updates beside their variable.
    pub spares: Vec<Wire>,
    /// To literals.
    pub literals: Vec<Wire>,
    /// Buffers in the arena.
    pub arena: Vec<usize>,
}

impl Wiring {
    /// The first inputs are arguments, the others shared variables; the first roots are results,
    /// the others updates.
    pub fn new(inputs: &[Arc<Input>], arguments: usize, roles: &[Role], plan: &Plan) -> Wiring {
        let shared = inputs.get(arguments..).unwrap_or_default().iter();
        let mut cells: Vec<(usize, Arc<Cell>)> =
            shared.enumerate().filter_map(|(i, input)| Some((i, input.cell.clone()?))).collect();
        cells.sort_unstable_by_key(|(_, cell)| Arc::as_ptr(cell));
        let mut places = vec![0; cells.len()];
        cells.iter().enumerate().for_each(|(at, (i, _))| places[*i] = at);
        let cell = |input: u32| places[input as usize - arguments];
        let mut wiring = Wiring::default();
        for (buffer, found) in plan.buffers.iter().enumerate() {
            match found.place {
                Place::Input(i) if (i as usize) < arguments => {
                    wiring.arguments.push(Wire { buffer, to: i as usize });
                }
                Place::Input(i) => wiring.variables.push(Wire { buffer, to: cell(i) }),
                Place::Literal(i) => wiring.literals.push(Wire { buffer, to: i as usize }),
                Place::Root(root) => match roles.get(root as usize) {
                    Some(Role::Update(input)) => {
                        wiring.spares.push(Wire { buffer, to: cell(*input) });
                    }
                    Some(Role::Output(_)) | None => {
                        wiring.results.push(Wire { buffer, to: root as usize });
                    }
                },
                Place::Arena { .. } => wiring.arena.push(buffer),
            }
        }
        wiring.results.sort_unstable_by_key(|wire| wire.to);
        let cells = cells.into_iter().map(|(_, cell)| cell).collect();
        Wiring { cells, places, ..wiring }
    }
}
