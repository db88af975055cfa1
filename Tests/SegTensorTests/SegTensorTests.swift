// SegTensor
