// The median time of an operation, in microseconds, for the floors that measure single calls.
#ifndef LIBPOD_BENCH_MEDIAN_H_
#define LIBPOD_BENCH_MEDIAN_H_

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int compare(const void* a, const void* b) {
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

// A tenth of the count goes before, to warm up. What is done before and after each operation, unless NULL, is
// not in its time.
static double median_around(void (*before_each)(void), void (*operation)(void), void (*after_each)(void),
                            long count) {
    double* times = calloc((size_t)count, sizeof *times);
    if (times == NULL) {
        perror("calloc");
        exit(1);
    }
    for (long i = -count / 10; i < count; i++) {
        struct timespec before, after;
        if (before_each != NULL) before_each();
        clock_gettime(CLOCK_MONOTONIC, &before);
        operation();
        clock_gettime(CLOCK_MONOTONIC, &after);
        if (after_each != NULL) after_each();
        if (i >= 0)
            times[i] =
                (double)(after.tv_sec - before.tv_sec) * 1e6 + (double)(after.tv_nsec - before.tv_nsec) / 1e3;
    }
    qsort(times, (size_t)count, sizeof *times, compare);
    double middle = times[count / 2];
    free(times);
    return middle;
}

static double median(void (*operation)(void), long count) {
    return median_around(NULL, operation, NULL, count);
}

#endif  // LIBPOD_BENCH_MEDIAN_H_
