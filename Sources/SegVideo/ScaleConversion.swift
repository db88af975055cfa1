internal import CFFmpeg
internal import SegBase

/// One prepared conversion: a libswscale context for one source layout and one target.
final class ScaleConversion {
  /// Everything the context depends on.
  struct Kind: Hashable {
    var width: Int32
    var height: Int32
    var pixelFormat: Int32
    var matrix: YUVMatrix
    var size: PixelSize
    var format: PixelFormat
    var quality: ScalingQuality

    init(_ frame: UnsafeMutablePointer<AVFrame>, size: PixelSize, format: PixelFormat, quality: ScalingQuality) {
      width = frame.pointee.width
      height = frame.pointee.height
      pixelFormat = frame.pointee.format
      matrix = YUVMatrix(frame)
      self.size = size
      self.format = format
      self.quality = quality
    }
  }

  let kind: Kind
  private let context: OpaquePointer
  private let hasAlpha: Bool
  /// Rows padded for vector stores past their ends, where the picture's own rows have no such room; nil where they have.
  private let padded: UnsafeMutableRawPointer?
  private let stride: Int

  init(_ kind: Kind) throws(InputError) {
    self.kind = kind
    let source = YUVMatrix.plainFormat(AVPixelFormat(rawValue: kind.pixelFormat))
    let target = ScaleConversion.target(kind.format)
    guard
      let context = sws_getContext(
        kind.width, kind.height, source, Int32(kind.size.width), Int32(kind.size.height), target, ScaleConversion.flags(kind), nil, nil, nil)
    else {
      let name = av_get_pix_fmt_name(source).map { String(cString: $0) } ?? "\(kind.pixelFormat)"
      throw InputError("pixels of the format \(name) cannot be converted to \(kind.size)", advice: "convert the video to yuv420p")
    }
    self.context = context
    let table = sws_getCoefficients(kind.matrix.coefficients)
    sws_setColorspaceDetails(context, table, kind.matrix.isFullRange ? 1 : 0, table, 1, 0, 1 << 16, 1 << 16)
    let descriptor = av_pix_fmt_desc_get(source)
    hasAlpha = kind.format == .rgba32 && (descriptor.map { $0.pointee.flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0 } ?? false || source == AV_PIX_FMT_PAL8)
    let row = kind.size.width * kind.format.bytesPerPixel
    stride = (row + 63) / 64 * 64
    padded = stride == row ? nil : UnsafeMutableRawPointer.allocate(byteCount: stride * kind.size.height + 64, alignment: 64)
  }

  deinit {
    padded?.deallocate()
    sws_freeContext(context)
  }

  private static func target(_ format: PixelFormat) -> AVPixelFormat {
    switch format {
    case .gray8: AV_PIX_FMT_GRAY8
    case .rgb24: AV_PIX_FMT_RGB24
    case .rgba32: AV_PIX_FMT_RGBA
    }
  }

  private static func flags(_ kind: Kind) -> Int32 {
    switch kind.quality {
    case .fast: SWS_BILINEAR
    case .accurate: SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP
    }
  }

  /// Converts a frame of this kind into a picture of this kind.
  func run(_ frame: UnsafeMutablePointer<AVFrame>, into image: inout PixelImage) {
    let data = frame.pointee.data
    let linesize = frame.pointee.linesize
    let planes: [UnsafePointer<UInt8>?] = [UnsafePointer(data.0), UnsafePointer(data.1), UnsafePointer(data.2), UnsafePointer(data.3)]
    let strides = [linesize.0, linesize.1, linesize.2, linesize.3]
    let row = kind.size.width * kind.format.bytesPerPixel
    image.withMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      let output = padded?.assumingMemoryBound(to: UInt8.self) ?? base
      let outputs: [UnsafeMutablePointer<UInt8>?] = [output, nil, nil, nil]
      let outputStrides: [Int32] = [Int32(stride), 0, 0, 0]
      sws_scale(context, planes, strides, 0, kind.height, outputs, outputStrides)
      if padded != nil {
        for y in 0..<kind.size.height { (base + y * row).update(from: output + y * stride, count: row) }
      }
      if hasAlpha {
        for pixel in 0..<kind.size.pixelCount { base[pixel * 4 + 3] = 255 }
      }
    }
  }
}
