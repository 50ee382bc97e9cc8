//! The memory of a wide function: its frame on the stack and its constants.
//!
//! Invariants: slots of 64 bytes and more are aligned to 64; equal constants are one.
//!
//! Not here: who reads and writes them.

use std::collections::HashMap;

/// The frame under construction.
#[derive(Debug, Default)]
pub struct Frame {
    next: i32,
    most: i32,
}

impl Frame {
    /// Room for so many bytes; its offset from the start of the frame.
    pub fn slot(&mut self, bytes: i32) -> i32 {
        let align = match bytes {
            ..=8 => 8,
            9..=32 => 32,
            _ => 64,
        };
        let at = (self.next + align - 1) / align * align;
        self.next = at + bytes;
        self.most = self.most.max(self.next);
        at
    }

    /// What [`Frame::release`] goes back to.
    pub fn mark(&self) -> i32 {
        self.next
    }

    /// Gives back all slots since the mark.
    pub fn release(&mut self, mark: i32) {
        self.next = mark;
    }

    /// Bytes of the whole frame, a multiple of 64.
    pub fn bytes(&self) -> i32 {
        (self.most + 63) / 64 * 64
    }
}

/// Constants, in the order of their first use.
#[derive(Debug, Default)]
pub struct Pool {
    bytes: Vec<u8>,
    known: HashMap<Vec<u8>, i32>,
}

impl Pool {
    /// The offset of these bytes, aligned to their size (a power of two).
    pub fn place(&mut self, bytes: &[u8]) -> i32 {
        if let Some(&at) = self.known.get(bytes) {
            return at;
        }
        let align = bytes.len().clamp(1, 64).next_power_of_two();
        let at = self.bytes.len().next_multiple_of(align);
        self.bytes.resize(at, 0);
        self.bytes.extend_from_slice(bytes);
        self.known.insert(bytes.to_vec(), at as i32);
        at as i32
    }

    /// Bytes so far.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// All constants, a multiple of 64 bytes.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len().next_multiple_of(64), 0);
        self.bytes
    }
}
