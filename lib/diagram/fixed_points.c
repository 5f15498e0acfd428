/*
 * All fixed points over all stimuli: state A for I in prod_a [max_{active i in a} c_i(A), min_{inactive i in a}
 * c_i(A)).
 *
 * Branch and bound over the upper bits of the state: the c_i lie within intervals while lower bits are open, and a
 * branch ends when in some group an active neuron must lie above an inactive one. Blocks of 256 states that are
 * left go through the sieve (float, with a margin for rounding), and its few survivors are decided with the exact
 * threshold currents. Neurons with fixed stimuli are a group of their own, with currents relative to the stimulus
 * and 0 as a bound on both sides.
 * Source: [FCP18]; THEORY 2.
 */
#include "diagram/diagram.h"
#include "kernels/kernels.h"

#include <string.h>

enum {
    LOW = 8, /* bits of a block, 2^LOW = BNI_SIEVE */
    LEAST_NEURONS = LOW + 1,
    FOUND = 4096, /* candidates a worker can hold */
    MOST_HIGH = BINNET_MAX_NEURONS - LOW,
    ROUND = 1 << 11, /* nodes and blocks a worker visits between two polls, about */
    DOUBLES = 64     /* neurons in rows of doubles */
};

typedef struct plan {
    const bni_stimulated *p;
    const bni_dynamics_kernels *kern;
    size_t n, high, groups;
    size_t group[BINNET_MAX_NEURONS];
    double edge[BINNET_MAX_AXES + 1];   /* bound on both sides of a group: infinite, or 0 for fixed stimuli */
    double margin[BINNET_MAX_AXES + 1]; /* an active neuron is above an inactive one when it is by more than this */
    float thin[BINNET_MAX_AXES + 1];    /* the same in the sieve */
    double start[DOUBLES];              /* c_i of the state 0 */
    double step[BINNET_MAX_NEURONS][DOUBLES];                               /* what bit b adds to c_i */
    double least[MOST_HIGH + 1][DOUBLES], greatest[MOST_HIGH + 1][DOUBLES]; /* what bits below the upper d add */
    float (*row)[BNI_SIEVE]; /* [n + 2 LOW]: what the low bits add; for the low neurons those active, those inactive */
    uint64_t blocks;
    size_t workers;
    struct part *part;
} plan;

/* The share of a worker in a round. */
typedef struct part {
    uint64_t from, to; /* blocks; `from` moves on */
    double steps, most_steps;
    size_t found;
    uint64_t candidate[FOUND];
    double sum[MOST_HIGH + 1][DOUBLES]; /* c_i with the upper d bits alone */
} part;

double bni_diagram_fixed_bytes(size_t n, size_t axes, int threads)
{
    (void)axes;
    if (n < LEAST_NEURONS)
        return 0;
    double rows = (double)(n + 2 * LOW) * sizeof(float[BNI_SIEVE]);
    return (double)sizeof(plan) + rows + threads * (double)sizeof(part) + bni_team_bytes(threads);
}

/* The box of a state; 0 when it is empty. */
static int box_of(const bni_stimulated *p, uint64_t state, bni_cut (*side)[2])
{
    for (size_t a = 0; a < p->axes; a++) {
        side[a][0] = bni_cut_lowest();
        side[a][1] = bni_cut_highest();
    }
    for (size_t i = 0; i < p->n; i++) {
        int active = (int)(state >> i & 1);
        if (p->axis[i] < 0) {
            if (bni_next_fixed(p, i, state) != active)
                return 0;
            continue;
        }
        bni_cut c = bni_current_cut(p, i, state), *s = side[p->axis[i]];
        if (active && bni_cut_less(s[0], c))
            s[0] = c;
        if (!active && bni_cut_less(c, s[1]))
            s[1] = c;
        if (!bni_cut_less(s[0], s[1]))
            return 0;
    }
    return 1;
}

static int32_t decide_state(binnet_ctx *ctx, binnet_diagram *d, const bni_stimulated *p, uint64_t state)
{
    bni_cut side[BINNET_MAX_AXES][2];
    return box_of(p, state, side) ? bni_diagram_add_fixed(ctx, d, state, NULL, (const bni_cut(*)[2])side) : BINNET_OK;
}

/* Few neurons: one state after the other. */
static int32_t all_states(binnet_ctx *ctx, binnet_diagram *d, bni_stimulated *p)
{
    for (uint64_t s = 0; s < UINT64_C(1) << p->n; s++) {
        if (p->steps >= p->most_steps)
            return BINNET_OK;
        p->steps++;
        BNI_TRY(decide_state(ctx, d, p, s));
        BNI_TRY(bni_poll(ctx, (double)s / ldexp(1, (int)p->n)));
    }
    d->fixed_complete = 1;
    return BINNET_OK;
}

/* --- the plan --- */

static void make_groups(plan *g)
{
    const bni_stimulated *p = g->p;
    g->groups = p->axes + 1;
    for (size_t a = 0; a < p->axes; a++)
        g->edge[a] = INFINITY;
    for (size_t i = 0; i < g->n; i++)
        g->group[i] = p->axis[i] < 0 ? p->axes : (size_t)p->axis[i];
}

/* Currents and steps, all divided by `unit`, a power of two above every current. */
static void make_currents(plan *g, double unit)
{
    const bni_stimulated *p = g->p;
    size_t n = g->n;
    for (size_t i = 0; i < n; i++) {
        g->start[i] = (p->theta[i] - (p->axis[i] < 0 ? p->I[i] : 0)) / unit;
        for (size_t b = 0; b < n; b++)
            g->step[b][i] = -(p->w[i * n + b] / p->m[i]) / unit;
        for (size_t d = 0; d <= g->high; d++) {
            double least = 0, greatest = 0;
            for (size_t b = 0; b < n - d; b++) {
                least += g->step[b][i] < 0 ? g->step[b][i] : 0;
                greatest += g->step[b][i] > 0 ? g->step[b][i] : 0;
            }
            g->least[d][i] = least;
            g->greatest[d][i] = greatest;
        }
    }
}

/* Currents are known within some n 2^-53, and in the sieve within 4 2^-24, of 1; where all are multiples of a grid that
 * is not lost in rounding, equal ones may be told from others: they leave no box unless the tie rule keeps states. */
static void make_margins(plan *g, double unit)
{
    double grid = g->p->arithmetic == BNI_GRID && g->p->grid / unit > 0x1p-50 ? g->p->grid / unit : 0;
    int strict = g->p->tie != BINNET_TIE_KEEP;
    for (size_t a = 0; a < g->groups; a++) {
        int axis = a < g->p->axes;
        g->margin[a] = grid == 0 || !axis ? 0x1p-44 : strict ? -grid / 2 : grid / 2;
        g->thin[a] = grid < 0x1p-22 || !axis ? 0x1p-19F : (float)(strict ? -grid / 2 : grid / 2);
    }
}

static void make_sum_rows(plan *g)
{
    for (size_t i = 0; i < g->n; i++)
        for (size_t s = 0; s < BNI_SIEVE; s++) {
            double sum = 0;
            for (size_t b = 0; b < LOW; b++)
                sum += s >> b & 1 ? g->step[b][i] : 0;
            g->row[i][s] = (float)sum;
            if (i >= LOW)
                continue;
            g->row[g->n + 2 * i][s] = s >> i & 1 ? (float)sum : -INFINITY;
            g->row[g->n + 2 * i + 1][s] = s >> i & 1 ? INFINITY : (float)sum;
        }
}

static void plan_sieve(plan *g)
{
    const bni_stimulated *p = g->p;
    double reach = 0;
    for (size_t i = 0; i < p->n; i++)
        reach = fmax(reach, p->scale[i] + (p->axis[i] < 0 ? fabs(p->I[i]) : 0));
    int e;
    frexp(reach, &e);
    double unit = ldexp(1, e);
    make_groups(g);
    make_currents(g, unit);
    make_margins(g, unit);
    make_sum_rows(g);
}

/* --- one worker --- */

/* With the upper d bits of block h: can the active neurons lie below the inactive ones? */
static int possible(const plan *g, const part *w, uint64_t h, size_t d)
{
    double up[BINNET_MAX_AXES + 1], down[BINNET_MAX_AXES + 1];
    for (size_t a = 0; a < g->groups; a++) {
        up[a] = -g->edge[a];
        down[a] = g->edge[a];
    }
    uint64_t state = h << LOW;
    for (size_t i = g->n - d; i < g->n; i++) {
        size_t a = g->group[i];
        double c = w->sum[d][i];
        double low = c + g->least[d][i], high = c + g->greatest[d][i];
        if (state >> i & 1)
            up[a] = low > up[a] ? low : up[a];
        else
            down[a] = high < down[a] ? high : down[a];
    }
    for (size_t a = 0; a < g->groups; a++)
        if (up[a] > down[a] + g->margin[a])
            return 0;
    return 1;
}

/* Sums of the upper d + 1 bits from those of the upper d. */
static void add_bit(const plan *g, part *w, uint64_t h, size_t d)
{
    size_t b = g->n - 1 - d;
    double on = (double)(h >> (b - LOW) & 1);
    for (size_t i = 0; i < g->n; i++)
        w->sum[d + 1][i] = w->sum[d][i] + on * g->step[b][i];
}

static void sieve_block(const plan *g, part *w, uint64_t h)
{
    uint32_t alive[BNI_SIEVE / 32];
    const float *up[BINNET_MAX_NEURONS], *down[BINNET_MAX_NEURONS];
    float up_add[BINNET_MAX_NEURONS], down_add[BINNET_MAX_NEURONS];
    memset(alive, 0xFF, sizeof alive);
    for (size_t a = 0; a < g->groups; a++) {
        size_t n_up = 0, n_down = 0;
        for (size_t i = g->n; i-- > 0;) {
            if (g->group[i] != a)
                continue;
            float c = (float)w->sum[g->high][i];
            if (i < LOW || h >> (i - LOW) & 1) {
                up[n_up] = g->row[i < LOW ? g->n + 2 * i : i];
                up_add[n_up++] = c;
            }
            if (i < LOW || !(h >> (i - LOW) & 1)) {
                down[n_down] = g->row[i < LOW ? g->n + 2 * i + 1 : i];
                down_add[n_down++] = c + g->thin[a];
            }
        }
        float edge = (float)g->edge[a];
        if (!g->kern->sieve(alive, up, up_add, n_up, down, down_add, n_down, -edge, edge + g->thin[a]))
            return;
    }
    for (size_t k = 0; k < BNI_SIEVE; k++)
        if (alive[k / 32] >> (k % 32) & 1)
            w->candidate[w->found++] = h << LOW | k;
}

/* Depth down to which the sums of a block before h are those of h: the first that is not is where the lowest
 * 1 of h is. */
static size_t common_depth(const plan *g, uint64_t h)
{
    size_t depth = g->high - 1;
    while ((h & 1) == 0) {
        h >>= 1;
        depth--;
    }
    return depth;
}

/* Blocks from .. to - 1 of the part, until its candidates are full or its steps are done. A node counts as a step
 * where its first block is, so that the count does not depend on how the blocks are shared. */
static void search_part(const plan *g, part *w)
{
    size_t depth = 0;
    memcpy(w->sum[0], g->start, sizeof g->start);
    while (w->from < w->to && w->found + BNI_SIEVE <= FOUND) {
        uint64_t h = w->from;
        int open = 1;
        while (open && depth < g->high) {
            add_bit(g, w, h, depth++);
            uint64_t size = UINT64_C(1) << (g->high - depth);
            if ((h & (size - 1)) == 0 && ++w->steps > w->most_steps)
                return;
            if (!possible(g, w, h, depth)) {
                open = 0;
                w->from = (h | (size - 1)) + 1;
            }
        }
        if (open) {
            if (++w->steps > w->most_steps)
                return;
            sieve_block(g, w, h);
            w->from = h + 1;
        }
        if (w->from < w->to)
            depth = common_depth(g, w->from);
    }
}

static void sieve_blocks(void *arg, int worker, int workers)
{
    plan *g = arg;
    (void)workers;
    search_part(g, &g->part[worker]);
}

/* --- rounds --- */

/* Give each worker its share of blocks from .. to - 1. */
static void share_blocks(plan *g, uint64_t from, uint64_t to, double most_steps)
{
    for (size_t k = 0; k < g->workers; k++) {
        part *w = &g->part[k];
        bni_share(to - from, 1, (int)k, (int)g->workers, &w->from, &w->to);
        w->from += from;
        w->to += from;
        w->steps = 0;
        w->most_steps = most_steps;
        w->found = 0;
    }
}

/* Decide the candidates of a part, and go on where it was full. */
static int32_t finish_part(binnet_ctx *ctx, binnet_diagram *d, plan *g, part *w, double done)
{
    for (;;) {
        for (size_t k = 0; k < w->found; k++) {
            BNI_TRY(decide_state(ctx, d, g->p, w->candidate[k]));
            if (k % 64 == 0)
                BNI_TRY(bni_poll(ctx, done));
        }
        w->found = 0;
        if (w->from >= w->to || w->steps > w->most_steps)
            return BINNET_OK;
        search_part(g, w);
    }
}

static int32_t rounds(binnet_ctx *ctx, binnet_diagram *d, plan *g, bni_team *team, bni_stimulated *p)
{
    uint64_t span = g->workers;
    double enough = ROUND * (double)g->workers;
    for (uint64_t from = 0, to; from < g->blocks; from = to) {
        double steps = 0, done = (double)from / (double)g->blocks;
        to = g->blocks - from < span ? g->blocks : from + span;
        share_blocks(g, from, to, p->most_steps - p->steps);
        bni_team_run(team, sieve_blocks, g);
        for (size_t k = 0; k < g->workers; k++) {
            BNI_TRY(finish_part(ctx, d, g, &g->part[k], done));
            steps += g->part[k].steps;
        }
        p->steps += steps;
        if (p->steps > p->most_steps)
            return BINNET_OK;
        BNI_TRY(bni_poll(ctx, (double)to / (double)g->blocks));
        if (steps < enough && span <= g->blocks / 2)
            span *= 2;
        else if (steps > 2 * enough && span > g->workers)
            span /= 2;
    }
    d->fixed_complete = 1;
    return BINNET_OK;
}

int32_t bni_diagram_all_fixed(binnet_ctx *ctx, binnet_diagram *d, bni_stimulated *p)
{
    if (p->n < LEAST_NEURONS)
        return all_states(ctx, d, p);
    bni_team *team = NULL;
    /* within a work limit one worker goes from block to block, so that it stops at the same one for any number */
    size_t workers = p->most_steps < INFINITY ? 1 : (size_t)ctx->threads;
    plan *g = bni_new(ctx, 1, sizeof *g);
    if (g == NULL)
        return BINNET_E_NOMEM;
    g->p = p;
    g->kern = bni_kernels_get()->dynamics;
    g->n = p->n;
    g->high = p->n - LOW;
    g->blocks = UINT64_C(1) << g->high;
    g->workers = workers;
    g->row = bni_new_raw(ctx, p->n + 2 * LOW, sizeof *g->row);
    g->part = bni_new(ctx, workers, sizeof *g->part);
    int32_t status = g->row != NULL && g->part != NULL ? BINNET_OK : BINNET_E_NOMEM;
    if (status == BINNET_OK)
        status = bni_team_new(ctx, &team, (int)workers);
    if (status == BINNET_OK) {
        plan_sieve(g);
        status = rounds(ctx, d, g, team, p);
    }
    bni_team_free(team);
    bni_delete(&ctx->mem, g->row);
    bni_delete(&ctx->mem, g->part);
    bni_delete(&ctx->mem, g);
    return status;
}
