//! Rows of moves and of conversions between dtypes.
//!
//! Invariants: as in `codes/mod.rs`.
//!
//! Not here: the other rows (`codes/mod.rs` names their files).

use super::{Codes, NONE, Pair};
use iced_x86::Code;

/// Copies of registers.
pub const MOVE: Codes = [
    Code::VEX_Vmovaps_xmm_xmmm128,
    Code::VEX_Vmovaps_ymm_ymmm256,
    Code::EVEX_Vmovaps_ymm_k1z_ymmm256,
    Code::EVEX_Vmovaps_zmm_k1z_zmmm512,
];

/// Vectors out of memory.
pub const LOAD: Pair = [
    [
        Code::VEX_Vmovups_xmm_xmmm128,
        Code::VEX_Vmovups_ymm_ymmm256,
        Code::EVEX_Vmovups_ymm_k1z_ymmm256,
        Code::EVEX_Vmovups_zmm_k1z_zmmm512,
    ],
    [
        Code::VEX_Vmovupd_xmm_xmmm128,
        Code::VEX_Vmovupd_ymm_ymmm256,
        Code::EVEX_Vmovupd_ymm_k1z_ymmm256,
        Code::EVEX_Vmovupd_zmm_k1z_zmmm512,
    ],
];

/// Vectors into memory.
pub const STORE: Pair = [
    [
        Code::VEX_Vmovups_xmmm128_xmm,
        Code::VEX_Vmovups_ymmm256_ymm,
        Code::EVEX_Vmovups_ymmm256_k1z_ymm,
        Code::EVEX_Vmovups_zmmm512_k1z_zmm,
    ],
    [
        Code::VEX_Vmovupd_xmmm128_xmm,
        Code::VEX_Vmovupd_ymmm256_ymm,
        Code::EVEX_Vmovupd_ymmm256_k1z_ymm,
        Code::EVEX_Vmovupd_zmmm512_k1z_zmm,
    ],
];

/// Aligned vectors into memory, past the cache.
pub const STREAM: Codes = [
    Code::VEX_Vmovntps_m128_xmm,
    Code::VEX_Vmovntps_m256_ymm,
    Code::EVEX_Vmovntps_m256_ymm,
    Code::EVEX_Vmovntps_m512_zmm,
];

/// One element of memory in every lane.
pub const SPREAD: Pair = [
    [
        Code::VEX_Vbroadcastss_xmm_m32,
        Code::VEX_Vbroadcastss_ymm_m32,
        Code::EVEX_Vbroadcastss_ymm_k1z_xmmm32,
        Code::EVEX_Vbroadcastss_zmm_k1z_xmmm32,
    ],
    [
        NONE,
        Code::VEX_Vbroadcastsd_ymm_m64,
        Code::EVEX_Vbroadcastsd_ymm_k1z_xmmm64,
        Code::EVEX_Vbroadcastsd_zmm_k1z_xmmm64,
    ],
];

/// Masked vectors out of memory and into it, by vector masks.
pub const LOAD_V: Pair = [
    [Code::VEX_Vmaskmovps_xmm_xmm_m128, Code::VEX_Vmaskmovps_ymm_ymm_m256, NONE, NONE],
    [NONE, Code::VEX_Vmaskmovpd_ymm_ymm_m256, NONE, NONE],
];

/// See [`LOAD_V`].
pub const STORE_V: Pair = [
    [Code::VEX_Vmaskmovps_m128_xmm_xmm, Code::VEX_Vmaskmovps_m256_ymm_ymm, NONE, NONE],
    [NONE, Code::VEX_Vmaskmovpd_m256_ymm_ymm, NONE, NONE],
];

/// Bytes as 32-bit elements, zeros above.
pub const BYTES: Codes = [
    Code::VEX_Vpmovzxbd_xmm_xmmm32,
    Code::VEX_Vpmovzxbd_ymm_xmmm64,
    Code::EVEX_Vpmovzxbd_ymm_k1z_xmmm64,
    Code::EVEX_Vpmovzxbd_zmm_k1z_xmmm128,
];

/// The low bytes of 32-bit elements into memory.
pub const LOW_BYTES: Codes =
    [NONE, NONE, Code::EVEX_Vpmovdb_xmmm64_k1z_ymm, Code::EVEX_Vpmovdb_xmmm128_k1z_zmm];

/// i32 to f32.
pub const WORDS_TO_FLOATS: Codes = [
    Code::VEX_Vcvtdq2ps_xmm_xmmm128,
    Code::VEX_Vcvtdq2ps_ymm_ymmm256,
    Code::EVEX_Vcvtdq2ps_ymm_k1z_ymmm256b32,
    Code::EVEX_Vcvtdq2ps_zmm_k1z_zmmm512b32_er,
];

/// f32 to i32, truncated; the least number where it does not fit.
pub const FLOATS_TO_WORDS: Codes = [
    Code::VEX_Vcvttps2dq_xmm_xmmm128,
    Code::VEX_Vcvttps2dq_ymm_ymmm256,
    Code::EVEX_Vcvttps2dq_ymm_k1z_ymmm256b32,
    Code::EVEX_Vcvttps2dq_zmm_k1z_zmmm512b32_sae,
];

/// i64 to f64.
pub const LONGS_TO_DOUBLES: Codes = [
    NONE,
    NONE,
    Code::EVEX_Vcvtqq2pd_ymm_k1z_ymmm256b64,
    Code::EVEX_Vcvtqq2pd_zmm_k1z_zmmm512b64_er,
];

/// f64 to i64, truncated.
pub const DOUBLES_TO_LONGS: Codes = [
    NONE,
    NONE,
    Code::EVEX_Vcvttpd2qq_ymm_k1z_ymmm256b64,
    Code::EVEX_Vcvttpd2qq_zmm_k1z_zmmm512b64_sae,
];

/// f32 to f64; by the form of the result.
pub const FLOATS_TO_DOUBLES: Codes =
    [NONE, Code::VEX_Vcvtps2pd_ymm_xmmm128, NONE, Code::EVEX_Vcvtps2pd_zmm_k1z_ymmm256b32_sae];

/// i32 to f64; by the form of the result.
pub const WORDS_TO_DOUBLES: Codes =
    [NONE, Code::VEX_Vcvtdq2pd_ymm_xmmm128, NONE, Code::EVEX_Vcvtdq2pd_zmm_k1z_ymmm256b32_er];

/// i32 to i64; by the form of the result.
pub const WORDS_TO_LONGS: Codes =
    [NONE, Code::VEX_Vpmovsxdq_ymm_xmmm128, NONE, Code::EVEX_Vpmovsxdq_zmm_k1z_ymmm256];

/// f32 to i64, truncated; by the form of the result.
pub const FLOATS_TO_LONGS: Codes = [NONE, NONE, NONE, Code::EVEX_Vcvttps2qq_zmm_k1z_ymmm256b32_sae];

/// f64 to f32; by the form of the operand.
pub const DOUBLES_TO_FLOATS: Codes =
    [NONE, Code::VEX_Vcvtpd2ps_xmm_ymmm256, NONE, Code::EVEX_Vcvtpd2ps_ymm_k1z_zmmm512b64_er];

/// f64 to i32, truncated; by the form of the operand.
pub const DOUBLES_TO_WORDS: Codes =
    [NONE, Code::VEX_Vcvttpd2dq_xmm_ymmm256, NONE, Code::EVEX_Vcvttpd2dq_ymm_k1z_zmmm512b64_sae];

/// i64 to f32; by the form of the operand.
pub const LONGS_TO_FLOATS: Codes = [NONE, NONE, NONE, Code::EVEX_Vcvtqq2ps_ymm_k1z_zmmm512b64_er];

/// i64 to i32; by the form of the operand.
pub const LONGS_TO_WORDS: Codes = [NONE, NONE, NONE, Code::EVEX_Vpmovqd_ymmm256_k1z_zmm];

/// Copies that a mask register may cut.
pub const MASKED_MOVE: Pair = [
    [NONE, NONE, Code::EVEX_Vmovaps_ymm_k1z_ymmm256, Code::EVEX_Vmovaps_zmm_k1z_zmmm512],
    [NONE, NONE, Code::EVEX_Vmovapd_ymm_k1z_ymmm256, Code::EVEX_Vmovapd_zmm_k1z_zmmm512],
];
