//! Expressions: immutable, shared, typed when built.
//!
//! Invariants: operators never panic and never return `Result`; a wrong expression is a value
//! that remembers its error, its operands and the user's line. Handles are cheap to clone;
//! dropping is iterative, so chains of any depth are fine.
//!
//! Not here: how to write expressions (`operators.rs`, `methods.rs`, `compose/`), graphs
//! (`graph.rs`).

use crate::dim::Dim;
use crate::error::{Cause, OperandNote, TypeError, TypeErrors};
use crate::infer::infer;
use crate::op::{Axes, Op};
use crate::scalar::{Element, Scalar};
use crate::shape::{Shape, Type};
use crate::shared::Cell;
use crate::span::Span;
use crate::tensor::Tensor;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// A symbolic tensor expression.
#[derive(Clone)]
pub struct Expr(Arc<Node>);

/// A free variable of expressions: an argument of functions, or a shared variable.
#[derive(Debug)]
pub struct Input {
    /// The name in messages and texts.
    pub name: Arc<str>,
    /// The declared type.
    pub ty: Type,
    /// Where it was declared.
    pub at: Span,
    /// The value, if the variable is shared.
    pub cell: Option<Arc<Cell>>,
}

/// What an expression is made of.
#[derive(Debug)]
pub enum Kind {
    /// A free variable.
    Input(Arc<Input>),
    /// A literal tensor.
    Literal(Arc<Tensor>),
    /// An op on operands; never `Op::Input` or `Op::Literal`.
    Apply(Op, Vec<Expr>),
    /// Something that does not type-check.
    Invalid(TypeError, Vec<Expr>),
    /// An op on operands of which at least one is invalid.
    Unknown(&'static str, Vec<Expr>),
}

#[derive(Debug)]
struct Node {
    kind: Kind,
    ty: Option<Type>,
    at: Span,
}

/// Identity of an expression: equal for clones of one handle only. Never ordered, never printed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExprId(*const Node);

impl Expr {
    /// A free variable; shared if it has a cell. A type that could not be formed gives an
    /// invalid expression.
    #[track_caller]
    pub fn input(name: &str, ty: Result<Type, Cause>, cell: Option<Arc<Cell>>) -> Expr {
        let at = Span::caller();
        let checked = |ty: Type| check_name(name).and(check_rank(ty.rank())).map(|()| ty);
        match ty.and_then(checked) {
            Ok(ty) => {
                let (name, declared) = (name.into(), Some(ty.clone()));
                Expr::new(Kind::Input(Arc::new(Input { name, ty, at, cell })), declared, at)
            }
            Err(cause) => Expr::invalid("input", cause, Vec::new()),
        }
    }

    /// A scalar constant.
    #[track_caller]
    pub fn constant<T: Element>(value: T) -> Expr {
        Expr::apply(Op::Const(Scalar::new(value)), Vec::new())
    }

    /// A literal tensor.
    #[track_caller]
    pub fn literal(value: impl Into<Tensor>) -> Expr {
        Expr::literal_shared(Arc::new(value.into()))
    }

    /// A literal tensor that others hold too.
    #[track_caller]
    pub fn literal_shared(value: Arc<Tensor>) -> Expr {
        let ty = Type::new(value.dtype(), Shape::from(value.shape()));
        match check_rank(ty.rank()) {
            Ok(()) => Expr::new(Kind::Literal(value), Some(ty), Span::caller()),
            Err(cause) => Expr::invalid("literal", cause, Vec::new()),
        }
    }

    /// `op` on operands, typed by [`infer`].
    #[track_caller]
    pub fn apply(op: Op, operands: Vec<Expr>) -> Expr {
        if operands.iter().any(|x| x.0.ty.is_none()) {
            return Expr::new(Kind::Unknown(op.name(), operands), None, Span::caller());
        }
        let types: Vec<&Type> = operands.iter().filter_map(|x| x.0.ty.as_ref()).collect();
        match infer(&op, &types, &mut Vec::new()) {
            Ok(ty) => Expr::new(Kind::Apply(op, operands), Some(ty), Span::caller()),
            Err(cause) => Expr::invalid(op.name(), cause, operands),
        }
    }

    /// An expression that remembers why it is wrong. If an operand is already wrong, that error
    /// stands for both.
    #[track_caller]
    pub fn invalid(op: &'static str, cause: Cause, operands: Vec<Expr>) -> Expr {
        let at = Span::caller();
        if operands.iter().any(|x| x.0.ty.is_none()) {
            return Expr::new(Kind::Unknown(op, operands), None, at);
        }
        let notes = operands.iter().map(Expr::note).collect();
        let error = TypeError { op, at, cause, operands: notes, fixed: Vec::new() };
        Expr::new(Kind::Invalid(error, operands), None, at)
    }

    fn new(kind: Kind, ty: Option<Type>, at: Span) -> Expr {
        Expr(Arc::new(Node { kind, ty, at }))
    }

    /// The expression as messages show it: the start of its text, its type, where it was built.
    pub fn note(&self) -> OperandNote {
        const WIDTH: usize = 40;
        let text = self.to_string();
        let text = match text.char_indices().nth(WIDTH) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        };
        let (ty, at) = (self.0.ty.clone(), self.0.at);
        OperandNote { text, ty, at }
    }

    /// The type; or every independent error in the expression, in the order of construction.
    pub fn ty(&self) -> Result<&Type, TypeErrors> {
        self.0.ty.as_ref().ok_or_else(|| self.errors())
    }

    /// The type, if the expression has one.
    pub fn type_or_none(&self) -> Option<&Type> {
        self.0.ty.as_ref()
    }

    /// Every independent error in the expression.
    pub fn errors(&self) -> TypeErrors {
        let mut found = Vec::new();
        for expr in post_order(std::slice::from_ref(self)) {
            if let Kind::Invalid(error, _) = expr.kind() {
                found.push(error.clone());
            }
        }
        TypeErrors(found)
    }

    /// What the expression is made of.
    pub fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// The operands, none for leaves.
    pub fn operands(&self) -> &[Expr] {
        match &self.0.kind {
            Kind::Input(_) | Kind::Literal(_) => &[],
            Kind::Apply(_, operands) | Kind::Invalid(_, operands) | Kind::Unknown(_, operands) => {
                operands
            }
        }
    }

    /// Where the expression was built.
    pub fn span(&self) -> Span {
        self.0.at
    }

    /// The identity of the handle.
    pub fn id(&self) -> ExprId {
        ExprId(Arc::as_ptr(&self.0))
    }
}

/// Every expression below `roots`, operands before users, each once; the order depends on the
/// roots alone.
pub fn post_order(roots: &[Expr]) -> Vec<&Expr> {
    let mut seen = HashSet::new();
    let mut order = Vec::new();
    let mut stack: Vec<(&Expr, usize)> = Vec::new();
    for root in roots {
        if seen.insert(root.id()) {
            stack.push((root, 0));
        }
        while let Some((expr, next)) = stack.pop() {
            match expr.operands().get(next) {
                None => order.push(expr),
                Some(operand) => {
                    stack.push((expr, next + 1));
                    if seen.insert(operand.id()) {
                        stack.push((operand, 0));
                    }
                }
            }
        }
    }
    order
}

/// Whether the text form can write `name`.
pub fn check_name(name: &str) -> Result<(), Cause> {
    let mut chars = name.chars();
    let head = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if head && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        Ok(())
    } else {
        Err(Cause::Name { name: name.into() })
    }
}

fn check_rank(found: usize) -> Result<(), Cause> {
    let expected = "at most 32 axes";
    if found <= Axes::MAX_RANK { Ok(()) } else { Err(Cause::Rank { expected, found }) }
}

/// Lengths of axes as users write them: arrays or tuples of names, numbers and [`Dim`]s.
pub trait IntoDims {
    /// The dims in order.
    fn into_dims(self) -> Vec<Dim>;
}

impl<D: Into<Dim>, const N: usize> IntoDims for [D; N] {
    fn into_dims(self) -> Vec<Dim> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<D: Clone + Into<Dim>, const N: usize> IntoDims for &[D; N] {
    fn into_dims(self) -> Vec<Dim> {
        self.iter().cloned().map(Into::into).collect()
    }
}

impl<D: Clone + Into<Dim>> IntoDims for &[D] {
    fn into_dims(self) -> Vec<Dim> {
        self.iter().cloned().map(Into::into).collect()
    }
}

impl IntoDims for Vec<Dim> {
    fn into_dims(self) -> Vec<Dim> {
        self
    }
}

impl IntoDims for &Shape {
    fn into_dims(self) -> Vec<Dim> {
        self.to_vec()
    }
}

macro_rules! dims_of_tuples {
    ($(($($t:ident),+))*) => {$(
        impl<$($t: Into<Dim>),+> IntoDims for ($($t,)+) {
            fn into_dims(self) -> Vec<Dim> {
                #[allow(non_snake_case)]
                let ($($t,)+) = self;
                vec![$($t.into()),+]
            }
        }
    )*};
}
dims_of_tuples!((A)(A, B)(A, B, C)(A, B, C, D)(A, B, C, D, E)(A, B, C, D, E, F));

/// A free variable of any rank.
///
/// ```
/// # use hypatia_ir::expr::tensor;
/// let images = tensor::<f32>("images", ("n", 28, 28));
/// assert_eq!(images.ty().unwrap().to_string(), "f32[n, 28, 28]");
/// ```
#[track_caller]
pub fn tensor<T: Element>(name: &str, dims: impl IntoDims) -> Expr {
    let dims = dims.into_dims();
    let names = dims.iter().flat_map(Dim::symbols);
    let bad = names.map(|n| check_name(&n)).find_map(Result::err);
    let negative = dims.iter().find(|d| d.known().is_some_and(|n| n < 0));
    let negative = negative.map(|d| Cause::NegativeDim { length: d.clone() });
    let ty = match bad.or(negative) {
        Some(cause) => Err(cause),
        None => Ok(Type::new(T::DTYPE, dims.into_iter().collect())),
    };
    Expr::input(name, ty, None)
}

/// A free scalar.
#[track_caller]
pub fn scalar<T: Element>(name: &str) -> Expr {
    tensor::<T>(name, Vec::new())
}

/// A free vector: one dim.
#[track_caller]
pub fn vector<T: Element>(name: &str, dim: impl Into<Dim>) -> Expr {
    tensor::<T>(name, [dim.into()])
}

/// A free matrix: two dims.
#[track_caller]
pub fn matrix<T: Element>(name: &str, dims: impl IntoDims) -> Expr {
    let dims = dims.into_dims();
    match dims.len() {
        2 => tensor::<T>(name, dims),
        found => Expr::invalid("matrix", Cause::Rank { expected: "two dims", found }, Vec::new()),
    }
}

impl From<&Expr> for Expr {
    /// Another handle of the same expression.
    fn from(expr: &Expr) -> Expr {
        expr.clone()
    }
}

impl Drop for Node {
    /// Frees long chains without recursion.
    fn drop(&mut self) {
        fn release(kind: &mut Kind, stack: &mut Vec<Expr>) {
            match kind {
                Kind::Input(_) | Kind::Literal(_) => {}
                Kind::Apply(_, operands)
                | Kind::Invalid(_, operands)
                | Kind::Unknown(_, operands) => stack.append(operands),
            }
        }
        let mut stack = Vec::new();
        release(&mut self.kind, &mut stack);
        while let Some(expr) = stack.pop() {
            if let Some(mut node) = Arc::into_inner(expr.0) {
                release(&mut node.kind, &mut stack);
            }
        }
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
