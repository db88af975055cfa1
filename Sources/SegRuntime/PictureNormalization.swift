import CSegKernels

/// Turns an RGB picture into a network's input: (byte / 255 - mean) / deviation, as one multiplication and one addition per channel.
public struct PictureNormalization: Hashable, Sendable {
  /// What a byte is multiplied with, and what is added then, in the order of the input's channels: red, green, blue, or blue first.
  public let scale, offset: [Float]
  /// Whether the input's channels are blue, green, red.
  public let swapsRedAndBlue: Bool

  /// Makes the function of means and deviations of colours in 0...1; three each, in the order of the input's channels, deviations above zero.
  public init(mean: [Float] = [0, 0, 0], deviation: [Float] = [1, 1, 1], swapsRedAndBlue: Bool = false) {
    precondition(mean.count == 3 && deviation.count == 3 && deviation.allSatisfy { $0 > 0 }, "three channels")
    scale = deviation.map { 1 / (255 * $0) }
    offset = zip(mean, deviation).map { -$0 / $1 }
    self.swapsRedAndBlue = swapsRedAndBlue
  }

  /// Writes height x width x 3 numbers from a picture of three bytes a pixel, red first, whose rows start `rowBytes` apart.
  public func apply(to picture: UnsafeRawBufferPointer, rowBytes: Int, height: Int, width: Int, into input: UnsafeMutableBufferPointer<Float>, threads: Int = 1)
  {
    precondition(height > 0 && width > 0 && rowBytes >= width * 3, "rows hold their pixels")
    precondition(picture.count >= (height - 1) * rowBytes + width * 3 && input.count == height * width * 3, "buffers fill their shapes")
    var arguments = SegNormalize()
    arguments.bytes = picture.bindMemory(to: UInt8.self).baseAddress
    (arguments.row_bytes, arguments.output, arguments.height, arguments.width) = (rowBytes, input.baseAddress, Int32(height), Int32(width))
    arguments.scale = (scale[0], scale[1], scale[2])
    arguments.offset = (offset[0], offset[1], offset[2])
    arguments.swaps_red_and_blue = swapsRedAndBlue ? 1 : 0
    seg_run_rows(seg_normalize, &arguments, Int32(height), Int32(threads))
  }
}
