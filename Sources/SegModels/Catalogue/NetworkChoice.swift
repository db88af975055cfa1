public import SegBase

/// A network and one of its variants, by a name: "hrnet", "hrnet:w48", "fast-scnn:paddleseg", "hrnet:paddleseg:w18".
public struct NetworkChoice: Sendable {
  /// The network.
  public let network: Network
  /// The structure of the network that weights are published of.
  public let variant: Network.Variant

  private init(_ network: Network, _ variant: Network.Variant) { (self.network, self.variant) = (network, variant) }

  /// Every network and variant this version runs.
  public static var all: [NetworkChoice] { Network.all.flatMap { network in network.variants.map { NetworkChoice(network, $0) } } }

  /// The first network whose family is the name's first word, and whose dialect or variant each further word is.
  /// - Throws: when there is none, with the names there are.
  public init(named name: String) throws(InputError) {
    let words = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard let family = words.first, let architecture = Architecture(rawValue: family) else {
      throw InputError("no network is called that", subject: name, advice: "one of \(Architecture.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let candidates = Self.all.filter { $0.network.architecture == architecture }
    guard
      let choice = candidates.first(where: { choice in
        words.dropFirst().allSatisfy { !$0.isEmpty && ($0 == choice.network.dialect || $0 == choice.variant.name) }
      })
    else {
      throw InputError("no variant of \(architecture.title) is called that", subject: name, advice: "one of \(candidates.map(\.name).joined(separator: ", "))")
    }
    self = choice
  }

  /// The whole name: family, dialect, and the variant where there are several.
  public var name: String {
    let parts = [network.architecture.rawValue, network.dialect] + (variant.name.isEmpty ? [] : [variant.name])
    return parts.joined(separator: ":")
  }

  /// The network with random weights. Throws when the size does not suit it.
  public func random(classCount: Int? = nil, inputSize: PixelSize? = nil) throws(InputError) -> LoadedModel {
    try LoadedModel.random(
      architecture: network.architecture, dialect: network.dialect, variant: variant.name, classCount: classCount, inputSize: inputSize)
  }
}
