import Foundation
internal import SegBase
internal import SegVideo

/// The label maps of a folder: grey or indexed PNG files, one a frame, in natural order of their names (2 before 10), as frames are.
struct LabelFiles: Sendable {
  let paths: [String]

  /// Lists the PNG files of `folder`, hidden files left out.
  /// - Throws: when the folder cannot be read or holds none.
  init(folder: String) throws(InputError) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw InputError("the folder of labels cannot be read", subject: folder, advice: "give --labels a folder of PNG label maps")
    }
    let kept = names.filter { $0.lowercased().hasSuffix(".png") && !$0.hasPrefix(".") }
    paths = kept.sorted(by: ImageFiles.precedes).map { (folder as NSString).appendingPathComponent($0) }
    if paths.isEmpty { throw InputError("no PNG label maps in this folder", subject: folder, advice: "labels are 8-bit grey or indexed PNG files") }
  }

  /// The label map of frame `index`: one class index a pixel.
  func labels(at index: Int) throws(InputError) -> PixelImage { try ImageFile.readIndexed(paths[index]) }
}
