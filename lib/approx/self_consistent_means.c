/*
 * Means that follow from themselves: the equation of Thouless, Anderson and Palmer of one neuron, how much means changed, and
 * whether changing them again is worth while.
 * Source: [AMS21]; derived for 0/1 activities in docs/approximations.md.
 */
#include "approx/plefka.h"
#include "num/special.h"

#include <math.h>

double bni_tap_solve(double *active, double *silent, double y, double d)
{
    /* x = |y| - d tanh(x/2)/2 lies in 0..|y|, where x - |y| + d tanh(x/2)/2 is concave: Newton's steps from 0 do not overshoot. */
    double x = 0, goal = fabs(y);
    for (int k = 0; k < 200 && d != 0; k++) {
        double t = tanh(0.5 * x), step = (goal - x - 0.5 * d * t) / (1 + 0.25 * d * (1 - t * t));
        x += step;
        if (!(fabs(step) > 2e-16 * x))
            break;
    }
    if (d == 0)
        x = goal;
    x = copysign(x, y);
    bni_logistic(x, active, silent, NULL);
    return x;
}

double bni_mean_change(const bni_moments *a, const bni_moments *b, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        int rare = b->active[i] <= b->silent[i];
        double of = rare ? b->active[i] : b->silent[i], was = rare ? a->active[i] : a->silent[i];
        double change = fabs(of - was);
        if (change > 0)
            most = fmax(most, change / fmax(of, was));
    }
    return most;
}

int bni_converge(bni_convergence *c, double change)
{
    enum { SPAN = 8, PATIENCE = 5000 };
    /* Rounding of a mean itself and of its input. */
    const double floor = 4e-15;
    uint64_t k = c->steps++;
    double before = k >= SPAN ? c->past[k % SPAN] : INFINITY;
    c->past[k % SPAN] = change;
    if (change <= floor)
        return BNI_CONVERGED;
    if (k >= SPAN && before > change) {
        double rate = pow(change / before, 1.0 / SPAN);
        if (change * rate / (1 - rate) <= c->tolerance)
            return BNI_CONVERGED;
    }
    if (k == 0 || change < 0.9 * c->least) {
        c->least = change;
        c->least_at = k;
    }
    return k - c->least_at > PATIENCE || isnan(change) ? BNI_STUCK : BNI_GOING;
}
