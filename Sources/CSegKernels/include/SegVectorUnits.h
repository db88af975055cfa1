// What a processor's vector units start in a cycle.
#ifndef SEGPLAY_VECTOR_UNITS_H
#define SEGPLAY_VECTOR_UNITS_H

#include <stdint.h>

// Products of 512 bits that are started in a cycle: two, or one where halves are multiplied one after the other (AMD's fourth generation).
int32_t seg_wide_products(void);

// Whether the processor has the instructions of the kernels for bytes that work in registers of 32 bytes.
int32_t seg_has_narrow_products(void);

// Whether it has those in which the same instruction multiplies and sums up there (AVX-VNNI).
int32_t seg_has_fused_products(void);

#endif
