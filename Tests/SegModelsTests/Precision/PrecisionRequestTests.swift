import SegGraph
import SegRuntime
import Testing

@testable import SegModels

@Suite struct PrecisionRequestTests {
  private static let plain = Processor(hasByteProducts: false, hasBFloat16: false)
  private static let bytes = Processor(hasByteProducts: true, hasBFloat16: false)
  private static let narrow = Processor(hasByteProducts: false, hasBFloat16: false, hasFastBytes: true)
  private static let all = Processor(hasByteProducts: true, hasBFloat16: true)
  private static let ranges = ["input": ValueRange(lowest: 0, highest: 1)]

  private func plan(_ request: PrecisionRequest, _ processor: Processor, isCalibrated: Bool = true) throws -> PrecisionPlan {
    var model = try LoadedModel.random(architecture: .enet, classCount: 3)
    model.precision = request
    if isCalibrated { model.calibration = Calibration(ranges: Self.ranges, kept: ["a": .bfloat16, "b": .float32]) }
    return model.precisionPlan(on: processor)
  }

  @Test("auto takes int8 where bytes are multiplied fast and the model is calibrated") func auto() throws {
    #expect(try plan(.auto, Self.all) == PrecisionPlan(.int8, fallback: .bfloat16, ranges: Self.ranges, kept: ["a": .bfloat16, "b": .float32]))
    #expect(try plan(.auto, Self.all, isCalibrated: false).precision == .bfloat16)
    #expect(try plan(.auto, Self.bytes, isCalibrated: false) == .float32)
    #expect(try plan(.auto, Self.plain).precision == .float32 && plan(.auto, Self.narrow).precision == .int8)
  }

  @Test("what is kept in bf16 runs in f32 where the processor has no bf16") func fallback() throws {
    #expect(try plan(.auto, Self.bytes) == PrecisionPlan(.int8, fallback: .float32, ranges: Self.ranges, kept: ["a": .float32, "b": .float32]))
    #expect(try plan(.int8, Self.plain).kept == ["a": .float32, "b": .float32])
  }

  @Test("what was asked for is done on any processor, and keeps nothing but in int8") func asked() throws {
    #expect(try plan(.int8, Self.plain).precision == .int8)
    #expect(try plan(.bfloat16, Self.plain).precision == .bfloat16)
    #expect(try plan(.bfloat16, Self.all).kept.isEmpty)
    #expect(try plan(.float32, Self.all).precision == .float32 && plan(.float32, Self.all).fallback == .float32)
  }
}
