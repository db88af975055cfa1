// SegPlayer
