// The first thread of a process ends; another goes on: /proc/PID of the leader has no descriptors any more.
// Recorded: read of `input`, write of `d/output` by a relative path, rename; one process, exit code 16.
#include "step.h"
#include <pthread.h>
static pthread_t leader;
static void *work(void *unused) {
  pthread_join(leader, 0);
  read_file("input", "input\n");
  must(chdir("d") == 0);
  write_file("output", "output\n");
  must(rename("output", "renamed") == 0);
  exit(16);
  return unused;
}
int main(void) {
  pthread_t thread;
  leader = pthread_self();
  must(pthread_create(&thread, 0, work, 0) == 0);
  pthread_exit(0);
}
