internal import CFFmpeg
internal import SegBase

/// Turns FFmpeg's error codes into words.
enum FFmpegFailure {
  /// FFmpeg's text for an error code.
  static func text(_ code: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
      buffer.initialize(repeating: 0)
      guard let start = buffer.baseAddress else { return "error \(code)" }
      av_strerror(code, start, buffer.count)
      let words = String(cString: start)
      return words.prefix(1).lowercased() + words.dropFirst()
    }
  }

  /// The error of an input that could not be opened or read, with advice for the causes that are known.
  static func opening(_ subject: String, code: Int32) -> InputError {
    switch code {
    case -ENOENT: InputError("no such file", subject: subject, advice: "check the path")
    case -EACCES, -EPERM: InputError("permission denied", subject: subject, advice: "make it readable for this user")
    case -ENODEV, -ENXIO: InputError("no such device", subject: subject, advice: "list the cameras with ls /dev/video*")
    case -EBUSY: InputError("the device is in use", subject: subject, advice: "close the other program that uses it")
    case -ETIMEDOUT: InputError("no answer in time", subject: subject, advice: "check the address and the network")
    case -ECONNREFUSED: InputError("connection refused", subject: subject, advice: "check the address and that the sender runs")
    case seg_error_exit: InputError("stopped, or no data in time", subject: subject)
    case seg_error_protocol_not_found: InputError("unknown kind of address", subject: subject, advice: "give a file, a folder of images or a URL")
    case seg_error_invalid_data:
      InputError("not a video or picture that can be read", subject: subject, advice: "check the file with ffprobe; it may be damaged or another kind of file")
    default: InputError("cannot be opened: \(text(code))", subject: subject)
    }
  }
}
