internal import CFFmpeg
internal import SegBase

extension MediaInformation {
  /// Fills in what the first decoded frame tells.
  mutating func describe(_ frame: UnsafeMutablePointer<AVFrame>, orientation: Orientation, sampleAspectRatio: AVRational) {
    codedSize = PixelSize(width: Int(frame.pointee.width), height: Int(frame.pointee.height))
    rotation = orientation.rotation
    var shown = codedSize
    let aspect = sampleAspectRatio.den > 0 ? Double(sampleAspectRatio.num) / Double(sampleAspectRatio.den) : 1
    // Absurd proportions come from damaged headers.
    if aspect > 0.1 && aspect < 10 { shown.width = max(1, Int((Double(shown.width) * aspect).rounded())) }
    displaySize = orientation.applied(to: shown)
    let format = AVPixelFormat(rawValue: frame.pointee.format)
    if let name = av_get_pix_fmt_name(format) { pixelFormatName = String(cString: name) }
    if let descriptor = av_pix_fmt_desc_get(format) { bitDepth = Int(descriptor.pointee.comp.0.depth) }
  }

  /// Fills in what the container tells.
  mutating func describe(_ demuxer: Demuxer, firstTimestamp: Int64?) {
    containerName = demuxer.formatName
    if let parameters = demuxer.stream.pointee.codecpar { codecName = String(cString: avcodec_get_name(parameters.pointee.codec_id)) }
    exactFrameRate = demuxer.frameRate.map { FrameRate($0.num, $0.den) }
    frameRate = exactFrameRate?.framesPerSecond
    let count = demuxer.stream.pointee.nb_frames
    frameCount = count > 0 && count < Int64(Int32.max) ? Int(count) : nil
    isLive = demuxer.isLive
    isSeekable = demuxer.canReopen || (demuxer.hasSeekableBytes && !demuxer.lacksTimestamps)
    duration = demuxer.durationInMicroseconds.map { MediaTime(microseconds: $0) }
    if let firstTimestamp {
      startTime = MediaTime(microseconds: av_rescale_q(firstTimestamp, demuxer.stream.pointee.time_base, AVRational(num: 1, den: 1_000_000)))
    }
  }

  /// Fills in what is known of a sequence of pictures after its first has been decoded.
  mutating func describe(_ sequence: ImageSequence, imageRate: Double) {
    containerName = "images"
    codecName = String(cString: avcodec_get_name(sequence.codec))
    frameRate = imageRate
    let ratio = av_d2q(imageRate, 1_000_000)
    exactFrameRate = FrameRate(max(1, ratio.num), max(1, ratio.den))
    frameCount = sequence.paths.count
    isStillImage = sequence.paths.count == 1
    isSeekable = true
    duration = MediaTime(seconds: Double(sequence.paths.count) / imageRate)
  }
}
