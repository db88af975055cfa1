// SegVideo
