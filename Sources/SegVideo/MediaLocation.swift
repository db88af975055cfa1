internal import Glibc
internal import SegBase

/// What a location given by the user means.
enum MediaLocation: Equatable {
  /// Bytes from standard input.
  case standardInput
  /// A file that libavformat reads.
  case file(String)
  /// A named pipe.
  case namedPipe(String)
  /// A libavdevice input, such as ("v4l2", "/dev/video0") or ("lavfi", "testsrc2").
  case device(format: String, name: String)
  /// A URL.
  case address(String)
  /// Pictures, in order.
  case images([String])

  private static let deviceFormats = ["v4l2", "lavfi", "x11grab", "fbdev", "kmsgrab", "dshow", "decklink"]
  private static let addressSchemes = [
    "rtsp", "rtmp", "http", "https", "udp", "tcp", "rtp", "srt", "sdp", "concat", "data", "file", "crypto", "hls", "unix", "ftp",
  ]

  /// Works out what `location` is by looking at the file system; a path that exists is always a path.
  init(_ location: String) throws(InputError) {
    if location == "-" {
      self = .standardInput
      return
    }
    guard !location.isEmpty, !location.utf8.contains(0) else {
      throw InputError("the path is empty", subject: location, advice: "give a video, a folder of images or a URL")
    }
    var status = stat()
    let found = stat(location, &status)
    let failure = errno
    if found == 0 {
      self = try MediaLocation.existing(location, status)
      return
    }
    if let colon = location.firstIndex(of: ":") {
      let scheme = String(location[..<colon])
      let rest = String(location[location.index(after: colon)...])
      if scheme == "v4l2" && access(rest, F_OK) != 0 {
        throw InputError("no such device", subject: rest, advice: "list the cameras with ls /dev/video*")
      }
      if MediaLocation.deviceFormats.contains(scheme) {
        self = .device(format: scheme, name: rest)
        return
      }
      if rest.hasPrefix("//") || MediaLocation.addressSchemes.contains(scheme) {
        self = .address(location)
        return
      }
    }
    if ImageFiles.isPattern(location) {
      let paths = ImageFiles.matching(location)
      guard !paths.isEmpty else { throw InputError("no image matches the pattern", subject: location, advice: "check the folder and the numbering") }
      self = .images(paths)
      return
    }
    throw FFmpegFailure.opening(location, code: -failure)
  }

  private static func existing(_ path: String, _ status: stat) throws(InputError) -> MediaLocation {
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      guard let names = ImageFiles.inFolder(path) else { throw FFmpegFailure.opening(path, code: -errno) }
      guard !names.isEmpty else {
        throw InputError("no images in the folder", subject: path, advice: "give a folder of PNG, JPEG, BMP, PNM, TIFF or WebP files, or a video file")
      }
      return .images(names)
    case S_IFIFO: return .namedPipe(path)
    case S_IFCHR: return .device(format: "v4l2", name: path)
    case S_IFREG:
      guard access(path, R_OK) == 0 else { throw FFmpegFailure.opening(path, code: -errno) }
      guard status.st_size > 0 else { throw InputError("the file is empty", subject: path, advice: "copy it again") }
      return ImageFiles.codec(ofFileAt: path) != nil && !ImageFiles.isMotionJPEG(path) ? .images([path]) : .file(path)
    default: throw InputError("neither a file, a folder nor a device", subject: path)
    }
  }
}
