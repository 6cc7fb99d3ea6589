// Executions that fail, each for another reason, and then one through a `#!` line.
// Recorded: attempts with ENOENT, EACCES, ENOEXEC; one execution, exe the interpreter, the script named.
#include "step.h"
int main(void) {
  char *none[] = {0}, *argv[] = {"given", "word", 0};
  must(execve("no-such", argv, none) == -1 && errno == ENOENT);
  must(execve("not-executable", argv, none) == -1 && errno == EACCES);
  must(execve("no-format", argv, none) == -1 && errno == ENOEXEC);
  execve("./script", argv, none);
  must(!"executed");
}
