package org.sparklora.spark.run;

import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvents;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.train.step.AdapterOptimizer;

/**
 * Saves the state of a run, each step once: when it is due, and when the process is told to end.
 */
public final class CheckpointSaver {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointSaver.class);

  private final Checkpoints checkpoints;
  private final OptionalInt limit;
  private final AdapterOptimizer optimizer;
  private final Map<String, String> recipe;
  private final TrainingOutput output;
  private final RunEvents events;
  private long saved;

  public CheckpointSaver(
      Checkpoints checkpoints,
      OptionalInt limit,
      AdapterOptimizer optimizer,
      Map<String, String> recipe,
      TrainingOutput output,
      RunEvents events) {
    this.checkpoints = checkpoints;
    this.limit = limit;
    this.optimizer = optimizer;
    this.recipe = recipe;
    this.output = output;
    this.events = events;
    this.saved = optimizer.state().step(); // nothing is lost as long as nothing is trained
  }

  /** Saves the state as it is, unless it has been. No step may be applied meanwhile. */
  public synchronized void save() throws IOException {
    long step = optimizer.state().step();
    if (step == saved) {
      return;
    }
    Path folder =
        checkpoints.save(
            optimizer.export(), recipe, output.files().ofCheckpoint(optimizer.result()));
    saved = step;
    LOG.info("Saved {}", folder);
    events.add(new RunEvent.Saved(Instant.now(), step, folder.toString()));
    if (limit.isPresent()) {
      checkpoints.prune(limit.getAsInt());
    }
  }
}
