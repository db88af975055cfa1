import SegBase
import SegCheckpoint
import SegModels
import SegTensor
import Testing

struct InspectionReportTests {
  @Test func aNetworksFileIsDescribed() throws {
    let report = InspectionReport(try randomCheckpoint("davidtvs", classCount: 12, metadata: ["epoch": "7"]))
    for line in [
      "container: safetensors", "metadata: epoch = 7", "network: enet", "dialect: davidtvs", "classes: 12", "class list: camvid12", "parameters: 350652",
    ] {
      #expect(report.summary.contains(line), "\(line)")
    }
    #expect(report.tensorLines.contains { $0.hasPrefix("float32  13x3x3x3 ") && $0.hasSuffix(" initial_block.main_branch.weight") })
    #expect(report.lines.count == report.summary.count + report.tensorLines.count)
  }

  @Test func unknownTensorsAreListedAllTheSame() {
    var tensors = NamedTensors()
    tensors["a\u{1B}[31m"] = Tensor(shape: [], elementType: .int64) { _ in }
    let report = InspectionReport(Checkpoint(container: .pytorchZip, tensors: tensors))
    #expect(report.tensorLines == ["int64  ()  a?[31m"])
    #expect(report.summary.last == "network: unknown")
  }

  @Test func whatIsMissingIsSaid() throws {
    var checkpoint = try randomCheckpoint("zh320", classCount: 19)
    checkpoint.tensors["bottleneck3.conv_regular.2.act.activation.weight"] = nil
    #expect(InspectionReport(checkpoint).summary.contains { $0.contains("1 missing: bottleneck3.conv_regular.2.act.activation.weight") })
  }
}
