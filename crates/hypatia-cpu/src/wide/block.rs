//! Blocks of straight-line code as instructions.
//!
//! Invariants: values that have registers from elsewhere, masks and partial results, keep them.
//!
//! Not here: what the blocks compute.

use super::access::Mask;
use super::allocate::{Allocation, Files, Pins, Place, Placed, allocate, register};
use super::code::{Block, Inst, Kind, Memory, Value, load_code};
use super::codes;
use super::encode::{Pointer, encode};
use super::reduce::Sum;
use super::select::{Lanes, Selector};
use super::{Done, Refusal, Wide};
use hypatia_ir::dtype::DType;

impl Selector<'_> {
    /// Lanes that are in memory.
    pub fn outside(&mut self, known: &[Option<(Kind, Memory)>]) -> Lanes {
        known.iter().map(|k| k.map(|(kind, home)| self.block.homed(kind, home))).collect()
    }

    /// A value into the frame.
    pub fn save(&mut self, dtype: DType, value: Value, home: Memory) {
        match self.target.kind(dtype) {
            Kind::Mask => {
                self.block.store(iced_x86::Code::VEX_Kmovw_m16_kr, home, value, None);
            }
            Kind::Vector(form) => self.block.store(form.sized(&codes::STORE, 4), home, value, None),
        }
    }
}

/// A block with the values that have registers from elsewhere.
pub(super) struct Pinned {
    pub block: Block,
    pub pins: Pins,
}

impl<'a> Wide<'a> {
    /// Writes a block; the closure gets the mask in force and the partial results of the sums.
    pub fn written(
        &mut self,
        masked: bool,
        sums: &[Sum],
        write: impl FnOnce(&mut Selector<'_>, Option<Mask>, &[Vec<Value>]),
    ) -> Done<Pinned> {
        let (mut block, mut pins) = (Block::default(), Pins::new());
        let mask = masked.then(|| self.mask(&mut block, &mut pins));
        let mut partials = Vec::new();
        for sum in sums {
            let kind = self.target.kind(sum.dtype);
            let own = sum.registers.iter().map(|&number| {
                let value = block.outside(kind);
                pins.push((value, number));
                value
            });
            partials.push(own.collect());
        }
        let mut selector =
            Selector { target: self.target, block: &mut block, pool: &mut self.pool };
        write(&mut selector, mask, &partials);
        match block.lacks {
            true => Err(Refusal::Lacking),
            false => Ok(Pinned { block, pins }),
        }
    }

    /// The mask that [`Wide::set_mask`] makes.
    fn mask(&self, block: &mut Block, pins: &mut Pins) -> Mask {
        if self.target.evex {
            let mask = block.outside(Kind::Mask);
            pins.push((mask, 7));
            return Mask { narrow: mask, wide: mask };
        }
        let [narrow, wide] = [(4, 15), (8, 14)].map(|(size, number)| {
            let value = block.outside(Kind::Vector(self.target.form_of(size)));
            pins.push((value, number));
            value
        });
        Mask { narrow, wide }
    }

    fn files(&self) -> Files {
        Files { vectors: self.target.vectors() }
    }

    /// Gives registers to a block.
    pub fn placed(&mut self, pinned: &Pinned) -> Done<Allocation> {
        let files = self.files();
        let found = allocate(&pinned.block, files, &pinned.pins, &mut self.frame);
        found.ok_or(Refusal::Lacking)
    }

    /// Keeps in registers what a loop's block would read from memory each time, while there are
    /// registers; loads them here.
    pub fn keep(&mut self, pinned: &mut Pinned) -> Done {
        let mark = self.frame.mark();
        let first = self.placed(pinned)?;
        self.frame.release(mark);
        let most = usize::from(self.files().vectors);
        // A slot that the block itself writes is read anew each time.
        let written: Vec<Memory> = pinned.block.insts.iter().filter_map(Inst::written).collect();
        let spare = most.saturating_sub(first.pressure + 2);
        let mut often: Vec<(u32, Value)> = (0u32..)
            .zip(&first.reloads)
            .filter(|(_, n)| **n > 0)
            .map(|(v, n)| (*n, Value(v)))
            .filter(|(_, v)| {
                let known = pinned.block.values[v.0 as usize];
                known.kind != Kind::Mask && known.home.is_none_or(|h| !written.contains(&h))
            })
            .collect();
        often.sort_by_key(|&(n, v)| (std::cmp::Reverse(n), v));
        let taken: Vec<u8> = pinned.pins.iter().map(|p| p.1).collect();
        let free = (0..most as u8).rev().filter(|n| !taken.contains(n));
        for ((_, value), number) in often.into_iter().take(spare).zip(free) {
            let known = pinned.block.values[value.0 as usize];
            let Some(home) = known.home else { continue };
            let own = Place::Register(register(known.kind, number));
            let code = load_code(known.kind, home);
            self.instruction(&Placed::plain(code, vec![own, Place::Memory(home)]), &[])?;
            pinned.pins.push((value, number));
        }
        Ok(())
    }

    fn instruction(&mut self, placed: &Placed, pointers: &[Pointer]) -> Done {
        for instruction in encode(placed, pointers)? {
            self.a.add_instruction(instruction)?;
        }
        Ok(())
    }

    pub fn instructions(&mut self, all: &Allocation, pointers: &[Pointer]) -> Done {
        all.code.iter().try_for_each(|placed| self.instruction(placed, pointers))
    }

    /// Writes a block and emits it here.
    pub fn block(
        &mut self,
        masked: bool,
        sums: &[Sum],
        pointers: &[Pointer],
        write: impl FnOnce(&mut Selector<'_>, Option<Mask>, &[Vec<Value>]),
    ) -> Done {
        let pinned = self.written(masked, sums, write)?;
        let all = self.placed(&pinned)?;
        self.instructions(&all, pointers)
    }
}
