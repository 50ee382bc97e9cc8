//! Random typed graphs with values for their inputs, that shrink.
//!
//! A graph is read off a recipe: numbers that pick ops, operands and attributes from what there
//! is so far. Every recipe gives a graph, and proptest shrinks recipes; so graphs shrink by losing
//! ops, inputs and sizes.
//!
//! Invariants: the graph verifies, and has a value for the inputs that come with it: steps that
//! would not type-check, or whose requirements the sizes break, are left out. Depends on the
//! recipe alone.
//!
//! Not here: what is checked of the graphs (the tests that use them).

use hypatia_ir::dim::{Dim, DimValues};
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::{bind, check_guards};
use hypatia_ir::expr::{Expr, ExprId, tensor};
use hypatia_ir::graph::{Graph, Role, Root};
use hypatia_ir::index::iota;
use hypatia_ir::op::{
    Axes, BinaryOp, CompareOp, Op, PadAxis, ReduceOp, ScatterOp, SliceAxis, UnaryOp, WindowAxis,
};
use hypatia_ir::operators::random_bits;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::Type;
use hypatia_ir::shared::shared;
use hypatia_ir::structure::concat;
use hypatia_ir::tensor::Tensor;
use proptest::prelude::*;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

#[path = "idioms.rs"]
mod idioms;

use idioms::{composite, idiom, routine};

/// Which graphs to generate.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The most ops that a recipe asks for; composites count once.
    pub steps: usize,
    /// Whether float inputs have zeros of both signs, infinities, NaN, huge and tiny values.
    pub specials: bool,
    /// Whether every other step spells something that the simplifier knows.
    pub idioms: bool,
    /// Element types of inputs. Ops may convert to any other type.
    pub dtypes: &'static [DType],
}

impl Default for Options {
    fn default() -> Options {
        Options { steps: 12, specials: true, idioms: false, dtypes: &DType::ALL }
    }
}

/// A graph with a value for each input.
#[derive(Clone)]
pub struct Generated {
    /// The graph.
    pub graph: Graph,
    /// Values, by input number.
    pub inputs: Vec<Tensor>,
}

impl fmt::Debug for Generated {
    /// The graph in the text form, with the inputs as comments: ready for the golden set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.graph)?;
        for (input, value) in self.graph.inputs.iter().zip(&self.inputs) {
            let value = format!("{value:?}").replace('\n', " ");
            writeln!(f, "# {} = {value}", input.name)?;
        }
        Ok(())
    }
}

/// Graphs of up to `options.steps` ops.
pub fn graphs(options: Options) -> impl Strategy<Value = Generated> {
    let input = (any::<u8>(), proptest::collection::vec(0u8..6, 0..4), any::<u32>());
    let inputs = proptest::collection::vec(input, 1..4);
    let steps = proptest::collection::vec(any::<[u16; 5]>(), 0..=options.steps);
    let sizes = [0usize..5, 0..5];
    (sizes, inputs, steps).prop_map(move |(sizes, inputs, steps)| {
        let mut kitchen = Kitchen::new(options, sizes);
        for (number, (dtype, dims, seed)) in inputs.into_iter().enumerate() {
            kitchen.add_input(number, dtype, &dims, seed);
        }
        for step in steps {
            kitchen.add_step(Numbers(step));
        }
        kitchen.serve()
    })
}

/// The numbers of one step of a recipe.
#[derive(Clone, Copy)]
struct Numbers([u16; 5]);

impl Numbers {
    /// A number below `n` from place `at`; 0 if `n` is 0.
    fn below(self, at: usize, n: usize) -> usize {
        usize::from(self.0[at]) % n.max(1)
    }

    fn of<T: Copy>(self, at: usize, choices: &[T]) -> T {
        choices[self.below(at, choices.len())]
    }
}

/// A graph in the making.
struct Kitchen {
    options: Options,
    sizes: DimValues,
    inputs: Vec<Expr>,
    values: Vec<Tensor>,
    pool: Vec<Expr>,
}

/// Largest number of elements of a value, and of axes.
const ELEMENTS: usize = 300;
const RANK: usize = 4;

impl Kitchen {
    fn new(options: Options, [n, m]: [usize; 2]) -> Kitchen {
        let sizes = [("n", n), ("m", m)].map(|(name, size)| (Arc::from(name), size as i64));
        let (inputs, values, pool) = (Vec::new(), Vec::new(), Vec::new());
        Kitchen { options, sizes: DimValues::from(sizes), inputs, values, pool }
    }

    /// Dims 4 and 5 are the names, the others are themselves.
    fn add_input(&mut self, number: usize, dtype: u8, dims: &[u8], seed: u32) {
        let named = |&d: &u8| match d {
            4 => Dim::symbol("n"),
            5 => Dim::symbol("m"),
            known => Dim::from(u32::from(known)),
        };
        let dims: Vec<Dim> = dims.iter().map(named).collect();
        let shape: Vec<usize> = dims.iter().map(|d| self.size(d)).collect();
        let dtype = self.options.dtypes[usize::from(dtype) % self.options.dtypes.len()];
        let value = self.value(dtype, &shape, seed);
        let name = format!("x{number}");
        let known = dims.iter().all(|d| d.known().is_some());
        let input = match dtype {
            _ if known && seed % 3 == 1 => shared(&name, value.clone()).expr(),
            DType::Bool => tensor::<bool>(&name, dims),
            DType::U8 => tensor::<u8>(&name, dims),
            DType::I32 => tensor::<i32>(&name, dims),
            DType::I64 => tensor::<i64>(&name, dims),
            DType::F32 => tensor::<f32>(&name, dims),
            DType::F64 => tensor::<f64>(&name, dims),
        };
        self.inputs.push(input.clone());
        self.pool.push(input);
        self.values.push(value);
    }

    fn size(&self, dim: &Dim) -> usize {
        dim.eval(&self.sizes).and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX)
    }

    /// Elements that depend on the seed: small integers, or floats about as large.
    fn value(&self, dtype: DType, shape: &[usize], seed: u32) -> Tensor {
        const SPECIALS: [f64; 8] =
            [0.0, -0.0, 1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e30, -1e-30];
        let mut tensor = Tensor::zeros(dtype, shape);
        let mut state = u64::from(seed);
        for at in 0..tensor.len() {
            // Knuth's MMIX generator; its high bits are good enough here.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let bits = state >> 33;
            let value = match dtype {
                DType::Bool => (bits % 2) as f64,
                DType::U8 => (bits % 10) as f64,
                DType::I32 | DType::I64 => (bits % 13) as f64 - 6.0,
                DType::F32 | DType::F64 if self.options.specials && bits % 11 == 0 => {
                    SPECIALS[(bits / 11 % 8) as usize]
                }
                DType::F32 | DType::F64 => (bits % 4001) as f64 / 1000.0 - 2.0,
            };
            tensor.set(at, Scalar::from_f64(dtype, value));
        }
        tensor
    }

    /// Adds what the numbers ask for, if that type-checks and has a value for these sizes.
    fn add_step(&mut self, numbers: Numbers) {
        let is_idiom = self.options.idioms && numbers.0[0] >> 15 == 1;
        let maker = if is_idiom { idiom } else { numbers.of(0, MAKERS) };
        let made = maker(self, numbers);
        if let Some(expr) = made.filter(|e| self.is_edible(e)) {
            self.pool.push(expr);
        }
    }

    fn is_edible(&self, expr: &Expr) -> bool {
        let Some(ty) = expr.type_or_none() else { return false };
        let small = |ty: &Type| {
            let lengths = ty.shape.eval(&self.sizes);
            lengths.is_some_and(|l| l.iter().product::<usize>() <= ELEMENTS)
        };
        if ty.rank() > RANK || !small(ty) {
            return false;
        }
        let Ok(captured) = Graph::capture(&self.inputs, &[("y".into(), expr.clone())]) else {
            return false;
        };
        let shapes: Vec<&[usize]> = self.values.iter().map(Tensor::shape).collect();
        let graph = &captured.graph;
        let sizes = bind(graph, &shapes);
        sizes.is_ok_and(|sizes| check_guards(graph, &sizes).is_ok())
            && graph.nodes().iter().all(|node| small(&node.ty))
    }

    /// An expression that is there.
    fn pick(&self, numbers: Numbers, at: usize) -> Expr {
        // The latest ones come first: shrinking a number to 0 keeps chains short.
        let back = numbers.below(at, self.pool.len());
        self.pool[self.pool.len() - 1 - back].clone()
    }

    /// An expression of a number type.
    fn number(&self, numbers: Numbers, at: usize) -> Expr {
        let x = self.pick(numbers, at);
        if dtype(&x) == DType::Bool { x.cast(DType::I32) } else { x }
    }

    /// An expression of a float type.
    fn float(&self, numbers: Numbers, at: usize) -> Expr {
        let x = self.pick(numbers, at);
        if dtype(&x).is_float() { x } else { x.cast(DType::F32) }
    }

    /// An expression of an integer type.
    fn integer(&self, numbers: Numbers, at: usize) -> Expr {
        let x = self.pick(numbers, at);
        if dtype(&x).is_int() { x } else { x.cast(DType::I32) }
    }

    /// An expression of bools or integers.
    fn bits(&self, numbers: Numbers, at: usize) -> Expr {
        let x = self.pick(numbers, at);
        if dtype(&x).is_float() { x.cast(DType::Bool) } else { x }
    }

    /// The length of an axis in this call.
    fn length(&self, x: &Expr, axis: usize) -> usize {
        x.type_or_none().map_or(0, |ty| self.size(&ty.shape[axis]))
    }

    /// Indices into an axis of this length, negative ones too.
    fn indices(&self, numbers: Numbers, length: usize) -> Expr {
        let count = if length == 0 { 0 } else { numbers.below(3, 4) };
        let place = |i: usize| (usize::from(numbers.0[4]) + 5 * i) % length.max(1);
        let index = |i: usize| match (place(i) as i64, i % 2) {
            (place, 0) => place,
            (place, _) => place - length as i64,
        };
        let unsigned = (0..count).all(|i| index(i) >= 0);
        let values: Vec<i64> = (0..count).map(index).collect();
        let indices = Expr::literal(values);
        match numbers.below(4, 3) {
            0 => indices,
            1 => indices.cast(DType::I32),
            _ if unsigned => indices.cast(DType::U8),
            _ => indices,
        }
    }

    /// The graph of everything that is not used by something else.
    fn serve(self) -> Generated {
        let used: HashSet<ExprId> =
            self.pool.iter().flat_map(|e| e.operands().iter().map(Expr::id)).collect();
        let made = &self.pool[self.inputs.len()..];
        let mut outputs: Vec<&Expr> = made.iter().filter(|e| !used.contains(&e.id())).collect();
        if outputs.is_empty() {
            outputs.push(&self.pool[0]);
        }
        let named = outputs.into_iter().enumerate();
        let named = named.map(|(i, e)| (Arc::from(format!("y{i}")), e.clone()));
        let named: Vec<(Arc<str>, Expr)> = named.collect();
        let captured = Graph::capture(&self.inputs, &named);
        let mut graph = captured.unwrap_or_else(|e| panic!("{e}")).graph;
        add_update(&mut graph);
        Generated { graph, inputs: self.values }
    }
}

/// The first output that has the type of a shared input is also its new value.
fn add_update(graph: &mut Graph) {
    let fits = |(number, root): (usize, &Root)| {
        (graph.inputs[number].ty == *graph.ty(root.node)).then_some((number as u32, root.node))
    };
    let shared = (0..graph.inputs.len()).filter(|&i| graph.inputs[i].shared);
    let mut pairs = shared.flat_map(|i| graph.roots.iter().map(move |root| (i, root)));
    if let Some((number, node)) = pairs.find_map(fits) {
        graph.roots.push(Root { role: Role::Update(number), node });
    }
}

fn dtype(x: &Expr) -> DType {
    x.type_or_none().map_or(DType::F32, |ty| ty.dtype)
}

fn rank(x: &Expr) -> usize {
    x.type_or_none().map_or(0, Type::rank)
}

fn dims(x: &Expr) -> Vec<Dim> {
    x.type_or_none().map_or_else(Vec::new, |ty| ty.shape.to_vec())
}

/// An axis, if there is one.
fn axis(x: &Expr, numbers: Numbers) -> Option<usize> {
    (rank(x) > 0).then(|| numbers.below(2, rank(x)))
}

/// Axes by the bits of a number.
fn axes(x: &Expr, numbers: Numbers) -> Axes {
    (0..rank(x)).filter(|&a| numbers.0[2] & (1 << a) != 0).collect()
}

type Maker = fn(&Kitchen, Numbers) -> Option<Expr>;

/// One for each kind of op, then composites; the first is what others shrink to.
const MAKERS: &[Maker] = &[
    unary,
    binary,
    compare,
    select,
    cast,
    reduce,
    arg_reduce,
    reshape,
    transpose,
    axis_of_one,
    broadcast,
    slice,
    pad,
    concatenate,
    windows,
    fold,
    matmul,
    take,
    take_along,
    scatter,
    leaf,
    composite,
    routine,
];

fn unary(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let op = n.of(2, UnaryOp::ALL);
    let x = match op {
        UnaryOp::Neg | UnaryOp::Abs | UnaryOp::Sign | UnaryOp::Sqr => k.number(n, 1),
        UnaryOp::Not => k.bits(n, 1),
        _ => k.float(n, 1),
    };
    Some(Expr::apply(Op::Unary(op), vec![x]))
}

fn binary(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let op = n.of(3, BinaryOp::ALL);
    let x = match op {
        BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => k.bits(n, 1),
        BinaryOp::Shl | BinaryOp::Shr | BinaryOp::Quot => k.integer(n, 1),
        BinaryOp::Div | BinaryOp::Pow | BinaryOp::Atan2 => k.float(n, 1),
        _ => k.number(n, 1),
    };
    let y = k.pick(n, 2).cast(dtype(&x));
    Some(Expr::apply(Op::Binary(op), vec![x, y]))
}

fn compare(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.pick(n, 1);
    let y = k.pick(n, 2).cast(dtype(&x));
    Some(Expr::apply(Op::Compare(n.of(3, CompareOp::ALL)), vec![x, y]))
}

fn select(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let (mask, x) = (k.pick(n, 1).cast(DType::Bool), k.pick(n, 2));
    let y = k.pick(n, 3).cast(dtype(&x));
    Some(Expr::apply(Op::Select, vec![mask, x, y]))
}

fn cast(k: &Kitchen, n: Numbers) -> Option<Expr> {
    match n.below(2, 7) {
        6 => Some(k.pick(n, 1).stop_gradient()),
        to => Some(k.pick(n, 1).cast(DType::ALL[to])),
    }
}

fn reduce(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let op = n.of(3, ReduceOp::ALL);
    let x = match op {
        ReduceOp::Any | ReduceOp::All => k.pick(n, 1).cast(DType::Bool),
        _ => k.number(n, 1),
    };
    let axes = axes(&x, n);
    Some(Expr::apply(Op::Reduce(op, axes), vec![x]))
}

fn arg_reduce(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.number(n, 1);
    let axis = axis(&x, n)? as i64;
    Some(match n.below(3, 3) {
        0 => x.argmax(axis),
        1 => x.argmin(axis),
        _ => x.argmax_keep(axis),
    })
}

fn reshape(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.pick(n, 1);
    let mut to = dims(&x);
    match n.below(2, 3) {
        0 => return Some(x.ravel()),
        1 => to.reverse(),
        _ => {
            let last = to.pop()?;
            let before = to.pop()?;
            to.push(&before * &last);
        }
    }
    Some(x.reshape(to))
}

fn transpose(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.pick(n, 1);
    let mut perm: Vec<usize> = (0..rank(&x)).collect();
    perm.rotate_left(n.below(2, rank(&x)));
    if rank(&x) > 1 {
        perm.swap(0, n.below(3, rank(&x)));
    }
    Some(Expr::apply(Op::Transpose(perm), vec![x]))
}

fn axis_of_one(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.pick(n, 1);
    match dims(&x).iter().position(|d| d.is(1)) {
        Some(axis) if n.below(2, 2) == 0 => Some(x.squeeze(axis as i64)),
        _ => Some(x.expand(n.below(3, rank(&x) + 1) as i64)),
    }
}

fn broadcast(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.pick(n, 1);
    let new = n.of(2, &["0", "1", "2", "3", "n", "m"]);
    // Names that no input has would have no value.
    let bound = k.inputs.iter().flat_map(dims).any(|d| d == Dim::from(new));
    let new = if bound { Dim::from(new) } else { Dim::from(2) };
    let mut to: Vec<Dim> = dims(&x);
    to.iter_mut().filter(|d| d.is(1)).for_each(|d| *d = new.clone());
    to.insert(0, new);
    Some(x.broadcast_to(to))
}

/// A part of one axis, which may be empty; of axes with names, all or all but one.
fn slice(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.pick(n, 1);
    let axis = axis(&x, n)?;
    let mut parts: Vec<SliceAxis> = dims(&x).iter().map(SliceAxis::whole).collect();
    let step = n.of(4, &[1i64, 2, -1, -2]);
    let whole = &dims(&x)[axis];
    parts[axis] = match whole.known() {
        None if step < 0 => SliceAxis { start: whole - 1, len: whole.clone(), step: -1 },
        None => SliceAxis { start: Dim::Known(1), len: whole - 1, step: 1 },
        Some(0) => return None,
        Some(length) => {
            let start = n.below(3, length as usize) as i64;
            let room = if step > 0 { length - 1 - start } else { start };
            let len = room / step.abs() + 1 - i64::from(n.0[3].is_multiple_of(7));
            SliceAxis { start: start.into(), len: len.into(), step }
        }
    };
    Some(Expr::apply(Op::Slice(parts), vec![x]))
}

fn pad(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.pick(n, 1);
    let width = |at: usize, axis: usize| Dim::from(usize::from(n.0[at] >> (2 * axis)) % 3);
    let part = |(axis, length): (usize, &Dim)| PadAxis {
        low: width(2, axis),
        high: width(3, axis),
        // Between the elements of an axis that may be empty there may be a gap too few.
        interior: length.known().map_or(0, |_| usize::from(n.0[4] >> axis) % 2),
    };
    let parts = dims(&x).iter().enumerate().map(part).collect();
    let value = x.like(i64::from(n.0[4] % 2));
    Some(Expr::apply(Op::Pad(parts), vec![x, value]))
}

fn concatenate(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.pick(n, 1);
    let axis = axis(&x, n)? as i64;
    let y = k.pick(n, 3).cast(dtype(&x));
    let joined = concat(&[x.clone(), y, x.clone()], axis);
    Some(if k.is_edible(&joined) { joined } else { concat(&[x.clone(), x], axis) })
}

/// Numbers for windows that fit an axis; of axes with names, only those of one element.
fn window(x: &Expr, n: Numbers) -> Option<WindowAxis> {
    let axis = axis(x, n)?;
    let dilation = n.below(4, 2) as i64 + 1;
    let room = dims(x)[axis].known().map_or(0, |length| (length - 1).max(0) / dilation);
    let size = n.below(3, 3).min(room as usize) as i64 + 1;
    Some(WindowAxis { axis, size, stride: n.below(2, 3) as i64 + 1, dilation })
}

fn windows(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.pick(n, 1);
    let WindowAxis { axis, size, stride, dilation } = window(&x, n)?;
    Some(x.windows(axis as i64, size, stride, dilation))
}

/// Windows as they are or scaled, or with axes that no windows had.
fn fold(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.number(n, 1);
    let part = window(&x, n)?;
    let WindowAxis { axis, size, stride, dilation } = part;
    let windows = x.windows(axis as i64, size, stride, dilation);
    if n.below(3, 2) == 0 {
        return Some((&windows * &windows).fold(
            axis as i64,
            dims(&x)[axis].clone(),
            stride,
            dilation,
        ));
    }
    let (count, size) = (dims(&x)[axis].clone(), (*dims(&x).last()?).known()?);
    if rank(&x) < 2 || axis + 1 == rank(&x) || size < 1 || count.is(0) {
        return None;
    }
    let length = &(&(&count - 1) * stride) + (dilation * (size - 1) + 1);
    Some(x.fold(axis as i64, length, stride, dilation))
}

fn matmul(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.number(n, 1);
    let product = x.matmul(k.number(n, 2));
    if k.is_edible(&product) {
        return Some(product);
    }
    match rank(&x) {
        0 => None,
        1 if n.below(3, 2) == 0 => Some(x.outer(&x)),
        1 => Some(x.dot(&x)),
        _ if n.below(3, 2) == 0 => Some(x.t().matmul(&x)),
        _ => Some(x.matmul(x.t())),
    }
}

fn take(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.pick(n, 1);
    let axis = axis(&x, n)?;
    let indices = k.indices(n, k.length(&x, axis));
    let indices = if n.below(4, 2) == 0 { indices } else { indices.expand(0) };
    Some(x.take(indices, axis as i64))
}

fn take_along(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.number(n, 1);
    let axis = axis(&x, n)? as i64;
    let first = x.argmax_keep(axis);
    let indices = match n.below(3, 3) {
        0 => first,
        // Counted from the end.
        1 => -(first + 1),
        _ => concat(&[first, x.argmin_keep(axis)], axis),
    };
    Some(x.take_along_axis(indices, axis))
}

fn scatter(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.number(n, 1);
    let op = n.of(4, ScatterOp::ALL);
    let axis = axis(&x, n)?;
    if n.below(3, 4) == 0 {
        let axis = axis as i64;
        let (at, new) = (x.argmin_keep(axis), x.max_keep(axis));
        return Some(Expr::apply(Op::ScatterAlong(op, axis as usize), vec![x, at, new]));
    }
    let indices = k.indices(n, k.length(&x, axis));
    let updates = x.take(&indices, axis as i64);
    Some(Expr::apply(Op::Scatter(op, axis), vec![x, indices, updates]))
}

/// Values without operands.
fn leaf(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let dtype = n.of(1, &DType::ALL);
    let name = n.of(2, &["n", "m"]);
    let bound = k.inputs.iter().flat_map(dims).any(|d| d == Dim::from(name));
    let dim = if bound { &Dim::from(name) + 1 } else { Dim::from(n.below(2, 4)) };
    match n.below(3, 5) {
        4 => Some(random_bits(
            n.below(4, 4) as u8,
            n.0[4] as i64,
            k.integer(n, 1).cast(DType::I64),
            3,
        )),
        0 => Some(Expr::apply(Op::Const(k.value(dtype, &[], n.0[4].into()).get(0)), Vec::new())),
        1 => Some(Expr::literal(k.value(dtype, &[n.below(2, 4), n.below(4, 3)], n.0[4].into()))),
        2 => Some(Expr::dim(&dim)),
        _ => Some(iota::<i64>(dim).cast(dtype)),
    }
}
