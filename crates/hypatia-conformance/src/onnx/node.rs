//! One node as the operators see it: arguments, constants, types.
//!
//! Invariants: a missing argument or attribute is a default that the operator states, or an error
//! with its name.
//!
//! Not here: the operators (`ops/`).

use super::import::Import;
use super::{Stop, proto, tensor};
use crate::ops as known;
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::tensor::Tensor;

/// A node with its arguments.
pub struct Node<'a> {
    /// The message.
    pub proto: &'a proto::Node,
    /// The arguments; `None` for those left out.
    pub inputs: Vec<Option<Expr>>,
    /// The graph so far.
    pub import: &'a Import,
}

impl Node<'_> {
    /// An argument that must be there.
    pub fn x(&self, at: usize) -> Result<&Expr, Stop> {
        self.opt(at).ok_or_else(|| self.wrong(&format!("argument {at} is missing")))
    }

    /// An argument that may be left out.
    pub fn opt(&self, at: usize) -> Option<&Expr> {
        self.inputs.get(at).and_then(Option::as_ref)
    }

    /// All arguments, none of which may be left out.
    pub fn all(&self) -> Result<Vec<Expr>, Stop> {
        (0..self.inputs.len()).map(|at| self.x(at).cloned()).collect()
    }

    /// The version of the operator set.
    pub fn opset(&self) -> i64 {
        self.import.opset
    }

    /// That the node cannot be right.
    pub fn wrong(&self, why: &str) -> Stop {
        Stop::Wrong(format!("{}: {why}", self.proto.op_type))
    }

    /// That the node asks for something that is not there.
    pub fn unsupported(&self, what: &str) -> Stop {
        Stop::Unsupported(format!("{} with {what}", self.proto.op_type))
    }

    /// An attribute, if it is there.
    pub fn attribute(&self, name: &str) -> Option<&proto::Attribute> {
        self.proto.attribute.iter().find(|a| a.name == name)
    }

    /// An integer attribute.
    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).map_or(default, |a| a.i)
    }

    /// A float attribute.
    pub fn float(&self, name: &str, default: f64) -> f64 {
        self.attribute(name).map_or(default, |a| f64::from(a.f))
    }

    /// A text attribute.
    pub fn text(&self, name: &str, default: &str) -> String {
        let read = |a: &proto::Attribute| String::from_utf8_lossy(&a.s).into_owned();
        self.attribute(name).map_or(default.into(), read)
    }

    /// A list of integers, if it is there.
    pub fn ints(&self, name: &str) -> Option<Vec<i64>> {
        self.attribute(name).map(|a| a.ints.clone())
    }

    /// A tensor attribute, if it is there.
    pub fn tensor(&self, name: &str) -> Result<Option<Tensor>, Stop> {
        self.attribute(name).and_then(|a| a.t.as_ref()).map(tensor::read).transpose()
    }

    /// The value of an argument that decides shapes, if it is there.
    pub fn known(&self, at: usize) -> Result<Option<Tensor>, Stop> {
        self.opt(at).map(|x| self.import.constant(x)).transpose()
    }

    /// The integers of an argument that decides shapes, if it is there.
    pub fn known_ints(&self, at: usize) -> Result<Option<Vec<i64>>, Stop> {
        let read = |t: Tensor| (0..t.len()).map(|i| t.get(i).as_i64()).collect();
        Ok(self.known(at)?.map(read))
    }

    /// The numbers of an argument that decides shapes, if it is there.
    pub fn known_floats(&self, at: usize) -> Result<Option<Vec<f64>>, Stop> {
        let read = |t: Tensor| (0..t.len()).map(|i| t.get(i).as_f64()).collect();
        Ok(self.known(at)?.map(read))
    }

    /// Integers from an argument, or from the attribute that older versions have in its place.
    pub fn ints_at(&self, at: usize, name: &str) -> Result<Option<Vec<i64>>, Stop> {
        Ok(self.known_ints(at)?.or_else(|| self.ints(name)))
    }

    /// The element type of an argument.
    pub fn dtype(&self, at: usize) -> Result<DType, Stop> {
        let ty = self.x(at)?.type_or_none().map(|ty| ty.dtype);
        ty.ok_or_else(|| self.wrong("an argument has no type"))
    }

    /// The lengths of the axes of an argument.
    pub fn shape(&self, at: usize) -> Result<Vec<i64>, Stop> {
        let x = self.x(at)?;
        Ok((0..known::rank(x)).map(|axis| known::length(x, axis)).collect())
    }

    /// An axis counted from the start.
    pub fn axis(&self, axis: i64, rank: usize) -> Result<usize, Stop> {
        let from_start = if axis < 0 { axis + rank as i64 } else { axis };
        let axis = usize::try_from(from_start).ok().filter(|&a| a < rank);
        axis.ok_or_else(|| self.wrong("an axis is outside the tensor"))
    }
}
