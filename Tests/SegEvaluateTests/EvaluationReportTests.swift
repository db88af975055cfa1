import Foundation
import SegBase
import SegEvaluate
import SegModels
import Testing

@Suite struct EvaluationReportTests {
  private func report() throws -> EvaluationReport {
    try EvaluationFolder.with { folder in
      try EvaluationFolder.write([[UInt8](repeating: 1, count: EvaluationFolder.size.pixelCount)], to: folder)
      let model = try LoadedModel.random(architecture: .enet, classCount: 3)
      var report = try Evaluation(model: model, frames: EvaluationFolder.clip(1), labels: folder).run()
      report.meanIntersectionOverUnion = 0.625
      report.pixelAccuracy = 0.75
      report.classIntersectionOverUnion = [("road", 0.5), ("a very long class name", 1), ("sign", nil)]
      report.frames = 12
      report.passes = ["full": 10, "warped": 2]
      report.millisecondsPerFrame = 12.34
      report.precision = "int8"
      return report
    }
  }

  @Test func jsonHasTheNamesThatOtherProgramsRead() throws {
    let json = try report().json()
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(object.keys.sorted() == ["class_iou", "frames", "mean_iou", "ms_per_frame", "passes", "pixel_accuracy", "precision"])
    #expect(object["precision"] as? String == "int8")
    #expect(object["mean_iou"] as? Double == 0.625)
    #expect(object["pixel_accuracy"] as? Double == 0.75)
    #expect(object["frames"] as? Int == 12)
    #expect(object["ms_per_frame"] as? Double == 12.34)
    #expect(object["passes"] as? [String: Int] == ["full": 10, "warped": 2])
    let classes = try #require(object["class_iou"] as? [String: Any])
    #expect(classes.keys.sorted() == ["a very long class name", "road", "sign"])
    #expect(classes["road"] as? Double == 0.5)
    #expect(classes["sign"] is NSNull)
  }

  @Test func textIsATableOfPercentages() throws {
    #expect(
      try report().text == """
        road                     50.00 %
        a very long class name  100.00 %
        sign                         -
        mean IoU         62.50 %
        pixel accuracy   75.00 %
        frames          12, 10 full, 2 warped
        network         12.3 ms a frame, int8
        """)
  }
}
