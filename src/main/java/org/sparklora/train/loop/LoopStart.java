package org.sparklora.train.loop;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.tensor.Precision;
import org.sparklora.train.checkpoint.Checkpoint;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.ParameterGroup;

/**
 * Where a training loop starts: at step 0, or where a checkpoint stands.
 *
 * @param microBatches micro-batches a step, M
 * @param groups which together have all of the adapter's values
 * @param modules whose norms {@code --scale_weight_norms} limits
 * @param recipe the settings that a resumed run must share, by flag
 */
public record LoopStart(
    OptimizerConfig optimizer,
    Precision precision,
    int microBatches,
    List<ParameterGroup> groups,
    List<AdapterLayout.Module> modules,
    Map<String, String> recipe) {
  /**
   * The optimizer to train with.
   *
   * @param initial the values of step 0, asked for where there is no checkpoint
   * @throws org.sparklora.util.InvalidInputException when the checkpoint was made with another
   *     recipe
   */
  public AdapterOptimizer from(Optional<Checkpoint> checkpoint, Supplier<float[]> initial) {
    if (checkpoint.isEmpty()) {
      return new AdapterOptimizer(
          optimizer, precision, microBatches, groups, modules, initial.get());
    }
    checkpoint.get().requireSame(recipe);
    return AdapterOptimizer.resume(
        optimizer, precision, microBatches, groups, modules, checkpoint.get().state());
  }
}
