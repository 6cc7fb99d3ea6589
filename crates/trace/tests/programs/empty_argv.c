// execve(2) with no argv[0]: Linux 5.18 and later makes it one empty string.
// Recorded: two executions, the second with no word or one empty word; a file read by the second.
#include "step.h"
int main(int count, char **words) {
  if (count > 0 && words[0][0] != 0) {
    char *nothing[] = {0};
    execve("/proc/self/exe", nothing, nothing);
    must(!"executed");
  }
  write_file("written", "by nobody\n");
  return 0;
}
