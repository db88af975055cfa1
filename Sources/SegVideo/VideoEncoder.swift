internal import CFFmpeg
public import SegBase

/// Writes a video file from pictures: H.264 where FFmpeg has libx264, else MPEG-4 part 2. One thread at a time.
///
/// The file is written under a temporary name and gets its own when `finish` succeeds; without it the temporary file is removed.
/// Times are kept to 1/60000 s or finer, so a variable frame rate and the total duration survive. There are no B-frames: every picture is stored in order.
public final class VideoEncoder {
  /// The codec that is used: "h264" or "mpeg4".
  public let codecName: String
  /// Size of the stored picture: the pictures' own with odd sides made even by repeating the last column or row.
  public let codedSize: PixelSize

  private let size: PixelSize
  private let path: String
  private var file: TemporaryFile
  private let context: UnsafeMutablePointer<AVCodecContext>
  private var muxer: UnsafeMutablePointer<AVFormatContext>?
  private let stream: UnsafeMutablePointer<AVStream>
  private let output: PictureBuffer
  private var input: PictureBuffer?
  private var packet: UnsafeMutablePointer<AVPacket>?
  private var scaler: OpaquePointer?
  private let nominalTicks: Int64
  private var lastTimestamp = Int64.min
  private var durations: [Int64: Int64] = [:]

  /// Starts a file; `path` ends in .mp4, .m4v, .mov, .mkv or .avi.
  ///
  /// `size` is that of every picture, at least 2x2; `frameRate` the usual rate (times may differ from it); `quality` x264's constant rate factor,
  /// 0 (lossless) to 51; `threads` for encoding, 0 for one a core. Throws when the file cannot be created or the encoder not opened.
  public init(path: String, size: PixelSize, frameRate: FrameRate, quality: Int = 18, threads: Int = 0) throws(InputError) {
    precondition(size.width >= 2 && size.height >= 2 && (0...51).contains(quality), "a video is at least 2x2")
    MediaLog.install()
    file = try TemporaryFile(for: path)
    self.path = path
    self.size = size
    codedSize = PixelSize(width: (size.width + 1) / 2 * 2, height: (size.height + 1) / 2 * 2)
    // Ticks that divide a frame's length, and that MPEG-4's 16-bit clock can hold.
    let perSecond = min(frameRate.numerator, 60000)
    let timeBase = AVRational(num: 1, den: perSecond * max(1, 60000 / perSecond))
    nominalTicks = max(1, av_rescale(Int64(timeBase.den), Int64(frameRate.denominator), Int64(frameRate.numerator)))
    output = try PictureBuffer(size: codedSize, format: AV_PIX_FMT_YUV420P, subject: path)
    let encoder = try EncoderSetup.openEncoder(size: codedSize, timeBase: timeBase, rate: frameRate, quality: quality, threads: threads, path: path)
    var context = Optional(encoder)
    codecName = String(cString: avcodec_get_name(encoder.pointee.codec_id))
    do {
      let opened = try EncoderSetup.openMuxer(encoder, path: path, temporaryPath: file.temporaryPath)
      muxer = opened.muxer
      stream = opened.stream
    } catch {
      avcodec_free_context(&context)
      throw error
    }
    self.context = encoder
    packet = av_packet_alloc()
  }

  deinit {
    close()
    var context = Optional(context)
    avcodec_free_context(&context)
    av_packet_free(&packet)
    sws_freeContext(scaler)
  }

  private func close() {
    guard let muxer else { return }
    avio_closep(&muxer.pointee.pb)
    avformat_free_context(muxer)
    self.muxer = nil
  }

  /// Adds a picture (`rgb24` or `rgba32`, alpha ignored, of the size given at the start), shown from `presentationTime` for `duration`.
  ///
  /// Times must increase; one that does not is moved to one tick after the last. Without a duration the last picture lasts one frame.
  /// Throws when the file cannot be written.
  public func append(_ image: borrowing PixelImage, presentationTime: MediaTime, duration: MediaTime? = nil) throws(InputError) {
    precondition(image.size == size && image.format != .gray8, "pictures are of the video's size, in colour")
    precondition(muxer != nil, "the file is finished")
    try convert(image)
    let microsecond = AVRational(num: 1, den: 1_000_000)
    var timestamp = av_rescale_q(presentationTime.microseconds, microsecond, context.pointee.time_base)
    if timestamp <= lastTimestamp { timestamp = lastTimestamp + 1 }
    lastTimestamp = timestamp
    durations[timestamp] = duration.map { max(1, av_rescale_q($0.microseconds, microsecond, context.pointee.time_base)) } ?? nominalTicks
    output.frame.pointee.pts = timestamp
    output.frame.pointee.pict_type = AV_PICTURE_TYPE_NONE
    try encode(output.frame)
  }

  /// Writes what is left and gives the file its name. Nothing can be added afterwards. Throws when the file cannot be written.
  public func finish() throws(InputError) {
    guard muxer != nil else { return }
    if lastTimestamp == .min { throw InputError("nothing to write", subject: path, advice: "the video needs at least one frame") }
    try encode(nil)
    var code = av_write_trailer(muxer)
    if code >= 0, let pb = muxer?.pointee.pb { code = pb.pointee.error }
    close()
    if code < 0 { throw failure(code) }
    try file.commit()
  }

  private func convert(_ image: borrowing PixelImage) throws(InputError) {
    let format = image.format == .rgb24 ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_RGBA
    if input == nil || input?.frame.pointee.format != format.rawValue {
      input = try PictureBuffer(size: codedSize, format: format, subject: path)
      sws_freeContext(scaler)
      scaler = sws_getContext(
        Int32(codedSize.width), Int32(codedSize.height), format, Int32(codedSize.width), Int32(codedSize.height), AV_PIX_FMT_YUV420P,
        SWS_BILINEAR | SWS_ACCURATE_RND, nil, nil, nil)
      let isStandard = YUVMatrix.isStandardDefinition(width: Int32(codedSize.width), height: Int32(codedSize.height))
      let table = sws_getCoefficients(isStandard ? SWS_CS_ITU601 : SWS_CS_ITU709)
      sws_setColorspaceDetails(scaler, table, 1, table, 0, 0, 1 << 16, 1 << 16)
    }
    guard let source = input?.frame, let scaler else { throw InputError("out of memory", subject: path) }
    let (row, pixel) = (image.bytesPerRow, image.format.bytesPerPixel)
    image.withBytes { input?.copyRows($0, bytesPerRow: row, pixelBytes: pixel) }
    // The encoder may still hold the last frame's buffer.
    if av_frame_make_writable(output.frame) < 0 { throw InputError("out of memory", subject: path) }
    let (to, toStrides) = (output.frame.pointee.data, output.frame.pointee.linesize)
    let planes: [UnsafePointer<UInt8>?] = [UnsafePointer(source.pointee.data.0), nil, nil, nil]
    sws_scale(
      scaler, planes, [source.pointee.linesize.0, 0, 0, 0], 0, Int32(codedSize.height), [to.0, to.1, to.2, nil], [toStrides.0, toStrides.1, toStrides.2, 0])
  }

  private func encode(_ frame: UnsafeMutablePointer<AVFrame>?) throws(InputError) {
    guard let packet else { throw InputError("out of memory", subject: path) }
    let sent = avcodec_send_frame(context, frame)
    if sent < 0 { throw failure(sent) }
    while true {
      let code = avcodec_receive_packet(context, packet)
      if code == seg_error_again || code == seg_error_end { return }
      if code < 0 { throw failure(code) }
      packet.pointee.duration = durations.removeValue(forKey: packet.pointee.pts) ?? nominalTicks
      packet.pointee.stream_index = stream.pointee.index
      av_packet_rescale_ts(packet, context.pointee.time_base, stream.pointee.time_base)
      let written = av_interleaved_write_frame(muxer, packet)
      if written < 0 { throw failure(written) }
    }
  }

  private func failure(_ code: Int32) -> InputError {
    InputError("cannot be written: \(FFmpegFailure.text(code))", subject: path, advice: "check the space on the disk")
  }
}
