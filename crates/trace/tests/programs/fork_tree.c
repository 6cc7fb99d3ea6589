// A tree of processes, as many as the first word says, two children each, all alive at once; and below its last leaf a chain of 60.
// (One long chain is no test of a tracer: untraced, Linux needs half a minute for 1,000 links.)
// Recorded: that many processes (the root is one of them) and the chain, each with its parent; none left running.
#include "step.h"
static int alive[2], gate[2];
static void live(void) {
  char byte = 0;
  must(write(alive[1], &byte, 1) == 1);
  close(gate[1]);
  must(read(gate[0], &byte, 1) == 0);
  while (wait(0) > 0) {}
  _exit(0);
}
static void grow(int number, int count) {
  for (int next = 2 * number; next <= 2 * number + 1; next++) {
    pid_t child = next <= count ? fork() : 1;
    must(child >= 0);
    if (child == 0) {
      grow(next, count);
      if (next != count)
        live();
      for (int depth = 0; depth < 60; depth++) {
        must((child = fork()) >= 0);
        if (child > 0) live();
      }
      live();
    }
  }
}
int main(int count, char **words) {
  int processes = count > 1 ? atoi(words[1]) : 1000;
  char bytes[256];
  must(pipe(alive) == 0 && pipe(gate) == 0);
  grow(1, processes);
  for (int left = processes - 1 + 60; left > 0;) {
    ssize_t told = read(alive[0], bytes, sizeof bytes);
    must(told > 0);
    left -= (int)told;
  }
  close(gate[1]);
  while (wait(0) > 0) {}
}
