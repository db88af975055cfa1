extension Graph {
  /// A name for each value that does not depend on the input's size: that of the node that makes it, with "#2", "#3"... from the second of a name on;
  /// "input" for what the caller fills, and with ".indices" behind it for the positions of a max pool.
  ///
  /// Ranges and precisions go by these names, which are those of the optimised graph.
  public var valueKeys: [String] {
    var keys = [String](repeating: "", count: values.count)
    var counts: [String: Int] = [:]
    func unique(_ name: String) -> String {
      let count = counts[name, default: 0] + 1
      counts[name] = count
      return count == 1 ? name : "\(name)#\(count)"
    }
    for input in inputs { keys[input.index] = unique("input") }
    for node in nodes {
      let key = unique(node.name)
      for (place, output) in node.outputs.enumerated() { keys[output.index] = place == 0 ? key : "\(key).indices" }
    }
    return keys
  }

  /// The same graph with each node named by its key, so that the keys of the others stay what they are when a pass takes nodes away.
  func namingNodesByKeys() -> Graph {
    var graph = self
    let keys = valueKeys
    for (index, node) in nodes.enumerated() { graph.nodes[index].name = keys[node.outputs[0].index] }
    return graph
  }
}

/// Names for what passes split nodes into.
public enum ValueKeys {
  /// The name of the part of that number of the node that went by `key`.
  static func part(_ key: String, _ number: Int) -> String { "\(key)/\(number)" }

  /// The key of the node that the one of `key` is a part of; nil where it is none.
  public static func whole(of key: String) -> String? {
    guard let mark = key.lastIndex(of: "/"), Int(key[key.index(after: mark)...]) != nil else { return nil }
    return String(key[..<mark])
  }
}
