//! Runs any graph on any back end: a plan, memory for its buffers, results by root.
//!
//! Invariants: memory starts as garbage and ends in guard bytes, so that reads before writes and
//! writes outside show; inputs without an update come back unchanged.
//!
//! Not here: functions as users call them (`function.rs`), what results should be (`slack.rs`).

use hypatia::dtype::DType;
use hypatia::eval::{bind, check_guards};
use hypatia::graph::{Graph, Role};
use hypatia::lower::backend::{Backend, Executable};
use hypatia::lower::interpret::Interpreter;
use hypatia::lower::plan::{Place, Plan, SizePlan, plan};
use hypatia::scalar::Scalar;
use hypatia::tensor::Tensor;
use std::sync::Arc;

/// A graph made runnable.
pub struct Runner {
    plan: Arc<Plan>,
    executable: Box<dyn Executable>,
}

/// What garbage and guards are made of: a large number in every type.
const GARBAGE: u8 = 0x6e;
/// Bytes before and after each buffer.
const GUARD: usize = 128;

/// Aligned bytes between guards.
struct Room {
    words: Vec<[u64; 8]>,
    start: usize,
    bytes: usize,
}

impl Room {
    fn new(bytes: usize) -> Room {
        let words =
            vec![[u64::from_ne_bytes([GARBAGE; 8]); 8]; (bytes + 2 * GUARD).div_ceil(64) + 1];
        let address = words.as_ptr() as usize;
        let start = (address + GUARD).next_multiple_of(SizePlan::ALIGN) - address;
        Room { words, start, bytes }
    }

    fn address(&mut self) -> *mut u8 {
        self.all().as_mut_ptr().wrapping_add(self.start)
    }

    fn all(&mut self) -> &mut [u8] {
        let bytes = self.words.len() * 64;
        // SAFETY: the bytes of words, which have no invalid values.
        unsafe { std::slice::from_raw_parts_mut(self.words.as_mut_ptr().cast(), bytes) }
    }

    fn inside(&mut self) -> &mut [u8] {
        let (start, bytes) = (self.start, self.bytes);
        &mut self.all()[start..start + bytes]
    }

    fn guards_hold(&mut self) -> bool {
        let (start, end) = (self.start, self.start + self.bytes);
        let all = self.all();
        all[..start].iter().chain(&all[end..]).all(|&b| b == GARBAGE)
    }

    fn holding(tensor: &Tensor) -> Room {
        let mut room = Room::new(tensor.len() * tensor.dtype().size());
        let inside = room.inside();
        // SAFETY: a tensor has this many bytes.
        let bytes = unsafe { std::slice::from_raw_parts(tensor.as_ptr(), inside.len()) };
        inside.copy_from_slice(bytes);
        room
    }

    fn tensor(&mut self, dtype: DType, shape: &[usize]) -> Tensor {
        let mut tensor = Tensor::zeros(dtype, shape);
        let size = dtype.size();
        for (at, element) in self.inside().chunks(size).enumerate() {
            let mut bits = [0; 8];
            bits[..size].copy_from_slice(element);
            assert!(dtype != DType::Bool || element[0] < 2, "a bool of {}", element[0]);
            tensor.set(at, Scalar::from_bits(dtype, u64::from_le_bytes(bits)));
        }
        tensor
    }
}

impl Runner {
    /// For the kernel interpreter.
    pub fn interpreter(graph: &Graph) -> Runner {
        Runner::load(&Interpreter, graph)
    }

    /// For machine code on so many threads.
    #[cfg(feature = "cpu")]
    pub fn cpu(graph: &Graph, threads: usize) -> Runner {
        Runner::lanes(graph, threads, hypatia_cpu::Lanes::widest())
    }

    /// The same by vector instructions that the processor has.
    #[cfg(feature = "cpu")]
    pub fn lanes(graph: &Graph, threads: usize, lanes: hypatia_cpu::Lanes) -> Runner {
        Runner::load(&hypatia_cpu::Cpu { threads: Some(threads), lanes: Some(lanes) }, graph)
    }

    fn load<B: Backend>(backend: &B, graph: &Graph) -> Runner {
        let plan = Arc::new(plan(graph).unwrap_or_else(|e| panic!("{e}\n{graph}")));
        let executable =
            backend.load(plan.clone()).unwrap_or_else(|e| panic!("{e}\n{graph}\n{plan}"));
        Runner { plan, executable }
    }

    /// The text of the plan.
    pub fn text(&self) -> String {
        self.plan.to_string()
    }

    /// The values of the roots.
    pub fn run(&self, graph: &Graph, inputs: &[Tensor]) -> Result<Vec<Tensor>, String> {
        let shapes: Vec<&[usize]> = inputs.iter().map(Tensor::shape).collect();
        let dims = bind(graph, &shapes).map_err(|e| e.to_string())?;
        check_guards(graph, &dims).map_err(|e| e.to_string())?;
        let size = self.plan.size(&dims).map_err(|e| e.to_string())?;
        size.verify(&self.plan).unwrap_or_else(|e| panic!("{e}\n{}", self.plan));
        let mut holding: Vec<Room> = inputs.iter().map(Room::holding).collect();
        let mut literals: Vec<Room> = self.plan.literals.iter().map(|t| Room::holding(t)).collect();
        let mut roots: Vec<Room> =
            self.plan.roots.iter().map(|b| Room::new(size.bytes[b.index()])).collect();
        let mut arena = Room::new(size.arena);
        let buffers = self.plan.buffers.iter().zip(&size.offsets);
        let addresses: Vec<*mut u8> = buffers
            .map(|(buffer, &offset)| match buffer.place {
                Place::Input(i) => holding[i as usize].address(),
                Place::Literal(i) => literals[i as usize].address(),
                Place::Root(i) => roots[i as usize].address(),
                Place::Arena { .. } => arena.address().wrapping_add(offset),
            })
            .collect();
        // SAFETY: each address has the bytes and alignment that the size plan asks for, and is
        // used here alone.
        unsafe { self.executable.run(&size, &addresses) }.map_err(|e| e.to_string())?;
        let mut rooms = holding.iter_mut().chain(&mut literals).chain(&mut roots);
        assert!(rooms.all(Room::guards_hold) && arena.guards_hold(), "writes outside buffers");
        self.unchanged(graph, inputs, &mut holding);
        let results = self.plan.roots.iter().enumerate().map(|(number, buffer)| {
            let (shape, ty) =
                (&size.lengths[buffer.index()], &self.plan.buffers[buffer.index()].ty);
            match self.plan.buffers[buffer.index()].place {
                Place::Input(i) => holding[i as usize].tensor(ty.dtype, shape),
                _ => roots[number].tensor(ty.dtype, shape),
            }
        });
        Ok(results.collect())
    }

    /// That inputs changed only where their update happens in place.
    fn unchanged(&self, graph: &Graph, inputs: &[Tensor], holding: &mut [Room]) {
        for (number, (input, room)) in inputs.iter().zip(holding).enumerate() {
            let in_place = graph.roots.iter().zip(&self.plan.roots).any(|(root, buffer)| {
                root.role == Role::Update(number as u32)
                    && self.plan.buffers[buffer.index()].place == Place::Input(number as u32)
            });
            let same = room.inside() == Room::holding(input).inside();
            assert!(same || in_place, "input {number} changed\n{graph}\n{}", self.plan);
        }
    }
}
