package org.sparklora.train.checkpoint;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Says when checkpoints are saved, and which one to resume from.
 *
 * @param checkpointingSteps {@code --checkpointing_steps}
 * @param totalLimit {@code --checkpoints_total_limit}
 * @param resumeFromCheckpoint {@code --resume_from_checkpoint}: {@code latest} or a folder
 * @param overwrite {@code --overwrite_output_dir}: whether an earlier run's files are deleted
 */
public record CheckpointConfig(
    long checkpointingSteps,
    OptionalInt totalLimit,
    Optional<String> resumeFromCheckpoint,
    boolean overwrite) {}
