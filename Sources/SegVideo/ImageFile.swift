internal import CFFmpeg
internal import Glibc
public import SegBase

/// Reads single picture files.
public enum ImageFile {
  /// Reads a picture of class indexes: one byte a pixel, exactly as stored (`gray8`).
  ///
  /// The file is a PNG, BMP, PGM, PBM or TIFF with a palette, whose indexes are given and not their colours, or with grey values of at most 8 bits,
  /// which are given unscaled. Throws for colour, for more than 8 bits, for lossy formats, and for more than 64 Mpixel.
  public static func readIndexed(_ path: String) throws(InputError) -> PixelImage {
    let sequence = ImageSequence([path])
    let decoded = try sequence.decode(path)
    let frame = VideoFrame(frame: decoded, orientation: .upright, presentationTime: .zero, duration: nil, index: 0)
    if sequence.codec == AV_CODEC_ID_MJPEG || sequence.codec == AV_CODEC_ID_WEBP {
      throw InputError("a lossy format cannot hold class indexes", subject: path, advice: "save the labels as PNG")
    }
    var image = PixelImage(size: PixelSize(width: Int(decoded.pointee.width), height: Int(decoded.pointee.height)), format: .gray8)
    let (width, height) = (image.size.width, image.size.height)
    guard let rows = decoded.pointee.data.0 else { throw InputError("the picture cannot be decoded", subject: path) }
    let stride = Int(decoded.pointee.linesize.0)
    switch AVPixelFormat(rawValue: decoded.pointee.format) {
    case AV_PIX_FMT_PAL8, AV_PIX_FMT_GRAY8:
      let step = AVPixelFormat(rawValue: decoded.pointee.format) == AV_PIX_FMT_GRAY8 ? greyStep(path) : 1
      image.withMutableBytes { bytes in
        for y in 0..<height {
          for x in 0..<width { bytes[y * width + x] = rows[y * stride + x] / step }
        }
      }
    case AV_PIX_FMT_MONOBLACK, AV_PIX_FMT_MONOWHITE:
      let inverted: UInt8 = AVPixelFormat(rawValue: decoded.pointee.format) == AV_PIX_FMT_MONOWHITE && sequence.codec != AV_CODEC_ID_PBM ? 1 : 0
      image.withMutableBytes { bytes in
        for y in 0..<height {
          for x in 0..<width { bytes[y * width + x] = rows[y * stride + x / 8] >> UInt8(7 - x % 8) & 1 ^ inverted }
        }
      }
    default:
      let name = av_get_pix_fmt_name(AVPixelFormat(rawValue: decoded.pointee.format)).map { String(cString: $0) } ?? "unknown"
      throw InputError("not a picture of class indexes but \(name)", subject: path, advice: "labels are 8-bit grey or palette PNG files")
    }
    _ = consume frame
    return image
  }

  /// Reads a picture as `rgb24`, upright, with the colours a picture viewer shows. At most 64 Mpixel.
  public static func readRGB(_ path: String) throws(InputError) -> PixelImage {
    let decoded = try ImageSequence([path]).decode(path)
    let frame = VideoFrame(
      frame: decoded, orientation: Orientation(matrix: seg_frame_display_matrix(decoded)), presentationTime: .zero, duration: nil, index: 0)
    var image = PixelImage(size: frame.size, format: .rgb24)
    try FrameScaler().scale(frame, into: &image, size: frame.size, format: .rgb24, quality: .accurate)
    return image
  }

  /// By how much the decoder multiplied grey values of fewer than 8 bits to fill the byte: 255 / (2^bits - 1).
  private static func greyStep(_ path: String) -> UInt8 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return 1 }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 26) { header in
      // A PNG's bit depth is byte 24 and its colour type byte 25.
      guard read(descriptor, header.baseAddress, 26) == 26, header[0] == 0x89, header[1] == 0x50, header[25] == 0 else { return 1 }
      return header[24] == 2 ? 85 : header[24] == 4 ? 17 : 1
    }
  }
}
