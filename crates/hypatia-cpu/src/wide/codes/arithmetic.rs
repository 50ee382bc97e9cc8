//! Rows of arithmetic, logic, comparisons and selections.
//!
//! Invariants: as in `codes/mod.rs`.
//!
//! Not here: the other rows (`codes/mod.rs` names their files).

use super::{NONE, Pair};
use iced_x86::Code;

/// Floats: add.
pub const ADD_F: Pair = [
    [
        Code::VEX_Vaddps_xmm_xmm_xmmm128,
        Code::VEX_Vaddps_ymm_ymm_ymmm256,
        Code::EVEX_Vaddps_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vaddps_zmm_k1z_zmm_zmmm512b32_er,
    ],
    [
        Code::VEX_Vaddpd_xmm_xmm_xmmm128,
        Code::VEX_Vaddpd_ymm_ymm_ymmm256,
        Code::EVEX_Vaddpd_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vaddpd_zmm_k1z_zmm_zmmm512b64_er,
    ],
];

/// Floats: sub.
pub const SUB_F: Pair = [
    [
        Code::VEX_Vsubps_xmm_xmm_xmmm128,
        Code::VEX_Vsubps_ymm_ymm_ymmm256,
        Code::EVEX_Vsubps_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vsubps_zmm_k1z_zmm_zmmm512b32_er,
    ],
    [
        Code::VEX_Vsubpd_xmm_xmm_xmmm128,
        Code::VEX_Vsubpd_ymm_ymm_ymmm256,
        Code::EVEX_Vsubpd_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vsubpd_zmm_k1z_zmm_zmmm512b64_er,
    ],
];

/// Floats: mul.
pub const MUL_F: Pair = [
    [
        Code::VEX_Vmulps_xmm_xmm_xmmm128,
        Code::VEX_Vmulps_ymm_ymm_ymmm256,
        Code::EVEX_Vmulps_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vmulps_zmm_k1z_zmm_zmmm512b32_er,
    ],
    [
        Code::VEX_Vmulpd_xmm_xmm_xmmm128,
        Code::VEX_Vmulpd_ymm_ymm_ymmm256,
        Code::EVEX_Vmulpd_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vmulpd_zmm_k1z_zmm_zmmm512b64_er,
    ],
];

/// Floats: div.
pub const DIV_F: Pair = [
    [
        Code::VEX_Vdivps_xmm_xmm_xmmm128,
        Code::VEX_Vdivps_ymm_ymm_ymmm256,
        Code::EVEX_Vdivps_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vdivps_zmm_k1z_zmm_zmmm512b32_er,
    ],
    [
        Code::VEX_Vdivpd_xmm_xmm_xmmm128,
        Code::VEX_Vdivpd_ymm_ymm_ymmm256,
        Code::EVEX_Vdivpd_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vdivpd_zmm_k1z_zmm_zmmm512b64_er,
    ],
];

/// Floats: min.
pub const MIN_F: Pair = [
    [
        Code::VEX_Vminps_xmm_xmm_xmmm128,
        Code::VEX_Vminps_ymm_ymm_ymmm256,
        Code::EVEX_Vminps_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vminps_zmm_k1z_zmm_zmmm512b32_sae,
    ],
    [
        Code::VEX_Vminpd_xmm_xmm_xmmm128,
        Code::VEX_Vminpd_ymm_ymm_ymmm256,
        Code::EVEX_Vminpd_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vminpd_zmm_k1z_zmm_zmmm512b64_sae,
    ],
];

/// Floats: max.
pub const MAX_F: Pair = [
    [
        Code::VEX_Vmaxps_xmm_xmm_xmmm128,
        Code::VEX_Vmaxps_ymm_ymm_ymmm256,
        Code::EVEX_Vmaxps_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vmaxps_zmm_k1z_zmm_zmmm512b32_sae,
    ],
    [
        Code::VEX_Vmaxpd_xmm_xmm_xmmm128,
        Code::VEX_Vmaxpd_ymm_ymm_ymmm256,
        Code::EVEX_Vmaxpd_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vmaxpd_zmm_k1z_zmm_zmmm512b64_sae,
    ],
];

/// Floats: square root.
pub const SQRT_F: Pair = [
    [
        Code::VEX_Vsqrtps_xmm_xmmm128,
        Code::VEX_Vsqrtps_ymm_ymmm256,
        Code::EVEX_Vsqrtps_ymm_k1z_ymmm256b32,
        Code::EVEX_Vsqrtps_zmm_k1z_zmmm512b32_er,
    ],
    [
        Code::VEX_Vsqrtpd_xmm_xmmm128,
        Code::VEX_Vsqrtpd_ymm_ymmm256,
        Code::EVEX_Vsqrtpd_ymm_k1z_ymmm256b64,
        Code::EVEX_Vsqrtpd_zmm_k1z_zmmm512b64_er,
    ],
];

/// Floats: rounding to integers.
pub const ROUND_F: Pair = [
    [
        Code::VEX_Vroundps_xmm_xmmm128_imm8,
        Code::VEX_Vroundps_ymm_ymmm256_imm8,
        Code::EVEX_Vrndscaleps_ymm_k1z_ymmm256b32_imm8,
        Code::EVEX_Vrndscaleps_zmm_k1z_zmmm512b32_imm8_sae,
    ],
    [
        Code::VEX_Vroundpd_xmm_xmmm128_imm8,
        Code::VEX_Vroundpd_ymm_ymmm256_imm8,
        Code::EVEX_Vrndscalepd_ymm_k1z_ymmm256b64_imm8,
        Code::EVEX_Vrndscalepd_zmm_k1z_zmmm512b64_imm8_sae,
    ],
];

/// Floats: the larger or smaller number, zeros told apart.
pub const RANGE_F: Pair = [
    [
        NONE,
        NONE,
        Code::EVEX_Vrangeps_ymm_k1z_ymm_ymmm256b32_imm8,
        Code::EVEX_Vrangeps_zmm_k1z_zmm_zmmm512b32_imm8_sae,
    ],
    [
        NONE,
        NONE,
        Code::EVEX_Vrangepd_ymm_k1z_ymm_ymmm256b64_imm8,
        Code::EVEX_Vrangepd_zmm_k1z_zmm_zmmm512b64_imm8_sae,
    ],
];

/// Bits.
pub const AND: Pair = [
    [
        Code::VEX_Vpand_xmm_xmm_xmmm128,
        Code::VEX_Vpand_ymm_ymm_ymmm256,
        Code::EVEX_Vpandd_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vpandd_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        Code::VEX_Vpand_xmm_xmm_xmmm128,
        Code::VEX_Vpand_ymm_ymm_ymmm256,
        Code::EVEX_Vpandq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpandq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Bits.
pub const OR: Pair = [
    [
        Code::VEX_Vpor_xmm_xmm_xmmm128,
        Code::VEX_Vpor_ymm_ymm_ymmm256,
        Code::EVEX_Vpord_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vpord_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        Code::VEX_Vpor_xmm_xmm_xmmm128,
        Code::VEX_Vpor_ymm_ymm_ymmm256,
        Code::EVEX_Vporq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vporq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Bits.
pub const XOR: Pair = [
    [
        Code::VEX_Vpxor_xmm_xmm_xmmm128,
        Code::VEX_Vpxor_ymm_ymm_ymmm256,
        Code::EVEX_Vpxord_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vpxord_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        Code::VEX_Vpxor_xmm_xmm_xmmm128,
        Code::VEX_Vpxor_ymm_ymm_ymmm256,
        Code::EVEX_Vpxorq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpxorq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Bits: of the second where the first has none.
pub const AND_NOT: Pair = [
    [
        Code::VEX_Vpandn_xmm_xmm_xmmm128,
        Code::VEX_Vpandn_ymm_ymm_ymmm256,
        Code::EVEX_Vpandnd_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vpandnd_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        Code::VEX_Vpandn_xmm_xmm_xmmm128,
        Code::VEX_Vpandn_ymm_ymm_ymmm256,
        Code::EVEX_Vpandnq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpandnq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Bits: any function of three, by its table.
pub const TERNARY: Pair = [
    [
        NONE,
        NONE,
        Code::EVEX_Vpternlogd_ymm_k1z_ymm_ymmm256b32_imm8,
        Code::EVEX_Vpternlogd_zmm_k1z_zmm_zmmm512b32_imm8,
    ],
    [
        NONE,
        NONE,
        Code::EVEX_Vpternlogq_ymm_k1z_ymm_ymmm256b64_imm8,
        Code::EVEX_Vpternlogq_zmm_k1z_zmm_zmmm512b64_imm8,
    ],
];

/// Integers: add.
pub const ADD_I: Pair = [
    [
        Code::VEX_Vpaddd_xmm_xmm_xmmm128,
        Code::VEX_Vpaddd_ymm_ymm_ymmm256,
        Code::EVEX_Vpaddd_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vpaddd_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        Code::VEX_Vpaddq_xmm_xmm_xmmm128,
        Code::VEX_Vpaddq_ymm_ymm_ymmm256,
        Code::EVEX_Vpaddq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpaddq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Integers: subtract.
pub const SUB_I: Pair = [
    [
        Code::VEX_Vpsubd_xmm_xmm_xmmm128,
        Code::VEX_Vpsubd_ymm_ymm_ymmm256,
        Code::EVEX_Vpsubd_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vpsubd_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        Code::VEX_Vpsubq_xmm_xmm_xmmm128,
        Code::VEX_Vpsubq_ymm_ymm_ymmm256,
        Code::EVEX_Vpsubq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpsubq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Integers: low half of the product.
pub const MUL_I: Pair = [
    [
        Code::VEX_Vpmulld_xmm_xmm_xmmm128,
        Code::VEX_Vpmulld_ymm_ymm_ymmm256,
        Code::EVEX_Vpmulld_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vpmulld_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        NONE,
        NONE,
        Code::EVEX_Vpmullq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpmullq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Products of the low halves of 64-bit elements.
pub const MUL_WORDS: Pair = [
    [
        Code::VEX_Vpmuludq_xmm_xmm_xmmm128,
        Code::VEX_Vpmuludq_ymm_ymm_ymmm256,
        Code::EVEX_Vpmuludq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpmuludq_zmm_k1z_zmm_zmmm512b64,
    ],
    [
        Code::VEX_Vpmuludq_xmm_xmm_xmmm128,
        Code::VEX_Vpmuludq_ymm_ymm_ymmm256,
        Code::EVEX_Vpmuludq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpmuludq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Integers: the larger.
pub const MAX_I: Pair = [
    [
        Code::VEX_Vpmaxsd_xmm_xmm_xmmm128,
        Code::VEX_Vpmaxsd_ymm_ymm_ymmm256,
        Code::EVEX_Vpmaxsd_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vpmaxsd_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        NONE,
        NONE,
        Code::EVEX_Vpmaxsq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpmaxsq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Integers: the smaller.
pub const MIN_I: Pair = [
    [
        Code::VEX_Vpminsd_xmm_xmm_xmmm128,
        Code::VEX_Vpminsd_ymm_ymm_ymmm256,
        Code::EVEX_Vpminsd_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vpminsd_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        NONE,
        NONE,
        Code::EVEX_Vpminsq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpminsq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Integers: magnitude.
pub const ABS_I: Pair = [
    [
        Code::VEX_Vpabsd_xmm_xmmm128,
        Code::VEX_Vpabsd_ymm_ymmm256,
        Code::EVEX_Vpabsd_ymm_k1z_ymmm256b32,
        Code::EVEX_Vpabsd_zmm_k1z_zmmm512b32,
    ],
    [NONE, NONE, Code::EVEX_Vpabsq_ymm_k1z_ymmm256b64, Code::EVEX_Vpabsq_zmm_k1z_zmmm512b64],
];

/// Integers: shift left by elements.
pub const LEFT_I: Pair = [
    [
        Code::VEX_Vpsllvd_xmm_xmm_xmmm128,
        Code::VEX_Vpsllvd_ymm_ymm_ymmm256,
        Code::EVEX_Vpsllvd_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vpsllvd_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        Code::VEX_Vpsllvq_xmm_xmm_xmmm128,
        Code::VEX_Vpsllvq_ymm_ymm_ymmm256,
        Code::EVEX_Vpsllvq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpsllvq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Integers: shift right by elements, the sign comes in.
pub const RIGHT_I: Pair = [
    [
        Code::VEX_Vpsravd_xmm_xmm_xmmm128,
        Code::VEX_Vpsravd_ymm_ymm_ymmm256,
        Code::EVEX_Vpsravd_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vpsravd_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        NONE,
        NONE,
        Code::EVEX_Vpsravq_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vpsravq_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// Integers: shift left by a constant.
pub const LEFT_BY: Pair = [
    [
        Code::VEX_Vpslld_xmm_xmm_imm8,
        Code::VEX_Vpslld_ymm_ymm_imm8,
        Code::EVEX_Vpslld_ymm_k1z_ymmm256b32_imm8,
        Code::EVEX_Vpslld_zmm_k1z_zmmm512b32_imm8,
    ],
    [
        Code::VEX_Vpsllq_xmm_xmm_imm8,
        Code::VEX_Vpsllq_ymm_ymm_imm8,
        Code::EVEX_Vpsllq_ymm_k1z_ymmm256b64_imm8,
        Code::EVEX_Vpsllq_zmm_k1z_zmmm512b64_imm8,
    ],
];

/// Integers: shift right by a constant, zeros come in.
pub const LOGICAL_BY: Pair = [
    [
        Code::VEX_Vpsrld_xmm_xmm_imm8,
        Code::VEX_Vpsrld_ymm_ymm_imm8,
        Code::EVEX_Vpsrld_ymm_k1z_ymmm256b32_imm8,
        Code::EVEX_Vpsrld_zmm_k1z_zmmm512b32_imm8,
    ],
    [
        Code::VEX_Vpsrlq_xmm_xmm_imm8,
        Code::VEX_Vpsrlq_ymm_ymm_imm8,
        Code::EVEX_Vpsrlq_ymm_k1z_ymmm256b64_imm8,
        Code::EVEX_Vpsrlq_zmm_k1z_zmmm512b64_imm8,
    ],
];

/// Integers: shift right by a constant, the sign comes in.
pub const ARITHMETIC_BY: Pair = [
    [
        Code::VEX_Vpsrad_xmm_xmm_imm8,
        Code::VEX_Vpsrad_ymm_ymm_imm8,
        Code::EVEX_Vpsrad_ymm_k1z_ymmm256b32_imm8,
        Code::EVEX_Vpsrad_zmm_k1z_zmmm512b32_imm8,
    ],
    [
        NONE,
        NONE,
        Code::EVEX_Vpsraq_ymm_k1z_ymmm256b64_imm8,
        Code::EVEX_Vpsraq_zmm_k1z_zmmm512b64_imm8,
    ],
];

/// Floats: compare into a mask register.
pub const COMPARE_F: Pair = [
    [
        NONE,
        NONE,
        Code::EVEX_Vcmpps_kr_k1_ymm_ymmm256b32_imm8,
        Code::EVEX_Vcmpps_kr_k1_zmm_zmmm512b32_imm8_sae,
    ],
    [
        NONE,
        NONE,
        Code::EVEX_Vcmppd_kr_k1_ymm_ymmm256b64_imm8,
        Code::EVEX_Vcmppd_kr_k1_zmm_zmmm512b64_imm8_sae,
    ],
];

/// Integers: compare into a mask register.
pub const COMPARE_I: Pair = [
    [
        NONE,
        NONE,
        Code::EVEX_Vpcmpd_kr_k1_ymm_ymmm256b32_imm8,
        Code::EVEX_Vpcmpd_kr_k1_zmm_zmmm512b32_imm8,
    ],
    [
        NONE,
        NONE,
        Code::EVEX_Vpcmpq_kr_k1_ymm_ymmm256b64_imm8,
        Code::EVEX_Vpcmpq_kr_k1_zmm_zmmm512b64_imm8,
    ],
];

/// Floats: compare into a vector.
pub const COMPARE_FV: Pair = [
    [Code::VEX_Vcmpps_xmm_xmm_xmmm128_imm8, Code::VEX_Vcmpps_ymm_ymm_ymmm256_imm8, NONE, NONE],
    [Code::VEX_Vcmppd_xmm_xmm_xmmm128_imm8, Code::VEX_Vcmppd_ymm_ymm_ymmm256_imm8, NONE, NONE],
];

/// Integers: equal, into a vector.
pub const EQUAL_I: Pair = [
    [Code::VEX_Vpcmpeqd_xmm_xmm_xmmm128, Code::VEX_Vpcmpeqd_ymm_ymm_ymmm256, NONE, NONE],
    [Code::VEX_Vpcmpeqq_xmm_xmm_xmmm128, Code::VEX_Vpcmpeqq_ymm_ymm_ymmm256, NONE, NONE],
];

/// Integers: greater, into a vector.
pub const GREATER_I: Pair = [
    [Code::VEX_Vpcmpgtd_xmm_xmm_xmmm128, Code::VEX_Vpcmpgtd_ymm_ymm_ymmm256, NONE, NONE],
    [Code::VEX_Vpcmpgtq_xmm_xmm_xmmm128, Code::VEX_Vpcmpgtq_ymm_ymm_ymmm256, NONE, NONE],
];

/// The last where the mask register is set, else the first.
pub const BLEND: Pair = [
    [
        NONE,
        NONE,
        Code::EVEX_Vblendmps_ymm_k1z_ymm_ymmm256b32,
        Code::EVEX_Vblendmps_zmm_k1z_zmm_zmmm512b32,
    ],
    [
        NONE,
        NONE,
        Code::EVEX_Vblendmpd_ymm_k1z_ymm_ymmm256b64,
        Code::EVEX_Vblendmpd_zmm_k1z_zmm_zmmm512b64,
    ],
];

/// The second where the vector mask is set, else the first.
pub const BLEND_V: Pair = [
    [Code::VEX_Vblendvps_xmm_xmm_xmmm128_xmm, Code::VEX_Vblendvps_ymm_ymm_ymmm256_ymm, NONE, NONE],
    [Code::VEX_Vblendvpd_xmm_xmm_xmmm128_xmm, Code::VEX_Vblendvpd_ymm_ymm_ymmm256_ymm, NONE, NONE],
];

/// Lanes of each 16 bytes, by a number.
pub const SWAP_LANES: Pair = [
    [
        Code::VEX_Vpermilps_xmm_xmmm128_imm8,
        Code::VEX_Vpermilps_ymm_ymmm256_imm8,
        Code::EVEX_Vpermilps_ymm_k1z_ymmm256b32_imm8,
        Code::EVEX_Vpermilps_zmm_k1z_zmmm512b32_imm8,
    ],
    [
        Code::VEX_Vpermilpd_xmm_xmmm128_imm8,
        Code::VEX_Vpermilpd_ymm_ymmm256_imm8,
        Code::EVEX_Vpermilpd_ymm_k1z_ymmm256b64_imm8,
        Code::EVEX_Vpermilpd_zmm_k1z_zmmm512b64_imm8,
    ],
];

/// Blocks of 16 bytes, by a number.
pub const SWAP_BLOCKS: Pair = [
    [
        NONE,
        Code::VEX_Vperm2f128_ymm_ymm_ymmm256_imm8,
        Code::EVEX_Vshuff32x4_ymm_k1z_ymm_ymmm256b32_imm8,
        Code::EVEX_Vshuff32x4_zmm_k1z_zmm_zmmm512b32_imm8,
    ],
    [
        NONE,
        Code::VEX_Vperm2f128_ymm_ymm_ymmm256_imm8,
        Code::EVEX_Vshuff64x2_ymm_k1z_ymm_ymmm256b64_imm8,
        Code::EVEX_Vshuff64x2_zmm_k1z_zmm_zmmm512b64_imm8,
    ],
];
