//! Registers for straight-line code: one scan from the first instruction to the last.
//!
//! Where registers run out, the value whose next use is farthest gives way. A value with a home
//! is read from there again; any other is saved in the frame once.
//!
//! Invariants: pinned values keep their registers throughout; the result depends on the code
//! alone.
//!
//! Not here: what pointers are in (`encode.rs`).

use super::code::{Base, Block, Inst, Kind, Memory, Operand, Style, Value, load_code};
use super::codes::{MOVE, STORE};
use super::frame::Frame;
use iced_x86::{Code, Register};

/// An operand with its register.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    Register(Register),
    Memory(Memory),
}

/// An instruction with its registers, in the order of the assembler.
#[derive(Clone, Debug)]
pub struct Placed {
    pub code: Code,
    pub operands: Vec<Place>,
    pub immediate: Option<u8>,
    pub mask: Option<Register>,
    pub zeroing: bool,
    /// Distances, one for each lane, from the address in memory.
    pub index: Option<Register>,
}

impl Placed {
    /// Without a mask or a number.
    pub fn plain(code: Code, operands: Vec<Place>) -> Placed {
        Placed { code, operands, immediate: None, mask: None, zeroing: false, index: None }
    }
}

/// Values whose registers are given, by number.
pub type Pins = Vec<(Value, u8)>;

/// An instruction whose operands are in their places.
struct Chosen {
    code: Code,
    operands: Vec<Operand>,
    places: Vec<Place>,
    /// Whether the first operand is overwritten by the result.
    destroys: bool,
    mask: Option<Register>,
    index: Option<Register>,
}

/// How many registers there are: vectors, masks. Mask register 0 means "no mask".
#[derive(Clone, Copy, Debug)]
pub struct Files {
    pub vectors: u8,
}

const MASKS: std::ops::Range<u8> = 1..8;

/// Code with registers, and what the scan saw.
pub struct Allocation {
    pub code: Vec<Placed>,
    /// How often each value was read from its home into a register.
    pub reloads: Vec<u32>,
    /// The largest number of vector registers in use at once by values without a home.
    pub pressure: usize,
}

/// The register of a number.
pub fn register(kind: Kind, number: u8) -> Register {
    let first = match kind {
        Kind::Mask => Register::K0,
        Kind::Vector(form) => match form.bytes() {
            16 => Register::XMM0,
            32 => Register::YMM0,
            _ => Register::ZMM0,
        },
    };
    first + u32::from(number)
}

struct Scan<'a> {
    block: &'a Block,
    frame: &'a mut Frame,
    /// Where each value is used, last use first.
    uses: Vec<Vec<usize>>,
    /// The register of each value, if it is in one.
    at: Vec<Option<u8>>,
    pinned: Vec<bool>,
    /// Where each value can be read.
    homes: Vec<Option<Memory>>,
    vectors: Vec<Option<Value>>,
    masks: Vec<Option<Value>>,
    /// Values that the current instruction needs in their registers.
    locked: Vec<Value>,
    out: Allocation,
}

/// Gives registers to a block. `None` if an instruction needs more than there are.
pub fn allocate(block: &Block, files: Files, pins: &Pins, frame: &mut Frame) -> Option<Allocation> {
    let count = block.values.len();
    let mut uses = vec![Vec::new(); count];
    for (at, inst) in block.insts.iter().enumerate().rev() {
        let used = inst.operands.iter().filter_map(|o| match o {
            Operand::Value(v) => Some(*v),
            Operand::Memory(_) => None,
        });
        for value in used.chain(inst.mask).chain(inst.index) {
            let own: &mut Vec<usize> = &mut uses[value.0 as usize];
            if own.last() != Some(&at) {
                own.push(at);
            }
        }
    }
    let mut scan = Scan {
        block,
        frame,
        uses,
        at: vec![None; count],
        pinned: vec![false; count],
        homes: block.values.iter().map(|v| v.home).collect(),
        vectors: vec![None; usize::from(files.vectors)],
        masks: vec![None; usize::from(MASKS.end)],
        locked: Vec::new(),
        out: Allocation { code: Vec::new(), reloads: vec![0; count], pressure: 0 },
    };
    for &(value, number) in pins {
        scan.at[value.0 as usize] = Some(number);
        scan.pinned[value.0 as usize] = true;
        scan.file(value)[usize::from(number)] = Some(value);
    }
    for (at, inst) in block.insts.iter().enumerate() {
        scan.step(at, inst)?;
    }
    Some(scan.out)
}

impl Scan<'_> {
    fn file(&mut self, value: Value) -> &mut Vec<Option<Value>> {
        match self.block.kind(value) {
            Kind::Vector(_) => &mut self.vectors,
            Kind::Mask => &mut self.masks,
        }
    }

    fn in_register(&self, value: Value) -> bool {
        self.at[value.0 as usize].is_some()
    }

    /// Whether the value can be read as a memory operand and is nowhere else.
    fn folds(&self, value: Value) -> bool {
        !self.in_register(value)
            && self.homes[value.0 as usize].is_some()
            && self.block.kind(value) != Kind::Mask
    }

    /// Whether nothing reads the value after instruction `at`.
    fn dies(&self, value: Value, at: usize) -> bool {
        let own = &self.uses[value.0 as usize];
        !self.pinned[value.0 as usize] && own.first().is_none_or(|&last| last <= at)
    }

    fn next_use(&self, value: Value, at: usize) -> usize {
        let own = &self.uses[value.0 as usize];
        match own.partition_point(|&u| u >= at) {
            0 => usize::MAX,
            later => own[later - 1],
        }
    }

    fn free(&mut self, value: Value) {
        if let Some(number) = self.at[value.0 as usize].take() {
            self.file(value)[usize::from(number)] = None;
        }
    }

    /// A register for a value, made free if need be.
    fn take(&mut self, value: Value, at: usize) -> Option<u8> {
        let first = match self.block.kind(value) {
            Kind::Vector(_) => 0,
            Kind::Mask => usize::from(MASKS.start),
        };
        let file = self.file(value);
        let found = (first..file.len()).find(|&n| file[n].is_none());
        let number = match found {
            Some(number) => number,
            None => {
                let held: Vec<Value> = file.iter().flatten().copied().collect();
                let yields = |v: &Value| !self.pinned[v.0 as usize] && !self.locked.contains(v);
                let victim = held.into_iter().filter(yields).max_by_key(|&v| {
                    (self.next_use(v, at), self.homes[v.0 as usize].is_some(), v)
                })?;
                let number = self.at[victim.0 as usize]?;
                self.save(victim, number);
                self.free(victim);
                usize::from(number)
            }
        };
        self.file(value)[number] = Some(value);
        self.at[value.0 as usize] = Some(number as u8);
        Some(number as u8)
    }

    /// Puts a value without a home into the frame.
    fn save(&mut self, value: Value, number: u8) {
        if self.homes[value.0 as usize].is_some() {
            return;
        }
        let kind = self.block.kind(value);
        let to = Memory::at(Base::Frame, self.frame.slot(kind.bytes()));
        self.homes[value.0 as usize] = Some(to);
        let code = match kind {
            Kind::Vector(form) => form.sized(&STORE, 4),
            Kind::Mask => Code::VEX_Kmovw_m16_kr,
        };
        let own = Place::Register(register(kind, number));
        self.place(code, vec![Place::Memory(to), own]);
    }

    fn place(&mut self, code: Code, operands: Vec<Place>) {
        self.out.code.push(Placed::plain(code, operands));
    }

    /// Makes sure that a value is in a register.
    fn need(&mut self, value: Value, at: usize) -> Option<u8> {
        if let Some(number) = self.at[value.0 as usize] {
            self.locked.push(value);
            return Some(number);
        }
        let home = self.homes[value.0 as usize]?;
        let number = self.take(value, at)?;
        self.locked.push(value);
        let kind = self.block.kind(value);
        let own = Place::Register(register(kind, number));
        self.place(load_code(kind, home), vec![own, Place::Memory(home)]);
        self.out.reloads[value.0 as usize] += 1;
        Some(number)
    }

    fn step(&mut self, at: usize, inst: &Inst) -> Option<()> {
        self.locked.clear();
        let (code, operands, destroys) = self.choose(at, inst);
        let values: Vec<Value> =
            operands.iter().filter_map(value_of).chain(inst.mask).chain(inst.index).collect();
        // What is in registers stays there; then the rest comes in.
        let held: Vec<Value> = values.iter().copied().filter(|&v| self.in_register(v)).collect();
        self.locked.extend(held);
        let last = operands.len().wrapping_sub(1);
        let mut places = Vec::with_capacity(operands.len() + 1);
        for (place, operand) in operands.iter().enumerate() {
            // The last may be read from its home, the one that is overwritten is copied from it.
            let may_fold = match inst.style {
                Style::Plain => false,
                _ => destroys && place == 0 || place == last,
            };
            places.push(match *operand {
                Operand::Memory(memory) => Place::Memory(memory),
                Operand::Value(v) if may_fold && self.folds(v) => {
                    Place::Memory(self.homes[v.0 as usize]?)
                }
                Operand::Value(v) => {
                    let number = self.need(v, at)?;
                    Place::Register(register(self.block.kind(v), number))
                }
            });
        }
        let [mut mask, mut index] = [None; 2];
        for (value, place) in [(inst.mask, &mut mask), (inst.index, &mut index)] {
            if let Some(value) = value {
                *place = Some(register(self.block.kind(value), self.need(value, at)?));
            }
        }
        self.note_pressure(inst);
        self.define(at, inst, Chosen { code, operands, places, destroys, mask, index }, &values)
    }

    /// The code, the operands in order, and whether the first is overwritten.
    fn choose(&self, at: usize, inst: &Inst) -> (Code, Vec<Operand>, bool) {
        let mut operands = inst.operands.clone();
        let folds = |o: &Operand| value_of(o).is_some_and(|v| self.folds(v));
        let dies =
            |o: &Operand| value_of(o).is_some_and(|v| self.dies(v, at) && self.in_register(v));
        match inst.style {
            Style::Plain | Style::Foldable => (inst.code, operands, false),
            Style::Commutative => {
                if folds(&operands[0]) && !folds(&operands[1]) {
                    operands.swap(0, 1);
                }
                (inst.code, operands, false)
            }
            Style::Destroying => (inst.code, operands, true),
            Style::Fused([f132, f213, f231]) => {
                let [mut a, mut b, c] = [operands[0], operands[1], operands[2]];
                if folds(&a) && !folds(&b) || !folds(&c) && !folds(&b) && dies(&b) && !dies(&a) {
                    (a, b) = (b, a);
                }
                let (code, order) = match (folds(&b), folds(&c)) {
                    (_, true) if dies(&b) && !dies(&a) => (f213, [b, a, c]),
                    (_, true) => (f213, [a, b, c]),
                    (true, false) if dies(&a) && !dies(&c) => (f132, [a, c, b]),
                    (true, false) => (f231, [c, a, b]),
                    (false, false) if dies(&a) && !dies(&c) => (f213, [a, b, c]),
                    (false, false) => (f231, [c, a, b]),
                };
                (code, order.to_vec(), true)
            }
        }
    }

    fn note_pressure(&mut self, inst: &Inst) {
        let homeless = |v: &&Value| self.block.values[v.0 as usize].home.is_none();
        let used = self.vectors.iter().flatten().filter(homeless).count();
        let new = usize::from(inst.out.is_some());
        self.out.pressure = self.out.pressure.max(used + new);
    }

    /// Frees the operands that nothing reads after instruction `at`, except `keep`.
    fn bury(&mut self, at: usize, values: &[Value], keep: Option<Value>) {
        for &value in values {
            if self.dies(value, at) && Some(value) != keep {
                self.free(value);
            }
        }
    }

    /// The register of the result; operands that die give theirs back.
    fn seat(&mut self, at: usize, inst: &Inst, chosen: &Chosen, values: &[Value]) -> Option<u8> {
        let out = inst.out?;
        if self.pinned[out.0 as usize] {
            self.bury(at, values, None);
            return self.at[out.0 as usize];
        }
        let first = chosen.operands.first().and_then(value_of).filter(|_| chosen.destroys);
        match first.filter(|&v| self.dies(v, at) && self.in_register(v)) {
            Some(old) => {
                self.bury(at, values, Some(old));
                let number = self.at[old.0 as usize].take()?;
                self.file(out)[usize::from(number)] = Some(out);
                self.at[out.0 as usize] = Some(number);
                Some(number)
            }
            None if chosen.destroys => {
                // The copy must not overwrite an operand that is still to be read.
                let number = self.take(out, at)?;
                self.bury(at, values, None);
                Some(number)
            }
            None => {
                self.bury(at, values, None);
                self.take(out, at)
            }
        }
    }

    fn define(
        &mut self,
        at: usize,
        inst: &Inst,
        mut chosen: Chosen,
        values: &[Value],
    ) -> Option<()> {
        let number = self.seat(at, inst, &chosen, values);
        match inst.out {
            None => self.bury(at, values, None),
            Some(out) => {
                let kind = self.block.kind(out);
                let own = register(kind, number?);
                if chosen.destroys {
                    self.copy(kind, own, chosen.places[0]);
                    chosen.places[0] = Place::Register(own);
                } else {
                    chosen.places.insert(0, Place::Register(own));
                }
                if self.uses[out.0 as usize].is_empty() && !self.pinned[out.0 as usize] {
                    self.free(out);
                }
            }
        }
        self.out.code.push(Placed {
            code: chosen.code,
            operands: chosen.places,
            immediate: inst.immediate,
            mask: chosen.mask,
            zeroing: inst.zeroing,
            index: chosen.index,
        });
        Some(())
    }

    /// Brings the operand that is overwritten into the register of the result.
    fn copy(&mut self, kind: Kind, own: Register, from: Place) {
        match (from, kind) {
            (Place::Register(old), _) if old == own => {}
            (Place::Memory(home), kind) => {
                self.place(load_code(kind, home), vec![Place::Register(own), from]);
            }
            (from, Kind::Vector(form)) => {
                self.place(form.of(&MOVE), vec![Place::Register(own), from]);
            }
            (from, Kind::Mask) => {
                self.place(Code::VEX_Kmovw_kr_km16, vec![Place::Register(own), from]);
            }
        }
    }
}

fn value_of(operand: &Operand) -> Option<Value> {
    match operand {
        Operand::Value(v) => Some(*v),
        Operand::Memory(_) => None,
    }
}
