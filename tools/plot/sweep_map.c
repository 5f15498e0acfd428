#include "sweep/sweep.h"
int plot_sweep_map(const sweep *s, failure *why){(void)s;(void)why;return 0;}
