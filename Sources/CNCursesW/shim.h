#ifndef SEGPLAY_CNCURSESW_SHIM_H
#define SEGPLAY_CNCURSESW_SHIM_H

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#include <stdio.h>
#include <wchar.h>

// Macros and globals of ncurses that Swift cannot see, as functions.

static inline WINDOW *seg_stdscr(void) { return stdscr; }
static inline WINDOW *seg_curscr(void) { return curscr; }
static inline TERMINAL *seg_current_terminal(void) { return cur_term; }
static inline int seg_colour_count(void) { return COLORS; }
static inline int seg_pair_count(void) { return COLOR_PAIRS; }
static inline attr_t seg_bold(void) { return WA_BOLD; }
static inline attr_t seg_dim(void) { return WA_DIM; }
static inline attr_t seg_italic(void) { return WA_ITALIC; }
static inline attr_t seg_underline(void) { return WA_UNDERLINE; }
static inline attr_t seg_reverse(void) { return WA_REVERSE; }

// Columns that a character takes in the current locale; wchar.h hides wcwidth without a feature macro.
extern int wcwidth(wchar_t character);
static inline int seg_character_columns(wchar_t character) { return wcwidth(character); }

// Makes a cell of up to five scalars; pair numbers above 32,767 go through the options pointer.
static inline int seg_cell_set(cchar_t *cell, const wchar_t *text, attr_t attributes, int pair) {
  return setcchar(cell, text, attributes, 0, &pair);
}

// A string capability, or NULL when the terminal lacks it (tigetstr says (char *)-1 for a name that is not a string).
static inline const char *seg_capability(const char *name) {
  const char *text = tigetstr((char *)name);
  return text == (char *)-1 ? 0 : text;
}

#endif
