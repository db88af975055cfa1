/// The kinds of files that an export makes.
public enum ExportFormat: String, Sendable, CaseIterable {
  /// One video file of annotated frames: H.264 where the encoder is there, else MPEG-4.
  case mp4
  /// A folder of annotated frames as PNG files.
  case png

  /// The format that an output path asks for: MP4 for the usual endings of videos, otherwise PNG files in a folder.
  public init(path: String) {
    let lowered = path.lowercased()
    self = [".mp4", ".m4v", ".mov"].contains { lowered.hasSuffix($0) } ? .mp4 : .png
  }
}
