internal import CSegKernels
internal import SegBase

extension FlowField {
  /// Becomes the flow over two steps: `first` leads from a picture A to B and `second` from B to C, the result from A to C. O(pixels).
  ///
  /// Both have the same size. `second` is sampled bilinearly where `first` leads; beyond its edge it goes on as at the edge.
  public mutating func compose(_ first: borrowing FlowField, then second: borrowing FlowField) {
    precondition(first.size == second.size, "fields of one size")
    reshape(to: first.size)
    seg_flow_compose(first.storage.start, second.storage.start, storage.start, Int32(size.width), Int32(size.height))
  }

  /// Puts one more step before this field: where it leads from B to C and `step` from A to B, it leads from A to C afterwards.
  ///
  /// This is how a chain grows with the frames of a video: with `step` from the current frame to the previous one, a field from the previous frame to the
  /// keyframe becomes the one from the current frame to the keyframe. `scratch` is what is overwritten, and what holds the old field afterwards.
  public mutating func prepend(_ step: borrowing FlowField, scratch: inout FlowField) {
    scratch.compose(step, then: self)
    swap(&self, &scratch)
  }

  /// Becomes the flow back along `other`, which leads from a picture A to B: the result leads from B to A. O(pixels), and far cheaper than another search.
  ///
  /// Every vector of A is turned round where it ends. Places of B that none leads to, as what comes into view there, have the vector of a place beside them.
  public mutating func invert(_ other: borrowing FlowField) {
    reshape(to: other.size)
    seg_flow_invert(other.storage.start, storage.start, Int32(size.width), Int32(size.height))
  }
}
