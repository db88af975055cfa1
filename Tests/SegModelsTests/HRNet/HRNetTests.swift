import SegBase
import SegCheckpoint
import SegGraph
import SegModels
import SegTensor
import SegTestSupport
import Testing

private func failure(_ checkpoint: Checkpoint) throws -> InputError { try #require(throws: InputError.self) { try LoadedModel(checkpoint) } }

/// A file of the small HRNet v1 with the head of object-contextual representations; smaller than any that is published.
private func smallContextCheckpoint(classCount: Int) throws -> Checkpoint {
  let body = try TorchGolden.hrnetSmallV1.random().tensors
  let head = try TorchGolden.hrnetContext.random(classCount: classCount).tensors
  var keys = body.names.filter { !$0.hasPrefix("last_layer.") }.map { (name: $0, shape: body[$0]?.shape ?? []) }
  for name in head.names where ["conv3x3_ocr.", "ocr_", "aux_head.", "cls_head."].contains(where: name.hasPrefix) {
    keys.append((name, (head[name]?.shape ?? []).map { $0 == 15 * 48 ? 15 * 16 : $0 }))
  }
  return Checkpoint(container: .pytorchZip, tensors: GoldenRule.checkpoint(keys))
}

struct HRNetTests {
  @Test(
    "the work is that of the original",
    arguments: [
      ("w48", 1024, 2048, 747.5), ("w48", 512, 1024, 186.9), ("w18", 1024, 2048, 147.4), ("w18", 512, 1024, 36.85), ("w18-small-v2", 1024, 2048, 76.86),
      ("w18-small-v2", 512, 1024, 19.21), ("w18-small-v1", 1024, 2048, 33.39), ("w18-small-v1", 512, 1024, 8.35), ("w48-ocr", 512, 1024, 323.8),
    ])
  func theWorkIsThatOfTheOriginal(variant: String, height: Int, width: Int, billions: Double) throws {
    let graph = try LoadedModel.random(architecture: .hrnet, variant: variant).graph(for: PixelSize(width: width, height: height))
    #expect(abs(Double(graph.multiplyAccumulates) / 1e9 / billions - 1) < 0.005)
  }

  @Test(
    "networks have as many parameters as the original",
    arguments: [
      ("w48", 65_859_379), ("w18", 9_641_119), ("w18-small-v2", 3_939_579), ("w18-small-v1", 1_540_819), ("w48-ocr", 70_372_678),
    ])
  func parametersAreCounted(variant: String, count: Int) throws {
    #expect(try LoadedModel.random(architecture: .hrnet, variant: variant).parameterCount == count)
  }

  @Test("the engine agrees with plain loops at any size", arguments: [(33, 47, 1), (64, 50, 2), (41, 95, 1)])
  func theEngineAgreesWithTheReference(height: Int, width: Int, threads: Int) throws {
    let (model, size) = (try LoadedModel(try TorchGolden.hrnetSmallV2.checkpoint()), PixelSize(width: width, height: height))
    let expected = try referenceLogits(model, input: "hrnet", size: size)
    #expect(shareOfRange(try engineLogits(model, input: "hrnet", size: size, threads: threads), expected) < 1e-4)
  }

  @Test("regions describe pixels in a network of any width") func contextWorksInAnyWidth() throws {
    let model = try LoadedModel(try smallContextCheckpoint(classCount: 6))
    #expect(model.classes.count == 6 && model.dialect == "torch-ocr" && model.report.isTrustworthy)
    #expect(model.variant == "w16-ocr of 1, 1 x 2+2, 1 x 2+2+2, 1 x 2+2+2+2 blocks")
    let size = PixelSize(width: 47, height: 39)
    let expected = try referenceLogits(model, input: "context", size: size)
    #expect(shareOfRange(try engineLogits(model, input: "context", size: size), expected) < 1e-4)
  }

  @Test("corners are aligned with regions and not without them") func cornersAreAligned() throws {
    for (model, isAligned) in [(try TorchGolden.hrnetSmallV1.random(), false), (try LoadedModel(try smallContextCheckpoint(classCount: 6)), true)] {
      #expect(model.network.alignsCorners == isAligned)
      let flags = try model.graph(for: PixelSize(width: 64, height: 64)).nodes.compactMap { node -> Bool? in
        if case .resizeBilinear(_, _, let alignCorners) = node.operation { alignCorners } else { nil }
      }
      #expect(flags.count > 10 && flags.allSatisfy { $0 == isAligned })
    }
  }

  @Test("what training saves beside the network is passed over") func theLossIsPassedOver() throws {
    for (prefix, lossPrefix) in [("model.", ""), ("module.model.", "module.")] {
      var tensors = try TorchGolden.hrnetSmallV1.random().tensors.renamed { prefix + $0 }
      tensors["\(lossPrefix)loss.criterion.weight"] = Tensor(shape: [19], floats: [Float](repeating: 1, count: 19))
      #expect(try LoadedModel(Checkpoint(container: .pytorchZip, tensors: tensors)).report.isTrustworthy)
    }
  }

  @Test("a backbone with ImageNet's classifier is refused as one") func classifiersAreRefused() throws {
    for prefix in ["", "module."] {
      var tensors = NamedTensors()
      for name in try TorchGolden.hrnetSmallV1.random().tensors.names where !name.hasPrefix("last_layer.") {
        tensors[prefix + name] = Tensor(shape: [0], floats: [])
      }
      for name in ["incre_modules.0.0.conv1.weight", "downsamp_modules.0.0.weight", "final_layer.0.weight", "classifier.weight", "classifier.bias"] {
        tensors[prefix + name] = Tensor(shape: [0], floats: [])
      }
      let checkpoint = Checkpoint(container: .pytorchZip, tensors: tensors)
      #expect(try failure(checkpoint).problem.hasPrefix("holds a classifier, not a segmenter"))
      #expect(InspectionReport(checkpoint).summary.contains("network: HRNet with a classifier, which segments nothing"))
    }
  }

  @Test("a file without its last block is another network, one without a part of it is not whole") func depthComesFromTheFile() throws {
    let whole = try TorchGolden.hrnetSmallV2.random().tensors
    let last = "stage4.1.branches.3.1."
    var tensors = whole.renamed { $0.hasPrefix(last) ? nil : $0 }
    #expect(try failure(Checkpoint(container: .pytorchZip, tensors: tensors)).problem.contains("missing: \(last)conv1.weight"))
    tensors = whole.renamed { $0.hasPrefix("stage4.1.") ? nil : $0 }
    let shallow = try LoadedModel(Checkpoint(container: .pytorchZip, tensors: tensors))
    #expect(shallow.report.isTrustworthy && shallow.variant == "w18 of 2, 1 x 2+2, 3 x 2+2+2, 1 x 2+2+2+2 blocks")
  }

  @Test("widths of no HRNet are refused") func hostileWidthsAreRefused() throws {
    var tensors = try TorchGolden.hrnetSmallV1.random().tensors
    tensors["stage2.0.branches.0.0.conv1.weight"] = Tensor(shape: [1, 1_000_000, 1, 1], elementType: .float32) { _ in }
    #expect(try failure(Checkpoint(container: .pytorchZip, tensors: tensors)).problem.contains("an HRNet of width 1000000 is not possible"))
  }
}
