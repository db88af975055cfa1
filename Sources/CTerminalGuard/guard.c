#define _GNU_SOURCE

#include "CTerminalGuard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

enum { SEQUENCE_CAPACITY = 1024, ALTERNATE_STACK_BYTES = 64 * 1024, FORCED_END_SECONDS = 1 };

static int terminal = -1;
static struct termios shell_modes, program_modes;
static char enter_sequence[SEQUENCE_CAPACITY], leave_sequence[SEQUENCE_CAPACITY];
static size_t enter_count, leave_count;

static atomic_int shown;             // 1 while the terminal shows the program's screen
static atomic_int armed;             // 1 between arm and disarm
static atomic_int quit_signal;       // the first signal that asked for an end
static atomic_int event_quit, event_resumed, event_resized;
static int pipe_ends[2] = {-1, -1};
static atomic_int installed;

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGQUIT, SIGXCPU};
static struct sigaction previous_actions[NSIG];
static int backtrace_wanted;         // SWIFT_BACKTRACE is set

// Writes what the terminal takes: one that nobody reads any more must not keep the process from ending, so each wait is short.
static void write_without_hanging(const char *bytes, size_t count) {
  tcflow(terminal, TCOON);
  int flags = fcntl(terminal, F_GETFL);
  if (flags >= 0) fcntl(terminal, F_SETFL, flags | O_NONBLOCK);
  while (count > 0) {
    ssize_t written = write(terminal, bytes, count);
    if (written >= 0) {
      bytes += written;
      count -= (size_t)written;
    } else if (errno == EAGAIN) {
      struct pollfd wait = {.fd = terminal, .events = POLLOUT};
      if (poll(&wait, 1, 200) == 0) break;
    } else if (errno != EINTR) {
      break;
    }
  }
  if (flags >= 0) fcntl(terminal, F_SETFL, flags);
}

static void set_modes(const struct termios *modes) {
  while (tcsetattr(terminal, TCSANOW, modes) < 0 && errno == EINTR) {}
}

// Both keep errno and may run in a handler. A background process must not be stopped by SIGTTOU while it leaves.
void seg_guard_leave(void) {
  if (!atomic_exchange(&shown, 0)) return;
  int saved = errno;
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  write_without_hanging(leave_sequence, leave_count);
  set_modes(&shell_modes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = saved;
}

void seg_guard_enter(void) {
  if (!atomic_load(&armed) || atomic_load(&shown)) return;
  int saved = errno;
  set_modes(&program_modes);
  atomic_store(&shown, 1);
  write_without_hanging(enter_sequence, enter_count);
  errno = saved;
}

static void post(atomic_int *event, int value) {
  int saved = errno;
  atomic_store(event, value);
  ssize_t ignored = write(pipe_ends[1], "!", 1);
  (void)ignored;
  errno = saved;
}

static void end_with_action(int number, const struct sigaction *action) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  sigaction(number, action, NULL);
  pthread_sigmask(SIG_UNBLOCK, &one, NULL);
  raise(number);
}

static void end_by_default(int number) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigemptyset(&action.sa_mask);
  end_with_action(number, &action);
}

static void on_crash(int number) {
  // Swift's backtracer asks questions on a terminal and waits half a minute for the answer; it is left to those who ask for it.
  int quietly = atomic_load(&armed) && !backtrace_wanted;
  seg_guard_leave();
  if (quietly) end_by_default(number);
  else end_with_action(number, &previous_actions[number]);
}

static void on_quit(int number) {
  int none = 0;
  if (!atomic_compare_exchange_strong(&quit_signal, &none, number)) {
    seg_guard_leave();
    end_by_default(number);
    return;
  }
  post(&event_quit, number);
  alarm(FORCED_END_SECONDS);
}

static void on_deadline(int number) {
  (void)number;
  seg_guard_leave();
  int asked = atomic_load(&quit_signal);
  end_by_default(asked ? asked : SIGALRM);
}

static void on_stop(int number);

static void install(int number, void (*handler)(int), struct sigaction *previous) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigfillset(&action.sa_mask);
  // A crash inside a handler must still end the process.
  for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++) sigdelset(&action.sa_mask, crash_signals[i]);
  sigaction(number, &action, previous);
}

static atomic_int stop_handled;      // the continuation that follows is dealt with by on_stop

static void on_stop(int number) {
  int was_shown = atomic_load(&shown);
  seg_guard_leave();
  end_by_default(number);       // stops here; goes on when the process is continued
  install(number, on_stop, NULL);
  if (was_shown) seg_guard_enter();
  // An orphaned process group is not stopped, and no continuation follows.
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  atomic_store(&stop_handled, sigismember(&pending, SIGCONT) == 1);
  post(&event_resumed, 1);
}

static void on_continue(int number) {
  (void)number;
  if (atomic_exchange(&stop_handled, 0)) return;
  // After a SIGSTOP the screen was not left, but the shell has set its own modes.
  if (atomic_load(&shown)) set_modes(&program_modes);
  post(&event_resumed, 1);
}

static void on_resize(int number) {
  (void)number;
  post(&event_resized, 1);
}

static void install_unless_ignored(int number, void (*handler)(int)) {
  struct sigaction now;
  if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN) return;      // nohup
  install(number, handler, NULL);
}

void seg_guard_protect_thread(void) {
  stack_t now;
  if (sigaltstack(NULL, &now) == 0 && !(now.ss_flags & SS_DISABLE)) return;
  void *memory = mmap(NULL, ALTERNATE_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return;
  stack_t stack = {.ss_sp = memory, .ss_size = ALTERNATE_STACK_BYTES};
  sigaltstack(&stack, NULL);
}

int seg_guard_install(void) {
  if (atomic_exchange(&installed, 1)) return 0;
  if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) < 0) {
    atomic_store(&installed, 0);
    return -1;
  }
  const char *backtrace = getenv("SWIFT_BACKTRACE");
  backtrace_wanted = backtrace && *backtrace;
  seg_guard_protect_thread();
  for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++)
    install(crash_signals[i], on_crash, &previous_actions[crash_signals[i]]);
  install_unless_ignored(SIGINT, on_quit);
  install_unless_ignored(SIGTERM, on_quit);
  install_unless_ignored(SIGHUP, on_quit);
  install_unless_ignored(SIGTSTP, on_stop);
  install(SIGALRM, on_deadline, NULL);
  install(SIGCONT, on_continue, NULL);
  install(SIGWINCH, on_resize, NULL);
  atexit(seg_guard_leave);
  return 0;
}

int seg_guard_descriptor(void) { return pipe_ends[0]; }

int seg_guard_next_event(void) {
  char drained[64];
  while (pipe_ends[0] >= 0 && read(pipe_ends[0], drained, sizeof drained) > 0) {}
  int number = atomic_exchange(&event_quit, 0);
  if (number) return number;
  if (atomic_exchange(&event_resumed, 0)) return SEG_GUARD_RESUMED;
  if (atomic_exchange(&event_resized, 0)) return SEG_GUARD_RESIZED;
  return 0;
}

int seg_guard_quit_signal(void) { return atomic_load(&quit_signal); }

void seg_guard_hold_deadline(void) { alarm(0); }

void seg_guard_end_by(int number) {
  seg_guard_leave();
  end_by_default(number);
  _exit(128 + number);
}

int seg_guard_save(int descriptor) {
  terminal = descriptor;
  return tcgetattr(descriptor, &shell_modes);
}

int seg_guard_arm(const char *enter, const char *leave) {
  enter_count = strlen(enter);
  leave_count = strlen(leave);
  if (enter_count >= SEQUENCE_CAPACITY || leave_count >= SEQUENCE_CAPACITY) return -1;
  memcpy(enter_sequence, enter, enter_count);
  memcpy(leave_sequence, leave, leave_count);
  if (tcgetattr(terminal, &program_modes) < 0) return -1;
  atomic_store(&armed, 1);
  atomic_store(&shown, 1);
  return 0;
}

void seg_guard_disarm(void) {
  atomic_store(&armed, 0);
  atomic_store(&shown, 0);
}

size_t seg_guard_write(const void *bytes, size_t count) {
  const char *next = bytes;
  size_t left = count;
  while (left > 0 && atomic_load(&shown)) {
    ssize_t written = write(terminal, next, left);
    if (written >= 0) {
      next += written;
      left -= (size_t)written;
    } else if (errno == EAGAIN) {
      struct pollfd wait = {.fd = terminal, .events = POLLOUT};
      poll(&wait, 1, 100);
    } else if (errno != EINTR) {
      break;
    }
  }
  return count - left;
}
