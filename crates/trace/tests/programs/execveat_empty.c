// execveat(2) with AT_EMPTY_PATH on an O_PATH descriptor, and relative to a directory's.
// Recorded: three executions, exe the canonical path of the copy, argv as given, exit code 8.
#include "step.h"
int main(int count, char **words) {
  char *none[] = {0};
  if (count == 1) {
    char *next[] = {words[0], "by descriptor", 0};
    copy_program("copy");
    int fd = open("copy", O_PATH | O_CLOEXEC);
    must(fd >= 0);
    syscall(SYS_execveat, fd, "", next, none, AT_EMPTY_PATH);
  } else if (strcmp(words[1], "by descriptor") == 0) {
    char *next[] = {words[0], "by directory", 0};
    int fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0);
    syscall(SYS_execveat, fd, "copy", next, none, 0);
  } else {
    return 8;
  }
  must(!"executed");
}
