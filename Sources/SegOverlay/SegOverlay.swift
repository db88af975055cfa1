// SegOverlay
