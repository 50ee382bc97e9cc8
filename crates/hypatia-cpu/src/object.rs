//! The code of a kernel before it has a place in memory.
//!
//! Invariants: depends on the kernel, the lanes and the processor's features alone; no address is
//! in it.
//!
//! Not here: where it goes (`link.rs`), how it is written (`emit/`, `wide/`).

use crate::lanes::Lanes;
use crate::library::Number;

/// A change of what bytes of objects mean is a change of this number.
pub(crate) const FORMAT: u32 = 1;

/// Machine code, with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub bytes: Vec<u8>,
    /// Where the first instruction is.
    pub entry: usize,
    /// Where addresses of library functions belong, 8 bytes each.
    pub calls: Vec<(usize, Number)>,
    pub size: Size,
}

/// What there is to know of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// The instructions that it uses.
    pub lanes: Lanes,
    pub bytes: usize,
    /// How many rows run together.
    pub rows: usize,
}

impl Object {
    /// All objects as bytes that another process can read.
    pub fn pack(objects: &[Object]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, FORMAT as usize);
        put(&mut out, objects.len());
        for object in objects {
            let lanes = Lanes::ALL.iter().position(|l| *l == object.size.lanes).unwrap_or(0);
            for number in [object.entry, lanes, object.size.rows, object.calls.len()] {
                put(&mut out, number);
            }
            for (at, function) in &object.calls {
                put(&mut out, *at);
                put(&mut out, usize::from(function.0));
            }
            put(&mut out, object.bytes.len());
            out.extend_from_slice(&object.bytes);
        }
        out
    }

    /// What [`Object::pack`] wrote; `None` if this is something else.
    pub fn unpack(mut bytes: &[u8]) -> Option<Vec<Object>> {
        let from = &mut bytes;
        if take(from)? != FORMAT as usize {
            return None;
        }
        let count = take(from)?;
        // Each takes some bytes: a count beyond them is none.
        let objects = (0..count.min(from.len() + 1)).map(|_| Object::take(from));
        let objects = objects.collect::<Option<Vec<_>>>()?;
        (from.is_empty() && objects.len() == count).then_some(objects)
    }

    fn take(from: &mut &[u8]) -> Option<Object> {
        let [entry, lanes, rows, calls] = [take(from)?, take(from)?, take(from)?, take(from)?];
        let lanes = *Lanes::ALL.get(lanes)?;
        let most = calls.min(from.len());
        let call = |_| Some((take(from)?, Number(u16::try_from(take(from)?).ok()?)));
        let calls: Vec<(usize, Number)> = (0..most).map(call).collect::<Option<_>>()?;
        let length = take(from)?;
        let bytes = from.split_off(..length)?.to_vec();
        let fits = |(at, _): &(usize, Number)| at.checked_add(8).is_some_and(|end| end <= length);
        let is_sound = entry < length && rows > 0 && calls.iter().all(fits);
        let size = Size { lanes, bytes: length, rows };
        is_sound.then_some(Object { bytes, entry, calls, size })
    }
}

fn put(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&(number as u64).to_le_bytes());
}

fn take(from: &mut &[u8]) -> Option<usize> {
    let number = from.split_off(..8)?.try_into().ok()?;
    usize::try_from(u64::from_le_bytes(number)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_and_nothing_else() {
        let size = Size { lanes: Lanes::Avx2, bytes: 40, rows: 4 };
        let calls = vec![(3, Number(1)), (32, Number(9))];
        let objects = vec![
            Object { bytes: (0..40).collect(), entry: 8, calls, size },
            Object {
                bytes: vec![7],
                entry: 0,
                calls: Vec::new(),
                size: Size { lanes: Lanes::Portable, bytes: 1, rows: 16 },
            },
        ];
        let packed = Object::pack(&objects);
        assert_eq!(Object::unpack(&packed), Some(objects));
        for end in 0..packed.len() {
            assert_eq!(Object::unpack(&packed[..end]), None, "{end}");
        }
        for (at, wrong) in [(0, 99), (8, 200), (16, 40), (24, 9), (40, 255), (48, 33)] {
            let mut changed = packed.clone();
            changed[at] = wrong;
            assert_eq!(Object::unpack(&changed), None, "byte {at}");
        }
    }
}
