import CSegKernels
import SegGraph

@testable import SegRuntime

/// A map whose pixels lie further apart than their channels, and what kernels may read behind it.
struct SpacedMap {
  let typed: TypedShape
  /// Elements from one pixel's last to the next one's first.
  let gap: Int

  private var pixelBytes: Int { typed.shape.channels * typed.format.byteCount }
  private var step: Int { (typed.shape.channels + gap) * typed.format.byteCount }
  private var pixels: Range<Int> { 0..<typed.shape.height * typed.shape.width }

  /// The map's bytes in their places, with `filler` between them and behind them.
  func spread(_ bytes: [UInt8], around filler: UInt8) -> [UInt8] {
    var made = [UInt8](repeating: filler, count: (pixels.count - 1) * step + pixelBytes + Int(SEG_READABLE_BEYOND))
    for pixel in pixels { made.replaceSubrange(pixel * step..<pixel * step + pixelBytes, with: bytes[pixel * pixelBytes..<(pixel + 1) * pixelBytes]) }
    return made
  }

  /// The map's bytes; nil where anything around them is not `filler`.
  func gathered(_ start: UnsafePointer<UInt8>, around filler: UInt8) -> [UInt8]? {
    let bytes = pixels.flatMap { UnsafeBufferPointer(start: start + $0 * step, count: pixelBytes) }
    let expected = spread(bytes, around: filler)
    return expected.elementsEqual(UnsafeBufferPointer(start: start, count: expected.count)) ? bytes : nil
  }

  /// The map as kernels take it.
  func map(_ start: UnsafeMutablePointer<UInt8>) -> SegTypedMap {
    var made = SegTypedMap(start, typed)
    made.pixel_stride += Int32(gap)
    return made
  }
}

extension SegTypedMap {
  /// The same map of floats.
  var floats: SegMap {
    SegMap(data: data.assumingMemoryBound(to: Float.self), height: height, width: width, channels: channels, pixel_stride: pixel_stride)
  }
}
