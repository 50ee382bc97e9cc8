//! Which vector instructions code may use.
//!
//! Invariants: the choice is the caller's, the environment's or the processor's; results are the same bits for all.
//!
//! Not here: code (`emit/`, `wide/`).

use crate::error::Error;
use std::env;

/// The environment variable that chooses, for comparisons: `portable`, `avx2` or `avx512`.
const VARIABLE: &str = "HYPATIA_LANES";

/// How many lanes run side by side, by the instruction set that code is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lanes {
    /// Vectors of 128 bits, on every processor.
    Portable,
    /// Vectors of 256 bits, with masked loads and fused products (x86-64).
    Avx2,
    /// Vectors of 512 bits, with mask registers (x86-64 with the sets F, BW, DQ and VL).
    Avx512,
}

impl Lanes {
    /// All, the narrowest first.
    pub const ALL: [Lanes; 3] = [Lanes::Portable, Lanes::Avx2, Lanes::Avx512];

    /// The widest that this processor has.
    pub fn widest() -> Lanes {
        Lanes::ALL.into_iter().rev().find(|l| l.is_present()).unwrap_or(Lanes::Portable)
    }

    /// What the environment variable `HYPATIA_LANES` names, else the widest that this processor has.
    ///
    /// # Errors
    /// [`Error::Variable`] if the variable names none of them.
    pub(crate) fn chosen() -> Result<Lanes, Error> {
        let Some(found) = env::var_os(VARIABLE) else { return Ok(Lanes::widest()) };
        let found = found.to_string_lossy().into_owned();
        let named = Lanes::ALL.into_iter().find(|l| l.name() == found);
        named.ok_or(Error::Variable {
            variable: VARIABLE,
            found,
            expected: Lanes::ALL.map(Lanes::name).join(", "),
        })
    }

    fn name(self) -> &'static str {
        match self {
            Lanes::Portable => "portable",
            Lanes::Avx2 => "avx2",
            Lanes::Avx512 => "avx512",
        }
    }

    /// Whether this processor has it.
    pub fn is_present(self) -> bool {
        match self {
            Lanes::Portable => true,
            #[cfg(all(target_arch = "x86_64", unix))]
            Lanes::Avx2 => {
                std::arch::is_x86_feature_detected!("avx2")
                    && std::arch::is_x86_feature_detected!("fma")
                    && std::arch::is_x86_feature_detected!("bmi2")
            }
            #[cfg(all(target_arch = "x86_64", unix))]
            Lanes::Avx512 => {
                Lanes::Avx2.is_present()
                    && std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512bw")
                    && std::arch::is_x86_feature_detected!("avx512dq")
                    && std::arch::is_x86_feature_detected!("avx512vl")
            }
            // Elsewhere functions are called in another convention.
            #[cfg(not(all(target_arch = "x86_64", unix)))]
            Lanes::Avx2 | Lanes::Avx512 => false,
        }
    }
}
