// SegGraph
