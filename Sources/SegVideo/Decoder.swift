internal import CFFmpeg
internal import SegBase

/// Owns one codec context and runs FFmpeg's send and receive protocol. One thread at a time.
final class Decoder {
  /// What `receive` found.
  enum Outcome {
    case frame(UnsafeMutablePointer<AVFrame>)
    case needsPacket
    case end
    case corrupt
  }

  /// The largest picture that is decoded, in pixels; larger ones count as corrupt.
  static let maximumPixelCount: Int64 = 1 << 26

  private var context: UnsafeMutablePointer<AVCodecContext>?
  private var spare: UnsafeMutablePointer<AVFrame>?

  /// Opens the decoder of `codec`, with the stream's parameters where there are any. Frames carry their motion vectors when that is asked for.
  init(
    codec: AVCodecID, parameters: UnsafePointer<AVCodecParameters>?, timeBase: AVRational, threads: Int32, exportsMotionVectors: Bool = false, subject: String
  ) throws(InputError) {
    let name = String(cString: avcodec_get_name(codec))
    guard let decoder = avcodec_find_decoder(codec), let opened = avcodec_alloc_context3(decoder) else {
      throw InputError("no decoder for \(name)", subject: subject, advice: "convert it to H.264, or install an FFmpeg that has the decoder")
    }
    context = opened
    if let parameters { avcodec_parameters_to_context(opened, parameters) }
    opened.pointee.pkt_timebase = timeBase
    opened.pointee.max_pixels = Decoder.maximumPixelCount
    opened.pointee.thread_count = threads
    opened.pointee.thread_type = threads == 1 ? 0 : FF_THREAD_FRAME
    if exportsMotionVectors { opened.pointee.export_side_data |= Int32(AV_CODEC_EXPORT_DATA_MVS) }
    let code = avcodec_open2(opened, decoder, nil)
    if code < 0 {
      avcodec_free_context(&context)
      throw InputError("the \(name) decoder cannot be opened: \(FFmpegFailure.text(code))", subject: subject, advice: "the file may be damaged")
    }
  }

  deinit {
    av_frame_free(&spare)
    avcodec_free_context(&context)
  }

  /// The stored pixel format once known.
  var pixelFormat: AVPixelFormat { context?.pointee.pix_fmt ?? AV_PIX_FMT_NONE }

  /// Gives the decoder a packet, nil at the end of the stream. Returns 0, `seg_error_again` when a frame must be received first, or another error code.
  func send(_ packet: UnsafePointer<AVPacket>?) -> Int32 { avcodec_send_packet(context, packet) }

  /// Takes a frame if one is ready. The caller owns it.
  func receive() throws(InputError) -> Outcome {
    if spare == nil { spare = av_frame_alloc() }
    guard let frame = spare else { throw InputError("out of memory") }
    let code = avcodec_receive_frame(context, frame)
    if code == 0 {
      guard frame.pointee.width > 0, frame.pointee.height > 0, frame.pointee.data.0 != nil else {
        av_frame_unref(frame)
        return .corrupt
      }
      spare = nil
      return .frame(frame)
    }
    if code == seg_error_again { return .needsPacket }
    return code == seg_error_end ? .end : .corrupt
  }

  /// Forgets everything in flight, before a seek or after the end.
  func flush() { avcodec_flush_buffers(context) }
}
