// A TCP connection whose connect(2) is interrupted by a signal goes on being made (connect(2), EINTR), and is made in the end.
// Recorded: the connection, started or made; not nothing.
#include "step.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
static void ignore(int signal) { (void)signal; }
int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int server = socket(AF_INET, SOCK_STREAM, 0);
  must(bind(server, (struct sockaddr *)&address, sizeof address) == 0 && listen(server, 0) == 0);
  must(getsockname(server, (struct sockaddr *)&address, &length) == 0);
  // Fills the queue of those not accepted yet: the next has to wait for a place in it.
  int filler = socket(AF_INET, SOCK_STREAM, 0);
  must(connect(filler, (struct sockaddr *)&address, sizeof address) == 0);
  struct sigaction action = {.sa_handler = ignore};
  struct itimerval timer = {{0, 50000}, {0, 50000}}, none = {{0, 0}, {0, 0}};
  must(sigaction(SIGALRM, &action, 0) == 0 && setitimer(ITIMER_REAL, &timer, 0) == 0);
  int client = socket(AF_INET, SOCK_STREAM, 0);
  int result = connect(client, (struct sockaddr *)&address, sizeof address), error = errno;
  must(setitimer(ITIMER_REAL, &none, 0) == 0);
  if (result == 0) skip("the queue of a listener takes more than it says");
  errno = error;
  must(error == EINTR);
  must(accept(server, 0, 0) >= 0);
  struct pollfd made = {client, POLLOUT, 0};
  must(poll(&made, 1, 10000) == 1);
  length = sizeof error;
  must(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0);
  printf("%d\n", ntohs(address.sin_port));
}
