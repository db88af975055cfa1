import Testing

@testable import SegCheckpoint

struct PaddleOptimiserTests {
  @Test(
    "what optimisers keep is told by its name",
    arguments: [
      "conv1/weights_velocity_0", "fc_0.w_0_moment1_0", "bn_scale_beta2_pow_acc_12", "learning_rate_0", "@LR_DECAY_COUNTER@", "a/b/learning_rate_1",
      "loss_scaling_0",
    ])
  func optimisers(name: String) { #expect(PaddleOptimiser.owns(name)) }

  @Test(
    "weights and running statistics are the network's",
    arguments: [
      "conv1/weights", "conv2d_0.w_0", "bn_mean", "a._variance", "moment1_0", "velocity_0/weights", "x_velocity", "x_velocity_a", "x_velocity_", "linear_0", "",
    ])
  func weights(name: String) { #expect(!PaddleOptimiser.owns(name)) }
}
