// SegModels
