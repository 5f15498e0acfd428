/*
 * libbinnet: the exact mathematics of small networks of binary neurons.
 *
 * This is the one header to include; the headers it includes may be split or
 * joined between releases.
 *
 * Conventions, everywhere
 *   state    uint64_t; bit i (least significant = neuron 0) is the activity of neuron i, 1 = active
 *   J        row-major, J[i*n + j] is the weight from neuron j (presynaptic) to neuron i (postsynaptic)
 *   drive    h_i(A) = (1/M_i) sum_j J_ij A_j + I_i - theta_i
 *   update   A_i' = 1 iff h_i(A) + sigma_i B_i >= 0, B_i the noise; the tie rule decides at exactly 0
 *   matrix   P[s*S + t] = Pr(t next | s now), S = 2^n; laws are row vectors, pi P = pi
 *
 * Every function that can fail returns BINNET_OK or a code, and leaves one line
 * of detail in the ctx. On failure outputs stay as they were, but for codes of
 * the 300s (base.h); an object that was not made is NULL. Arrays may not overlap unless said.
 */
#ifndef BINNET_BINNET_H
#define BINNET_BINNET_H

#include "base.h"
#include "version.h"
#include "ctx.h"
#include "net.h"
#include "noise.h"
#include "chain.h"
#include "law.h"
#include "passage.h"
#include "transients.h"
#include "lumped.h"
#include "correlations.h"
#include "response.h"
#include "spectrum.h"
#include "potentials.h"
#include "information.h"
#include "attractors.h"
#include "ensemble.h"
#include "ensemble_stats.h"
#include "fixed_points.h"
#include "diagram.h"
#include "regions.h"
#include "order.h"
#include "storage.h"
#include "mean_field.h"
#include "linear_noise.h"
#include "permanent.h"
#include "plefka.h"
#include "simulate.h"
#include "compare.h"

#endif
