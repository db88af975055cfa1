import SegBase
import SegCheckpoint
import SegGraph
import SegTensor
import SegTestSupport
import Testing

@testable import SegModels

/// The Caffe files' tensors, filled by the golden rule.
private func goldenCheckpoint() throws -> Checkpoint {
  let random = try LoadedModel.random(architecture: .icnet, dialect: "caffe")
  var keys = random.tensors.names.map { (name: $0, shape: random.tensors[$0]?.shape ?? []) }
  keys.append(("data_sub1.0", [3]))
  return Checkpoint(container: .caffe, tensors: GoldenRule.checkpoint(keys))
}

private func failure(_ checkpoint: Checkpoint) throws -> InputError { try #require(throws: InputError.self) { try LoadedModel(checkpoint) } }

struct ICNetCaffeTests {
  private let small = PixelSize(width: 129, height: 97)

  @Test("the original's logits come out") func theOriginalsLogitsComeOut() throws {
    let name = "icnet_caffe_19_1025x2049"
    let logits = try engineLogits(try LoadedModel(try goldenCheckpoint()), input: name, size: PixelSize(width: 2049, height: 1025), threads: 2)
    let taken = stride(from: 0, to: logits.count, by: 997).map { logits[$0] }
    let samples = stride(from: 0, to: taken.count, by: 499).map { taken[$0] }
    #expect(shareOfRange(samples, TorchGoldenSamples.icnetCaffe) < 1e-4)
    if !SharedData.exists("golden") { return }
    #expect(shareOfRange(taken, try NumpyFile.read(path: SharedData.path("golden/\(name)_every997.npy")).floats()) < 1e-4)
    // With corners aligned every fourth place of the last interpolation is a place of what it interpolates.
    let taps = stride(from: 0, to: 19 * 257 * 513, by: 97).map { index -> Float in
      let (label, row, column) = (index / (257 * 513), index / 513 % 257, index % 513)
      return logits[(label * 1025 + 4 * row) * 2049 + 4 * column]
    }
    let expected = try NumpyFile.read(path: SharedData.path("golden/icnet_caffe_19_conv6_cls_every97.npy")).floats()
    #expect(shareOfRange(taps, expected) < 1e-4)
  }

  @Test("the engine agrees with plain loops", arguments: [(97, 129, 1), (33, 65, 2)])
  func theEngineAgreesWithTheReference(height: Int, width: Int, threads: Int) throws {
    let (model, size) = (try LoadedModel(try goldenCheckpoint()), PixelSize(width: width, height: height))
    let expected = try referenceLogits(model, input: "caffe", size: size)
    #expect(shareOfRange(try engineLogits(model, input: "caffe", size: size, threads: threads), expected) < 1e-4)
  }

  @Test("work and parameters are those of the original") func costs() throws {
    let model = try LoadedModel(try goldenCheckpoint())
    let graph = try model.graph(for: PixelSize(width: 2049, height: 1025))
    #expect(abs(Double(graph.multiplyAccumulates) / 1e9 / 29.81 - 1) < 0.005)
    #expect(abs(Double(model.parameterCount) / 6.69e6 - 1) < 0.005)
  }

  @Test("pooling windows are the original's for its size, and fill every other") func poolingWindows() {
    func window(_ count: Int, _ length: Int) -> [Int] {
      let window = ICNetCaffe.window(count, along: length)
      return [window.kernel, window.stride]
    }
    #expect([1, 2, 3, 6].map { window($0, 33) } == [[33, 33], [17, 16], [13, 10], [8, 5]])
    #expect([1, 2, 3, 6].map { window($0, 65) } == [[65, 65], [33, 32], [25, 20], [15, 10]])
    for length in 2...200 {
      for count in [1, 2, 3, 6] {
        let (kernel, stride) = ICNetCaffe.window(count, along: length)
        #expect((length - kernel) % stride == 0)
        if length > 6 { #expect((length - kernel) / stride + 1 == count && kernel >= stride) }
      }
    }
  }

  @Test("frames are resized to the original's size, or to what the user asks for") func sizes() throws {
    let checkpoint = try goldenCheckpoint()
    let model = try LoadedModel(checkpoint)
    for frame in [PixelSize(width: 1920, height: 1080), PixelSize(width: 320, height: 240)] {
      #expect(model.sizeRule.size(for: frame) == PixelSize(width: 2049, height: 1025))
    }
    let asked = try LoadedModel(checkpoint, ModelRequest(inputSize: PixelSize(width: 1024, height: 512)))
    #expect(asked.sizeRule.size(for: PixelSize(width: 1920, height: 1080)) == PixelSize(width: 1025, height: 513))
    let graph = try model.graph(for: PixelSize(width: 1025, height: 513))
    #expect(graph.shape(of: graph.outputs[0].value) == FeatureShape(height: 513, width: 1025, channels: 19))
    let error = try #require(throws: InputError.self) { try model.graph(for: PixelSize(width: 2048, height: 1024)) }
    #expect(error.description == "an input of 2048x1024 does not suit ICNet caffe (use multiples of 32 plus 1)")
  }

  @Test("pictures go in blue first, less the mean") func preprocessing() throws {
    #expect(try LoadedModel(try goldenCheckpoint()).preprocessing == Preprocessing(scale: 1, mean: [103.939, 116.779, 123.68], isBlueFirst: true))
  }

  @Test("a file with its normalisations apart gives what the merged one gives", arguments: [false, true])
  func separateNormalisations(hasFourAxes: Bool) throws {
    var (merged, apart) = (try goldenCheckpoint(), try goldenCheckpoint())
    for name in merged.tensors.names where name.hasSuffix(".1") && name != "conv6_cls.1" {
      let layer = String(name.dropLast(2))
      let weight = try #require(apart.tensors["\(layer).0"])
      let count = weight.shape[0]
      var blobs: [[Float]] = []
      let ranges: [(offset: Float, span: Float)] = [(0.75, 0.5), (-0.05, 0.1), (-0.1, 0.2), (0.5, 1)]
      for (index, (offset, span)) in ranges.enumerated() {
        let values = GoldenRule.uniform("\(layer)/bn.\(index)", count: count).map { offset + span * $0 }
        apart.tensors["\(layer)/bn.\(index)"] = Tensor(shape: hasFourAxes ? [1, count, 1, 1] : [count], floats: values)
        blobs.append(values)
      }
      apart.tensors[name] = nil
      let factors = (0..<count).map { blobs[0][$0] / (blobs[3][$0] + 1e-5).squareRoot() }
      let inner = weight.count / count
      var weights = weight.floats()
      for index in weights.indices { weights[index] *= factors[index / inner] }
      let biases = (0..<count).map { blobs[1][$0] - blobs[2][$0] * factors[$0] }
      merged.tensors["\(layer).0"] = Tensor(shape: weight.shape, floats: weights)
      merged.tensors[name] = Tensor(shape: [count], floats: biases)
    }
    let model = try LoadedModel(apart)
    #expect(model.report.isTrustworthy && apart.tensors.names.count(where: { $0.hasSuffix("/bn.0") }) == 63)
    let expected = try engineLogits(try LoadedModel(merged), input: "bn", size: small)
    #expect(shareOfRange(try engineLogits(model, input: "bn", size: small), expected) < 1e-4)
    // A variance alone is one of four blobs.
    apart.tensors["conv_sub4/bn.3"] = nil
    #expect(try failure(apart).problem == "not a whole ICNet checkpoint: 1 missing: conv_sub4/bn.3")
  }

  @Test("the file's factors multiply the picture's channels") func factorsAreApplied() throws {
    var checkpoint = try goldenCheckpoint()
    let plain = RawInference(try LoadedModel(checkpoint))
    checkpoint.tensors["data_sub1.0"] = Tensor(shape: [3], floats: [0.5, 2, -1])
    let scaled = RawInference(try LoadedModel(checkpoint))
    let input = GoldenRule.input("factors", shape: [1, 3, 65, 65])
    var values = input.floats()
    for (channel, factor) in [Float(0.5), 2, -1].enumerated() { for place in 0..<65 * 65 { values[channel * 65 * 65 + place] *= factor } }
    let expected = try #require(plain.run(Tensor(shape: input.shape, floats: values))["logits"]).floats()
    #expect(shareOfRange(try #require(scaled.run(input)["logits"]).floats(), expected) < 1e-4)
  }

  @Test("a file that lacks a blob is refused by its name", arguments: ["conv4_3_3x3.1", "conv1_1_3x3_s2.0", "conv5_1_1x1_proj.0", "conv6_cls.1"])
  func incompleteFilesAreRefused(name: String) throws {
    var checkpoint = try goldenCheckpoint()
    checkpoint.tensors[name] = nil
    #expect(try failure(checkpoint).problem == "not a whole ICNet checkpoint: 1 missing: \(name)")
  }

  @Test("a blob of another shape is refused") func wrongShapesAreRefused() throws {
    var checkpoint = try goldenCheckpoint()
    checkpoint.tensors["conv4_3_3x3.0"] = Tensor(shape: [128, 64, 3, 3], elementType: .float32) { _ in }
    #expect(try failure(checkpoint).problem.contains("conv4_3_3x3.0 is 128x64x3x3 instead of 128x128x3x3"))
  }
}
