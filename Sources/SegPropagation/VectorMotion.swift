internal import SegBase
internal import SegMotion

/// The flow of a frame from its codec's motion vectors, and where the two pictures bear it out. One thread at a time.
final class VectorMotion {
  /// Grey values that a pixel may differ by from its place in the frame before.
  static let largestResidual = 12

  private let maker = MotionVectorField()
  private let warper = FlowWarper()
  private var cells = FlowField(size: PixelSize(width: 1, height: 1))
  private var holes = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  private var warped = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)
  private var filled = PixelImage(size: PixelSize(width: 1, height: 1), format: .gray8)

  /// Takes a frame's vectors; returns the share of the picture that the encoder coded anew, 0...1.
  func take(_ motion: CodecMotion) -> Double { Double(maker.make(from: motion.vectors, frameSize: motion.frameSize, into: &cells, holes: &holes)) }

  /// Makes `field` the flow of the vectors that were taken, at a grid of `size`.
  func flow(size: PixelSize, into field: inout FlowField) { warper.resample(cells, to: size, into: &field) }

  /// Makes `mask` (`gray8`) 255 where `current` looks like its place in `previous` along the flow `backward`, else 0; returns the share of pixels that do not.
  func check(_ backward: borrowing FlowField, _ current: borrowing PixelImage, _ previous: borrowing PixelImage, mask: inout PixelImage) -> Double {
    warper.warpLabels(previous, along: backward, into: &warped, filled: &filled)
    mask.reshape(to: current.size, format: .gray8)
    var count = 0
    let limit = Self.largestResidual
    current.withBytes { now in
      warped.withBytes { then in
        filled.withBytes { filled in
          mask.withMutableBytes { mask in
            for index in 0..<mask.count {
              let isConsistent = filled[index] != 0 && abs(Int(now[index]) - Int(then[index])) <= limit
              mask[index] = isConsistent ? 255 : 0
              count += isConsistent ? 1 : 0
            }
          }
        }
      }
    }
    return current.size.pixelCount == 0 ? 0 : 1 - Double(count) / Double(current.size.pixelCount)
  }
}
