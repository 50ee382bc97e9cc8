//! From the shapes of a call to the values of the dim names, and the checks of the guards.
//!
//! Invariants: a name is bound by the first axis, in input order, that is nothing but the name;
//! everything else is checked against the bound values.
//!
//! Not here: element types (the caller checks those), memory.

use crate::dim::{Dim, DimValues};
use crate::dtype::DType;
use crate::graph::{Graph, GraphInput};
use crate::infer::Requirement;
use crate::span::Span;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// Inputs that do not fit a graph.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BindError {
    /// Wrong number of inputs.
    #[error("expected {expected} inputs, found {found}")]
    Count {
        /// How many the graph has.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// A value of another element type.
    #[error("input `{input}`: expected elements of {expected}, found {found}")]
    DType {
        /// The input.
        input: Arc<str>,
        /// Its declared type.
        expected: DType,
        /// The type that came.
        found: DType,
    },
    /// A value of another rank.
    #[error("input `{input}`: expected rank {expected}, found rank {found}")]
    Rank {
        /// The input.
        input: Arc<str>,
        /// Its declared rank.
        expected: usize,
        /// The rank that came.
        found: usize,
    },
    /// An axis of another length.
    #[error("input `{input}`, axis {axis}: expected {dim}{}, found {found}{}", value_of(.dim, .expected), bound_by(.by))]
    Extent {
        /// The input.
        input: Arc<str>,
        /// The axis.
        axis: usize,
        /// Its declared length.
        dim: Dim,
        /// The value of the declared length.
        expected: i64,
        /// The length that came.
        found: usize,
        /// Which axes bound the names in the declared length.
        by: Vec<Binding>,
    },
    /// A declared length with names that no input binds, or whose value does not fit 64 bits.
    #[error("input `{input}`, axis {axis}: {dim} has no value{}", bound_by(.by))]
    Unbound {
        /// The input.
        input: Arc<str>,
        /// The axis.
        axis: usize,
        /// Its declared length.
        dim: Dim,
        /// Which axes bound the names that do have values.
        by: Vec<Binding>,
    },
    /// A requirement that these sizes break.
    #[error("the sizes of this call break {requirement}, needed at {at}: {found}")]
    Guard {
        /// What should hold.
        requirement: Requirement,
        /// Who needs it.
        at: Span,
        /// The values of both sides, in words.
        found: String,
    },
}

/// Which axis gave a name its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The name.
    pub name: Arc<str>,
    /// The value.
    pub value: i64,
    /// The input that has the axis.
    pub input: Arc<str>,
    /// The axis.
    pub axis: usize,
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Binding { name, value, input, axis } = self;
        write!(f, "{name} = {value} from axis {axis} of `{input}`")
    }
}

fn value_of(dim: &Dim, value: &i64) -> String {
    match dim {
        Dim::Known(_) => String::new(),
        Dim::Symbolic(_) => format!(" = {value}"),
    }
}

fn bound_by(by: &[Binding]) -> String {
    const SHOWN: usize = 8;
    let lines = by.iter().take(SHOWN).map(|b| format!("\n  {b}"));
    lines.collect()
}

/// The values of the dim names for inputs of these shapes, one for each input, in order.
pub fn bind(graph: &Graph, shapes: &[&[usize]]) -> Result<DimValues, BindError> {
    let (expected, found) = (graph.inputs.len(), shapes.len());
    if expected != found {
        return Err(BindError::Count { expected, found });
    }
    let mut bindings: BTreeMap<Arc<str>, Binding> = BTreeMap::new();
    for (input, shape) in graph.inputs.iter().zip(shapes) {
        let (expected, found) = (input.ty.rank(), shape.len());
        if expected != found {
            let input = input.name.clone();
            return Err(BindError::Rank { input, expected, found });
        }
        for (axis, (dim, &length)) in input.ty.shape.iter().zip(*shape).enumerate() {
            if let (Some(name), Ok(value)) = (dim.as_symbol(), i64::try_from(length)) {
                bindings.entry(name.clone()).or_insert_with(|| {
                    let (name, input) = (name.clone(), input.name.clone());
                    Binding { name, value, input, axis }
                });
            }
        }
    }
    let values: DimValues = bindings.iter().map(|(n, b)| (n.clone(), b.value)).collect();
    for (input, shape) in graph.inputs.iter().zip(shapes) {
        check_lengths(input, shape, &values, &bindings)?;
    }
    Ok(values)
}

fn check_lengths(
    input: &GraphInput,
    shape: &[usize],
    values: &DimValues,
    bindings: &BTreeMap<Arc<str>, Binding>,
) -> Result<(), BindError> {
    for (axis, (dim, &found)) in input.ty.shape.iter().zip(shape).enumerate() {
        let value = dim.eval(values);
        if value.is_some_and(|v| usize::try_from(v) == Ok(found)) {
            continue;
        }
        let by = dim.symbols().iter().filter_map(|n| bindings.get(n)).cloned().collect();
        let (input, dim) = (input.name.clone(), dim.clone());
        return Err(match value {
            Some(expected) => BindError::Extent { input, axis, dim, expected, found, by },
            None => BindError::Unbound { input, axis, dim, by },
        });
    }
    Ok(())
}

/// Checks every guard of the graph for these values of the dim names.
pub fn check_guards(graph: &Graph, values: &DimValues) -> Result<(), BindError> {
    for guard in &graph.guards {
        let (holds, found) = match &guard.requirement {
            Requirement::Equal(a, b) => {
                let (x, y) = (a.eval(values), b.eval(values));
                (x.is_some() && x == y, format!("{} against {}", shown(x), shown(y)))
            }
            Requirement::AtLeast(a, least) => {
                let x = a.eval(values);
                (x.is_some_and(|x| x >= *least), format!("{a} is {}", shown(x)))
            }
        };
        if !holds {
            let (requirement, at) = (guard.requirement.clone(), guard.at);
            return Err(BindError::Guard { requirement, at, found });
        }
    }
    Ok(())
}

fn shown(value: Option<i64>) -> String {
    value.map_or("without a value".into(), |v| v.to_string())
}
