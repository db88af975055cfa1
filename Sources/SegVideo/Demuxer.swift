internal import CFFmpeg
internal import Glibc
internal import SegBase

/// Owns one opened container and reads the packets of its best video stream. One thread at a time.
final class Demuxer {
  /// What `read` found.
  enum Outcome {
    case packet
    case end
    case corrupt
    case interrupted
  }

  private let location: MediaLocation
  private let subject: String
  private let interrupt: InterruptFlag
  private var context: UnsafeMutablePointer<AVFormatContext>?
  private var pipe: PipeReader?
  private(set) var stream: UnsafeMutablePointer<AVStream>

  /// Opens the container and finds its video stream. Probing reads at most 5 MB and 3 s of media.
  init(_ location: MediaLocation, subject: String, interrupt: InterruptFlag) throws(InputError) {
    self.location = location
    self.subject = subject
    self.interrupt = interrupt
    let opened = try Demuxer.open(location, subject, interrupt)
    var context = Optional(opened.context)
    do {
      stream = try Demuxer.chooseStream(opened.context, location, subject)
    } catch {
      avformat_close_input(&context)
      throw error
    }
    self.context = context
    pipe = opened.pipe
  }

  deinit { avformat_close_input(&context) }

  /// The container's short name.
  var formatName: String { context.map { String(cString: $0.pointee.iformat.pointee.name) } ?? "" }

  /// Whether the container has no times of its own (raw elementary streams).
  var lacksTimestamps: Bool { context.map { $0.pointee.iformat.pointee.flags & AVFMT_NOTIMESTAMPS != 0 } ?? false }

  /// Whether the bytes can be read again from elsewhere.
  var hasSeekableBytes: Bool { context.map { $0.pointee.pb != nil && $0.pointee.pb.pointee.seekable & AVIO_SEEKABLE_NORMAL != 0 } ?? false }

  /// Whether the input can be opened again from its start.
  var canReopen: Bool {
    switch location {
    case .file: true
    case .device(let format, _): format == "lavfi"
    case .address: hasSeekableBytes
    default: false
    }
  }

  /// Whether frames come in real time.
  var isLive: Bool {
    switch location {
    case .device(let format, _): format != "lavfi"
    case .address: !hasSeekableBytes && (context.map { $0.pointee.duration <= 0 } ?? true)
    default: false
    }
  }

  /// Length of the video stream in the stream's time base, or of the container; nil when unknown.
  var durationInMicroseconds: Int64? {
    guard let context else { return nil }
    if stream.pointee.duration > 0 { return av_rescale_q(stream.pointee.duration, stream.pointee.time_base, AVRational(num: 1, den: 1_000_000)) }
    return context.pointee.duration > 0 ? context.pointee.duration : nil
  }

  /// The average frame rate; nil when the container does not tell.
  var frameRate: AVRational? {
    for rate in [stream.pointee.avg_frame_rate, av_guess_frame_rate(context, stream, nil)] where rate.num > 0 && rate.den > 0 && rate.num / rate.den < 100_000 {
      return rate
    }
    return nil
  }

  /// The width of a stored pixel divided by its height, as container and `frame` say.
  func sampleAspectRatio(_ frame: UnsafeMutablePointer<AVFrame>) -> AVRational { av_guess_sample_aspect_ratio(context, stream, frame) }

  /// Reads the next packet of the video stream into an empty `packet`.
  func read(into packet: UnsafeMutablePointer<AVPacket>) throws(InputError) -> Outcome {
    if case .address = location { interrupt.allow(seconds: 20) }
    defer { interrupt.allow(seconds: nil) }
    while !interrupt.isRaised {
      let code = av_read_frame(context, packet)
      if code == 0 {
        if packet.pointee.stream_index == stream.pointee.index { return .packet }
        av_packet_unref(packet)
        continue
      }
      switch code {
      case seg_error_end: return .end
      case seg_error_again: usleep(2000)
      case seg_error_exit where interrupt.isRaised: return .interrupted
      case seg_error_invalid_data: return .corrupt
      default: throw InputError("reading stopped: \(FFmpegFailure.text(code))", subject: subject, advice: "check the device or the network")
      }
    }
    return .interrupted
  }

  /// Moves to the last keyframe at or before `timestamp`, in the stream's time base. False when the container cannot.
  func seek(to timestamp: Int64) -> Bool {
    if !hasSeekableBytes || lacksTimestamps { return false }
    return av_seek_frame(context, stream.pointee.index, timestamp, AVSEEK_FLAG_BACKWARD) >= 0
  }

  /// Opens the input again from its start.
  func reopen() throws(InputError) {
    let index = stream.pointee.index
    avformat_close_input(&context)
    let opened = try Demuxer.open(location, subject, interrupt)
    context = opened.context
    pipe = opened.pipe
    guard index < opened.context.pointee.nb_streams, let again = opened.context.pointee.streams[Int(index)] else {
      throw InputError("the file changed while it was played", subject: subject, advice: "open it again")
    }
    stream = again
    Demuxer.discardOthers(opened.context, keeping: index)
  }
}

extension Demuxer {
  private typealias Opened = (context: UnsafeMutablePointer<AVFormatContext>, pipe: PipeReader?)

  /// Demuxers that take any text for a picture.
  private static let refusedFormats: Set<String> = ["tty", "bin", "xbin", "adf", "idf"]

  private static func open(_ location: MediaLocation, _ subject: String, _ interrupt: InterruptFlag) throws(InputError) -> Opened {
    MediaLog.install()
    guard let allocated = avformat_alloc_context() else { throw InputError("out of memory", subject: subject) }
    allocated.pointee.interrupt_callback = interrupt.callback
    allocated.pointee.probesize = 5_000_000
    allocated.pointee.max_analyze_duration = 3_000_000
    var context: UnsafeMutablePointer<AVFormatContext>? = allocated
    var format: UnsafePointer<AVInputFormat>?
    var pipe: PipeReader?
    var address = subject
    switch location {
    case .standardInput:
      address = ""
      pipe = PipeReader(descriptor: STDIN_FILENO, ownsDescriptor: false, interrupt: interrupt)
    case .namedPipe(let path):
      address = ""
      let descriptor = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
      if descriptor < 0 {
        avformat_free_context(context)
        throw FFmpegFailure.opening(subject, code: -errno)
      }
      pipe = PipeReader(descriptor: descriptor, ownsDescriptor: true, interrupt: interrupt)
    case .file(let path): address = "file:" + path
    case .address(let url): address = url
    case .device(let name, let argument):
      DeviceLibrary.load()
      format = av_find_input_format(name)
      if format == nil {
        avformat_free_context(context)
        throw InputError("this FFmpeg has no \(name) input", subject: subject, advice: "install libavdevice with it")
      }
      if name != "lavfi" { allocated.pointee.flags |= AVFMT_FLAG_NONBLOCK }
      address = argument
    case .images: preconditionFailure("images have no container")
    }
    if let pipe { allocated.pointee.pb = pipe.context }
    interrupt.allow(seconds: limit(location))
    defer { interrupt.allow(seconds: nil) }
    let code = avformat_open_input(&context, address, format, nil)
    guard code >= 0, let context else { throw openingError(location, subject, code) }
    let found = findStreams(context)
    if found >= 0 && !refusedFormats.contains(String(cString: context.pointee.iformat.pointee.name)) { return (context, pipe) }
    var closing = Optional(context)
    avformat_close_input(&closing)
    throw openingError(location, subject, found < 0 ? found : seg_error_invalid_data)
  }

  /// How many seconds opening may take; files and pipes take as long as they deliver.
  private static func limit(_ location: MediaLocation) -> Int64? {
    if case .address = location { return 20 }
    return nil
  }

  /// Lets libavformat look at the first packets, with the decoder's limit of the picture size.
  private static func findStreams(_ context: UnsafeMutablePointer<AVFormatContext>) -> Int32 {
    let count = Int(context.pointee.nb_streams)
    var options: [OpaquePointer?] = Array(repeating: nil, count: count)
    for index in 0..<count { av_dict_set_int(&options[index], "max_pixels", Decoder.maximumPixelCount, 0) }
    defer { for index in 0..<count { av_dict_free(&options[index]) } }
    return avformat_find_stream_info(context, &options)
  }

  private static func openingError(_ location: MediaLocation, _ subject: String, _ code: Int32) -> InputError {
    if code == seg_error_invalid_data, case .file(let path) = location, isMP4(path) {
      return InputError(
        "the MP4 has no usable index", subject: subject, advice: "it was cut off or is still being written: copy it again or finish the recording")
    }
    if code == seg_error_end { return InputError("no video in it", subject: subject, advice: "it ended before the first picture") }
    return FFmpegFailure.opening(subject, code: code)
  }

  private static func isMP4(_ path: String) -> Bool {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return false }
    defer { close(descriptor) }
    var bytes: [UInt8] = Array(repeating: 0, count: 8)
    return Glibc.read(descriptor, &bytes, 8) == 8 && Array(bytes[4...]) == Array("ftyp".utf8)
  }

  /// The default video stream, else the largest; cover pictures are no video.
  private static func chooseStream(
    _ context: UnsafeMutablePointer<AVFormatContext>, _ location: MediaLocation, _ subject: String
  ) throws(InputError) -> UnsafeMutablePointer<AVStream> {
    if context.pointee.nb_streams == 0 { throw openingError(location, subject, seg_error_invalid_data) }
    var best: (rank: Int64, stream: UnsafeMutablePointer<AVStream>)?
    for index in 0..<Int(context.pointee.nb_streams) {
      guard let stream = context.pointee.streams[index], let parameters = stream.pointee.codecpar else { continue }
      if parameters.pointee.codec_type != AVMEDIA_TYPE_VIDEO { continue }
      if stream.pointee.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS) != 0 { continue }
      var rank = Int64(parameters.pointee.width) * Int64(parameters.pointee.height)
      if stream.pointee.disposition & AV_DISPOSITION_DEFAULT != 0 { rank += 1 << 62 }
      if best.map({ rank > $0.rank }) ?? true { best = (rank, stream) }
    }
    guard let best else {
      throw InputError("no video stream", subject: subject, advice: "it holds only sound, subtitles or a cover picture; give a file with video")
    }
    discardOthers(context, keeping: best.stream.pointee.index)
    return best.stream
  }

  private static func discardOthers(_ context: UnsafeMutablePointer<AVFormatContext>, keeping kept: Int32) {
    for index in 0..<Int(context.pointee.nb_streams) where index != Int(kept) { context.pointee.streams[index]?.pointee.discard = AVDISCARD_ALL }
  }
}
