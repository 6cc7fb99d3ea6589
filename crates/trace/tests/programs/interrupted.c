// Signals in the middle of watched calls: accept(2) that is restarted, one that is not, and 3,000 opens in a storm of signals.
// Recorded: one accept that succeeded, at most one attempt with EINTR, 3,000 reads of `input`: each call once, however often restarted.
#include "step.h"
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
static volatile sig_atomic_t signals;
static void count(int signal) { (void)signal; signals++; }
static void catch_alarms(int flags, int microseconds) {
  struct sigaction action = {.sa_handler = count, .sa_flags = flags};
  struct itimerval timer = {{0, microseconds}, {0, microseconds}};
  must(sigaction(SIGALRM, &action, 0) == 0 && setitimer(ITIMER_REAL, &timer, 0) == 0);
}
int main(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "listening"};
  int server = socket(AF_UNIX, SOCK_STREAM, 0);
  must(bind(server, (struct sockaddr *)&address, sizeof address) == 0 && listen(server, 1) == 0);
  catch_alarms(0, 2000);
  must(accept(server, 0, 0) == -1 && errno == EINTR);
  catch_alarms(SA_RESTART, 2000);
  signals = 0;
  pid_t child = fork();
  if (child == 0) {
    pid_t parent = getppid();
    // Connects once the parent has been interrupted a few times.
    for (int i = 0; i < 5; i++) {
      must(kill(parent, SIGALRM) == 0);
      for (int j = 0; j < 100; j++) sched_yield();
    }
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    must(connect(client, (struct sockaddr *)&address, sizeof address) == 0);
    _exit(0);
  }
  must(accept(server, 0, 0) >= 0);
  int status;
  while (waitpid(child, &status, 0) == -1) must(errno == EINTR);
  must(status == 0 && signals > 0);
  catch_alarms(SA_RESTART, 200);
  for (int i = 0; i < 3000; i++) {
    int fd = open("input", O_RDONLY);
    must(fd >= 0);
    close(fd);
  }
}
