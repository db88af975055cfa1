import SegBase
import SegSamples

/// The video that plays when none is named.
enum BundledVideo {
  /// Its path.
  /// - Throws: when it was not installed beside the program.
  static func path() throws(InputError) -> String {
    guard let path = StreetVideo.path else { throw InputError("the bundled video is not installed", subject: "street.mp4", advice: "name a video to play") }
    return path
  }
}
