internal import CFFmpeg
public import SegBase

/// Writes PNG files. Each appears under its name only when it is whole.
public enum ImageWriter {
  /// Writes a picture: `rgb24` and `rgba32` as colour, `gray8` as 8-bit grey.
  ///
  /// With a `palette` of 1 to 256 colours a `gray8` picture is written as indexes into it; values past its end are black. Throws when the file cannot be written.
  public static func write(_ image: borrowing PixelImage, palette: [Colour]? = nil, to path: String) throws(InputError) {
    precondition(palette == nil || (image.format == .gray8 && palette.map { (1...256).contains($0.count) } == true), "a palette goes with indexes")
    let format: AVPixelFormat
    switch image.format {
    case .gray8: format = palette == nil ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_PAL8
    case .rgb24: format = AV_PIX_FMT_RGB24
    case .rgba32: format = AV_PIX_FMT_RGBA
    }
    let buffer = try PictureBuffer(size: image.size, format: format, subject: path)
    image.withBytes { buffer.copyRows($0, bytesPerRow: image.bytesPerRow) }
    if let palette { buffer.setPalette(palette) }
    try encode(buffer, path)
  }

  /// Writes 16-bit grey values, `size.pixelCount` of them in rows from the top, as the MOTS challenge wants them.
  public static func write(gray16 values: [UInt16], size: PixelSize, to path: String) throws(InputError) {
    precondition(values.count == size.pixelCount, "one value a pixel")
    let buffer = try PictureBuffer(size: size, format: AV_PIX_FMT_GRAY16BE, subject: path)
    let swapped = values.map(\.bigEndian)
    swapped.withUnsafeBytes { buffer.copyRows($0.bindMemory(to: UInt8.self), bytesPerRow: size.width * 2) }
    try encode(buffer, path)
  }

  private static func encode(_ buffer: borrowing PictureBuffer, _ path: String) throws(InputError) {
    MediaLog.install()
    var file = try TemporaryFile(for: path)
    guard let codec = avcodec_find_encoder(AV_CODEC_ID_PNG) else {
      throw InputError("this FFmpeg has no PNG encoder", subject: path, advice: "install one that has it")
    }
    var context = avcodec_alloc_context3(codec)
    var packet = av_packet_alloc()
    defer {
      avcodec_free_context(&context)
      av_packet_free(&packet)
    }
    guard let context, let packet else { throw InputError("out of memory", subject: path) }
    context.pointee.width = buffer.frame.pointee.width
    context.pointee.height = buffer.frame.pointee.height
    context.pointee.pix_fmt = AVPixelFormat(rawValue: buffer.frame.pointee.format)
    context.pointee.time_base = AVRational(num: 1, den: 25)
    context.pointee.thread_count = 1
    var code = avcodec_open2(context, codec, nil)
    if code >= 0 { code = avcodec_send_frame(context, buffer.frame) }
    if code >= 0 { code = avcodec_send_frame(context, nil) }
    if code >= 0 { code = avcodec_receive_packet(context, packet) }
    if code < 0 { throw InputError("the picture cannot be encoded: \(FFmpegFailure.text(code))", subject: path) }
    try file.write(UnsafeRawBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size)))
    try file.commit()
  }
}
