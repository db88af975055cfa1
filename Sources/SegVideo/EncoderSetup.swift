internal import CFFmpeg
internal import SegBase

/// Opens the encoder and the container of a `VideoEncoder`.
enum EncoderSetup {
  private static let extensions: Set<String> = ["mp4", "m4v", "mov", "mkv", "avi"]

  /// Opens libx264, or FFmpeg's own MPEG-4 encoder where that is missing.
  static func openEncoder(
    size: PixelSize, timeBase: AVRational, rate: FrameRate, quality: Int, threads: Int, path: String
  ) throws(InputError) -> UnsafeMutablePointer<AVCodecContext> {
    guard let name = path.lastIndex(of: ".").map({ path[path.index(after: $0)...].lowercased() }), extensions.contains(name) else {
      throw InputError("unknown kind of video file", subject: path, advice: "end its name in .mp4, .mov, .mkv or .avi")
    }
    let x264 = avcodec_find_encoder_by_name("libx264")
    guard let codec = x264 ?? avcodec_find_encoder(AV_CODEC_ID_MPEG4), let context = avcodec_alloc_context3(codec) else {
      throw InputError("this FFmpeg has no video encoder", subject: path, advice: "install one with libx264")
    }
    context.pointee.width = Int32(size.width)
    context.pointee.height = Int32(size.height)
    context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
    context.pointee.time_base = timeBase
    context.pointee.framerate = AVRational(num: rate.numerator, den: rate.denominator)
    context.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
    context.pointee.gop_size = Int32(max(1, min(250, (rate.framesPerSecond * 4).rounded())))
    context.pointee.max_b_frames = 0
    context.pointee.thread_count = Int32(clamping: threads)
    let isStandard = YUVMatrix.isStandardDefinition(width: Int32(size.width), height: Int32(size.height))
    context.pointee.color_range = AVCOL_RANGE_MPEG
    context.pointee.colorspace = isStandard ? AVCOL_SPC_SMPTE170M : AVCOL_SPC_BT709
    context.pointee.color_primaries = isStandard ? AVCOL_PRI_SMPTE170M : AVCOL_PRI_BT709
    context.pointee.color_trc = isStandard ? AVCOL_TRC_SMPTE170M : AVCOL_TRC_BT709
    if name != "avi" { context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
    var options: OpaquePointer?
    if x264 != nil {
      av_dict_set(&options, "preset", "veryfast", 0)
      av_dict_set_int(&options, "crf", Int64(quality), 0)
    } else {
      // The quantiser of MPEG-4 that looks about like x264's rate factor.
      context.pointee.flags |= AV_CODEC_FLAG_QSCALE
      context.pointee.global_quality = FF_QP2LAMBDA * Int32(max(1, min(31, quality / 6)))
    }
    let code = avcodec_open2(context, codec, &options)
    av_dict_free(&options)
    if code < 0 {
      var failed: UnsafeMutablePointer<AVCodecContext>? = context
      avcodec_free_context(&failed)
      throw InputError("the encoder cannot be opened for \(size): \(FFmpegFailure.text(code))", subject: path)
    }
    return context
  }

  /// Creates the file under its temporary name and writes the container's header.
  static func openMuxer(
    _ context: UnsafeMutablePointer<AVCodecContext>, path: String, temporaryPath: String
  ) throws(InputError) -> (muxer: UnsafeMutablePointer<AVFormatContext>, stream: UnsafeMutablePointer<AVStream>) {
    var muxer: UnsafeMutablePointer<AVFormatContext>?
    let address = "file:" + temporaryPath
    var code = avformat_alloc_output_context2(&muxer, av_guess_format(nil, path, nil), nil, address)
    guard code >= 0, let opened = muxer, let stream = avformat_new_stream(opened, nil) else {
      avformat_free_context(muxer)
      throw InputError("this FFmpeg cannot write this kind of file", subject: path, advice: "end its name in .mp4")
    }
    avcodec_parameters_from_context(stream.pointee.codecpar, context)
    stream.pointee.time_base = context.pointee.time_base
    stream.pointee.avg_frame_rate = context.pointee.framerate
    code = avio_open(&opened.pointee.pb, address, AVIO_FLAG_WRITE)
    if code >= 0 {
      var options: OpaquePointer?
      av_dict_set(&options, "movflags", "+faststart", 0)
      code = avformat_write_header(opened, &options)
      av_dict_free(&options)
    }
    if code < 0 {
      avio_closep(&opened.pointee.pb)
      avformat_free_context(opened)
      throw InputError("cannot be written: \(FFmpegFailure.text(code))", subject: path, advice: "check the folder and the space on the disk")
    }
    return (opened, stream)
  }
}
