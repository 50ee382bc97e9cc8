//! From statements to a graph: names are resolved and types are checked.
//!
//! Invariants: every fault of a text is a [`ParseError`] with a position; a graph that comes out
//! satisfies the invariants of `graph.rs`.
//!
//! Not here: the grammar (`syntax.rs`).

use super::dim::is_bounded;
use super::error::{Fault, ParseError};
use super::syntax::{Body, Reference, Statement, did_you_mean, header, statement};
use super::token::{is_end, scalar_of};
use crate::error::Cause;
use crate::graph::{Graph, GraphInput, Guard, NodeId, Role, Root};
use crate::infer::Requirement;
use crate::op::Op;
use crate::shape::Type;
use crate::span::Span;
use crate::tensor::Tensor;
use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use std::sync::Arc;

/// The graph that a text describes; see [`crate::text`] for the form.
///
/// ```
/// # use hypatia_ir::text::parse;
/// let text = "hyp 1\ninput x: f32[n]\n%1: f32[n] = exp(x)\noutput y = %1\n";
/// assert_eq!(parse(text).unwrap().to_string(), text);
/// let error = parse("hyp 1\ninput x: f32[n]\n%1 = expp(x)").unwrap_err();
/// assert_eq!((error.line, error.column), (3, 6));
/// assert_eq!(error.help.as_deref(), Some("did you mean `exp`?"));
/// ```
pub fn parse(text: &str) -> Result<Graph, ParseError> {
    let mut builder = Builder::default();
    let mut lines = text.lines().enumerate().filter(|(_, line)| !is_end(line));
    match lines.next() {
        Some((at, line)) => header(line).map_err(|fault| fault.in_line(at, line))?,
        None => return Err(Fault::new("", "`hyp 1`, the form and its version").in_line(0, "")),
    }
    for (at, line) in lines {
        let built = statement(line).and_then(|s| builder.add(s, at + 1));
        built.map_err(|fault| fault.in_line(at, line))?;
    }
    Ok(builder.finish())
}

impl FromStr for Graph {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Graph, ParseError> {
        parse(text)
    }
}

/// A graph in the making, with what its text has named so far. Lines count from 1.
#[derive(Default)]
struct Builder<'a> {
    graph: Graph,
    labels: HashMap<u64, (NodeId, usize)>,
    inputs: HashMap<&'a str, (NodeId, u32, usize)>,
    outputs: HashMap<&'a str, usize>,
    updates: HashMap<u32, usize>,
    guards: Vec<Requirement>,
}

/// The fault of something that is there already.
fn again<'a>(at: &'a str, expected: &'static str, line: usize) -> Fault<'a> {
    Fault::new(at, expected)
        .found(format!("`{at}`"))
        .help(Some(format!("line {line} has it already")))
}

impl<'a> Builder<'a> {
    fn add(&mut self, statement: Statement<'a>, line: usize) -> Result<(), Fault<'a>> {
        match statement {
            Statement::Input { shared, name, ty } => self.add_input(shared, name, ty, line),
            Statement::Node { label, ty, op, body } => self.add_node(label, ty, op, body, line),
            Statement::Guard(requirement) => {
                self.guards.push(requirement);
                Ok(())
            }
            Statement::Output { name, value } => {
                let node = self.resolve(value)?;
                if let Some(before) = self.outputs.insert(name, line) {
                    return Err(again(name, "a new name for the output", before));
                }
                self.graph.roots.push(Root { role: Role::Output(name.into()), node });
                Ok(())
            }
            Statement::Update { input, value } => self.add_update(input, value, line),
        }
    }

    fn add_input(
        &mut self,
        shared: bool,
        name: &'a str,
        ty: Type,
        line: usize,
    ) -> Result<(), Fault<'a>> {
        if let Some(&(_, _, before)) = self.inputs.get(name) {
            return Err(again(name, "a new name for the input", before));
        }
        let number = self.graph.inputs.len() as u32;
        let input = GraphInput { name: name.into(), ty, at: Span::NONE, shared };
        let node = self.graph.add_input(input);
        self.inputs.insert(name, (node, number, line));
        Ok(())
    }

    fn add_node(
        &mut self,
        label: Reference<'a>,
        ty: Option<(&'a str, Type)>,
        op_name: &'a str,
        body: Body<'a>,
        line: usize,
    ) -> Result<(), Fault<'a>> {
        let number = label.label.ok_or_else(|| Fault::new(label.text, "the number of a node"))?;
        if let Some(&(_, before)) = self.labels.get(&number) {
            return Err(again(label.text, "a new number for the node", before));
        }
        let node = match body {
            Body::Literal(elements) => self.add_literal(op_name, ty, &elements)?,
            Body::Apply(op, operands) => {
                let node = self.apply(op, op_name, &operands)?;
                self.check_type(node, op_name, ty)?;
                node
            }
        };
        self.labels.insert(number, (node, line));
        Ok(())
    }

    fn add_literal(
        &mut self,
        op_name: &'a str,
        ty: Option<(&'a str, Type)>,
        elements: &[&'a str],
    ) -> Result<NodeId, Fault<'a>> {
        let (at, ty) = ty.ok_or_else(|| {
            Fault::new(op_name, "the type of the literal before `=`").found("no type")
        })?;
        let lengths = ty.shape.eval(&Default::default());
        let lengths =
            lengths.ok_or_else(|| Fault::new(at, "a shape of numbers").found(format!("{ty}")))?;
        let count: usize = lengths.iter().product();
        if count != elements.len() {
            let expected = format!("{count} elements, for the type {ty}");
            return Err(Fault::new(op_name, expected).found(format!("{}", elements.len())));
        }
        let mut value = Tensor::zeros(ty.dtype, &lengths);
        for (place, text) in elements.iter().enumerate() {
            value.set(place, scalar_of(text, ty.dtype)?);
        }
        Ok(self.graph.add_literal(Arc::new(value), Span::NONE))
    }

    fn apply(
        &mut self,
        op: Op,
        op_name: &'a str,
        operands: &[Reference<'a>],
    ) -> Result<NodeId, Fault<'a>> {
        let operands: Result<Vec<NodeId>, Fault<'a>> =
            operands.iter().map(|r| self.resolve(*r)).collect();
        let operands = operands?;
        self.graph.add(op, &operands, Span::NONE).map_err(|cause| {
            let types = operands.iter().map(|&x| self.graph.ty(x).to_string());
            let found = match &cause {
                Cause::Arity { found, .. } => format!("{found}"),
                _ => format!("{cause} (operands: {})", types.collect::<Vec<_>>().join(", ")),
            };
            let expected = match &cause {
                Cause::Arity { expected, .. } => format!("{expected} operands of `{op_name}`"),
                _ => format!("operands that fit `{op_name}`"),
            };
            Fault::new(op_name, expected).found(found)
        })
    }

    fn check_type(
        &self,
        node: NodeId,
        op_name: &'a str,
        declared: Option<(&'a str, Type)>,
    ) -> Result<(), Fault<'a>> {
        let inferred = self.graph.ty(node);
        if !is_bounded(&inferred.shape) {
            return Err(Fault::new(op_name, "a type of moderate size").found("a larger one"));
        }
        match declared {
            Some((at, declared)) if declared != *inferred => {
                let expected = format!("{inferred}, the type of this `{op_name}`");
                Err(Fault::new(at, expected).found(declared.to_string()))
            }
            _ => Ok(()),
        }
    }

    fn add_update(
        &mut self,
        name: &'a str,
        value: Reference<'a>,
        line: usize,
    ) -> Result<(), Fault<'a>> {
        let shared = |number: u32| self.graph.inputs[number as usize].shared;
        let target = self.inputs.get(name).map(|&(node, number, _)| (node, number));
        let Some((input, number)) = target.filter(|&(_, number)| shared(number)) else {
            let names = self.graph.inputs.iter().filter(|i| i.shared).map(|i| i.name.as_ref());
            return Err(Fault::new(name, "a shared input").help(did_you_mean(name, names)));
        };
        let node = self.resolve(value)?;
        let (expected, found) = (self.graph.ty(input), self.graph.ty(node));
        if expected != found {
            let expected = format!("a value of type {expected}, as `{name}` has");
            return Err(Fault::new(value.text, expected).found(found.to_string()));
        }
        if let Some(before) = self.updates.insert(number, line) {
            return Err(again(name, "an input that is not updated yet", before));
        }
        self.graph.roots.push(Root { role: Role::Update(number), node });
        Ok(())
    }

    fn resolve(&self, reference: Reference<'a>) -> Result<NodeId, Fault<'a>> {
        let text = reference.text;
        let found = match reference.label {
            Some(label) => self.labels.get(&label).map(|&(node, _)| node),
            None => self.inputs.get(text).map(|&(node, ..)| node),
        };
        found.ok_or_else(|| {
            // In the order of the text: a map's order would change from run to run.
            let names = self.graph.inputs.iter().map(|i| i.name.as_ref());
            let help = did_you_mean(text, names);
            Fault::new(text, "a value defined above").found(format!("`{text}`")).help(help)
        })
    }

    /// The guards as listed, then those of the nodes that were not.
    fn finish(self) -> Graph {
        let Builder { mut graph, guards, .. } = self;
        let implied = std::mem::take(&mut graph.guards);
        let implied = implied.into_iter().map(|guard| guard.requirement);
        let mut seen = HashSet::new();
        for requirement in guards.into_iter().chain(implied) {
            if seen.insert(requirement.clone()) {
                graph.guards.push(Guard { requirement, at: Span::NONE });
            }
        }
        graph
    }
}
