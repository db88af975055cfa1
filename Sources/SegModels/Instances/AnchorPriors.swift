internal import Foundation
public import SegBase

/// The boxes that a network's box outputs are offsets to, in the order of its outputs: level, row, column, anchor (NETWORKS.md 2.6).
///
/// A box is (centre x, centre y, width, height) as shares of the picture. The order and the values are those of the original YOLACT; lengths are computed in
/// double precision and then rounded.
public struct AnchorPriors: Sendable, Hashable {
  /// One box an anchor: x, y, width, height.
  public let boxes: [SIMD4<Float>]

  /// How many there are.
  public var count: Int { boxes.count }

  /// The priors of a network for square inputs of `inputSize` pixels whose outputs have those sizes, the finest level first.
  public init(layout: InstanceLayout, levels: [PixelSize], inputSize: Int) {
    precondition(inputSize > 0, "an input has pixels")
    var boxes: [SIMD4<Float>] = []
    boxes.reserveCapacity(levels.reduce(0) { $0 + $1.pixelCount } * layout.anchorsPerPosition)
    for (index, level) in levels.enumerated() {
      let shapes = Self.shapes(layout, level: index, inputSize: inputSize)
      precondition(shapes.count == layout.anchorsPerPosition, "as many anchors as their rule gives")
      for row in 0..<level.height {
        for column in 0..<level.width {
          let x = Float((Double(column) + 0.5) / Double(level.width))
          let y = Float((Double(row) + 0.5) / Double(level.height))
          for shape in shapes { boxes.append(SIMD4(x, y, shape.x, shape.y)) }
        }
      }
    }
    self.boxes = boxes
  }

  /// The corners (left, top, right, bottom, as shares of the picture) of an anchor's box that is moved and stretched by a network's four outputs for it.
  func corners(of anchor: Int, offsets: UnsafePointer<Float>) -> SIMD4<Float> {
    let prior = boxes[anchor]
    let size = SIMD2(prior[2] * exp(offsets[2] * Self.sizeVariance), prior[3] * exp(offsets[3] * Self.sizeVariance))
    let centre = SIMD2(prior[0], prior[1]) + SIMD2(offsets[0], offsets[1]) * Self.centreVariance * SIMD2(prior[2], prior[3])
    let first = centre - size / 2
    let last = first + size
    return SIMD4(first.x, first.y, last.x, last.y)
  }

  /// By how much of the prior's size an output of one moves the centre; the logarithm of the factor by which it stretches the size.
  private static let (centreVariance, sizeVariance): (Float, Float) = (0.1, 0.2)
  /// Width over height of the anchors of one scale.
  private static let ratios = [1, 0.5, 2]
  /// The side of an input for which the scales are given.
  private static let referenceSize = 550

  /// Side lengths, in pixels, of the anchors of a level for an input of that size: 24 (Pascal VOC: 32) at 550, doubled from level to level, in proportion
  /// for other sizes and cut to whole pixels.
  private static func scale(_ rule: InstanceLayout.AnchorRule, level: Int, inputSize: Int) -> Int {
    let reference = (rule == .ratios ? 32 : 24) << level
    return max(1, reference * inputSize / referenceSize)
  }

  /// Widths and heights of the anchors at one position, as shares of the input.
  private static func shapes(_ layout: InstanceLayout, level: Int, inputSize: Int) -> [SIMD2<Float>] {
    let scale = Double(scale(layout.anchorRule, level: level, inputSize: inputSize))
    let side = Double(inputSize)
    let scales = layout.anchorRule == .scalesAndRatios ? (0..<3).map { scale * pow(2, Double($0) / 3) } : [scale]
    return scales.flatMap { scale in
      ratios.map { ratio in
        let root = ratio.squareRoot()
        let width = Float(scale * root / side)
        // The published square-anchor networks were trained with the height set to the width.
        return SIMD2(width, layout.anchorRule == .squares ? width : Float(scale / root / side))
      }
    }
  }
}
