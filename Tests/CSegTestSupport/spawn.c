#include "CSegTestSupport.h"

#include <pty.h>
#include <signal.h>
#include <unistd.h>

pid_t seg_test_spawn_in_pty(const char *path, char *const arguments[], char *const environment[], int columns, int rows, int *master) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns,
                         .ws_xpixel = (unsigned short)(columns * 8), .ws_ypixel = (unsigned short)(rows * 16)};
  pid_t child = forkpty(master, NULL, NULL, &size);
  if (child == 0) {
    // The threads that run tests block most signals, and a program started from one would inherit that.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    // Whoever runs the tests in the background may ignore some, which would be inherited too.
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    execve(path, arguments, environment);
    _exit(127);
  }
  return child;
}
