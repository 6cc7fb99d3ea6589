// A thread that is not the leader executes a program while two others wait.
// Recorded: one process with two executions, 4 threads, exit code 7, no process left running.
#include "step.h"
#include <pthread.h>
static void *wait_forever(void *unused) { pause(); return unused; }
static void *execute(void *self) {
  execl(self, "after the exec", "again", (char *)0);
  must(!"executed");
  return 0;
}
int main(int count, char **words) {
  pthread_t thread;
  if (count > 1) return 7;
  must(pthread_create(&thread, 0, wait_forever, 0) == 0);
  must(pthread_create(&thread, 0, wait_forever, 0) == 0);
  must(pthread_create(&thread, 0, execute, words[0]) == 0);
  pause();
}
