extension Graph {
  /// Lets go of what a node computes, with its weights, once somebody has made code of it: a large network's weights need not be held twice. What is left of
  /// the graph tells shapes and who reads what.
  public mutating func forgetOperation(ofNode index: Int) { nodes[index].operation = .convert }
}
