internal import Foundation

/// The video that ships with segplay: ten seconds of a rendered street.
public enum StreetVideo {
  /// Where the file is; nil when it was not installed beside the program.
  public static var path: String? { Bundle.module.url(forResource: "street", withExtension: "mp4")?.path }
}
