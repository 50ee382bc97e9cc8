//! Size plans: a plan for one set of dim values.
//!
//! Invariants: everything that depends on dims is a number here, so that a call only looks up;
//! no two live arena buffers overlap, but for those that take over another's memory.
//!
//! Not here: allocation of the arena (the executables).

use super::{Apply, Matrices, Place, Plan, Product, Step};
use crate::error::Error;
use hypatia_ir::dim::{Dim, DimValues};
use hypatia_ir::shape::Type;
use std::collections::{BTreeMap, BTreeSet};

/// Sizes, offsets and trip counts of a plan for one set of dim values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizePlan {
    /// The values of the dim names.
    pub dims: DimValues,
    /// Bytes of each buffer.
    pub bytes: Vec<usize>,
    /// Lengths of the axes of each buffer.
    pub lengths: Vec<Vec<usize>>,
    /// The offset of each arena buffer in the arena, in bytes, a multiple of [`SizePlan::ALIGN`];
    /// 0 for others.
    pub offsets: Vec<usize>,
    /// Bytes of the arena.
    pub arena: usize,
    /// For each step, the numbers it needs: of launches, one after the other, the values of
    /// [`crate::kernel::Kernel::symbolic_dims`]; of a product, `m k n`, then offset, row, column
    /// and batch strides of left, right and out, then the batch lengths; of a routine, the lengths
    /// of the axes of each operand, then of the result; nothing for copies.
    pub numbers: Vec<Vec<i64>>,
}

impl SizePlan {
    /// Alignment of arena buffers, in bytes.
    pub const ALIGN: usize = 64;
}

impl Plan {
    /// The plan for these values of the dim names. The dims of every kernel are looked up once.
    pub fn size(&self, dims: &DimValues) -> Result<SizePlan, Error> {
        let mut bytes = Vec::with_capacity(self.buffers.len());
        let mut lengths = Vec::with_capacity(self.buffers.len());
        for buffer in &self.buffers {
            let (extents, size) = extents(&buffer.ty, dims)?;
            lengths.push(extents);
            bytes.push(size);
        }
        let (offsets, arena) = self.offsets(&bytes)?;
        let kernels: Vec<Vec<Dim>> = self.kernels.iter().map(|k| k.symbolic_dims()).collect();
        let numbers = self.steps.iter().map(|step| match step {
            Step::Launches(launches) => {
                let wanted = launches.iter().flat_map(|l| &kernels[l.kernel as usize]);
                values(wanted, dims)
            }
            Step::Product(product) => values(product.dims(), dims),
            Step::Routine(apply) => values(apply.dims(), dims),
            Step::Copy { .. } => Ok(Vec::new()),
        });
        let numbers = numbers.collect::<Result<_, Error>>()?;
        let size = SizePlan { dims: dims.clone(), bytes, lengths, offsets, arena, numbers };
        if cfg!(debug_assertions) {
            size.verify(self)?;
        }
        Ok(size)
    }

    /// An offset for each arena buffer, and the size of the arena: first the smallest gap that is
    /// large enough, else the end.
    fn offsets(&self, bytes: &[usize]) -> Result<(Vec<usize>, usize), Error> {
        let mut births: Vec<Vec<usize>> = vec![Vec::new(); self.steps.len()];
        let mut deaths: Vec<Vec<usize>> = vec![Vec::new(); self.steps.len()];
        let mut inherited = vec![false; self.buffers.len()];
        for (at, buffer) in self.buffers.iter().enumerate() {
            if let Place::Arena { from, to, takes } = buffer.place
                && !self.steps.is_empty()
            {
                births[from as usize].push(at);
                deaths[to as usize].push(at);
                takes.iter().for_each(|old| inherited[old.index()] = true);
            }
        }
        let mut offsets = vec![0; self.buffers.len()];
        let mut gaps = Gaps::default();
        for (born, dead) in births.iter().zip(&deaths) {
            for &at in born {
                offsets[at] = match self.buffers[at].place {
                    Place::Arena { takes: Some(old), .. } => offsets[old.index()],
                    _ => gaps.take(padded(bytes[at])?)?,
                };
            }
            for &at in dead.iter().filter(|&&at| !inherited[at]) {
                gaps.give(offsets[at], padded(bytes[at])?);
            }
        }
        Ok((offsets, gaps.end))
    }
}

/// The free parts of an arena that grows at its end.
#[derive(Default)]
struct Gaps {
    by_offset: BTreeMap<usize, usize>,
    by_size: BTreeSet<(usize, usize)>,
    end: usize,
}

impl Gaps {
    fn take(&mut self, size: usize) -> Result<usize, Error> {
        if size == 0 {
            return Ok(0);
        }
        if let Some(&(found, offset)) = self.by_size.range((size, 0)..).next() {
            self.remove(offset, found);
            self.insert(offset + size, found - size);
            return Ok(offset);
        }
        let offset = self.end;
        let end = offset.checked_add(size).filter(|&e| isize::try_from(e).is_ok());
        self.end = end.ok_or(Error::ArenaTooLarge)?;
        Ok(offset)
    }

    fn give(&mut self, offset: usize, size: usize) {
        let (mut offset, mut size) = (offset, size);
        if let Some((&before, &length)) = self.by_offset.range(..offset).next_back()
            && before + length == offset
        {
            self.remove(before, length);
            (offset, size) = (before, size + length);
        }
        if let Some(&length) = self.by_offset.get(&(offset + size)) {
            self.remove(offset + size, length);
            size += length;
        }
        self.insert(offset, size);
    }

    fn insert(&mut self, offset: usize, size: usize) {
        if size > 0 {
            self.by_offset.insert(offset, size);
            self.by_size.insert((size, offset));
        }
    }

    fn remove(&mut self, offset: usize, size: usize) {
        self.by_offset.remove(&offset);
        self.by_size.remove(&(size, offset));
    }
}

/// The size of a buffer with its padding.
fn padded(bytes: usize) -> Result<usize, Error> {
    bytes.checked_next_multiple_of(SizePlan::ALIGN).ok_or(Error::ArenaTooLarge)
}

/// The lengths of the axes, and the bytes of all elements.
fn extents(ty: &Type, dims: &DimValues) -> Result<(Vec<usize>, usize), Error> {
    let too_large = || {
        let word = |d: &Dim| d.eval(dims).map_or_else(|| d.to_string(), |n| n.to_string());
        let lengths = ty.shape.iter().map(word).collect();
        Error::TooLarge { dtype: ty.dtype, lengths }
    };
    let lengths = ty.shape.eval(dims).ok_or_else(too_large)?;
    // Strides skip lengths of 0, and must fit too.
    let positive = lengths.iter().filter(|&&n| n > 0);
    let most = positive.copied().try_fold(ty.dtype.size(), usize::checked_mul);
    let most = most.filter(|&b| isize::try_from(b).is_ok()).ok_or_else(too_large)?;
    let bytes = if lengths.contains(&0) { 0 } else { most };
    Ok((lengths, bytes))
}

fn values<'a>(wanted: impl Iterator<Item = &'a Dim>, dims: &DimValues) -> Result<Vec<i64>, Error> {
    let value = |d: &Dim| d.eval(dims).ok_or_else(|| Error::internal("size", d));
    wanted.map(value).collect()
}

impl Product {
    /// The dims in the order of [`SizePlan::numbers`].
    fn dims(&self) -> impl Iterator<Item = &Dim> {
        let matrices = [&self.left, &self.right, &self.out];
        let own = [&self.m, &self.k, &self.n];
        own.into_iter().chain(matrices.into_iter().flat_map(Matrices::dims)).chain(&self.batch)
    }
}

impl Apply {
    /// The dims in the order of [`SizePlan::numbers`].
    fn dims(&self) -> impl Iterator<Item = &Dim> {
        self.operands.iter().chain([&self.out]).flat_map(|x| x.ty.shape.iter())
    }

    /// The shape of each operand, then of the result, from the numbers of the size plan.
    pub fn shapes(&self, numbers: &[i64]) -> Vec<Vec<usize>> {
        let mut lengths = numbers.iter().map(|&n| usize::try_from(n).unwrap_or(0));
        let all = self.operands.iter().chain([&self.out]);
        all.map(|x| lengths.by_ref().take(x.ty.rank()).collect()).collect()
    }
}

impl Matrices {
    fn dims(&self) -> impl Iterator<Item = &Dim> {
        [&self.offset, &self.row, &self.column].into_iter().chain(&self.batch)
    }
}
