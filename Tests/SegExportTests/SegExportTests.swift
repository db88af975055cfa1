// SegExport
