/*
 * The memory limit holds for every call that allocates, however small: under any limit a call succeeds within it, or answers
 * BINNET_E_LIMIT with a figure, and has not gone over it either. What the call is given was made through another ctx.
 */
#include "api_calls.h"

#include <ctype.h>

START_TEST(limit_holds)
{
    scene *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    make_scene(s);
    const entry *e = &calls[_i];
    size_t before = s->m.live_bytes, live = s->m.live, most = 0;
    int64_t worst = -1;
    int32_t code = BINNET_E_LIMIT;
    for (double limit = 0; code != BINNET_OK; limit = 1.25 * limit + 8) {
        ck_assert_msg(limit < 1e10, "%s: no limit is enough", e->name);
        OK(binnet_ctx_set_i64(s->ctx, BINNET_P_MEMORY_LIMIT, (int64_t)limit));
        s->m.peak_bytes = before;
        code = e->run(s, s->ctx);
        ck_assert_msg(code == BINNET_OK || code == BINNET_E_LIMIT, "%s: %d %s", e->name, (int)code,
                      binnet_ctx_message(s->ctx));
        ck_assert_uint_eq(s->m.live, live);
        size_t peak = s->m.peak_bytes - before;
        if (peak > (size_t)limit && peak > most) {
            most = peak;
            worst = (int64_t)limit;
        }
        if (code == BINNET_E_LIMIT) {
            const char *c = binnet_ctx_message(s->ctx);
            while (*c != '\0' && !isdigit((unsigned char)*c))
                c++;
            ck_assert_msg(*c != '\0', "%s: no figure in '%s'", e->name, binnet_ctx_message(s->ctx));
        }
    }
    ck_assert_msg(worst < 0, "%s: %zu bytes under a limit of %lld", e->name, most, (long long)worst);
    strike_scene(s);
}
END_TEST

RUN_REPEATED("limits", {limit_holds, COUNT})
