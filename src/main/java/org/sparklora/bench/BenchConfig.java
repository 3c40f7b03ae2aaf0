package org.sparklora.bench;

import java.util.Optional;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.train.BatchConfig;

/**
 * The settings of {@code bench}.
 *
 * @param resolution {@code --resolution}, side of the pictures in pixels
 * @param steps {@code --steps}, timed training steps
 * @param pictures {@code --pictures} to prepare
 * @param inferenceSteps {@code --num_inference_steps} of the picture that is drawn; 0 draws none
 * @param simulation the simulation that replaces computing; empty if everything is computed
 * @param master {@code --master}
 */
public record BenchConfig(
    ModelConfig model,
    BatchConfig batch,
    LoraConfig lora,
    int resolution,
    int steps,
    int pictures,
    int inferenceSteps,
    Optional<Simulation> simulation,
    Optional<String> master) {
  /**
   * Simulated accelerators, which only sleep.
   *
   * @param millis {@code --simulated_ms}, the time of a micro-batch
   * @param checkpointingSteps {@code --checkpointing_steps}
   */
  public record Simulation(int millis, int checkpointingSteps) {}
}
