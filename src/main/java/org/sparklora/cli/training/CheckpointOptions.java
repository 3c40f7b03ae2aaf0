package org.sparklora.cli.training;

import java.util.Optional;
import java.util.OptionalInt;
import org.sparklora.cli.config.Problems;
import org.sparklora.flag.WholeNumber;
import org.sparklora.train.checkpoint.CheckpointConfig;
import picocli.CommandLine.Option;

/** Saving and resuming. */
public final class CheckpointOptions {
  @Option(
      names = "--checkpointing_steps",
      paramLabel = "N",
      description = "Number of steps between checkpoints (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 1_000_000_000)
  private long checkpointingSteps = 500;

  @Option(
      names = "--checkpoints_total_limit",
      paramLabel = "N",
      description = "Number of checkpoints to keep, the latest ones (default: all).")
  @WholeNumber(min = 1, max = 1_000_000)
  private Integer totalLimit;

  @Option(
      names = "--resume_from_checkpoint",
      paramLabel = "latest|FOLDER",
      description =
          "Go on from a checkpoint. The result has the same bits as without the interruption.")
  private String resumeFromCheckpoint = "";

  @Option(
      names = "--overwrite_output_dir",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Delete what an earlier run has written to --output_dir, and start again. Other files and"
              + " latent caches stay. Without this flag a folder that holds a run is refused.")
  private boolean overwriteOutputDir;

  public CheckpointConfig config(Problems problems) {
    problems.require(
        !overwriteOutputDir || resumeFromCheckpoint.isEmpty(),
        "--overwrite_output_dir",
        overwriteOutputDir,
        "--resume_from_checkpoint goes on with the files that are there; leave one of them out");
    return new CheckpointConfig(
        checkpointingSteps,
        totalLimit == null ? OptionalInt.empty() : OptionalInt.of(totalLimit),
        resumeFromCheckpoint.isEmpty() ? Optional.empty() : Optional.of(resumeFromCheckpoint),
        overwriteOutputDir);
  }
}
