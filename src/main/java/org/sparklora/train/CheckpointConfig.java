package org.sparklora.train;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * When state is saved.
 *
 * @param checkpointingSteps {@code --checkpointing_steps}
 * @param totalLimit {@code --checkpoints_total_limit}
 * @param resumeFromCheckpoint {@code --resume_from_checkpoint}: {@code latest} or a folder
 */
public record CheckpointConfig(
    long checkpointingSteps, OptionalInt totalLimit, Optional<String> resumeFromCheckpoint) {}
