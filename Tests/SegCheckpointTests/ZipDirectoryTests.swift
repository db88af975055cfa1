import SegBase
import SegCheckpoint
import SegTensor
import Testing

private let pickle = PickleAssembler.oneTensor(storageCount: 2, shape: [2], strides: [1])

private func archive(_ change: (inout ZipAssembler) -> Void) -> [UInt8] {
  var zip = ZipAssembler()
  change(&zip)
  zip.add("deep/er/data.pkl", pickle)
  zip.add("deep/er/data/0", floatBytes([1, 2]))
  return zip.archive()
}

struct ZipDirectoryTests {
  @Test func theRootFolderMayHaveAnyName() throws {
    #expect(try parse(archive { _ in }).tensors["t"]?.floats() == [1, 2])
  }

  @Test func zip64IsRead() throws {
    #expect(try parse(archive { $0.isWide = true }).tensors["t"]?.floats() == [1, 2])
  }

  @Test func aCommentAtTheEndIsPassedOver() throws {
    var bytes = archive { _ in }
    bytes.replaceSubrange(bytes.count - 2..<bytes.count, with: little(5, 2) + Array("hello".utf8))
    #expect(try parse(bytes).tensors["t"]?.floats() == [1, 2])
  }

  @Test func compressedEntriesAreRefused() { #expect(problem(archive { $0.method = 8 }).contains("compressed")) }

  @Test func encryptedEntriesAreRefused() { #expect(problem(archive { $0.flags = 1 }).contains("encrypted")) }

  @Test func bigEndianNumbersAreRefused() {
    #expect(problem(archive { $0.add("deep/er/byteorder", Array("big".utf8)) }).contains("big-endian"))
  }

  @Test func torchScriptIsNamed() { #expect(problem(archive { $0.add("deep/er/constants.pkl", []) }).contains("TorchScript")) }

  @Test func namesThatComeTwiceAreRefused() { #expect(problem(archive { $0.add("deep/er/data/0", []) }).contains("twice")) }

  @Test func aMissingStorageIsNamed() {
    #expect(problem(ZipAssembler.checkpoint(pickle)) == "tensor t: the archive misses the entry any/data/0")
  }

  @Test func sizesBeyondTheFileAreErrors() {
    var zip = ZipAssembler()
    zip.isWide = true
    zip.add("a/data.pkl", pickle)
    zip.add("a/data/0", floatBytes([1, 2]), claimedSize: 1 << 50)
    #expect(problem(zip.archive()).contains("cut short"))
  }
}
