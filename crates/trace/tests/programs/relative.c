// Relative paths after chdir(2) and fchdir(2).
// Recorded: writes of `a/x`, `a/b/y` and `z`; rename of `a/b/y` to `a/moved`; nothing at the same names elsewhere.
#include "step.h"
int main(void) {
  int top = open(".", O_RDONLY | O_DIRECTORY);
  must(mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0 && chdir("a") == 0);
  write_file("x", "x");
  must(chdir("b") == 0);
  write_file("y", "y");
  must(rename("y", "../moved") == 0);
  must(fchdir(top) == 0);
  write_file("z", "z");
}
