// SegBase
