// 1.5 MiB of arguments, one of 120 KiB.
// Recorded: the execution with all its words, or with fewer and a gap.
#include "step.h"
int main(int count, char **words) {
  if (count > 1) return count == 16 ? 18 : 1;
  static char word[120 * 1024];
  char *argv[17] = {words[0]}, *none[] = {0};
  memset(word, 'w', sizeof word - 1);
  for (int i = 1; i < 13; i++) argv[i] = word;
  argv[13] = "";
  argv[14] = "\xff";
  argv[15] = "last";
  execve("/proc/self/exe", argv, none);
  must(!"executed");
}
