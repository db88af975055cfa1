import SegBase
import SegCheckpoint
import SegTensor
import SegTestSupport
import Testing

private typealias Assembler = ProtobufAssembler

struct CaffeModelTests {
  @Test("layers give tensors named by layer and index, in file order")
  func layers() throws {
    let checkpoint = try parse(Assembler.smallNet)
    #expect(checkpoint.container == .caffe)
    #expect(checkpoint.metadata == ["name": "net"])
    #expect(checkpoint.tensors.names == ["conv.0", "conv.1"])
    #expect(checkpoint.tensors["conv.0"]?.shape == [2, 1, 1, 2])
    #expect(checkpoint.tensors["conv.0"]?.floats() == [1, 2, 3, 4])
    #expect(checkpoint.tensors["conv.1"]?.shape == [2])
    #expect(checkpoint.tensors["conv.1"]?.elementType == .float32)
  }

  @Test("a net without a name is recognised by its first layer")
  func noName() throws { #expect(try parse(Assembler.layer("a", [Assembler.blob([1], [2])])).tensors["a.0"]?.floats() == [2]) }

  @Test("input fields before the layers do not hide the format", arguments: [Assembler.field(3, "data"), Assembler.field(4, 1), Assembler.field(8, "")])
  func inputs(field: [UInt8]) throws {
    #expect(try parse(Assembler.field(1, "net") + field + Assembler.layer("a", [Assembler.blob([1], [2])])).tensors.count == 1)
  }

  @Test("layers of before 2014 are read: other field numbers, 4-D blobs")
  func oldLayers() throws {
    let legacy = { (sizes: [Int], values: [Float]) in
      zip(1..., sizes).flatMap { Assembler.field($0, $1) } + Assembler.unpacked(5, values)
    }
    let layer =
      Assembler.field(4, "ip") + Assembler.field(5, 14) + Assembler.field(6, legacy([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]))
      + Assembler.field(6, legacy([1, 1, 1, 2], [7, 8]))
    let checkpoint = try parse(Assembler.field(1, "net") + Assembler.field(2, layer))
    #expect(checkpoint.tensors["ip.0"]?.shape == [1, 1, 2, 3])
    #expect(checkpoint.tensors["ip.0"]?.floats() == [1, 2, 3, 4, 5, 6])
    #expect(checkpoint.tensors["ip.1"]?.shape == [2])
    #expect(checkpoint.tensors["ip.1"]?.floats() == [7, 8])
  }

  @Test("a name after the blobs counts for them")
  func lateName() throws {
    let layer = Assembler.field(7, Assembler.blob([1], [2])) + Assembler.field(1, "late")
    #expect(try parse(Assembler.field(1, "net") + Assembler.field(100, layer)).tensors.names == ["late.0"])
  }

  @Test("a name that repeats is an error where it has tensors, and only there")
  func repeatedNames() throws {
    let blob = Assembler.blob([1], [1])
    #expect(problem(Assembler.layer("a", [blob]) + Assembler.layer("a", [blob])).contains("a.0 is there twice"))
    #expect(try parse(Assembler.layer("a", []) + Assembler.layer("a", [blob])).tensors.count == 1)
  }

  @Test("a file cut at any byte is an error, or holds the whole layers before the cut")
  func truncations() {
    let net = Assembler.smallNet
    let ends = [net.count - Assembler.layer("conv", [Assembler.blob([2, 1, 1, 2], [1, 2, 3, 4]), Assembler.blob([2], [5, 6])]).count]
    for count in 0..<net.count {
      let problem = problem(Array(net[..<count]))
      #expect(problem != "", "first \(count) bytes")
      if ends.contains(count) { #expect(problem.contains("no tensors")) }
    }
  }

  @Test("layers that nest deep are passed over, not followed")
  func nesting() throws {
    var message = Assembler.blob([1], [1])
    for _ in 0..<2000 { message = Assembler.field(100, message) }
    #expect(problem(message) != "")
  }

  @Test("a long name or a great many blobs do not multiply into much memory")
  func multiplication() throws {
    let empty = Assembler.field(7, Assembler.blob([0], []))
    #expect(problem(Assembler.field(100, Assembler.field(1, String(repeating: "a", count: 100_000)) + empty)).contains("100000 bytes long"))
    let many = Assembler.field(100, Assembler.field(1, "a") + (0...65536).flatMap { _ in empty })
    #expect(problem(many).contains("more than 65536 tensors"))
  }

  @Test("random bytes after a plausible start never crash")
  func randomBytes() {
    for seed in 0..<2000 {
      var random = RandomNumbers(seed: UInt64(seed))
      var bytes = Assembler.smallNet
      for _ in 0..<Int.random(in: 1...4, using: &random) { bytes[Int.random(in: 5..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
      if let checkpoint = try? parse(bytes) { #expect(checkpoint.tensors.count <= 3, "seed \(seed)") }
    }
  }
}
