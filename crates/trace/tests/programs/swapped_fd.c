// While one thread opens `opened`, another puts `other` in place of the descriptor as soon as it exists (dup2(2)).
// Recorded: 500 opens in all; `opened` read at least as often as the program saw it; no gap is silent, nothing hangs.
#include "step.h"
#include <pthread.h>
static int other, target;
static volatile int done;
static void *swap(void *unused) {
  while (!done)
    if (fcntl(target, F_GETFD) >= 0) dup2(other, target);
  return unused;
}
int main(void) {
  pthread_t thread;
  other = open("other", O_RDONLY);
  target = open("opened", O_RDONLY);
  must(other >= 0 && target >= 0 && close(target) == 0);
  must(pthread_create(&thread, 0, swap, 0) == 0);
  for (int i = 0; i < 500; i++) {
    int fd = open("opened", O_RDONLY);
    must(fd >= 0);
    close(fd);
  }
  done = 1;
  must(pthread_join(thread, 0) == 0);
}
