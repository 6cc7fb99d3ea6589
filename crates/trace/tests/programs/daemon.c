// A daemon: forks twice, with a session of its own, and writes after everybody else has gone.
// Recorded: three processes, the last with the write although its parent and the root ended before it.
#include "step.h"
int main(void) {
  int gone[2];
  must(pipe2(gone, O_CLOEXEC) == 0);
  pid_t child = fork();
  if (child == 0) {
    must(setsid() == getpid());
    if (fork() != 0) _exit(0);
    char byte;
    close(gone[1]);
    // Ends when the last other holder, the root, is gone.
    must(read(gone[0], &byte, 1) == 0);
    write_file("daemon.pid", "here\n");
    _exit(0);
  }
  reap(child, 0);
}
