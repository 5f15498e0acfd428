/* Made by make_permanent.py; do not edit. */
static const struct many_of_a_kind {
    size_t k;
    int64_t times[5];
    int negative;
    double hi, lo;
    int64_t exponent;
} many_of_a_kind[] = {
    {3, {66, 66, 68}, 0, 0x1.a1596975b09cbp-1, 0x1.8bfea10c2be63p-54, 1697},
    {3, {66, 66, 68}, 1, 0x1.64d4b3777ae2ap-1, 0x1.eebbc2a385843p-54, 1588},
    {3, {9, 30, 31}, 0, 0x1.5bde405038bcep-1, 0x1.7adb2c7303f83p-54, 488},
    {3, {9, 30, 31}, 1, 0x1.cb8894fac115bp-1, 0x1.ce58591163986p-54, 451},
    {4, {3, 8, 9, 20}, 0, 0x1.abd3a43659d7fp-1, 0x1.c79c8a5aefe48p-54, 255},
    {4, {3, 8, 9, 20}, 1, 0x1.7ec32d96e32c3p-1, 0x1.b10b86672a19ap-54, 233},
    {5, {2, 3, 8, 8, 9}, 0, 0x1.6544a72210072p-1, 0x1.cfcdb5c8b010cp-54, 180},
    {5, {2, 3, 8, 8, 9}, 1, -0x1.69a0df8025153p-1, -0x1.aff47bcbb1402p-56, 163},
};
