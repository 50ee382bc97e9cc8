//! Instructions of vector units: one row for each, with its code in every form of register.
//!
//! Invariants: the memory operand, if the instruction has one, is its last; [`NONE`] stands where
//! the processor has no such instruction.
//!
//! Not here: which instructions a machine op becomes (`select.rs`).

use iced_x86::Code;

/// No such instruction: what needs it stays with the portable emitter.
pub const NONE: Code = Code::INVALID;

/// The codes for registers of 16 and 32 bytes of AVX2, then of 32 and 64 bytes of AVX-512.
pub type Codes = [Code; 4];

/// Codes for elements of 4 and of 8 bytes.
pub type Pair = [Codes; 2];

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
/// Fused products and sums by which signs are flipped (of the product: 2, of the sum: 1) and form
/// (`132`, `213`, `231`); the first operand is the result, too.
pub const FUSED: [[Pair; 3]; 4] = [
    [
        [
            [
                Code::VEX_Vfmadd132ps_xmm_xmm_xmmm128,
                Code::VEX_Vfmadd132ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfmadd132ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfmadd132ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfmadd132pd_xmm_xmm_xmmm128,
                Code::VEX_Vfmadd132pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfmadd132pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfmadd132pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
        [
            [
                Code::VEX_Vfmadd213ps_xmm_xmm_xmmm128,
                Code::VEX_Vfmadd213ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfmadd213ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfmadd213ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfmadd213pd_xmm_xmm_xmmm128,
                Code::VEX_Vfmadd213pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfmadd213pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfmadd213pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
        [
            [
                Code::VEX_Vfmadd231ps_xmm_xmm_xmmm128,
                Code::VEX_Vfmadd231ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfmadd231ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfmadd231ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfmadd231pd_xmm_xmm_xmmm128,
                Code::VEX_Vfmadd231pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfmadd231pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfmadd231pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
    ],
    [
        [
            [
                Code::VEX_Vfmsub132ps_xmm_xmm_xmmm128,
                Code::VEX_Vfmsub132ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfmsub132ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfmsub132ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfmsub132pd_xmm_xmm_xmmm128,
                Code::VEX_Vfmsub132pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfmsub132pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfmsub132pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
        [
            [
                Code::VEX_Vfmsub213ps_xmm_xmm_xmmm128,
                Code::VEX_Vfmsub213ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfmsub213ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfmsub213ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfmsub213pd_xmm_xmm_xmmm128,
                Code::VEX_Vfmsub213pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfmsub213pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfmsub213pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
        [
            [
                Code::VEX_Vfmsub231ps_xmm_xmm_xmmm128,
                Code::VEX_Vfmsub231ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfmsub231ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfmsub231ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfmsub231pd_xmm_xmm_xmmm128,
                Code::VEX_Vfmsub231pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfmsub231pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfmsub231pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
    ],
    [
        [
            [
                Code::VEX_Vfnmadd132ps_xmm_xmm_xmmm128,
                Code::VEX_Vfnmadd132ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmadd132ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfnmadd132ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfnmadd132pd_xmm_xmm_xmmm128,
                Code::VEX_Vfnmadd132pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmadd132pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfnmadd132pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
        [
            [
                Code::VEX_Vfnmadd213ps_xmm_xmm_xmmm128,
                Code::VEX_Vfnmadd213ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmadd213ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfnmadd213ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfnmadd213pd_xmm_xmm_xmmm128,
                Code::VEX_Vfnmadd213pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmadd213pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfnmadd213pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
        [
            [
                Code::VEX_Vfnmadd231ps_xmm_xmm_xmmm128,
                Code::VEX_Vfnmadd231ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmadd231ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfnmadd231ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfnmadd231pd_xmm_xmm_xmmm128,
                Code::VEX_Vfnmadd231pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmadd231pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfnmadd231pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
    ],
    [
        [
            [
                Code::VEX_Vfnmsub132ps_xmm_xmm_xmmm128,
                Code::VEX_Vfnmsub132ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmsub132ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfnmsub132ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfnmsub132pd_xmm_xmm_xmmm128,
                Code::VEX_Vfnmsub132pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmsub132pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfnmsub132pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
        [
            [
                Code::VEX_Vfnmsub213ps_xmm_xmm_xmmm128,
                Code::VEX_Vfnmsub213ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmsub213ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfnmsub213ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfnmsub213pd_xmm_xmm_xmmm128,
                Code::VEX_Vfnmsub213pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmsub213pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfnmsub213pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
        [
            [
                Code::VEX_Vfnmsub231ps_xmm_xmm_xmmm128,
                Code::VEX_Vfnmsub231ps_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmsub231ps_ymm_k1z_ymm_ymmm256b32,
                Code::EVEX_Vfnmsub231ps_zmm_k1z_zmm_zmmm512b32_er,
            ],
            [
                Code::VEX_Vfnmsub231pd_xmm_xmm_xmmm128,
                Code::VEX_Vfnmsub231pd_ymm_ymm_ymmm256,
                Code::EVEX_Vfnmsub231pd_ymm_k1z_ymm_ymmm256b64,
                Code::EVEX_Vfnmsub231pd_zmm_k1z_zmm_zmmm512b64_er,
            ],
        ],
    ],
];
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
