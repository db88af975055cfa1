import Foundation
import SegBase
import SegVideo
import Testing

@testable import SegEvaluate

@Suite struct LabelFilesTests {
  private let size = PixelSize(width: 3, height: 1)

  private func names(_ files: LabelFiles) -> [String] { files.paths.map { ($0 as NSString).lastPathComponent } }

  @Test func pngFilesAreTakenInNaturalOrder() throws {
    try EvaluationFolder.with { folder in
      for name in ["10.png", "2.png", "a1.PNG", "notes.txt", ".hidden.png", "007.png"] { try Data().write(to: URL(fileURLWithPath: folder + "/" + name)) }
      #expect(names(try LabelFiles(folder: folder)) == ["2.png", "007.png", "10.png", "a1.PNG"])
      #expect(try LabelFiles(folder: folder + "/").paths.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    }
  }

  @Test func indexesAndGreyValuesAreClasses() throws {
    try EvaluationFolder.with { folder in
      try ImageWriter.write(EvaluationFolder.map([0, 7, 255], size: size), to: folder + "/0.png")
      let palette = (0..<9).map { Colour(UInt8($0 * 20), 1, 2) }
      try ImageWriter.write(EvaluationFolder.map([8, 0, 3], size: size), palette: palette, to: folder + "/1.png")
      let files = try LabelFiles(folder: folder)
      let (grey, indexed) = (try files.labels(at: 0).withBytes { Array($0) }, try files.labels(at: 1).withBytes { Array($0) })
      #expect(grey == [0, 7, 255])
      #expect(indexed == [8, 0, 3])
    }
  }

  @Test func missingAndEmptyFoldersAreErrors() throws {
    try EvaluationFolder.with { folder in
      let missing = #expect(throws: InputError.self) { try LabelFiles(folder: folder + "/none") }
      #expect(missing?.problem == "the folder of labels cannot be read")
      try Data().write(to: URL(fileURLWithPath: folder + "/labels.txt"))
      let empty = #expect(throws: InputError.self) { try LabelFiles(folder: folder) }
      #expect(empty?.problem == "no PNG label maps in this folder")
      #expect(throws: InputError.self) { try LabelFiles(folder: folder + "/labels.txt") }
    }
  }

  @Test func aMapThatIsNoPictureOrHasColoursIsAnError() throws {
    try EvaluationFolder.with { folder in
      try Data("text".utf8).write(to: URL(fileURLWithPath: folder + "/0.png"))
      try ImageWriter.write(PixelImage(size: size, format: .rgb24), to: folder + "/1.png")
      let files = try LabelFiles(folder: folder)
      for index in 0..<2 {
        let error = #expect(throws: InputError.self) { _ = try files.labels(at: index) }
        #expect(error?.subject == folder + "/\(index).png")
      }
    }
  }
}
