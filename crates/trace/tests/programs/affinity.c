// Where threads may run, asked by themselves and by others after many stops: nobody sees what the tracer narrows meanwhile.
// Recorded: 3 processes, of which the first runs itself anew from a thread.
#include "step.h"
#include <pthread.h>
static cpu_set_t whole;
static void stop_often(void) {
  for (int i = 0; i < 200; i++) close(open("/dev/null", O_RDONLY));
}
static void must_be(pid_t tid, const cpu_set_t *set) {
  cpu_set_t now;
  must(sched_getaffinity(tid, sizeof now, &now) == 0 && CPU_EQUAL(&now, set));
}
// A child asks first about itself, then about the process that made it, both with stops in between.
static void child(void) {
  must_be(0, &whole);
  must_be(getppid(), &whole);
  stop_often();
  must_be(getppid(), &whole);
  stop_often();
  must_be(0, &whole);
}
// What one process sets for another holds, however often either has stopped.
static void narrow(pid_t tid, cpu_set_t *one) {
  int last = 0;
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET(i, &whole)) last = i;
  CPU_ZERO(one);
  CPU_SET(last, one);
  stop_often();
  must(sched_setaffinity(tid, sizeof *one, one) == 0);
  stop_often();
}
static void in_child(void (*work)(void)) {
  pid_t pid = fork();
  must(pid >= 0);
  if (pid == 0) {
    work();
    _exit(0);
  }
  reap(pid, 0);
}
static void narrow_parent(void) {
  cpu_set_t one;
  narrow(getppid(), &one);
  must_be(getppid(), &one);
}
// The processors that an open `/proc/PID/status` tells, as text.
static void told(int fd, char *list) {
  char text[8192] = "";
  must(pread(fd, text, sizeof text - 1, 0) > 0);
  char *line = strstr(text, "\nCpus_allowed:");
  must(line && sscanf(line, "\nCpus_allowed: %255s", list) == 1);
}
static void *run_anew(void *path) {
  char mask[2 * sizeof whole + 1];
  for (size_t i = 0; i < sizeof whole; i++)
    sprintf(mask + 2 * i, "%02x", ((unsigned char *)&whole)[i]);
  must_be(0, &whole);
  must_be(getpid(), &whole);
  stop_often();
  execl(path, path, mask, (char *)0);
  must(0);
  return 0;
}
int main(int argc, char **argv) {
  if (argc > 1) {
    for (size_t i = 0; i < sizeof whole; i++)
      must(sscanf(argv[1] + 2 * i, "%2hhx", (unsigned char *)&whole + i) == 1);
    must_be(0, &whole);
    stop_often();
    int fd = open("/proc/thread-self/status", O_RDONLY);
    char first[256], then[256];
    must(fd >= 0);
    told(fd, first);
    for (int i = 0; i < 20; i++) {
      stop_often();
      told(fd, then);
      must(strcmp(first, then) == 0);
    }
    int bits = 0;
    for (char *digit = first; *digit; digit++)
      if (*digit != ',') bits += __builtin_popcount((unsigned)strtol((char[]){*digit, 0}, 0, 16));
    must(bits == CPU_COUNT(&whole));
    return 0;
  }
  must(sched_getaffinity(0, sizeof whole, &whole) == 0);
  stop_often();
  must_be(0, &whole);
  stop_often();
  in_child(child);
  stop_often();
  in_child(narrow_parent);
  cpu_set_t now;
  must(sched_getaffinity(0, sizeof now, &now) == 0 && CPU_COUNT(&now) == 1);
  must(sched_setaffinity(0, sizeof whole, &whole) == 0);
  stop_often();
  pthread_t thread;
  must(pthread_create(&thread, 0, run_anew, argv[0]) == 0);
  pthread_join(thread, 0);
  must(0);
}
