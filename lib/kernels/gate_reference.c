/*
 * One neuron's update on pairs of states that differ in it, portable.
 * (x0, x1) -> (x0 q0 + x1 q1, x0 p0 + x1 p1).   Source: THEORY 3, asynchronous.
 */
#include "kernels/parts.h"

void bni_gate_add_reference(double *y0, double *y1, const double *x0, const double *x1, const double *p0,
                            const double *q0, const double *p1, const double *q1, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        double a = x0[k], b = x1[k];
        y0[k] += a * q0[k] + b * q1[k];
        y1[k] += a * p0[k] + b * p1[k];
    }
}

void bni_gate_set_reference(double *x0, double *x1, const double *p0, const double *q0, const double *p1,
                            const double *q1, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        double a = x0[k], b = x1[k];
        x0[k] = a * q0[k] + b * q1[k];
        x1[k] = a * p0[k] + b * p1[k];
    }
}

void bni_gate_row_add_reference(double *y, const double *x, const double *p0, const double *q0, const double *p1,
                                const double *q1, size_t n, int bit)
{
    size_t run = (size_t)1 << bit;
    for (size_t at = 0, pair = 0; at < n; at += 2 * run, pair += run)
        bni_gate_add_reference(y + at, y + at + run, x + at, x + at + run, p0 + pair, q0 + pair, p1 + pair, q1 + pair,
                               run);
}

void bni_gate_row_set_reference(double *x, const double *p0, const double *q0, const double *p1, const double *q1,
                                size_t n, int bit)
{
    size_t run = (size_t)1 << bit;
    for (size_t at = 0, pair = 0; at < n; at += 2 * run, pair += run)
        bni_gate_set_reference(x + at, x + at + run, p0 + pair, q0 + pair, p1 + pair, q1 + pair, run);
}

void bni_shift_scale_reference(double *z, const double *base, double shift, double factor, size_t n)
{
    for (size_t k = 0; k < n; k++)
        z[k] = (base[k] + shift) * factor;
}

void bni_gate_odds_add_reference(double *y0, double *y1, const double *x0, const double *x1, const double *e, double f0,
                                 double f1, size_t n, double s)
{
    for (size_t k = 0; k < n; k++) {
        double w0 = e[k] * f0, w1 = e[k] * f1, p0 = s / (1 + w0), p1 = f0 == f1 ? p0 : s / (1 + w1);
        y0[k] += x0[k] * (w0 * p0) + x1[k] * (w1 * p1);
        y1[k] += x0[k] * p0 + x1[k] * p1;
    }
}

void bni_gate_row_odds_add_reference(double *y, const double *x, const double *e, double f0, double f1, size_t n,
                                     int bit, double s)
{
    size_t run = (size_t)1 << bit;
    for (size_t at = 0, pair = 0; at < n; at += 2 * run, pair += run)
        bni_gate_odds_add_reference(y + at, y + at + run, x + at, x + at + run, e + pair, f0, f1, run, s);
}
