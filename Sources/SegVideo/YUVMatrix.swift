internal import CFFmpeg

/// How luma and chroma are turned into red, green and blue.
struct YUVMatrix: Hashable {
  /// libswscale's number of the matrix (SWS_CS_...).
  var coefficients: Int32
  /// Whether luma uses 0...255 instead of 16...235.
  var isFullRange: Bool

  /// What a decoded frame says of itself; what it leaves open is BT.601 for standard definition and BT.709 above, in limited range.
  init(_ frame: UnsafePointer<AVFrame>) {
    let format = AVPixelFormat(rawValue: frame.pointee.format)
    isFullRange = frame.pointee.color_range == AVCOL_RANGE_JPEG || YUVMatrix.isFullRange(format)
    switch frame.pointee.colorspace {
    case AVCOL_SPC_BT709: coefficients = SWS_CS_ITU709
    case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: coefficients = SWS_CS_ITU601
    case AVCOL_SPC_SMPTE240M: coefficients = SWS_CS_SMPTE240M
    case AVCOL_SPC_FCC: coefficients = SWS_CS_FCC
    case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: coefficients = SWS_CS_BT2020
    default:
      let conventional = YUVMatrix.isStandardDefinition(width: frame.pointee.width, height: frame.pointee.height) || isFullRange
      coefficients = conventional ? SWS_CS_ITU601 : SWS_CS_ITU709
    }
  }

  /// Whether untagged video of this size is taken to be BT.601.
  static func isStandardDefinition(width: Int32, height: Int32) -> Bool { width < 1280 && height <= 576 }

  /// The formats whose name alone says full range, and the plain formats with the same layout.
  private static let fullRangeFormats: [Int32: AVPixelFormat] = [
    AV_PIX_FMT_YUVJ420P.rawValue: AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ422P.rawValue: AV_PIX_FMT_YUV422P,
    AV_PIX_FMT_YUVJ444P.rawValue: AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVJ440P.rawValue: AV_PIX_FMT_YUV440P,
    AV_PIX_FMT_YUVJ411P.rawValue: AV_PIX_FMT_YUV411P,
  ]

  private static func isFullRange(_ format: AVPixelFormat) -> Bool { fullRangeFormats[format.rawValue] != nil }

  /// The format of the same layout whose name says nothing of the range.
  static func plainFormat(_ format: AVPixelFormat) -> AVPixelFormat { fullRangeFormats[format.rawValue] ?? format }
}
