package org.sparklora.train.loop;

import java.io.IOException;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;

/**
 * Trains an adapter from where its optimizer stands to the last step.
 *
 * <p>Steps go on while a checkpoint is written: its state is copied between two steps. They pause
 * for milestones. They end when a step cannot be taken or a checkpoint cannot be written.
 */
public final class TrainingLoop {
  private final AdapterOptimizer optimizer;
  private final long steps;
  private final StepRunner runner;
  private final CheckpointSaver saver;
  private final Milestones milestones;
  private final LoopListener listener;

  /**
   * @param optimizer holds the state
   * @param steps the first step that is not computed
   */
  public TrainingLoop(
      AdapterOptimizer optimizer,
      long steps,
      StepRunner runner,
      CheckpointSaver saver,
      Milestones milestones,
      LoopListener listener) {
    this.optimizer = optimizer;
    this.steps = steps;
    this.runner = runner;
    this.saver = saver;
    this.milestones = milestones;
    this.listener = listener;
  }

  /**
   * Trains. When it returns, the checkpoints that were due are written.
   *
   * @throws org.sparklora.train.step.TrainingDivergedException when training has diverged
   * @throws IOException when a checkpoint cannot be written
   */
  public void run() throws IOException {
    if (step() == 0) {
      milestones.first(toUse());
    }
    while (step() < steps) {
      long due = milestones.after(step());
      takeStepsTo(Math.min(steps, due));
      listener.onPause();
      if (step() == steps) {
        end();
      } else if (step() == due) {
        milestones.at(toUse());
      }
    }
    saver.await();
  }

  private void takeStepsTo(long end) throws IOException {
    try {
      runner.run(optimizer, end, this::onStep);
    } catch (RuntimeException e) {
      saver.await(); // a failed checkpoint may be the cause
      throw e;
    }
  }

  /** The adapter's last values are checked before anything is saved of them. */
  private void end() throws IOException {
    optimizer.requireSound();
    if (saver.isDue(steps)) {
      saver.save();
    }
  }

  /** The adapter that would be written if the run ended now. */
  public AdapterState toUse() {
    AdapterState state = optimizer.state();
    return new AdapterState(state.step(), state.lossScale(), optimizer.result());
  }

  private long step() {
    return optimizer.state().step();
  }

  /**
   * Handles a step. The optimizer's state does not change until this returns. An exception ends
   * training.
   */
  private void onStep(StepResult result, StepTiming timing) {
    listener.onStep(result, timing);
    if (saver.hasFailed()) {
      throw new IllegalStateException("A checkpoint could not be written");
    }
    long done = result.step() + 1;
    if (done < steps && saver.isDue(done)) {
      saver.saveBehind();
    }
  }
}
