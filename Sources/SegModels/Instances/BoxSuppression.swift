import CSegKernels

/// Decides, candidate after candidate in the order of their scores, which are detections of objects and which repeat one (NETWORKS.md 2.7).
///
/// Gives the same detections as comparing every pair of boxes, because only better candidates matter to a candidate; so it can stop as soon as enough are found.
struct BoxSuppression: ~Copyable {
  private let settings: InstanceSettings
  /// The side by which the boxes are multiplied before they are compared.
  private let scale, margin: Float
  /// Boxes that candidates are compared with, of each group: four arrays of `stride` edges.
  private let boxes: UnsafeMutableBufferPointer<Float>
  private let counts: UnsafeMutableBufferPointer<Int>
  private let seen: UnsafeMutableBufferPointer<Int>
  private let stride: Int

  /// Makes one for a number of classes without the background, and square inputs of `inputSize` pixels.
  init(classCount: Int, inputSize: Int, settings: InstanceSettings) {
    self.settings = settings
    let isTraditional = settings.nonMaximumSuppression == .traditional
    (scale, margin) = isTraditional ? (Float(inputSize), 1) : (1, 0)
    let groups = settings.nonMaximumSuppression == .crossClass ? 1 : classCount
    // Sixteen boxes are read at once.
    stride = ((isTraditional ? settings.maximumCount : settings.candidateCount) + 15) / 16 * 16
    boxes = .allocate(capacity: groups * 4 * stride)
    boxes.initialize(repeating: 0)
    (counts, seen) = (.allocate(capacity: groups), .allocate(capacity: groups))
    counts.initialize(repeating: 0)
    seen.initialize(repeating: 0)
  }

  deinit {
    boxes.deallocate()
    counts.deallocate()
    seen.deallocate()
  }

  /// Forgets the boxes of the last frame.
  func reset() {
    counts.update(repeating: 0)
    seen.update(repeating: 0)
  }

  /// Whether the next candidate, with its corners (left, top, right, bottom), is a detection. Candidates must come in the order of their scores.
  func keeps(_ corners: SIMD4<Float>, classIndex: Int) -> Bool {
    let group = settings.nonMaximumSuppression == .crossClass ? 0 : classIndex
    let isTraditional = settings.nonMaximumSuppression == .traditional
    // Written out, since Swift 6.3 with the thread sanitizer fails on `+=` here.
    let number = seen[group] + 1
    seen[group] = number
    if !isTraditional && number > settings.candidateCount { return false }
    guard let base = boxes.baseAddress.map({ $0 + group * 4 * stride }) else { return false }
    let scaled = corners * scale
    let overlaps = withUnsafePointer(to: scaled) { box in
      box.withMemoryRebound(to: Float.self, capacity: 4) {
        seg_boxes_overlap(base, Int32(stride), Int32(counts[group]), $0, settings.overlapThreshold, margin, isTraditional ? 1 : 0) != 0
      }
    }
    if !overlaps || !isTraditional {
      let place = counts[group]
      precondition(place < stride, "room for every box that is compared")
      for edge in 0..<4 { base[edge * stride + place] = scaled[edge] }
      counts[group] = place + 1
    }
    return !overlaps
  }
}
