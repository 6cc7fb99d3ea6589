// A thread with a working directory and descriptors of its own (unshare(2) of CLONE_FS and CLONE_FILES).
// Recorded: write of `d/mine` by the thread and `mine` by the leader; rename of `d/mine` to `d/moved`.
#include "step.h"
#include <pthread.h>
static void *work(void *unused) {
  must(unshare(CLONE_FS | CLONE_FILES) == 0);
  must(chdir("d") == 0);
  // A number that the leader has given to something else.
  close(0);
  int fd = open("mine", O_WRONLY | O_CREAT, 0644);
  must(fd == 0 && write(fd, "thread", 6) == 6);
  must(rename("mine", "moved") == 0);
  return unused;
}
int main(void) {
  pthread_t thread;
  must(pthread_create(&thread, 0, work, 0) == 0 && pthread_join(thread, 0) == 0);
  write_file("mine", "leader");
}
