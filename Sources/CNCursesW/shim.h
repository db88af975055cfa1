#ifndef SEGPLAY_CNCURSESW_SHIM_H
#define SEGPLAY_CNCURSESW_SHIM_H

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

#endif
