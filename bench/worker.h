// The two ways off the main thread that the library takes, in C: a worker that waits for one operation after
// another, as those of libuv do, and a thread for one operation alone. The end is told through an eventfd to
// a main thread that waits in epoll. An operation costs more there than in a loop on one thread, where no
// other processor has just been busy: umount2(2) waits until each has passed a quiescent state (RCU), and a
// busy one must be interrupted for that. What the library adds is seen beside the same.
#ifndef LIBPOD_BENCH_WORKER_H_
#define LIBPOD_BENCH_WORKER_H_

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static pthread_mutex_t worker_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t worker_wanted = PTHREAD_COND_INITIALIZER;
static void (*worker_operation)(void);
static int worker_done = -1, worker_epoll = -1;

static void worker_check(int good, const char* what) {
    if (good) return;
    perror(what);
    exit(1);
}

static void tell_end(void) {
    uint64_t one = 1;
    worker_check(write(worker_done, &one, sizeof one) == sizeof one, "eventfd");
}

static void await_end(void) {
    struct epoll_event event;
    uint64_t count;
    while (epoll_wait(worker_epoll, &event, 1, -1) != 1) {
    }
    worker_check(read(worker_done, &count, sizeof count) == sizeof count, "eventfd");
}

static void start_thread(void* (*function)(void*)) {
    pthread_t thread;
    if (worker_done < 0) {
        struct epoll_event event = {.events = EPOLLIN};
        worker_done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        worker_epoll = epoll_create1(EPOLL_CLOEXEC);
        worker_check(epoll_ctl(worker_epoll, EPOLL_CTL_ADD, worker_done, &event) == 0, "epoll_ctl");
    }
    worker_check(pthread_create(&thread, NULL, function, NULL) == 0, "pthread_create");
    pthread_detach(thread);
}

static void* worker(void* unused) {
    for (;;) {
        pthread_mutex_lock(&worker_mutex);
        while (worker_operation == NULL) pthread_cond_wait(&worker_wanted, &worker_mutex);
        void (*operation)(void) = worker_operation;
        worker_operation = NULL;
        pthread_mutex_unlock(&worker_mutex);
        operation();
        tell_end();
    }
    return unused;
}

// Hands an operation to the worker, which the first one starts, and waits for its end.
__attribute__((unused)) static void on_worker(void (*operation)(void)) {
    static int started;
    if (!started) start_thread(worker);
    started = 1;
    pthread_mutex_lock(&worker_mutex);
    worker_operation = operation;
    pthread_cond_signal(&worker_wanted);
    pthread_mutex_unlock(&worker_mutex);
    await_end();
}

static void* once(void* unused) {
    worker_operation();
    tell_end();
    return unused;
}

// Does an operation on a thread that ends after it. A program uses this or on_worker, not both.
__attribute__((unused)) static void on_thread(void (*operation)(void)) {
    worker_operation = operation;
    start_thread(once);
    await_end();
}

#endif  // LIBPOD_BENCH_WORKER_H_
