/*
 * Eigenvalues of largest modulus by Krylov-Schur, for the right modes and for the left ones, and the pairing of the two.
 *
 * V holds orthonormal vectors, A V_m = V_m H + v_m b: when there are `most`, the part of H that is not locked is brought to
 * Schur form in falling order, its leading part is kept, and what has converged is locked. One run from one start finds one
 * vector of each eigenvalue; so runs from new random starts, orthogonal to what is locked, follow until one finds nothing
 * larger than the last value wanted: several equal eigenvalues are found several times.
 * Right and left modes come from the eigenvectors of H in either subspace, and are paired by their values.
 * Source: Stewart, SIAM J. Matrix Anal. Appl. 23 (2001) 601; Saad 2011, ch. 6.
 */
#include "stationary/spectrum.h"
#include "num/dense.h"
#include "num/random.h"

#include <math.h>
#include <string.h>

/* Vectors beside those wanted; between looks before the first restart; that are free for a run that verifies. */
enum { GUARDS = 3, FIRST_LOOK = 16, NEXT_LOOK = 8, ROOM = 12, TILE = 2048, BETWEEN_POLLS = 1 << 16 };

typedef struct krylov {
    const bni_operator *o;
    int left;
    size_t S, most;        /* vectors in V before a restart */
    size_t locked, size;   /* of V; V[size] is the next one */
    double *V;             /* [most + 1][S] */
    double *H;             /* [most + 1][most]: V_i' A V_c */
    double *T, *Z;         /* [most][most] */
    double *re, *im, *row; /* [most] */
    double *coefficient;   /* [most + 1] */
    double *tile;          /* [most][TILE] */
    unsigned char *chosen; /* [most] */
    double *other;         /* [rows][most]: scratch of pairing */
    size_t rows;
    uint64_t steps, runs;
    double progress;
} krylov;

/* --- vectors --- */

/* C x, in place; returns the mean. */
static double centre_vector(double *x, size_t n)
{
    double part[2] = {0}, mean;
    for (size_t k = 0; k < n; k++)
        part[k & 1] += x[k];
    mean = (part[0] + part[1]) / (double)n;
    for (size_t k = 0; k < n; k++)
        x[k] -= mean;
    return mean;
}

/* w loses its part along the first `count` vectors, which is added to coefficient. */
static int32_t subtract_projection(binnet_ctx *ctx, krylov *k, double *w, size_t count)
{
    double *c = k->row; /* free between restarts */
    memset(c, 0, count * sizeof *c);
    for (int pass = 0; pass < 2; pass++)
        for (size_t from = 0; from < k->S; from += TILE) {
            size_t n = k->S - from < TILE ? k->S - from : TILE;
            for (size_t i = 0; i < count; i++) {
                const double *v = k->V + i * k->S + from;
                if (pass == 0)
                    c[i] += bni_dot(v, w + from, n);
                else
                    for (size_t s = 0; s < n; s++)
                        w[from + s] -= c[i] * v[s];
            }
            BNI_TRY(bni_poll(ctx, k->progress));
        }
    for (size_t i = 0; i < count; i++)
        k->coefficient[i] += c[i];
    return BINNET_OK;
}

/* Again where much of w went, which leaves it orthogonal to rounding; *before, *after: its sizes. */
static int32_t orthogonalise(binnet_ctx *ctx, krylov *k, double *w, size_t count, double *before, double *after)
{
    double mean = centre_vector(w, k->S);
    *before = sqrt(bni_dot(w, w, k->S));
    if (*before < 1e-8 * fabs(mean)) { /* it was constant but for rounding, and of rounding a constant is left */
        centre_vector(w, k->S);
        *before = sqrt(bni_dot(w, w, k->S));
    }
    memset(k->coefficient, 0, (k->most + 1) * sizeof *k->coefficient);
    BNI_TRY(subtract_projection(ctx, k, w, count));
    *after = sqrt(bni_dot(w, w, k->S));
    if (*after < 0.5 * *before) {
        BNI_TRY(subtract_projection(ctx, k, w, count));
        centre_vector(w, k->S);
        *after = sqrt(bni_dot(w, w, k->S));
    }
    return bni_poll(ctx, k->progress);
}

static void divide_vector(double *w, double by, size_t n)
{
    for (size_t s = 0; s < n; s++)
        w[s] /= by;
}

/* A random vector orthogonal to what is locked becomes V[locked]; *some = 0 when there is none. */
static int32_t start_run(binnet_ctx *ctx, krylov *k, int *some)
{
    bni_random r;
    double *w = k->V + k->locked * k->S, before, after;
    bni_random_start(&r, (uint64_t)ctx->seed, BNI_RANDOM_MODE, (uint64_t)k->left, k->runs++, 0);
    for (size_t s = 0; s < k->S; s++) {
        w[s] = 2 * bni_random_unit(&r) - 1;
        if (s % BETWEEN_POLLS == 0)
            BNI_TRY(bni_poll(ctx, k->progress));
    }
    k->size = k->locked;
    *some = k->locked + 1 < k->S;
    if (!*some)
        return BINNET_OK;
    BNI_TRY(orthogonalise(ctx, k, w, k->locked, &before, &after));
    divide_vector(w, after, k->S);
    memset(k->H + k->locked * k->most, 0, k->most * sizeof *k->H); /* no residual yet */
    return BINNET_OK;
}

/* Steps until V holds `size` vectors; *closed: an invariant subspace was met. */
static int32_t expand_basis(binnet_ctx *ctx, krylov *k, size_t size, int *closed)
{
    *closed = 0;
    while (k->size < size && !*closed) {
        double before, after, *w = k->V + (k->size + 1) * k->S;
        BNI_TRY(bni_operator_apply(ctx, k->o, w, k->V + k->size * k->S, k->left));
        k->steps++;
        BNI_TRY(orthogonalise(ctx, k, w, k->size + 1, &before, &after));
        for (size_t i = 0; i <= k->size; i++)
            k->H[i * k->most + k->size] = k->coefficient[i];
        *closed = !(after > 1e-14 * fmax(before, 1e-3)) || k->size + 2 >= k->S;
        double *next = k->H + (k->size + 1) * k->most;
        memset(next, 0, k->most * sizeof *next);
        next[k->size++] = *closed ? 0 : after;
        if (!*closed)
            divide_vector(w, after, k->S);
    }
    return BINNET_OK;
}

/* --- Schur form --- */

static double modulus(const krylov *k, size_t i)
{
    return hypot(k->re[i], k->im[i]);
}

/* Larger first; of one size the greater real part; real ones are told apart as far as they can be: near 1 their distances from it
 * are what is asked for. */
static int precedes(const krylov *k, size_t i, size_t j)
{
    double a = modulus(k, i), b = modulus(k, j), near = 1e-10 * fmax(a, b);
    if (fabs(a - b) > near)
        return a > b;
    if (fabs(k->re[i] - k->re[j]) > near)
        return k->re[i] > k->re[j];
    return k->im[i] == 0 && k->im[j] == 0 && k->re[i] > k->re[j];
}

/* T[n][n], Z in the order of falling moduli, as far as the first `count`. */
static int32_t sort_schur(binnet_ctx *ctx, krylov *k, size_t n, size_t count)
{
    for (size_t at = 0; at < count && at < n;) {
        size_t best = at, moved;
        for (size_t i = at; i < n; i++)
            if (k->im[i] >= 0 && precedes(k, i, best))
                best = i;
        if (best != at) {
            memset(k->chosen, 0, n);
            memset(k->chosen, 1, at);
            k->chosen[best] = 1;
            int32_t status = bni_schur_reorder(ctx, k->T, k->Z, k->re, k->im, &moved, NULL, NULL, k->chosen, n);
            if (status != BINNET_OK && status != BINNET_E_NOCONV) /* as near as that the order does not matter */
                return status;
        }
        at += k->im[at] != 0 ? 2 : 1;
    }
    return BINNET_OK;
}

/* V[from ..] becomes its first `keep` combinations by the columns of Z[n][n]. */
static int32_t rotate_basis(binnet_ctx *ctx, krylov *k, size_t from, size_t n, size_t keep)
{
    double *V = k->V + from * k->S;
    for (size_t s = 0; s < k->S; s += TILE) {
        size_t width = k->S - s < TILE ? k->S - s : TILE;
        for (size_t i = 0; i < n; i++)
            memcpy(k->tile + i * width, V + i * k->S + s, width * sizeof *V);
        bni_progress whole = bni_progress_push(ctx);
        double at = whole.from + (whole.to - whole.from) * k->progress;
        bni_span(ctx, at, at);
        BNI_TRY(bni_dense_product(ctx, V + s, k->S, k->Z, n, k->tile, width, keep, width, n, BNI_A_TRANSPOSED));
        bni_progress_pop(ctx, whole);
    }
    return BINNET_OK;
}

/* Of the vectors from .. size - 1: Schur form in falling order, the row b of the residual in k->row. */
static int32_t find_schur_form(binnet_ctx *ctx, krylov *k, size_t from, size_t sorted)
{
    size_t n = k->size - from, m = k->most;
    for (size_t i = 0; i < n; i++)
        memcpy(k->T + i * n, k->H + (from + i) * m + from, n * sizeof *k->T);
    BNI_TRY(bni_schur(ctx, k->T, k->Z, k->re, k->im, n));
    BNI_TRY(sort_schur(ctx, k, n, sorted));
    const double *b = k->H + k->size * m + from;
    for (size_t c = 0; c < n; c++) {
        k->row[c] = 0;
        for (size_t i = 0; i < n; i++)
            k->row[c] += b[i] * k->Z[i * n + c];
    }
    return BINNET_OK;
}

static int pair_begins(const krylov *k, size_t i)
{
    return k->im[i] != 0;
}

/* Length of the residual of the eigenvalue(s) at i. */
static double residual_at(const krylov *k, size_t i)
{
    return pair_begins(k, i) ? hypot(k->row[i], k->row[i + 1]) : fabs(k->row[i]);
}

/* Keeps `keep` of the n Schur vectors after `from`, the first `done` of them locked; V[from + keep] is the residual. */
static int32_t restart_basis(binnet_ctx *ctx, krylov *k, size_t from, size_t keep, size_t done)
{
    size_t n = k->size - from, m = k->most;
    for (size_t i = 0; i < from; i++) { /* what the locked ones have of it */
        double *h = k->H + i * m + from;
        for (size_t c = 0; c < keep; c++) {
            k->coefficient[c] = 0;
            for (size_t l = 0; l < n; l++)
                k->coefficient[c] += h[l] * k->Z[l * n + c];
        }
        memcpy(h, k->coefficient, keep * sizeof *h);
    }
    BNI_TRY(rotate_basis(ctx, k, from, n, keep));
    if (keep < n)
        BNI_TRY(bni_copy_bytes(ctx, k->V + (from + keep) * k->S, k->V + k->size * k->S, k->S, sizeof *k->V));
    for (size_t i = 0; i < keep; i++) {
        memset(k->H + (from + i) * m, 0, from * sizeof *k->H);
        memcpy(k->H + (from + i) * m + from, k->T + i * n, keep * sizeof *k->H);
    }
    double *b = k->H + (from + keep) * m;
    memset(b, 0, m * sizeof *b);
    for (size_t c = done; c < keep; c++)
        b[from + c] = k->row[c];
    k->size = from + keep;
    k->locked = from + done;
    return BINNET_OK;
}

/* --- runs --- */

/* Residuals below this, beside A itself, are rounding. */
static const double settled = 4e-15;

/* How many of the leading n eigenvalues have converged; *larger: one above the limit has; *below: what has not, or one that has,
 * is not above it. */
static size_t count_converged(const krylov *k, size_t n, int closed, double limit, int *larger, int *below)
{
    size_t done = 0;
    *below = 0;
    while (done < n && (closed || residual_at(k, done) <= fmax(settled, 0x1p-52 * modulus(k, done)))) {
        int above = modulus(k, done) > limit + 1e-9 * fabs(1 - limit) + 2e-14;
        *larger |= above;
        *below |= !above;
        done += pair_begins(k, done) ? 2 : 1;
    }
    if (done < n && residual_at(k, done) <= 1e-6 * limit && modulus(k, done) + 100 * residual_at(k, done) < limit)
        *below = 1;
    return done;
}

/* One run. limit: ends when what it has not yet found is certainly not larger; 0: when `wanted` are locked. *larger: whether it
 * locked something above the limit. */
static int32_t one_run(binnet_ctx *ctx, krylov *k, size_t wanted, double limit, int *larger)
{
    int some, closed, below, first = 1;
    *larger = 0;
    BNI_TRY(start_run(ctx, k, &some));
    while (some) {
        size_t from = k->locked, left = wanted > from ? wanted - from : 1;
        /* before the first restart it is looked at now and then whether that is enough already */
        size_t look = k->size == from ? from + FIRST_LOOK + (limit > 0 ? 0 : left) : k->size + NEXT_LOOK;
        BNI_TRY(expand_basis(ctx, k, first && look < k->most ? look : k->most, &closed));
        size_t n = k->size - from, keep = closed ? n : left + (n - left) / 2;
        keep = keep < n || closed ? keep : n - 1;
        BNI_TRY(find_schur_form(ctx, k, from, closed ? n : keep + 1));
        size_t done = count_converged(k, n, closed, limit, larger, &below);
        int enough = closed || below || from + done >= (limit > 0 ? k->most - ROOM : wanted);
        if (!enough && k->size < k->most)
            continue;
        first = 0;
        if (!enough && k->steps >= (uint64_t)ctx->max_iterations)
            return bni_fail(ctx, BINNET_E_NOCONV, "after %llu steps %zu of %zu eigenvalues are found, the next to %.3g",
                            (unsigned long long)k->steps, from + done, wanted, residual_at(k, done));
        keep = keep < done ? done : keep;
        if (keep > 0 && keep < n && k->T[keep * n + keep - 1] != 0)
            keep += keep + 1 < n || closed ? 1 : (size_t)-1;
        keep = keep < done ? done : keep;
        BNI_TRY(restart_basis(ctx, k, from, keep, done));
        if (enough)
            return BINNET_OK;
        BNI_TRY(bni_poll(ctx, k->progress));
    }
    return BINNET_OK;
}

/* Locked vectors: the `most` of largest modulus in falling order, a pair whole; *least: the modulus of the last one wanted. */
static int32_t prune_locked(binnet_ctx *ctx, krylov *k, size_t most, size_t wanted, double *least)
{
    k->size = k->locked;
    memset(k->H + k->size * k->most, 0, k->most * sizeof *k->H);
    BNI_TRY(find_schur_form(ctx, k, 0, k->size));
    size_t n = k->size, keep = most < n ? most : n;
    keep += keep < n && k->T[keep * n + keep - 1] != 0;
    *least = keep > 0 ? modulus(k, (wanted < keep ? wanted : keep) - 1) : 0;
    return restart_basis(ctx, k, 0, keep, keep);
}

/* The first `most` eigenvalues of some starts, among them the first `wanted` of all: V[0 .. locked - 1], H. */
static int32_t find_subspace(binnet_ctx *ctx, krylov *k, size_t most, size_t wanted)
{
    double least = 0;
    int larger = 1;
    k->locked = k->size = 0;
    while (k->locked < most && k->locked + 1 < k->S)
        BNI_TRY(one_run(ctx, k, most, 0, &larger));
    k->progress = 0.5;
    for (larger = 1; larger;) {
        BNI_TRY(prune_locked(ctx, k, most, wanted, &least));
        if (k->locked + 1 >= k->S || !(least > 0))
            break;
        BNI_TRY(one_run(ctx, k, most, least, &larger));
    }
    return prune_locked(ctx, k, most, wanted, &least);
}

/* --- right and left --- */

static void list_krylov(bni_plan *plan, void *object)
{
    krylov *k = object;
    double m = (double)k->most;
    BNI_BUFFER(plan, k->V, (m + 1) * (double)k->S);
    BNI_ZEROS(plan, k->H, (m + 1) * m);
    BNI_BUFFER(plan, k->T, m * m);
    BNI_BUFFER(plan, k->Z, m * m);
    BNI_BUFFER(plan, k->re, m);
    BNI_BUFFER(plan, k->im, m);
    BNI_BUFFER(plan, k->row, m + 1);
    BNI_BUFFER(plan, k->coefficient, m + 1);
    BNI_BUFFER(plan, k->tile, m * TILE);
    BNI_BUFFER(plan, k->chosen, m);
    BNI_BUFFER(plan, k->other, 4 * (double)k->rows * (double)k->rows + 4 * (double)k->rows);
}

size_t bni_spectrum_krylov_rows(size_t n, size_t wanted)
{
    size_t S = (size_t)1 << n;
    return wanted + GUARDS + 1 < S ? wanted + GUARDS + 1 : S - 1; /* the last one may be half of a pair */
}

static krylov make_numbers(size_t n, size_t wanted)
{
    krylov k = {.S = (size_t)1 << n, .rows = bni_spectrum_krylov_rows(n, wanted)};
    k.most = 2 * k.rows + 24;
    k.most = k.most < k.S - 1 ? k.most : k.S - 1;
    return k;
}

double bni_spectrum_krylov_bytes(size_t n, size_t wanted)
{
    krylov k = make_numbers(n, wanted);
    return bni_plan_bytes(list_krylov, &k) + fmax(bni_schur_bytes(k.most), bni_eigen_bytes(k.rows, 1)) +
           bni_schur_reorder_bytes(k.most) + 64;
}

/* Whether the first `count` values of both lists are the same ones, up to the order. */
static int same_values(const double *re, const double *im, const double *re2, const double *im2, size_t count,
                       unsigned char *used)
{
    memset(used, 0, count);
    for (size_t i = 0; i < count; i++) {
        double best = INFINITY;
        size_t at = 0;
        for (size_t j = 0; j < count; j++) {
            double d = hypot(re[i] - re2[j], im[i] - im2[j]);
            if (!used[j] && d < best) {
                best = d;
                at = j;
            }
        }
        if (!(best <= 1e-6 + 1e-4 * hypot(re[i], im[i])))
            return 0;
        used[at] = 1;
    }
    return 1;
}

/* rows of V become rows of c V, c[count][count]. */
static int32_t combine_rows(binnet_ctx *ctx, krylov *k, double *V, const double *c, size_t count)
{
    for (size_t s = 0; s < k->S; s += TILE) {
        size_t width = k->S - s < TILE ? k->S - s : TILE;
        for (size_t i = 0; i < count; i++)
            memcpy(k->tile + i * width, V + i * k->S + s, width * sizeof *V);
        BNI_TRY(bni_dense_product(ctx, V + s, k->S, c, count, k->tile, width, count, width, count, 0));
    }
    return BINNET_OK;
}

/* The rows of `from` in the order of the values re, im; their own values are re2, im2. *found: how many there are, at least
 * `wanted`. */
static int32_t match_modes(binnet_ctx *ctx, double *to, size_t *found, const double *from, const double *re,
                           const double *im, const double *re2, const double *im2, size_t count, size_t wanted,
                           unsigned char *used)
{
    memset(used, 0, count);
    memset(to, 0, count * count * sizeof *to);
    *found = count;
    for (size_t i = 0, width; i < count; i += width) {
        double best = INFINITY;
        size_t at = 0;
        width = im[i] != 0 ? 2 : 1;
        for (size_t j = 0; j < count; j++) {
            double d = hypot(re[i] - re2[j], im[i] - im2[j]);
            if (!used[j] && d < best && (im[i] != 0) == (im2[j] > 0)) {
                best = d;
                at = j;
            }
        }
        if (!(best <= 1e-6 + 1e-4 * hypot(re[i], im[i])) && i >= wanted) {
            *found = i;
            return BINNET_OK;
        }
        if (!(best <= 1e-6 + 1e-4 * hypot(re[i], im[i])))
            return bni_fail(ctx, BINNET_E_NOCONV,
                            "eigenvalue %zu, %.6g%+.3gi, has no left mode to go with its right one", i + 2, re[i],
                            im[i]);
        memset(used + at, 1, width);
        memcpy(to + i * count, from + at * count, width * count * sizeof *to);
    }
    return BINNET_OK;
}

/* V and U, `count` rows each, become right and left modes. T: of V and of U, destroyed. */
static int32_t pair_modes(binnet_ctx *ctx, krylov *k, binnet_spectrum *s, size_t *found, double *const mode[2],
                          double *const T[2], size_t count, size_t wanted)
{
    double *x = k->other + 2 * k->rows * k->rows, *y = x + count * count, *re = k->re, *im = k->im;
    BNI_TRY(bni_eigen(ctx, s->re + 1, s->im + 1, x, NULL, NULL, T[0], count));
    BNI_TRY(combine_rows(ctx, k, mode[0], x, count));
    BNI_TRY(bni_eigen(ctx, re, im, x, NULL, NULL, T[1], count));
    bni_split_pairs(s->im + 1, count);
    bni_split_pairs(im, count);
    BNI_TRY(match_modes(ctx, y, found, x, s->re + 1, s->im + 1, re, im, count, wanted, k->chosen));
    return combine_rows(ctx, k, mode[1], y, count);
}

static int32_t run_both(binnet_ctx *ctx, krylov *k, binnet_spectrum *s, size_t *found, size_t wanted)
{
    size_t S = k->S, most = wanted + GUARDS < S - 1 ? wanted + GUARDS : S - 1, locked[2];
    double *lists = k->other + 4 * k->rows * k->rows, *T[2] = {k->other, k->other + k->rows * k->rows};
    double *re[2] = {lists, lists + k->rows}, *im[2] = {lists + 2 * k->rows, lists + 3 * k->rows};
    double *mode[2] = {s->right + S, s->left + S};
    bni_progress whole = bni_progress_push(ctx);
    for (int side = 0; side < 2; side++) {
        bni_progress_part(ctx, whole, side, 2);
        k->left = side;
        k->progress = 0;
        BNI_TRY(find_subspace(ctx, k, most, wanted));
        locked[side] = k->locked;
        BNI_TRY(bni_copy_bytes(ctx, mode[side], k->V, k->locked * S, sizeof *k->V));
        memcpy(re[side], k->re, k->locked * sizeof *k->re);
        memcpy(im[side], k->im, k->locked * sizeof *k->im);
        for (size_t i = 0; i < k->locked; i++)
            memcpy(T[side] + i * k->rows, k->H + i * k->most, k->locked * sizeof *k->H);
    }
    bni_progress_pop(ctx, whole);
    size_t count = locked[0] < locked[1] ? locked[0] : locked[1];
    for (;; count--) {
        if (count < wanted)
            return bni_fail(ctx, BINNET_E_NOCONV,
                            "right and left modes differ in their eigenvalues %zu and following: many are of one size",
                            wanted + 1);
        int cut = 0; /* of a pair */
        for (int side = 0; side < 2; side++) {
            size_t firsts = 0;
            for (size_t i = 0; i < count; i++)
                firsts += im[side][i] > 0 ? 1 : 0;
            for (size_t i = 0; i < count; i++)
                firsts -= im[side][i] < 0 ? 1 : 0;
            cut |= firsts != 0;
        }
        if (!cut && same_values(re[0], im[0], re[1], im[1], count, k->chosen))
            break;
    }
    for (size_t i = 0; i < 2 * count; i++) {
        double *to = T[i / count] + i % count * count;
        memmove(to, T[i / count] + i % count * k->rows, count * sizeof *to);
    }
    s->steps = k->steps;
    return pair_modes(ctx, k, s, found, mode, T, count, wanted);
}

int32_t bni_spectrum_krylov(binnet_ctx *ctx, binnet_spectrum *s, size_t *found, size_t wanted, const bni_operator *o)
{
    krylov k = make_numbers(s->n, wanted);
    k.o = o;
    int32_t status = bni_plan_make(ctx, list_krylov, &k);
    if (status == BINNET_OK) {
        status = run_both(ctx, &k, s, found, wanted);
        bni_plan_release(&ctx->mem, list_krylov, &k);
    }
    return status;
}
