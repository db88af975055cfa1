// SegEvaluate
