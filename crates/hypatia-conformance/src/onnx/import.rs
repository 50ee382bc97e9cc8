//! A graph of ONNX nodes as expressions.
//!
//! Inputs are free variables with values: where an operator takes a shape or an axis from a
//! tensor, that tensor is computed from the values at hand, because Hypatia's shapes are not data.
//!
//! Invariants: nodes are built in their order; shapes are known.
//!
//! Not here: what operators mean (`ops/`).

use super::node::Node;
use super::{Stop, ops, proto, tensor};
use crate::backend::{Backend, Runner, variable};
use crate::manifest::view::{Argument, View};
use hypatia::expr::{Expr, Kind};
use hypatia::tensor::Tensor;
use std::collections::BTreeMap;

/// A graph being built.
pub struct Import {
    /// The version of the operator set.
    pub opset: i64,
    values: BTreeMap<String, Expr>,
    inputs: Vec<(Expr, Tensor)>,
}

impl Import {
    /// A graph with values for its inputs, in order; constants among the inputs do not count.
    pub fn graph(model: &proto::Model, inputs: Vec<Tensor>) -> Result<Import, Stop> {
        let graph = model.graph.as_ref().ok_or_else(|| Stop::Wrong("no graph".into()))?;
        let own = |set: &&proto::OpsetId| set.domain.is_empty() || set.domain == "ai.onnx";
        let opset = model.opset_import.iter().find(own).map_or(1, |set| set.version);
        let mut import = Import { opset, values: BTreeMap::new(), inputs: Vec::new() };
        for constant in &graph.initializer {
            let value = Expr::literal(tensor::read(constant)?);
            import.values.insert(constant.name.clone(), value);
        }
        let free: Vec<&proto::ValueInfo> =
            graph.input.iter().filter(|i| !import.values.contains_key(&i.name)).collect();
        for (number, (declared, value)) in free.into_iter().zip(inputs).enumerate() {
            let free = variable(&format!("x{number}"), value.dtype(), value.shape());
            import.values.insert(declared.name.clone(), free.clone());
            import.inputs.push((free, value));
        }
        for node in &graph.node {
            import.node(node)?;
        }
        Ok(import)
    }

    /// Replaces what a name stands for, for the nodes after.
    pub fn set(&mut self, name: &str, value: Expr) {
        self.values.insert(name.into(), value);
    }

    fn node(&mut self, node: &proto::Node) -> Result<(), Stop> {
        let build = match node.domain.as_str() {
            "" | "ai.onnx" => ops::find(&node.op_type),
            _ => None,
        };
        let build = build.ok_or_else(|| Stop::Unsupported(node.op_type.clone()))?;
        let input = |name: &String| match name.as_str() {
            "" => Ok(None),
            _ => match self.values.get(name) {
                Some(value) => Ok(Some(value.clone())),
                None => Err(Stop::Wrong(format!("`{name}` has no value"))),
            },
        };
        let inputs = node.input.iter().map(input).collect::<Result<_, _>>()?;
        let outputs = build.outputs(&Node { proto: node, inputs, import: self })?;
        for (name, value) in node.output.iter().zip(outputs) {
            if let Err(errors) = value.ty() {
                return Err(Stop::Wrong(format!("{}: {errors}", node.op_type)));
            }
            self.values.insert(name.clone(), value);
        }
        Ok(())
    }

    /// What a name stands for.
    pub fn value(&self, name: &str) -> Result<Expr, Stop> {
        let missing = || Stop::Wrong(format!("`{name}` has no value"));
        self.values.get(name).cloned().ok_or_else(missing)
    }

    /// The values of expressions for the values of the inputs.
    pub fn run(&self, backend: Backend, outputs: &[Expr]) -> Result<Vec<Tensor>, Stop> {
        let refused = |e: &dyn std::fmt::Display| Stop::Wrong(e.to_string());
        let inputs: Vec<Expr> = self.inputs.iter().map(|(x, _)| x.clone()).collect();
        let runner = Runner::new(backend, &inputs, outputs, Vec::new()).map_err(|e| refused(&e))?;
        let whole = View::default();
        let mut bound: Vec<Box<dyn Argument + '_>> = Vec::new();
        for (_, value) in &self.inputs {
            bound.push(whole.of(value).map_err(|e| refused(&e))?);
        }
        let bound: Vec<&dyn Argument> = bound.iter().map(|b| &**b).collect();
        runner.call(&bound).map_err(|e| refused(&e))
    }

    /// The value of one expression, for shapes and axes.
    pub fn constant(&self, expr: &Expr) -> Result<Tensor, Stop> {
        if let Kind::Literal(value) = expr.kind() {
            return Ok(value.as_ref().clone());
        }
        let mut values = self.run(Backend::Reference, std::slice::from_ref(expr))?;
        values.pop().ok_or_else(|| Stop::Wrong("no value".into()))
    }
}
