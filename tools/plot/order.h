/* Densities and distribution functions of order statistics as a picture. */
#ifndef TOOL_PLOT_ORDER_H
#define TOOL_PLOT_ORDER_H

#include "settings/options.h"

int order_plot(const options *o, binnet_ctx *ctx, const binnet_order *order, const size_t *rank, size_t ranks,
               failure *why);

#endif
