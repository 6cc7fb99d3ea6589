// As `leader_exits`, and the thread left over executes a program: it takes the id of the leader that is long gone.
// Recorded: one process, two executions, exit code 17.
#include "step.h"
#include <pthread.h>
static pthread_t leader;
static void *work(void *self) {
  pthread_join(leader, 0);
  execl(self, self, "again", (char *)0);
  must(!"executed");
  return 0;
}
int main(int count, char **words) {
  pthread_t thread;
  if (count > 1) return 17;
  leader = pthread_self();
  must(pthread_create(&thread, 0, work, words[0]) == 0);
  pthread_exit(0);
}
