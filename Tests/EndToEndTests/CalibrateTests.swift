import Foundation
import SegTestSupport
import Testing

/// `segplay calibrate`, and what the other commands do with its file.
@Suite(.serialized) struct CalibrateTests {
  private static let street = SharedData.packageRoot.appendingPathComponent("Samples/street.mp4").path
  private static let streetLabels = SharedData.packageRoot.appendingPathComponent("Samples/street_labels").path
  private static let bundled = SharedData.packageRoot.appendingPathComponent("Sources/SegModels/Resources/enet-street.safetensors").path
  private static let clip = "lavfi:testsrc2=size=96x64:rate=10:duration=2"

  /// Calls `body` with a folder and a copy of the bundled weights in it, beside which there is no calibration.
  private func withWeights(_ body: (_ folder: URL, _ weights: String) throws -> Void) throws {
    try Program.withTemporaryFolder { folder in
      let weights = folder.appendingPathComponent("my.safetensors").path
      try FileManager.default.copyItem(atPath: Self.bundled, toPath: weights)
      try body(folder, weights)
    }
  }

  private func files(_ folder: URL) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }

  @Test("a calibration is stored beside the weights, and int8 runs with it") func calibrates() throws {
    try withWeights { folder, weights in
      let made = try Program.run(["calibrate", "--video", Self.clip, "--weights", weights, "--frames", "3", "--loss", "100"])
      #expect(made.status == 0 && made.output.contains("0 stay in") && made.errors.isEmpty, "\(made)")
      #expect(try files(folder) == ["my.safetensors", "my.safetensors.int8"])
      let evaluate = [
        "evaluate", "--video", Self.street, "--labels", Self.streetLabels, "--ignore-label", "11", "--frames", "2", "--weights", weights, "--json",
      ]
      for (options, precision) in [(["--precision", "int8"], "int8"), (["--precision", "f32"], "f32"), (["--precision", "bf16"], "bf16")] {
        let outcome = try Program.run(evaluate + options)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
        #expect(report["precision"] as? String == precision)
        #expect(try #require(report["pixel_accuracy"] as? Double) > 0.5)
      }
      let inspected = try Program.run(["inspect", weights])
      #expect(inspected.output.contains("calibration: ") && inspected.output.contains("on 3 frames of 64x96"), "\(inspected)")
      let exported = folder.appendingPathComponent("out").path
      #expect(try Program.run(["export", Self.clip, "--output", exported, "--weights", weights, "--precision", "int8", "--frames", "2"]).status == 0)
    }
  }

  @Test("the report says what stays in a higher precision and what was measured") func report() throws {
    try withWeights { folder, weights in
      let output = folder.appendingPathComponent("elsewhere").path
      let made = try Program.run(
        ["calibrate", "--video", Self.clip, "--weights", weights, "--frames", "2", "--loss", "0.4", "--output", output, "--json"])
      let report = try #require(try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: Any], "\(made)")
      let nodes = try #require(report["nodes"] as? [[String: Any]])
      #expect(report["limit"] as? Double == 0.004 && report["frames"] as? Int == 2 && nodes.count > 60)
      #expect(nodes.allSatisfy { ($0["precision"] as? String == "int8") == ($0["reason"] == nil) })
      #expect(try files(folder) == ["elsewhere", "my.safetensors"])
    }
  }

  @Test("int8 without a calibration, and one of other weights, are refused with one line") func refused() throws {
    try withWeights { folder, weights in
      let none = try Program.run(["evaluate", "--video", Self.street, "--labels", Self.streetLabels, "--weights", weights, "--precision", "int8"])
      #expect(none.status == 1 && none.errors.contains("segplay calibrate") && none.errors.split(separator: "\n").count == 1, "\(none)")
      try Data("segplay calibration 1\n".utf8).write(to: URL(fileURLWithPath: weights + ".int8"))
      let broken = try Program.run(["bench", "--weights", weights, "--frames", "1"])
      #expect(broken.status == 1 && broken.errors.contains("my.safetensors.int8: says no"), "\(broken)")
      #expect(try Program.run(["bench", "--weights", weights, "--frames", "1", "--size", "64x96", "--precision", "f32"]).status == 0)
      let inspected = try Program.run(["inspect", weights])
      #expect(inspected.status == 0 && inspected.output.contains("calibration: ") && inspected.output.contains("says no"), "\(inspected)")
    }
  }

  @Test("an interrupted calibration leaves no file") func interrupted() throws {
    try withWeights { folder, weights in
      let terminal = try PseudoTerminal(
        PseudoTerminal.product("segplay"),
        ["calibrate", "--video", "lavfi:testsrc2=size=480x360:rate=10", "--weights", weights, "--frames", "100000"], columns: 100, rows: 30)
      #expect(terminal.wait(seconds: 30) { $0.screen.lines.contains { $0.contains("frame") } }, "\(terminal.screen.lines)")
      terminal.signal(SIGINT)
      #expect(terminal.end(seconds: 30) == 1)
      #expect(try files(folder) == ["my.safetensors"])
    }
  }

  @Test("wrong usage", arguments: [["calibrate"], ["calibrate", "--images", "a", "--video", "b"], ["calibrate", "--images", "a", "--loss", "101"]])
  func usage(arguments: [String]) throws { #expect(try Program.run(arguments).status == 64) }

  @Test("the bundled model comes calibrated") func bundled() throws {
    let outcome = try Program.run(["bench", "--size", "64x96", "--frames", "1", "--precision", "int8", "--json"])
    #expect(outcome.status == 0 && outcome.output.contains("\"precision\":\"int8\""), "\(outcome)")
  }

  @Test("int8 loses at most half a point on CamVid, bf16 a tenth", .enabled(if: SharedData.exists("data/camvid/train"), "needs ../shared/data"))
  func accuracy() throws {
    try Program.withTemporaryFolder { folder in
      let weights = folder.appendingPathComponent("ENet_default.pth").path
      try FileManager.default.copyItem(atPath: SharedData.path("data/weights/enet-camvid/ENet_default.pth"), toPath: weights)
      let made = try Program.run(["calibrate", "--images", SharedData.path("data/camvid/train"), "--frames", "64", "--weights", weights], seconds: 600)
      #expect(made.status == 0, "\(made)")
      let scores = try ["f32", "bf16", "int8"].map { precision in
        let outcome = try Program.run(
          [
            "evaluate", "--images", SharedData.path("data/camvid/test"), "--labels", SharedData.path("data/camvid/testannot"), "--ignore-label", "11",
            "--weights", weights, "--precision", precision, "--json",
          ], seconds: 600)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
        return try #require(report["mean_iou"] as? Double)
      }
      #expect(scores[1] > scores[0] - 0.001 && scores[2] > scores[0] - 0.005, "\(scores)")
    }
  }
}
