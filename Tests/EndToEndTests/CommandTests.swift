import Foundation
import SegTestSupport
import Testing

/// The commands do their work, on the bundled video and model.
@Suite(.serialized) struct CommandTests {
  private let street = SharedData.packageRoot.appendingPathComponent("Samples/street.mp4").path
  private let streetLabels = SharedData.packageRoot.appendingPathComponent("Samples/street_labels").path

  @Test func playsOffATerminalWithPlainLines() throws {
    let outcome = try Program.run(["--frames", "20"])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.output.contains("frames 20") && outcome.output.contains("shown"), "\(outcome)")
    #expect(!outcome.output.contains("\u{1B}") && outcome.errors.isEmpty, "\(outcome)")
  }

  @Test func everyFrameDropsNothing() throws {
    let outcome = try Program.run([street, "--every-frame", "--frames", "12"])
    #expect(outcome.status == 0 && outcome.output.contains("frames 12  dropped 0  age 0 ms"), "\(outcome)")
  }

  @Test func exportsAVideoOfTheSameLength() throws {
    try Program.withTemporaryFolder { folder in
      let output = folder.appendingPathComponent("out.mp4").path
      let outcome = try Program.run(["export", street, "--output", output, "--frames", "10"])
      #expect(outcome.status == 0, "\(outcome)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.mp4"])
      let pictures = folder.appendingPathComponent("pictures").path
      #expect(try Program.run(["export", output, "--output", pictures, "--model", "none"]).status == 0)
      #expect(try FileManager.default.contentsOfDirectory(atPath: pictures).sorted() == (0..<10).map { "00000\($0).png" })
    }
  }

  @Test func evaluatesTheBundledModelOnTheBundledStreet() throws {
    let outcome = try Program.run(["evaluate", "--video", street, "--labels", streetLabels, "--ignore-label", "11", "--frames", "30", "--json"])
    #expect(outcome.status == 0, "\(outcome)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(Set(report.keys) == ["mean_iou", "pixel_accuracy", "class_iou", "frames", "passes", "ms_per_frame", "precision"])
    #expect(report["frames"] as? Int == 30)
    #expect(try #require(report["pixel_accuracy"] as? Double) > 0.7)
  }

  @Test(arguments: [[], ["--look-ahead"], ["--no-fuse"], ["--flow", "none"], ["--flow", "codec"]])
  func evaluatesASchedule(options: [String]) throws {
    try Program.withTemporaryFolder { folder in
      let lines = folder.appendingPathComponent("frames.json").path
      let arguments = ["evaluate", "--video", street, "--labels", streetLabels, "--ignore-label", "11", "--frames", "12", "--json"]
      let outcome = try Program.run(arguments + ["--schedule", "fixed:5", "--stats-json", lines] + options)
      #expect(outcome.status == 0, "\(outcome)")
      let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
      let keys = ["mean_iou", "pixel_accuracy", "class_iou", "frames", "passes", "ms_per_frame", "precision"]
      let added = ["schedule", "flow", "between", "fuse", "look_ahead", "flicker", "mean_iou_by_age", "pass_share", "pass_ms", "ms", "keys"]
      #expect(Set(report.keys) == Set(keys + added))
      #expect(report["passes"] as? [String: Int] == ["full": 3, "propagate": 9])
      #expect((report["mean_iou_by_age"] as? [Any])?.count == 5 && report["schedule"] as? String == "fixed:5")
      #expect(report["look_ahead"] as? Bool == options.contains("--look-ahead"))
      let recorded = try String(contentsOfFile: lines, encoding: .utf8).split(separator: "\n")
      #expect(recorded.count == 12 && recorded[5].contains("\"reason\":\"interval\""), "\(recorded)")
    }
  }

  @Test func everyUnfusedScoresAsWithoutASchedule() throws {
    let arguments = ["evaluate", "--video", street, "--labels", streetLabels, "--ignore-label", "11", "--frames", "8", "--json"]
    let scores = try [[], ["--schedule", "every", "--no-fuse"]].map { options in
      let outcome = try Program.run(arguments + options)
      let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
      return try #require(report["mean_iou"] as? Double)
    }
    #expect(scores[0] == scores[1])
  }

  @Test func exportsBySchedule() throws {
    try Program.withTemporaryFolder { folder in
      for (index, options) in [["--schedule", "fixed:4"], ["--schedule", "adaptive", "--look-ahead"]].enumerated() {
        let pictures = folder.appendingPathComponent("\(index)").path
        let outcome = try Program.run(["export", street, "--output", pictures, "--format", "png", "--frames", "7"] + options)
        #expect(outcome.status == 0 && outcome.output.contains("7 frames"), "\(outcome)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: pictures).count == 7)
      }
    }
  }

  @Test(.enabled(if: SharedData.exists("data/davis"), "needs ../shared/data"))
  func masksAreCarriedOnAlongTheFlow() throws {
    let outcome = try Program.run(["evaluate", "--tracks", SharedData.path("data/davis"), "--schedule", "fixed:5", "--json"])
    let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
    #expect(try #require(report["mean_iou"] as? Double) >= 0.74)
  }

  @Test(arguments: [
    ["--look-ahead"], ["--schedule", "realtime"], ["--schedule", "fixed:0"], ["--schedule", "fixed:3", "--flow", "none", "--look-ahead"],
  ])
  func wrongSchedulesAreRefused(options: [String]) throws {
    let outcome = try Program.run(["evaluate", "--video", street, "--labels", streetLabels] + options)
    #expect(outcome.status != 0 && !outcome.errors.isEmpty, "\(outcome)")
  }

  @Test func modelsAreListedAndShown() throws {
    let list = try Program.run(["models", "list"])
    #expect(list.status == 0 && list.output.contains("enet-street") && list.output.contains("enet:davidtvs"), "\(list)")
    let shown = try Program.run(["models", "show", "enet", "--size", "512x1024", "--classes", "20", "--json"])
    let report = try #require(try JSONSerialization.jsonObject(with: Data(shown.output.utf8)) as? [String: Any], "\(shown)")
    #expect(report["parameters"] as? Int == 351_804)
    #expect(try Program.run(["models", "show", "enet-street"]).output.contains("camvid11"))
    #expect(try Program.run(["models", "show", "resnet"]).status == 1)
  }

  @Test func benchGivesItsFigures() throws {
    let outcome = try Program.run(["bench", "--model", "enet", "--size", "96x128", "--frames", "3", "--json"])
    #expect(outcome.status == 0, "\(outcome)")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(Set(report.keys) == ["median_ms", "min_ms", "max_ms", "frames", "precision", "threads"])
    let bytes = try Program.run(["bench", "--model", "enet", "--size", "96x128", "--frames", "3", "--precision", "int8"])
    #expect(bytes.status == 0 && bytes.output.contains("int8"), "\(bytes)")
  }

  @Test(.enabled(if: SharedData.exists("data/camvid/test"), "needs ../shared/data"))
  func publishedCheckpointReachesItsScore() throws {
    let outcome = try Program.run(
      [
        "evaluate", "--images", SharedData.path("data/camvid/test"), "--labels", SharedData.path("data/camvid/testannot"), "--ignore-label", "11", "--weights",
        SharedData.path("data/weights/enet-camvid/ENet_default.pth"), "--json",
      ], seconds: 600)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
    #expect(abs(try #require(report["mean_iou"] as? Double) - 0.5314) <= 0.002)
    #expect(abs(try #require(report["pixel_accuracy"] as? Double) - 0.8523) <= 0.002)
  }

  @Test(.enabled(if: SharedData.exists("data/weights"), "needs ../shared/data"))
  func inspectRecognisesTheRealCheckpoints() throws {
    let camvid = try Program.run(["inspect", SharedData.path("data/weights/enet-camvid/ENet_default.pth")])
    #expect(camvid.status == 0 && camvid.output.contains("enet") && camvid.output.contains("12"), "\(camvid.errors)")
    let cityscapes = try Program.run(["inspect", SharedData.path("data/weights/enet-cityscapes-zh320/enet_crop-1024_800epoch.pth")])
    #expect(cityscapes.status == 0 && cityscapes.output.contains("enet") && cityscapes.output.contains("19"), "\(cityscapes.errors)")
  }
}
