import Foundation
internal import SegBase
internal import SegVideo

/// Where annotated frames go: a video file or a folder of pictures. For one thread at a time.
protocol FrameWriter: AnyObject {
  /// Writes a picture (rgba32) that is shown at `presentationTime`.
  func append(_ picture: borrowing PixelImage, index: Int, presentationTime: MediaTime, duration: MediaTime?) throws(InputError)
  /// Completes the output. Without it a video file does not appear under its name.
  func finish() throws(InputError)
}

/// Writes one video file.
final class VideoFrameWriter: FrameWriter {
  private let encoder: VideoEncoder

  init(path: String, information: MediaInformation) throws(InputError) {
    encoder = try VideoEncoder(path: path, size: information.displaySize, frameRate: information.exactFrameRate ?? FrameRate(25))
  }

  func append(_ picture: borrowing PixelImage, index: Int, presentationTime: MediaTime, duration: MediaTime?) throws(InputError) {
    try encoder.append(picture, presentationTime: presentationTime, duration: duration)
  }

  func finish() throws(InputError) { try encoder.finish() }
}

/// Writes a folder of PNG files named by the frame's number: 000000.png, 000001.png, ...
final class PictureFrameWriter: FrameWriter {
  private let folder: String

  /// - Throws: when the folder cannot be made.
  init(folder: String) throws(InputError) {
    self.folder = folder
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw InputError("the folder cannot be made", subject: folder, advice: "choose another --output")
    }
  }

  func append(_ picture: borrowing PixelImage, index: Int, presentationTime: MediaTime, duration: MediaTime?) throws(InputError) {
    let digits = String(index)
    let name = String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
    try ImageWriter.write(picture, to: (folder as NSString).appendingPathComponent(name))
  }

  func finish() throws(InputError) {}
}
