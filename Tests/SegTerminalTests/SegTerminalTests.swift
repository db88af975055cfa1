// SegTerminal
