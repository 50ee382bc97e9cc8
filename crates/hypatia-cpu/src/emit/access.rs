//! Loads and stores: addresses of affine indices, for one point or four along an axis.
//!
//! Invariants: four points with stride 1 are one vector access, with stride 0 one scalar load; an
//! index that four points share is looked up once; all other accesses go point by point, in order.
//!
//! Not here: which points there are (`emit/nest.rs`).

use super::Emitter;
use super::op::binary;
use super::vector::{
    Registers, Width, constant, is_wide, low_bytes, pack, register_type, scalar_type, splat,
    unpack, widen_bytes,
};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::ScatterOp;
use hypatia_ir::scalar::Scalar;
use hypatia_lower::kernel::{Affine, Indirect, Store};
use hypatia_lower::lane::machine::MachineBinary;

/// A point of the nest, or four neighbours along one axis.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// The index along each axis (of the first point).
    pub axes: Vec<Value>,
    /// The axis along which four points lie.
    pub four_along: Option<usize>,
}

impl Point {
    /// The point with another index along an axis.
    pub fn along(&self, axis: usize, index: Value) -> Point {
        let mut point = self.clone();
        point.axes[axis] = index;
        point
    }

    pub fn width(&self) -> Width {
        match self.four_along {
            Some(_) => Width::Four,
            None => Width::One,
        }
    }
}

/// Where an index is found: the number of the access in the kernel, and what it says.
pub(super) type Numbered<'a> = (i64, &'a Indirect);

/// Whether the index is one for all four points.
fn shared((_, indirect): Numbered<'_>, point: &Point) -> bool {
    point.four_along.is_some_and(|axis| indirect.at.strides[axis].is(0))
}

/// Accesses never trap: calls check sizes and indices.
fn flags() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

impl Emitter<'_, '_> {
    /// The value of a dim.
    pub fn dim(&mut self, dim: &Dim) -> Value {
        match (dim.known(), self.dims.get(dim)) {
            (Some(value), _) => self.b.ins().iconst(types::I64, value),
            (None, Some(&value)) => value,
            // `Kernel::symbolic_dims` names every dim of the kernel.
            (None, None) => self.missing("a dim has no number"),
        }
    }

    /// `factor · dim · scale`.
    fn scaled(&mut self, factor: Value, dim: &Dim, scale: i64) -> Value {
        match dim.known() {
            Some(value) if value.wrapping_mul(scale) == 1 => factor,
            Some(value) => self.b.ins().imul_imm_s(factor, value.wrapping_mul(scale)),
            None => {
                let dim = self.dim(dim);
                let step = self.b.ins().imul_imm_s(dim, scale);
                self.b.ins().imul(factor, step)
            }
        }
    }

    /// `start` plus the affine function times `scale`. Outer axes come first, so that what an
    /// inner loop does not change is computed outside of it.
    fn linear(&mut self, start: Value, affine: &Affine, point: &Point, scale: i64) -> Value {
        let mut sum = start;
        if !affine.offset.is(0) {
            let scale = self.b.ins().iconst(types::I64, scale);
            let offset = self.scaled(scale, &affine.offset, 1);
            sum = self.b.ins().iadd(sum, offset);
        }
        for (axis, stride) in affine.strides.iter().enumerate().filter(|(_, s)| !s.is(0)) {
            let part = self.scaled(point.axes[axis], stride, scale);
            sum = self.b.ins().iadd(sum, part);
        }
        sum
    }

    fn address(&mut self, buffer: u32, affine: &Affine, point: &Point) -> Value {
        let size = self.kernel.params[buffer as usize].dtype.size() as i64;
        let start = self.buffers[buffer as usize];
        self.linear(start, affine, point, size)
    }

    /// Point number `lane` of the four.
    fn lane(&mut self, point: &Point, lane: i64) -> Point {
        let mut one = point.clone();
        if let Some(axis) = one.four_along.take() {
            one.axes[axis] = self.b.ins().iadd_imm_s(one.axes[axis], lane);
        }
        one
    }

    /// An affine function of the axes as a value.
    pub fn index(&mut self, affine: &Affine, point: &Point) -> Registers {
        let zero = self.b.ins().iconst(types::I64, 0);
        let first = self.linear(zero, affine, point, 1);
        let Some(axis) = point.four_along else { return Registers::Single(first) };
        let stride = self.dim(&affine.strides[axis]);
        let mut lanes = [first; 4];
        for at in 1..4 {
            lanes[at] = self.b.ins().iadd(lanes[at - 1], stride);
        }
        pack(&mut self.b, DType::I64, lanes)
    }

    /// Elements of a buffer.
    pub fn load(
        &mut self,
        buffer: u32,
        affine: &Affine,
        indirect: Option<Numbered<'_>>,
        point: &Point,
    ) -> Registers {
        let dtype = self.kernel.params[buffer as usize].dtype;
        let stride = point.four_along.map(|axis| &affine.strides[axis]);
        match (stride, indirect) {
            (None, indirect) => Registers::Single(self.load_one(buffer, affine, indirect, point)),
            (Some(stride), None) if stride.is(0) => {
                let one = self.lane(point, 0);
                let value = self.load_one(buffer, affine, None, &one);
                splat(&mut self.b, Width::Four, dtype, value)
            }
            (Some(stride), None) if stride.is(1) => {
                let address = self.address(buffer, affine, point);
                self.load_four(dtype, address)
            }
            (Some(stride), Some(found)) if stride.is(1) && shared(found, point) => {
                let address = self.address(buffer, affine, point);
                let moved = self.wrapped(found, point, dtype.size() as i64);
                let address = self.b.ins().iadd(address, moved);
                self.load_four(dtype, address)
            }
            (Some(_), indirect) => {
                let lanes = [0, 1, 2, 3].map(|at| {
                    let one = self.lane(point, at);
                    self.load_one(buffer, affine, indirect, &one)
                });
                pack(&mut self.b, dtype, lanes)
            }
        }
    }

    fn load_one(
        &mut self,
        buffer: u32,
        affine: &Affine,
        indirect: Option<Numbered<'_>>,
        point: &Point,
    ) -> Value {
        let dtype = self.kernel.params[buffer as usize].dtype;
        let mut address = self.address(buffer, affine, point);
        if let Some(indirect) = indirect {
            let moved = self.wrapped(indirect, point, dtype.size() as i64);
            address = self.b.ins().iadd(address, moved);
        }
        self.read(dtype, address)
    }

    fn read(&mut self, dtype: DType, address: Value) -> Value {
        match dtype {
            DType::U8 => self.b.ins().uload8(types::I32, flags(), address, 0),
            _ => self.b.ins().load(scalar_type(dtype), flags(), address, 0),
        }
    }

    fn load_four(&mut self, dtype: DType, address: Value) -> Registers {
        let ty = register_type(dtype, Width::Four);
        match dtype {
            DType::U8 | DType::Bool => {
                let bytes = self.b.ins().load(types::I32, flags(), address, 0);
                let words = Registers::Single(widen_bytes(&mut self.b, bytes));
                if dtype == DType::U8 {
                    return words;
                }
                let zero = constant(&mut self.b, Width::Four, Scalar::new(0i32));
                words.zip(zero, |x, zero| self.b.ins().icmp(IntCC::NotEqual, x, zero))
            }
            _ if is_wide(dtype) => Registers::Pair([
                self.b.ins().load(ty, flags(), address, 0),
                self.b.ins().load(ty, flags(), address, 16),
            ]),
            _ => Registers::Single(self.b.ins().load(ty, flags(), address, 0)),
        }
    }

    /// Elements into a buffer.
    pub fn store(&mut self, buffer: u32, affine: &Affine, value: Registers, point: &Point) {
        let dtype = self.kernel.params[buffer as usize].dtype;
        match point.four_along.map(|axis| &affine.strides[axis]) {
            None => self.store_one(buffer, affine, value.first(), point),
            Some(stride) if stride.is(1) => {
                let address = self.address(buffer, affine, point);
                self.store_four(dtype, value, address);
            }
            Some(_) => {
                let lanes = unpack(&mut self.b, dtype, value);
                for (at, value) in (0..).zip(lanes) {
                    let one = self.lane(point, at);
                    self.store_one(buffer, affine, value, &one);
                }
            }
        }
    }

    fn store_one(&mut self, buffer: u32, affine: &Affine, value: Value, point: &Point) {
        let address = self.address(buffer, affine, point);
        self.write(self.kernel.params[buffer as usize].dtype, value, address);
    }

    fn write(&mut self, dtype: DType, value: Value, address: Value) {
        match dtype {
            DType::U8 => self.b.ins().istore8(flags(), value, address, 0),
            _ => self.b.ins().store(flags(), value, address, 0),
        };
    }

    fn store_four(&mut self, dtype: DType, value: Registers, address: Value) {
        match dtype {
            DType::U8 | DType::Bool => {
                let one = constant(&mut self.b, Width::Four, Scalar::new(0xffi32));
                let one = match dtype {
                    DType::Bool => constant(&mut self.b, Width::Four, Scalar::new(1i32)),
                    _ => one,
                };
                let kept = self.b.ins().band(value.first(), one.first());
                let bytes = low_bytes(&mut self.b, kept);
                self.b.ins().store(flags(), bytes, address, 0);
            }
            _ => {
                for (register, offset) in value.all().zip([0, 16]) {
                    self.b.ins().store(flags(), register, address, offset);
                }
            }
        }
    }

    /// What a store leaves where `old` is.
    pub fn onto(
        &mut self,
        op: ScatterOp,
        width: Width,
        dtype: DType,
        old: Registers,
        new: Registers,
    ) -> Registers {
        let op = match op {
            ScatterOp::Set => return new,
            ScatterOp::Add => MachineBinary::Add,
            ScatterOp::Max => MachineBinary::Max,
            ScatterOp::Min => MachineBinary::Min,
        };
        binary(&mut self.b, width, op, dtype, old, new)
    }

    /// A value onto the element at an indirect index: one point, or four with one index that lie
    /// side by side.
    pub fn scatter(
        &mut self,
        store: &Store,
        indirect: Numbered<'_>,
        value: Registers,
        point: &Point,
    ) {
        let dtype = self.kernel.params[store.buffer as usize].dtype;
        let address = self.address(store.buffer, &store.index, point);
        let moved = self.wrapped(indirect, point, dtype.size() as i64);
        let address = self.b.ins().iadd(address, moved);
        let width = point.width();
        let value = match store.onto {
            ScatterOp::Set => value,
            onto => {
                let old = match width {
                    Width::One => Registers::Single(self.read(dtype, address)),
                    Width::Four => self.load_four(dtype, address),
                };
                self.onto(onto, width, dtype, old, value)
            }
        };
        match width {
            Width::One => self.write(dtype, value.first(), address),
            Width::Four => self.store_four(dtype, value, address),
        }
    }

    /// How far an indirect access moves, in bytes. An index outside its axis ends the function.
    fn wrapped(&mut self, (number, indirect): Numbered<'_>, point: &Point, size: i64) -> Value {
        let dtype = self.kernel.params[indirect.indices as usize].dtype;
        let found = self.load_one(indirect.indices, &indirect.at, None, point);
        let index = match dtype {
            DType::I64 => found,
            DType::I32 => self.b.ins().sextend(types::I64, found),
            _ => self.b.ins().uextend(types::I64, found),
        };
        let extent = self.dim(&indirect.extent);
        let from_end = self.b.ins().iadd(index, extent);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, index, 0);
        let place = self.b.ins().select(negative, from_end, index);
        let outside = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, place, extent);
        let (stop, go_on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(stop);
        self.b.ins().brif(outside, stop, &[], go_on, &[]);
        self.b.seal_block(stop);
        self.b.seal_block(go_on);
        self.b.switch_to_block(stop);
        let number = self.b.ins().iconst(types::I64, number);
        for (value, offset) in [(number, 0), (index, 8), (extent, 16)] {
            self.b.ins().store(flags(), value, self.fault, offset);
        }
        self.b.ins().return_(&[]);
        self.b.switch_to_block(go_on);
        self.scaled(place, &indirect.stride, size)
    }
}
