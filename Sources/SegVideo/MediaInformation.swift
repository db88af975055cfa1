public import SegBase

/// What is known of a video when it has been opened.
public struct MediaInformation: Hashable, Sendable {
  /// Short name of the container or the source: "mov,mp4,m4a,3gp,3g2,mj2", "v4l2", "images".
  public var containerName = ""
  /// Short name of the codec: "h264", "mjpeg".
  public var codecName = ""
  /// Size the picture should be shown at, with square pixels: after rotation and the sample aspect ratio.
  public var displaySize = PixelSize(width: 0, height: 0)
  /// Size of the picture as it is stored, before rotation.
  public var codedSize = PixelSize(width: 0, height: 0)
  /// Average frames a second; nil when the source does not tell.
  public var frameRate: Double?
  /// The same as an exact ratio, to be given to `VideoEncoder`.
  public var exactFrameRate: FrameRate?
  /// How long the video stream lasts; nil when unknown (pipes, cameras, generators).
  public var duration: MediaTime?
  /// The container's own time of the first frame, which `VideoFrame.presentationTime` calls zero.
  public var startTime = MediaTime.zero
  /// How many frames there are, where the container counts them; it may be wrong in a damaged file.
  public var frameCount: Int?
  /// Whether `VideoSource.seek` can go back.
  public var isSeekable = false
  /// Whether frames arrive in real time and are lost when nobody takes them: a camera, a network stream.
  public var isLive = false
  /// Clockwise turn in degrees that shows the picture upright: 0, 90, 180 or 270. `FrameScaler` applies it.
  public var rotation = 0
  /// Whether this is a single picture.
  public var isStillImage = false
  /// Bits of one colour component: 8 for most videos.
  public var bitDepth = 8
  /// FFmpeg's name of the stored pixel format: "yuv420p".
  public var pixelFormatName = ""

  /// Makes a description whose fields are all unknown.
  public init() {}
}
