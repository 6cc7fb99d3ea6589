// 500 threads at a time, each of which opens the same file.
// Recorded: one process with 501 threads; one read use of `shared` with a count of 500.
#include "step.h"
#include <pthread.h>
enum { THREADS = 500 };
static pthread_barrier_t all;
static void *work(void *unused) {
  pthread_barrier_wait(&all);
  read_file("shared", "shared\n");
  pthread_barrier_wait(&all);
  return unused;
}
int main(void) {
  static pthread_t threads[THREADS];
  pthread_attr_t small;
  write_file("shared", "shared\n");
  must(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 65536) == 0);
  must(pthread_barrier_init(&all, 0, THREADS) == 0);
  for (int i = 0; i < THREADS; i++) must(pthread_create(&threads[i], &small, work, 0) == 0);
  for (int i = 0; i < THREADS; i++) must(pthread_join(threads[i], 0) == 0);
}
