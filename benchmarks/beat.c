/*
 * The supervised workload: says when it was started, then does nothing.
 *
 *   beat PIPE LABEL      writes "CLOCK_MONOTONIC-in-ns PID LABEL\n" to PIPE
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void end(int signal) {
  (void)signal;
  _exit(0);
}

int main(int count, char **arguments) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (count != 3) {
    return 2;
  }
  char line[256];
  int length = snprintf(line, sizeof line, "%lld %d %s\n",
                        now.tv_sec * 1000000000LL + now.tv_nsec, (int)getpid(), arguments[2]);
  /* Whoever measures holds the pipe open; where nobody does there is nobody to tell. */
  int pipe = open(arguments[1], O_WRONLY | O_NONBLOCK);
  if (pipe >= 0) {
    if (write(pipe, line, (size_t)length) < 0) {
      return 1;
    }
    close(pipe);
  }
  /* As process 1 of a container it would ignore TERM by default. */
  signal(SIGTERM, end);
  for (;;) {
    pause();
  }
}
