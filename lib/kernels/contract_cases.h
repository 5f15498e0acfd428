/*
 * bni_contract of an instruction set from its inline function `contract`, whose loops are unrolled for each number of terms and
 * either kind of table.
 */
#ifndef BNI_CONTRACT_CASES_H
#define BNI_CONTRACT_CASES_H

#include "kernels/parts.h"

#define BNI_CONTRACT_CASE(number, wide)                                                                                \
    case 2 * (number) + (wide):                                                                                        \
        contract(u, ldu, x, rows, len, number, table, offset, wide);                                                   \
        return;

#define BNI_DEFINE_CONTRACT(set)                                                                                       \
    void bni_contract_##set(double *u, size_t ldu, const double *x, size_t rows, size_t len, size_t terms,             \
                            const double *table, const uint32_t *offset, int wide)                                     \
    {                                                                                                                  \
        switch (2 * terms + (wide != 0)) {                                                                             \
            BNI_CONTRACT_CASE(1, 0)                                                                                    \
            BNI_CONTRACT_CASE(1, 1)                                                                                    \
            BNI_CONTRACT_CASE(2, 0)                                                                                    \
            BNI_CONTRACT_CASE(2, 1)                                                                                    \
            BNI_CONTRACT_CASE(4, 0)                                                                                    \
            BNI_CONTRACT_CASE(4, 1)                                                                                    \
        default:                                                                                                       \
            return;                                                                                                    \
        }                                                                                                              \
    }

#endif
