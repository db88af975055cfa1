import Foundation
import SegBase
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

private let table = CalibrationTable(
  network: "enet:davidtvs-2018", classCount: 12, fingerprint: "0123456789abcdef", frameCount: 64, inputSize: PixelSize(width: 480, height: 360),
  rule: .squares, loss: 0.0125,
  kept: [
    CalibrationTable.Kept(key: "transposed_conv", precision: .float32, loss: nil), CalibrationTable.Kept(key: "b#2", precision: .bfloat16, loss: 0.25),
  ], ranges: ["input": ValueRange(lowest: 0, highest: 1), "b#2": ValueRange(lowest: -1.5e-7, highest: 3.4028235e38)])

private let head = """
  segplay calibration 1
  network enet:davidtvs
  classes 12
  weights 00
  frames 1
  input 360x480
  rule entropy
  loss 0

  """

@Suite struct CalibrationTableTests {
  @Test("what is written is read again as it was") func roundTrip() throws {
    #expect(try CalibrationTable(Array(table.text.utf8), file: "t") == table)
    #expect(table.calibration == Calibration(ranges: table.ranges, kept: ["transposed_conv": .float32, "b#2": .bfloat16]))
    #expect(table.text.contains("keep f32 recipe transposed_conv\nkeep bf16 0.25 b#2\n"))
    #expect(table.text.contains("range -1.5e-07 3.4028235e+38 b#2\nrange 0.0 1.0 input\n"))
  }

  @Test("a file is replaced at once, and nothing else is left beside it") func files() throws {
    try Program.withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("w.pth.int8").path
      try Data("old".utf8).write(to: URL(fileURLWithPath: path))
      try table.write(to: path)
      #expect(try CalibrationTable.read(path: path) == table)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["w.pth.int8"])
      #expect(throws: InputError.self) { try table.write(to: folder.appendingPathComponent("no/where").path) }
    }
  }

  @Test("it lies beside the weights under their whole name")
  func paths() {
    #expect(CalibrationTable.path(forWeights: "a/w.pth") == "a/w.pth.int8")
    #expect(CalibrationTable.path(forWeights: "a/folder//") == "a/folder.int8")
    #expect(CalibrationTable.path(forWeights: "/") == "/.int8")
  }

  @Test(
    "what is no calibration is refused with the line",
    arguments: [
      ("", "t: not a calibration"), ("segplay calibration 2\n", "t: not a calibration"), (head + "range 1 0 x\n", "t:9: not `range"),
      (head + "range nan 0 x\n", "t:9: not `range"), (head + "range 0 inf x\n", "t:9: not `range"), (head + "range 0 1e999 x\n", "t:9: not `range"),
      (head + "range 0 1\n", "t:9: not `range"), (head + "range 0 1 x\nrange 0 2 x\n", "t:10: `x` has two ranges"),
      (head + "keep int8 0 x\n", "t:9: not `keep"), (head + "keep bf16 -1 x\n", "t:9: a loss"), (head + "keep bf16 nan x\n", "t:9: a loss"),
      (head + "keep bf16 0 x\nkeep f32 0 x\n", "t:10: `x` is kept twice"), (head + "frames 2\n", "t:9: `frames` is said twice"),
      (head + "speed 2\n", "t:9: unknown fact `speed`"), (head + "range\n", "t:9: not a fact"), (head + "range 0 1 a\u{1B}[2J\n", "t:9: a name has"),
      (head + "range 0 1 \(String(repeating: "x", count: 401))\n", "t:9: a name has"), (head.replacing("loss 0\n", with: ""), "t: says no `loss`"),
      (head.replacing("classes 12", with: "classes -1"), "t: `classes`"), (head.replacing("input 360x480", with: "input 360x"), "t: `input`"),
      (head.replacing("frames 1", with: "frames 99999999999999999999"), "t: `frames`"), (head.replacing("loss 0", with: "loss inf"), "t: `loss`"),
      (head.replacing("rule entropy", with: "rule none"), "t: `rule`"),
    ])
  func hostile(text: String, problem: String) throws {
    let error = try #require(throws: InputError.self) { try CalibrationTable(Array(text.utf8), file: "t") }
    #expect(error.description.hasPrefix(problem), "\(error)")
  }

  @Test("bytes that are no text, and too many of them, are refused") func notText() {
    #expect(throws: InputError.self) { try CalibrationTable([0xFF, 0xFE], file: "t") }
    #expect(throws: InputError.self) { try CalibrationTable([UInt8](repeating: 10, count: CalibrationTable.largestSize + 1), file: "t") }
  }

  @Test("a calibration of another network, other weights or other layers is refused with one line") func anotherNetwork() throws {
    let model = try LoadedModel.random(architecture: .enet, dialect: "davidtvs", classCount: 12)
    var own = table
    (own.network, own.fingerprint, own.kept) = (model.tableName, WeightFingerprint.text(model.tensors), [])
    own.ranges = ["input": ValueRange(lowest: 0, highest: 1), "regular1_1.ext_conv1.0#2": ValueRange(lowest: 0, highest: 1)]
    try own.check(model, path: "t")
    own.ranges["regular1_1.ext_conv1.0/1"] = ValueRange(lowest: 0, highest: 1)
    own.ranges["regular1_1.ext_conv1.0#2/0/1#2"] = ValueRange(lowest: 0, highest: 1)
    try own.check(model, path: "t")

    var problems: [String] = []
    for change: (inout CalibrationTable) -> Void in [
      { $0.network = "hrnet:hrnet" }, { $0.classCount = 11 }, { $0.fingerprint = "0123456789abcdef" },
      { $0.ranges["backbone.conv1"] = ValueRange(lowest: 0, highest: 1) },
      { $0.ranges["backbone.conv1/0"] = ValueRange(lowest: 0, highest: 1) },
      { $0.kept = [CalibrationTable.Kept(key: "head#x", precision: .float32, loss: 1)] },
    ] {
      var other = own
      change(&other)
      problems.append(try #require(throws: InputError.self) { try other.check(model, path: "t") }.description)
    }
    #expect(problems[0].hasPrefix("t: is the calibration of hrnet:hrnet, not of enet:davidtvs"))
    #expect(problems[1].hasPrefix("t: is the calibration of a network of 11 classes, not 12"))
    #expect(problems[2].hasPrefix("t: was measured on other weights"))
    #expect(problems[3].hasPrefix("t: speaks of `backbone.conv1`"))
    #expect(problems[4].hasPrefix("t: speaks of `backbone.conv1/0`"))
    #expect(problems[5].hasPrefix("t: speaks of `head#x`"))
  }

  @Test("weights are told apart by names, shapes and bytes, not by their order") func fingerprints() throws {
    let model = try LoadedModel.random(architecture: .enet, classCount: 3)
    let other = try LoadedModel.random(architecture: .enet, classCount: 4)
    let text = WeightFingerprint.text(model.tensors)
    #expect(text.count == 16 && text == WeightFingerprint.text(model.tensors) && text != WeightFingerprint.text(other.tensors))
    var reversed = model.tensors
    let name = reversed.names[0]
    let first = reversed[name]
    reversed[name] = nil
    #expect(WeightFingerprint.text(reversed) != text)
    reversed[name] = first
    #expect(reversed.names != model.tensors.names && WeightFingerprint.text(reversed) == text)
  }
}
