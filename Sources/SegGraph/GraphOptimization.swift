extension Graph {
  /// The same network with batch normalisations in the weights, activations and sums inside the convolutions, transposed convolutions as convolutions
  /// that make blocks, convolutions before maps are enlarged, enlarging inside sums, and nothing that is not read.
  public func optimized() -> Graph {
    removingDeadNodes().distributingOverConcatenation().foldingBatchNormalization().distributingOverConcatenation().loweringBatchNormalization()
      .fusingActivations().loweringTransposedConvolutions().sinkingInterleaves().fusingUnpools().fusingActivations().fusingResiduals()
      .convolvingBeforeResizes().enlargingWithinConvolutions().fusingResizedSums().removingDeadNodes()
  }
}
