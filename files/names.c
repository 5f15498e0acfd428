/* Names with their numbers. */
#include "files/reading.h"

#include <string.h>

static size_t hash_name(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

/* The slot of the name, or the free one where it belongs. */
static size_t find_slot(const name_set *set, const char *name)
{
    size_t at = hash_name(name) & (set->slots - 1);
    while (set->slot[at] && strcmp(set->name[set->slot[at] - 1], name) != 0)
        at = (at + 1) & (set->slots - 1);
    return at;
}

static int grow_slots(name_set *set)
{
    size_t slots = set->slots ? 2 * set->slots : 64;
    uint32_t *slot = memory_new(&set->memory, slots, sizeof *slot);
    if (!slot)
        return -1;
    memory_free(&set->memory, set->slot);
    set->slot = slot;
    set->slots = slots;
    for (size_t i = 0; i < set->count; i++)
        slot[find_slot(set, set->name[i])] = (uint32_t)(i + 1);
    return 0;
}

int64_t names_find(const name_set *set, const char *name)
{
    return set->slots ? (int64_t)set->slot[find_slot(set, name)] - 1 : -1;
}

int64_t names_add(name_set *set, const char *name, int *fresh)
{
    *fresh = 0;
    int64_t found = names_find(set, name);
    if (found >= 0)
        return found;
    if (2 * (set->count + 1) > set->slots && grow_slots(set) != 0)
        return -1;
    if (set->count == set->room) {
        size_t room = set->room ? 2 * set->room : 32;
        char **names = memory_grow(&set->memory, set->name, room * sizeof *names);
        if (!names)
            return -1;
        set->name = names;
        set->room = room;
    }
    size_t size = strlen(name) + 1;
    char *copy = memory_raw(&set->memory, size);
    if (!copy)
        return -1;
    memcpy(copy, name, size);
    set->name[set->count] = copy;
    set->slot[find_slot(set, name)] = (uint32_t)(set->count + 1);
    *fresh = 1;
    return (int64_t)set->count++;
}

void names_free(name_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        memory_free(&set->memory, set->name[i]);
    memory_free(&set->memory, set->name);
    memory_free(&set->memory, set->slot);
    *set = (name_set){.memory = set->memory};
}
