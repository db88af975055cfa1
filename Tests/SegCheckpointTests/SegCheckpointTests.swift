// SegCheckpoint
