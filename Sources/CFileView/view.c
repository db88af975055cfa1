#define _GNU_SOURCE

#include "CFileView.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static pthread_mutex_t only_view = PTHREAD_MUTEX_INITIALIZER;      // held while there is a view
static atomic_uintptr_t view_start, view_end;
static atomic_int page_missing;
static atomic_int passing_on;        // 1 while the handler that was there before has the signal
static uintptr_t page_bytes;
static struct sigaction before;

// A fault elsewhere is none of ours. A handler that was installed on top of this one passes on to it what it got from it: then the signal takes its default
// action, as it does where there was no handler.
static void pass_on(int number, siginfo_t *information, void *context) {
  if (!atomic_exchange(&passing_on, 1)) {
    int is_function = before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN;
    if (before.sa_flags & SA_SIGINFO) before.sa_sigaction(number, information, context);
    else if (is_function) before.sa_handler(number);
    atomic_store(&passing_on, 0);
    if (before.sa_flags & SA_SIGINFO || is_function) return;
  }
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
  raise(number);       // waits until this handler returns
}

// mmap is a bare system call, which a handler may make. The instruction that failed is run again and reads zeros.
static void on_fault(int number, siginfo_t *information, void *context) {
  int saved = errno;
  uintptr_t place = (uintptr_t)information->si_addr;
  int is_inside = information->si_code == BUS_ADRERR && place >= atomic_load(&view_start) && place < atomic_load(&view_end);
  if (is_inside) {
    void *page = (void *)(place & ~(page_bytes - 1));
    is_inside = mmap(page, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
    if (is_inside) atomic_store(&page_missing, 1);
  }
  if (!is_inside) pass_on(number, information, context);
  errno = saved;
}

static int is_own(const struct sigaction *action) { return action->sa_flags & SA_SIGINFO && action->sa_sigaction == on_fault; }

const void *seg_view_open(int descriptor, size_t size) {
  pthread_mutex_lock(&only_view);
  page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
  void *start = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (start == MAP_FAILED) {
    int saved = errno;
    pthread_mutex_unlock(&only_view);
    errno = saved;
    return NULL;
  }
  atomic_store(&page_missing, 0);
  atomic_store(&view_end, (uintptr_t)start + size);
  atomic_store(&view_start, (uintptr_t)start);
  struct sigaction action, found;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &found);
  if (!is_own(&found)) before = found;
  return start;
}

int seg_view_close(void) {
  struct sigaction now;
  // Whoever installed a handler meanwhile keeps it.
  if (sigaction(SIGBUS, NULL, &now) == 0 && is_own(&now)) sigaction(SIGBUS, &before, NULL);
  uintptr_t start = atomic_load(&view_start), end = atomic_load(&view_end);
  atomic_store(&view_start, 0);
  atomic_store(&view_end, 0);
  munmap((void *)start, end - start);
  int result = atomic_load(&page_missing) ? -1 : 0;
  pthread_mutex_unlock(&only_view);
  return result;
}
