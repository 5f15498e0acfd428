/*
 * Adaptive integration of many functions at once: Gauss-Kronrod rule of 10 and 21 points on panels of which the worst is halved.
 * Error of a panel: |K - G| reduced as in QUADPACK, e = A min(1, (200 |K - G| / A)^1.5), A = integral of |f - mean f|. What is
 * so narrow that it hides between an end and the node next to it shows in the value at the end: where one is more than twice
 * the other, their difference times the gap is added.
 * Source: Piessens et al., QUADPACK 1983 (rule and error), globally adaptive as QAG.
 */
#include "num/quadrature.h"

#include <math.h>
#include <string.h>

enum { HALF = BNI_NODES / 2 };

static const double node[HALF + 1] = {0.995657163025808080735527280689003, 0.973906528517171720077964012084452,
                                      0.930157491355708226001207180059508, 0.865063366688984510732096688423493,
                                      0.780817726586416897063717578345042, 0.679409568299024406234327365114874,
                                      0.562757134668604683339000099272694, 0.433395394129247190799265943165784,
                                      0.294392862701460198131126603103866, 0.148874338981631210884826001129720, 0};
static const double kronrod[HALF + 1] = {0.011694638867371874278064396062192, 0.032558162307964727478818972459390,
                                         0.054755896574351996031381300244580, 0.075039674810919952767043140916190,
                                         0.093125454583697605535065465083366, 0.109387158802297641899210590325805,
                                         0.123491976262065851077958109585166, 0.134709217311473325928054001771707,
                                         0.142775938577060080797094273138717, 0.147739104901338491374841515972068,
                                         0.149445554002916905664936468389821};
/* of nodes 1, 3, 5, 7, 9 */
static const double gauss[HALF / 2] = {0.066671344308688137593568809893332, 0.149451349150580593145863397657697,
                                       0.219086362515982043995534934228163, 0.269266719309996355091226921569469,
                                       0.295524224714752870173815619188769};

/* Values of two panels at a time, and their nodes. */
static size_t buffer_doubles(size_t dim)
{
    return 2 * BNI_POINTS * (dim + 1);
}

double bni_quadrature_bytes(size_t dim, size_t most)
{
    return (double)(most + 1) * sizeof(bni_panel) + 8.0 * ((double)buffer_doubles(dim) + 2.0 * (double)most * (double)dim);
}

void bni_quadrature_free(bni_quadrature *q)
{
    if (q->panel == NULL && q->memory == NULL)
        return;
    bni_delete(&q->mem, q->panel);
    bni_delete(&q->mem, q->memory);
    q->panel = NULL;
    q->memory = NULL;
}

/* More than twice: by how much. */
static double hidden(double a, double b)
{
    double large = fmax(fabs(a), fabs(b)), small = fmin(fabs(a), fabs(b));
    return fmax(large - 2 * small, 0);
}

/* Rule and error of function k from the values v[BNI_POINTS][dim] in the order -node[0], ..., 0, ..., node[0], ends. */
static void rule(bni_panel *p, const double *v, size_t dim, size_t k)
{
    double K = 0, G = 0, A = 0, half = 0.5 * (p->b - p->a);
    for (size_t j = 0; j < BNI_NODES; j++) {
        size_t from_end = j <= HALF ? j : BNI_NODES - 1 - j;
        K += kronrod[from_end] * v[j * dim + k];
        if (from_end % 2 == 1)
            G += gauss[from_end / 2] * v[j * dim + k];
    }
    for (size_t j = 0; j < BNI_NODES; j++)
        A += kronrod[j <= HALF ? j : BNI_NODES - 1 - j] * fabs(v[j * dim + k] - 0.5 * K);
    double e = fabs(K - G);
    p->integral[k] = half * K;
    double ends = hidden(v[k], v[BNI_NODES * dim + k]) + hidden(v[(BNI_NODES - 1) * dim + k], v[(BNI_NODES + 1) * dim + k]);
    p->error[k] = half * ((A > 0 && e > 0 ? A * fmin(1, pow(200 * e / A, 1.5)) : e) + (1 - node[0]) * ends);
}

/* One or two neighbouring panels. */
static int32_t measure(bni_quadrature *q, bni_panel *p, size_t count)
{
    double *u = q->memory, *v = u + 2 * BNI_POINTS;
    for (size_t k = 0; k < count; k++) {
        double middle = 0.5 * (p[k].a + p[k].b), half = 0.5 * (p[k].b - p[k].a);
        for (size_t j = 0; j < BNI_NODES; j++)
            u[k * BNI_POINTS + j] = j <= HALF ? middle - half * node[j] : middle + half * node[BNI_NODES - 1 - j];
        u[k * BNI_POINTS + BNI_NODES] = p[k].a;
        u[k * BNI_POINTS + BNI_NODES + 1] = p[k].b;
    }
    BNI_TRY(q->values(q->user, v, u, p, count));
    for (size_t k = 0; k < count; k++)
        for (size_t f = 0; f < q->dim; f++)
            rule(&p[k], v + k * BNI_POINTS * q->dim, q->dim, f);
    return BINNET_OK;
}

static void place(bni_quadrature *q, bni_panel *p, size_t slot, double a, double b)
{
    double *at = q->memory + buffer_doubles(q->dim) + 2 * slot * q->dim;
    *p = (bni_panel){.a = a, .b = b, .integral = at, .error = at + q->dim};
}

static void look_again(bni_quadrature *q)
{
    q->look(q->user, q->panel, q->panels);
    for (size_t k = 0; k < q->panels; k++)
        q->panel[k].norm = q->norm(q->user, &q->panel[k]);
}

/* Halves panel k; its slot is used again. */
static int32_t halve(bni_quadrature *q, size_t k)
{
    bni_panel *p = &q->panel[k];
    double a = p->a, b = p->b, middle = 0.5 * (a + b);
    if (!(middle > a && middle < b)) {
        p->norm = 0;
        return BINNET_OK;
    }
    bni_panel old = *p;
    memmove(p + 2, p + 1, (q->panels - k - 1) * sizeof *p);
    place(q, p + 1, q->panels, middle, b);
    *p = (bni_panel){.a = a, .b = middle, .integral = old.integral, .error = old.error};
    q->panels++;
    BNI_TRY(measure(q, p, 2));
    p[0].norm = q->norm(q->user, &p[0]);
    p[1].norm = q->norm(q->user, &p[1]);
    return BINNET_OK;
}

int32_t bni_quadrature_run(binnet_ctx *ctx, bni_quadrature *q, const double *end, size_t ends)
{
    q->mem = ctx->mem;
    q->panels = ends - 1;
    q->panel = bni_new(ctx, q->most + 1, sizeof *q->panel);
    q->memory = bni_new_raw(ctx, buffer_doubles(q->dim) + 2 * q->most * q->dim, sizeof *q->memory);
    if (q->panel == NULL || q->memory == NULL)
        return BINNET_E_NOMEM;
    for (size_t k = 0; k < q->panels; k++)
        place(q, &q->panel[k], k, end[k], end[k + 1]);
    for (size_t k = 0; k < q->panels; k += 2)
        BNI_TRY(measure(q, &q->panel[k], q->panels - k < 2 ? 1 : 2));
    look_again(q);
    for (size_t looked = q->panels; q->panels < q->most;) {
        double sum = 0;
        size_t worst = 0;
        for (size_t k = 0; k < q->panels; k++) {
            sum += q->panel[k].norm;
            worst = q->panel[k].norm > q->panel[worst].norm ? k : worst;
        }
        if (sum <= q->tolerance || !(q->panel[worst].norm > 0))
            break;
        BNI_TRY(halve(q, worst));
        if (q->panels >= 2 * looked) {
            looked = q->panels;
            look_again(q);
        }
    }
    return BINNET_OK;
}
