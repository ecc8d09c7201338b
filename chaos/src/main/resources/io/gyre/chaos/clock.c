#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <dlfcn.h>
static volatile int64_t zero; static volatile int64_t *offset = &zero;
static int (*real)(clockid_t, struct timespec *);
__attribute__((constructor)) static void open_offset(void) {
  real = dlsym(RTLD_NEXT, "clock_gettime");
  const char *file = getenv("CHAOS_CLOCK");
  if (!file) return;
  int fd = open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void *m = mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (m != MAP_FAILED) offset = m;
}
int clock_gettime(clockid_t id, struct timespec *t) {
  int r = real ? real(id, t) : (int)syscall(SYS_clock_gettime, id, t);
  if (r == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) t->tv_sec += *offset;
  return r;
}
int gettimeofday(struct timeval *t, void *z) {
  struct timespec s; clock_gettime(CLOCK_REALTIME, &s); t->tv_sec = s.tv_sec; t->tv_usec = s.tv_nsec / 1000; (void)z; return 0;
}
time_t time(time_t *p) { struct timespec s; clock_gettime(CLOCK_REALTIME, &s); if (p) *p = s.tv_sec; return s.tv_sec; }
