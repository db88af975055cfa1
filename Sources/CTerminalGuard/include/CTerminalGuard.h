#ifndef SEGPLAY_TERMINAL_GUARD_H
#define SEGPLAY_TERMINAL_GUARD_H

#include <stddef.h>

// Leaves the terminal as it was found, whatever ends or stops the process, and turns signals into events.
// Everything the handlers call is async-signal-safe. One guard a process.

// What seg_guard_next_event returns: 0 for nothing, one of these, or the number of the signal that asks the program to end.
enum { SEG_GUARD_RESUMED = 1000, SEG_GUARD_RESIZED = 1001 };

// Installs the handlers; later calls do nothing. Returns 0, or -1 with errno set.
// A first INT, TERM or HUP becomes an event, and ends the process by force about a second later unless seg_guard_hold_deadline is called;
// a second one ends it at once. QUIT and the signals of a crash restore the terminal and take their default action.
int seg_guard_install(void);

// A descriptor that is readable when an event waits; -1 before seg_guard_install.
int seg_guard_descriptor(void);

// Takes the next event.
int seg_guard_next_event(void);

// The signal that asked the program to end, or 0.
int seg_guard_quit_signal(void);

// The program promises to end by itself: the forced end is called off.
void seg_guard_hold_deadline(void);

// Ends the process with the default action of `signal`, after restoring the terminal.
void seg_guard_end_by(int signal) __attribute__((noreturn));

// Gives the calling thread a stack of its own for handlers, so that an overflow of its stack restores the terminal too.
void seg_guard_protect_thread(void);

// Remembers the terminal's modes as they are now (before the screen is set up). Returns 0, or -1 with errno set.
int seg_guard_save(int descriptor);

// From now on the terminal shows the program's screen: its modes now are those of the program; `enter` and `leave` are written when
// the program is continued and stopped. Both are copied; returns -1 when they are longer than 1,023 bytes.
int seg_guard_arm(const char *enter, const char *leave);

// The screen was closed in the ordinary way: nothing is left to restore.
void seg_guard_disarm(void);

// Leaves and enters the program's screen by hand.
void seg_guard_leave(void);
void seg_guard_enter(void);

// Writes all of a buffer to the guarded terminal, waiting where it must. Returns the count written: less than `count` when the terminal is
// gone (then errno says why) or the program's screen was left in the meantime.
size_t seg_guard_write(const void *bytes, size_t count);

#endif
