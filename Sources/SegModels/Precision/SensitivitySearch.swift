import SegBase

/// Finds the nodes of a network that lose too much in int8: the fewest, the worst first, without which the whole network's loss stays within a limit.
///
/// What a node loses is measured with it alone in int8 and all others in single precision: from nothing lost, a small loss shows on few pictures, while the
/// gain of one node among a hundred in int8 is the small difference of two large losses. The whole network is measured anew for every choice, so that losses
/// need not add up.
struct SensitivitySearch {
  /// The nodes that can run in int8, by their keys, in the order they run.
  let candidates: [String]
  /// The nodes that stay in a higher precision to begin with.
  let recipe: Set<String>
  /// The loss that is allowed.
  let limit: Double

  /// What a search found.
  struct Found: Hashable {
    /// The nodes of the recipe, then those that were found, the worst first.
    var kept: [String]
    /// What nodes lose alone; nothing where the whole network's loss was within the limit at once.
    var losses: [String: Double]
    /// The loss of the network with these kept.
    var loss: Double
    /// The loss of the network with the recipe alone.
    var lossAtFirst: Double
  }

  /// Searches. `whole` gives the loss of the network with some nodes kept, `alone` those of single nodes, in order.
  func run(
    whole: (Set<String>) throws(InputError) -> Double, alone: ([String]) throws(InputError) -> [Double]
  ) throws(InputError) -> Found {
    let fixed = candidates.filter(recipe.contains)
    let first = try whole(recipe)
    var found = Found(kept: fixed, losses: [:], loss: first, lossAtFirst: first)
    let free = candidates.filter { !recipe.contains($0) }
    if first <= limit || free.isEmpty { return found }
    let losses = try alone(free)
    let sorted = zip(free, losses).enumerated().sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }.map(\.element)
    found.losses = Dictionary(sorted) { first, _ in first }
    // Twice as many each time until it is enough, then the least number in between.
    var measured: [Int: Double] = [0: first]
    func loss(keeping count: Int) throws(InputError) -> Double {
      if let known = measured[count] { return known }
      let loss = try whole(recipe.union(sorted.prefix(count).map(\.0)))
      measured[count] = loss
      return loss
    }
    var (low, high) = (0, 1)
    while high < sorted.count, try loss(keeping: high) > limit { (low, high) = (high, min(2 * high, sorted.count)) }
    while high - low > 1 {
      let middle = (low + high) / 2
      if try loss(keeping: middle) > limit { low = middle } else { high = middle }
    }
    found.kept = fixed + sorted.prefix(high).map(\.0)
    found.loss = try loss(keeping: high)
    return found
  }
}
