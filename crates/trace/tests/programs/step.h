// What every program here needs: to give up with a reason, and to say that this machine cannot run it (exit code 77).
// A program checks by itself that it behaves as it would untraced; its head says what the record must hold besides.
#ifndef STEP_H
#define STEP_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED 77

static inline void skip(const char *reason) {
  printf("skipped: %s (%s)\n", reason, strerror(errno));
  fflush(stdout);
  _exit(SKIPPED);
}

// Ends the program unless `condition` holds.
#define must(condition)                                                                        \
  do {                                                                                         \
    if (!(condition)) {                                                                        \
      dprintf(2, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, strerror(errno));         \
      _exit(1);                                                                                \
    }                                                                                          \
  } while (0)

static inline void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  must(fd >= 0);
  must(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
  close(fd);
}

// Opens, reads and compares.
static inline void read_file(const char *path, const char *text) {
  char buffer[4096];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  must(fd >= 0);
  ssize_t length = read(fd, buffer, sizeof buffer);
  must(length == (ssize_t)strlen(text) && memcmp(buffer, text, (size_t)length) == 0);
  close(fd);
}

static inline void copy_program(const char *target) {
  char buffer[65536];
  int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  int out = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
  must(in >= 0 && out >= 0);
  for (ssize_t length; (length = read(in, buffer, sizeof buffer)) > 0;)
    must(write(out, buffer, (size_t)length) == length);
  close(in);
  close(out);
}

// Waits for `child` to end as told: by exit code, or by signal when `code` is negative.
static inline void reap(pid_t child, int code) {
  int status;
  must(waitpid(child, &status, __WALL) == child);
  if (code >= 0) must(WIFEXITED(status) && WEXITSTATUS(status) == code);
  else must(WIFSIGNALED(status) && WTERMSIG(status) == -code);
}
#endif
