import Foundation
import SegBase
import SegModels

@testable import struct SegModels.AnchorPriors

/// The outputs of a network that finds instances, owned by a test.
struct OwnedOutputs {
  var classScores, boxOffsets, coefficients: [[Float]]
  var prototypes: [Float]

  /// Calls `body` with the outputs in the form the detector takes.
  func withOutputs<Result>(_ body: (InstanceOutputs) throws -> Result) rethrows -> Result {
    func pointers(_ lists: [[Float]]) -> [UnsafeMutableBufferPointer<Float>] {
      lists.map { list in
        let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: list.count)
        _ = copy.initialize(from: list)
        return copy
      }
    }
    let copies = [pointers(classScores), pointers(boxOffsets), pointers(coefficients), pointers([prototypes])]
    defer { for copy in copies.joined() { copy.deallocate() } }
    let outputs = InstanceOutputs(
      classScores: copies[0].map { UnsafeBufferPointer($0) }, boxOffsets: copies[1].map { UnsafeBufferPointer($0) },
      coefficients: copies[2].map { UnsafeBufferPointer($0) }, prototypes: UnsafeBufferPointer(copies[3][0]))
    return try body(outputs)
  }
}

/// Detection and masks as NETWORKS.md 2.7 and 2.8 describe them, one number at a time.
enum PlainInstances {
  struct Detection: Equatable {
    let anchor, classIndex: Int
    let score: Float
    let corners: [Float]
  }

  static func softmax(_ logits: ArraySlice<Float>) -> [Float] {
    let greatest = logits.max() ?? 0
    let powers = logits.map { exp($0 - greatest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  static func corners(_ prior: SIMD4<Float>, _ offsets: ArraySlice<Float>) -> [Float] {
    let t = Array(offsets)
    let (width, height) = (prior[2] * exp(t[2] * 0.2), prior[3] * exp(t[3] * 0.2))
    let (x, y) = (prior[0] + t[0] * 0.1 * prior[2] - width / 2, prior[1] + t[1] * 0.1 * prior[3] - height / 2)
    return [x, y, x + width, y + height]
  }

  static func overlap(_ a: [Float], _ b: [Float], margin: Float = 0) -> Float {
    let width = max(0, min(a[2], b[2]) - max(a[0], b[0]) + margin)
    let height = max(0, min(a[3], b[3]) - max(a[1], b[1]) + margin)
    let area = { (box: [Float]) in (box[2] - box[0] + margin) * (box[3] - box[1] + margin) }
    return width * height / (area(a) + area(b) - width * height)
  }

  /// Every detection, best first.
  static func detect(_ outputs: OwnedOutputs, priors: AnchorPriors, classCount: Int, inputSize: Int, settings: InstanceSettings) -> [Detection] {
    let (scores, offsets) = (outputs.classScores.flatMap { $0 }, outputs.boxOffsets.flatMap { $0 })
    let rows = priors.boxes.indices.map { Array(softmax(scores[$0 * classCount..<($0 + 1) * classCount]).dropFirst()) }
    let kept = rows.indices.filter { (rows[$0].max() ?? 0) > settings.candidateThreshold }
    var found: [Detection] = []
    let detection = { (anchor: Int, label: Int) in
      Detection(anchor: anchor, classIndex: label, score: rows[anchor][label], corners: corners(priors.boxes[anchor], offsets[anchor * 4..<anchor * 4 + 4]))
    }
    let best = { (list: [Detection]) in list.sorted { ($1.score, $0.classIndex, $0.anchor) < ($0.score, $1.classIndex, $1.anchor) } }
    let suppressed = { (list: [Detection]) in
      let cut = best(list).prefix(settings.candidateCount)
      return cut.indices.filter { index in !cut[..<index].contains { overlap($0.corners, cut[index].corners) > settings.overlapThreshold } }.map { cut[$0] }
    }
    switch settings.nonMaximumSuppression {
    case .fast:
      for label in 0..<classCount - 1 { found += suppressed(kept.map { detection($0, label) }) }
    case .crossClass:
      found = suppressed(kept.map { anchor in detection(anchor, rows[anchor].firstIndex(of: rows[anchor].max() ?? 0) ?? 0) })
    case .traditional:
      for label in 0..<classCount - 1 {
        var stays: [Detection] = []
        for one in best(kept.filter { rows[$0][label] > settings.candidateThreshold }.map { detection($0, label) }) {
          let side = Float(inputSize)
          let repeats = stays.contains {
            overlap($0.corners.map { $0 * side }, one.corners.map { $0 * side }, margin: 1) >= settings.overlapThreshold
          }
          if !repeats { stays.append(one) }
        }
        found += stays
      }
    }
    return Array(best(found).prefix(settings.maximumCount).filter { $0.score > settings.scoreThreshold })
  }

  /// The values of a mask at the prototypes' size, zeros outside the box.
  static func mask(prototypes: [Float], size: PixelSize, coefficients: [Float], corners: [Float]) -> [Float] {
    let (width, height) = (Float(size.width), Float(size.height))
    let (left, right) = (max(min(corners[0] * width, corners[2] * width) - 1, 0), min(max(corners[0] * width, corners[2] * width) + 1, width))
    let (top, bottom) = (max(min(corners[1] * height, corners[3] * height) - 1, 0), min(max(corners[1] * height, corners[3] * height) + 1, height))
    return (0..<size.pixelCount).map { index in
      let (x, y) = (Float(index % size.width), Float(index / size.width))
      guard x >= left && x < right && y >= top && y < bottom else { return 0 }
      let sum = coefficients.indices.reduce(0) { $0 + Double(coefficients[$1]) * Double(prototypes[index * coefficients.count + $1]) }
      return Float(1 / (1 + exp(-sum)))
    }
  }

  /// A mask interpolated to another size.
  static func resized(_ mask: [Float], from source: PixelSize, to size: PixelSize) -> [Float] {
    let tap = { (index: Int, count: Int, of: Int) -> (Int, Int, Double) in
      let place = max(0, (Double(index) + 0.5) * Double(of) / Double(count) - 0.5)
      let first = min(Int(place), of - 1)
      return (first, min(first + 1, of - 1), place - Double(first))
    }
    let columns = (0..<size.width).map { tap($0, size.width, source.width) }
    var values: [Float] = []
    for y in 0..<size.height {
      let (top, bottom, lower) = tap(y, size.height, source.height)
      for (left, right, weight) in columns {
        let at = { (row: Int, column: Int) in Double(mask[row * source.width + column]) }
        values.append(
          Float(
            (1 - lower) * ((1 - weight) * at(top, left) + weight * at(top, right))
              + lower * ((1 - weight) * at(bottom, left) + weight * at(bottom, right))))
      }
    }
    return values
  }
}
