//! Conversions between dtypes.
//!
//! Invariants: floats out of range become the nearest integer there is, NaN becomes 0.
//!
//! Not here: other ops (`select.rs`).

use super::code::{Style, Value};
use super::codes;
use super::select::{GREATER_EQUAL, ORDERED, Selector};
use hypatia_ir::dtype::DType;
use hypatia_ir::scalar::Scalar;
use hypatia_lower::lane::machine::MachineBinary;

impl Selector<'_> {
    /// `x` as another dtype.
    pub fn convert(&mut self, from: DType, to: DType, x: Value) -> Value {
        use DType::{Bool, F32, F64, I32, I64, U8};
        match (from, to) {
            (Bool, Bool) | (U8, U8 | I32) | (I32, I32) | (I64, I64) | (F32, F32) | (F64, F64) => x,
            // They become logic (`lane/expand.rs`).
            (Bool, _) | (_, Bool) => self.lacking(to),
            (I32, U8) => self.trimmed(U8, x),
            (I64, U8) => {
                let words = self.convert(I64, I32, x);
                self.trimmed(U8, words)
            }
            (U8 | I32, F32) => self.cross(&codes::WORDS_TO_FLOATS, F32, F32, x),
            (U8 | I32, F64) => self.cross(&codes::WORDS_TO_DOUBLES, F64, F64, x),
            (U8 | I32, I64) => self.cross(&codes::WORDS_TO_LONGS, I64, I64, x),
            (I64, I32) if !self.target.evex => self.narrowed(x, I64),
            (I64, I32) => self.cross(&codes::LONGS_TO_WORDS, I64, I32, x),
            (I64, F32) => self.cross(&codes::LONGS_TO_FLOATS, I64, F32, x),
            (I64, F64) => self.cross(&codes::LONGS_TO_DOUBLES, F64, F64, x),
            (F32, F64) => self.cross(&codes::FLOATS_TO_DOUBLES, F64, F64, x),
            (F64, F32) => self.cross(&codes::DOUBLES_TO_FLOATS, F64, F32, x),
            (F32 | F64, I32 | I64) => self.truncated(from, to, x),
            (F32 | F64, U8) => {
                let words = self.truncated(from, I32, x);
                let (least, most) = (Scalar::new(0i32), Scalar::new(255i32));
                let (least, most) = (self.constant(least), self.constant(most));
                let words = self.binary(MachineBinary::Max, I32, words, least);
                self.binary(MachineBinary::Min, I32, words, most)
            }
        }
    }

    fn truncated(&mut self, from: DType, to: DType, x: Value) -> Value {
        let (codes, by) = match (from, to) {
            (DType::F32, DType::I32) => (&codes::FLOATS_TO_WORDS, DType::F32),
            (DType::F32, _) => (&codes::FLOATS_TO_LONGS, DType::I64),
            (_, DType::I32) => (&codes::DOUBLES_TO_WORDS, DType::F64),
            (_, _) => (&codes::DOUBLES_TO_LONGS, DType::F64),
        };
        // What does not fit becomes the least number here.
        let found = self.cross(codes, by, to, x);
        let bound = self.constant(Scalar::from_f64(from, (to.size() as f64 * 8.0 - 1.0).exp2()));
        if self.target.evex {
            let above = self.compare_by(&codes::COMPARE_F, from, x, bound, GREATER_EQUAL);
            let most = match to {
                DType::I32 => Scalar::new(i32::MAX),
                _ => Scalar::new(i64::MAX),
            };
            let most = self.constant(most);
            let found = self.blend(to, above, most, found);
            let number = self.compare_by(&codes::COMPARE_F, from, x, x, ORDERED);
            return self.kept(to, number, found);
        }
        let mut compared = |x, y, by| {
            let mask = self.immediate(&codes::COMPARE_FV, Style::Foldable, from, &[x, y], Some(by));
            self.narrowed(mask, from)
        };
        let (above, number) = (compared(x, bound, GREATER_EQUAL), compared(x, x, ORDERED));
        // The largest number has the other bits of the least.
        let found = self.plain(&codes::XOR, Style::Commutative, to, &[found, above]);
        self.plain(&codes::AND, Style::Commutative, to, &[found, number])
    }
}
