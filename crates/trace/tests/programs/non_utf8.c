// Names are bytes: not UTF-8, with a line feed, a backslash, a quote, a text that looks like a deleted file's.
// Recorded: each write under a name that JSON can hold and that differs from all others; all are products.
#include "step.h"
int main(void) {
  write_file("\xff\xfe", "1");
  write_file("line\nfeed", "2");
  write_file("back\\slash", "3");
  write_file("\\xff\\xfe", "4");
  write_file("quote\"", "5");
  write_file("gone (deleted)", "6");
  write_file("\xc3\xa9t\xc3\xa9", "7");
  must(rename("\xff\xfe", "\xff") == 0);
}
