package org.sparklora.train.loop;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.store.FileContent;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.OptimizerState;

/**
 * Saves the state of a run when a checkpoint is due, and when the process gets a signal to end.
 * Each step is saved once. A state is copied at once and written by a thread of its own, one at a
 * time.
 */
public final class CheckpointSaver {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointSaver.class);

  /**
   * When to save, and how.
   *
   * @param every steps, {@code --checkpointing_steps}
   * @param limit how many are kept, {@code --checkpoints_total_limit}
   * @param recipe the settings that a resumed run must share, by flag
   * @param files the adapter's files by name, from its values
   */
  public record Plan(
      long every,
      OptionalInt limit,
      Map<String, String> recipe,
      Function<float[], Map<String, FileContent>> files) {}

  private final Checkpoints checkpoints;
  private final Plan plan;
  private final AdapterOptimizer optimizer;
  private final LoopListener listener;
  private long saved;
  private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);

  public CheckpointSaver(
      Checkpoints checkpoints, Plan plan, AdapterOptimizer optimizer, LoopListener listener) {
    this.checkpoints = checkpoints;
    this.plan = plan;
    this.optimizer = optimizer;
    this.listener = listener;
    this.saved = optimizer.state().step(); // the starting state needs no new checkpoint
  }

  /** Whether a checkpoint is due after this number of steps. */
  boolean isDue(long step) {
    return step % plan.every() == 0;
  }

  /**
   * Copies the state, and has it written while training goes on. Waits for the checkpoint before
   * it, so that at most one copy is in memory. No step may be applied until this returns.
   */
  synchronized void saveBehind() {
    if (settled().isPresent() || optimizer.state().step() == saved) {
      return;
    }
    Snapshot snapshot = snapshot();
    saved = snapshot.state().step();
    writing = new CompletableFuture<>();
    CompletableFuture<Void> mine = writing;
    Thread writer = new Thread(() -> write(snapshot, mine), "checkpoint");
    writer.setDaemon(true);
    writer.start();
  }

  /** Saves the current state, unless it is saved already. No step may be applied meanwhile. */
  public synchronized void save() throws IOException {
    await();
    if (optimizer.state().step() != saved) {
      Snapshot snapshot = snapshot();
      write(snapshot);
      saved = snapshot.state().step();
    }
  }

  /**
   * Waits until the checkpoint that is being written is complete.
   *
   * @throws IOException when it cannot be written
   */
  synchronized void await() throws IOException {
    Throwable failure = settled().orElse(null);
    if (failure instanceof IOException checked) {
      throw checked;
    }
    if (failure instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (failure instanceof Error error) {
      throw error;
    }
  }

  /** Whether a checkpoint could not be written. */
  boolean hasFailed() {
    return now().isCompletedExceptionally();
  }

  private record Snapshot(OptimizerState state, float[] result) {}

  private Snapshot snapshot() {
    return new Snapshot(optimizer.export(), optimizer.result());
  }

  private void write(Snapshot snapshot, CompletableFuture<Void> done) {
    try {
      write(snapshot);
      done.complete(null);
    } catch (IOException | RuntimeException | Error e) {
      done.completeExceptionally(e);
    }
  }

  private void write(Snapshot snapshot) throws IOException {
    long step = snapshot.state().step();
    Path folder =
        checkpoints.save(snapshot.state(), plan.recipe(), plan.files().apply(snapshot.result()));
    LOG.info("Saved {}", folder);
    listener.onSaved(step, folder);
    if (plan.limit().isPresent()) {
      checkpoints.prune(plan.limit().getAsInt());
    }
  }

  private synchronized CompletableFuture<Void> now() {
    return writing;
  }

  /**
   * Waits for the checkpoint that is being written. Returns why it failed; empty if it was written.
   */
  private Optional<Throwable> settled() {
    try {
      now().join();
      return Optional.empty();
    } catch (CompletionException e) {
      return Optional.of(e.getCause());
    }
  }
}
