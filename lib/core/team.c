/*
 * Worker threads that live as long as one call of the library: fork and join with a short spin before sleeping.
 */
#include "core/core.h"

#include <pthread.h>

enum { SPIN = 100000 }; /* some 50 us, about what going to sleep and waking up takes */

typedef struct member {
    bni_team *team;
    pthread_t thread;
    int index;
} member;

struct bni_team {
    bni_allocator mem;
    int size, started;
    member *members;
    pthread_mutex_t lock;
    pthread_cond_t go, done;
    atomic_uint round;     /* changes when there is work */
    atomic_int unfinished; /* workers still at it */
    int stop;
    bni_job job;
    void *arg;
};

static void *work_rounds(void *p)
{
    member *me = p;
    bni_team *team = me->team;
    unsigned seen = 0;
    for (;;) {
        for (int k = 0; k < SPIN && atomic_load_explicit(&team->round, memory_order_acquire) == seen; k++)
            continue;
        pthread_mutex_lock(&team->lock);
        while (atomic_load(&team->round) == seen)
            pthread_cond_wait(&team->go, &team->lock);
        seen = atomic_load(&team->round);
        int stop = team->stop;
        pthread_mutex_unlock(&team->lock);
        if (stop)
            return NULL;
        team->job(team->arg, me->index, team->size);
        if (atomic_fetch_sub(&team->unfinished, 1) == 1) {
            pthread_mutex_lock(&team->lock);
            pthread_cond_signal(&team->done);
            pthread_mutex_unlock(&team->lock);
        }
    }
}

static void wake(bni_team *team)
{
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(&team->round, 1);
    pthread_cond_broadcast(&team->go);
    pthread_mutex_unlock(&team->lock);
}

int32_t bni_team_new(binnet_ctx *ctx, bni_team **out, int workers)
{
    *out = NULL;
    bni_team *team = bni_new(ctx, 1, sizeof *team);
    if (team == NULL)
        return BINNET_E_NOMEM;
    team->mem = ctx->mem;
    team->size = workers;
    team->members = bni_new(ctx, (size_t)workers, sizeof *team->members);
    if (team->members == NULL) {
        bni_delete(&ctx->mem, team);
        return BINNET_E_NOMEM;
    }
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->go, NULL);
    pthread_cond_init(&team->done, NULL);
    for (int w = 1; w < workers; w++) {
        team->members[w] = (member){.team = team, .index = w};
        if (pthread_create(&team->members[w].thread, NULL, work_rounds, &team->members[w]) != 0) {
            bni_team_free(team);
            return bni_fail(ctx, BINNET_E_THREAD, "thread %d of %d could not be started", w + 1, workers);
        }
        team->started = w;
    }
    *out = team;
    return BINNET_OK;
}

void bni_team_free(bni_team *team)
{
    if (team == NULL)
        return;
    if (team->started > 0) {
        pthread_mutex_lock(&team->lock);
        team->stop = 1;
        pthread_mutex_unlock(&team->lock);
        wake(team);
        for (int w = 1; w <= team->started; w++)
            pthread_join(team->members[w].thread, NULL);
    }
    pthread_cond_destroy(&team->go);
    pthread_cond_destroy(&team->done);
    pthread_mutex_destroy(&team->lock);
    bni_allocator mem = team->mem;
    bni_delete(&mem, team->members);
    bni_delete(&mem, team);
}

double bni_team_bytes(int workers)
{
    return (double)(sizeof(bni_team) + (size_t)workers * sizeof(member));
}

int bni_team_size(const bni_team *team)
{
    return team == NULL ? 1 : team->size;
}

void bni_team_run(bni_team *team, bni_job job, void *arg)
{
    if (team == NULL || team->size == 1) {
        job(arg, 0, 1);
        return;
    }
    team->job = job;
    team->arg = arg;
    atomic_store(&team->unfinished, team->size - 1);
    wake(team);
    job(arg, 0, team->size);
    for (int k = 0; k < SPIN && atomic_load_explicit(&team->unfinished, memory_order_acquire) != 0; k++)
        continue;
    pthread_mutex_lock(&team->lock);
    while (atomic_load(&team->unfinished) != 0)
        pthread_cond_wait(&team->done, &team->lock);
    pthread_mutex_unlock(&team->lock);
}

void bni_share(uint64_t count, uint64_t grain, int worker, int workers, uint64_t *from, uint64_t *to)
{
    uint64_t grains = (count + grain - 1) / grain;
    uint64_t each = grains / (uint64_t)workers, more = grains % (uint64_t)workers, w = (uint64_t)worker;
    uint64_t first = w * each + (w < more ? w : more);
    uint64_t last = first + each + (w < more ? 1 : 0);
    *from = first * grain < count ? first * grain : count;
    *to = last * grain < count ? last * grain : count;
}
