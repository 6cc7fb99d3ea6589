// Prints what a program can see of its surroundings: run untraced and traced, both outputs must be the same.
#include "step.h"
#include <sys/prctl.h>
#include <sys/resource.h>
extern char **environ;
static void status_lines(void) {
  char line[512];
  FILE *status = fopen("/proc/self/status", "re");
  must(status);
  while (fgets(line, sizeof line, status))
    if (!strncmp(line, "SigBlk", 6) || !strncmp(line, "SigPnd", 6) || !strncmp(line, "Umask", 5) || !strncmp(line, "Cpus_allowed:", 13) ||
        !strncmp(line, "Cap", 3) || !strncmp(line, "Groups", 6) || !strncmp(line, "Uid", 3) || !strncmp(line, "Gid", 3))
      fputs(line, stdout);
  fclose(status);
}
static void whole_file(const char *path) {
  char text[256];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  must(fd >= 0);
  ssize_t length = read(fd, text, sizeof text - 1);
  text[length > 0 ? length : 0] = 0;
  printf("%s: %s\n", path, text);
  close(fd);
}
int main(int count, char **words) {
  char directory[4096];
  for (int i = 0; i < count; i++) printf("argv[%d]=%s\n", i, words[i]);
  for (char **entry = environ; *entry; entry++) printf("env %s\n", *entry);
  printf("cwd %s\n", getcwd(directory, sizeof directory));
  status_lines();
  for (int signal = 1; signal < 65; signal++) {
    struct sigaction action;
    if (sigaction(signal, 0, &action) == 0 && action.sa_handler != SIG_DFL) printf("signal %d handled\n", signal);
  }
  for (int fd = 0; fd < 1024; fd++)
    if (fcntl(fd, F_GETFD) >= 0) printf("fd %d access %d\n", fd, fcntl(fd, F_GETFL) & O_ACCMODE);
  for (int limit = 0; limit < RLIMIT_NLIMITS; limit++) {
    struct rlimit value;
    must(getrlimit(limit, &value) == 0);
    printf("limit %d %lu %lu\n", limit, (unsigned long)value.rlim_cur, (unsigned long)value.rlim_max);
  }
  whole_file("/proc/self/oom_score_adj");
  whole_file("/proc/self/coredump_filter");
  printf("group same %d session same %d\n", getpgrp() == getpgid(getppid()), getsid(0) == getsid(getppid()));
  printf("priority %d policy %d personality %d dumpable %d subreaper-less %d\n", getpriority(PRIO_PROCESS, 0),
         sched_getscheduler(0), 0, prctl(PR_GET_DUMPABLE), prctl(PR_GET_PDEATHSIG, (int[1]){0}));
  printf("keepcaps %d timerslack %d\n", prctl(PR_GET_KEEPCAPS), prctl(PR_GET_TIMERSLACK));
}
