package org.sparklora.spark.tune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.spark.tune.TrialRecord.Point;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.loop.Milestones;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.StepResult;

/** The losses of a trial, which are computed while it is trained. */
final class TrialCurves implements Milestones {
  /** So many points show a curve. */
  private static final int SPANS = 100;

  private final TrialPlan plan;
  private final GradientComputer computer;
  private final Keeper keeper;
  private final List<Point> heldOut = new ArrayList<>();
  private final List<Point> training = new ArrayList<>();
  private final long span;
  private double sum;
  private long count;

  /** Keeps what is known of a trial between two rungs, for the case that it is interrupted. */
  interface Keeper {
    void keep(TrialCurves curves) throws IOException;
  }

  TrialCurves(TrialPlan plan, GradientComputer computer, TrialRecord before, Keeper keeper) {
    this.plan = plan;
    this.computer = computer;
    this.keeper = keeper;
    this.heldOut.addAll(before.heldOut());
    this.training.addAll(before.training());
    this.span = Math.max(1, (plan.subject().steps() + SPANS - 1) / SPANS);
  }

  /** Takes a step's training loss into the mean of its span. */
  void add(StepResult result) {
    long done = result.step() + 1;
    if (Double.isFinite(result.loss())) {
      sum += result.loss();
      count++;
    }
    if (count > 0 && (done % span == 0 || done == plan.subject().steps())) {
      training.removeIf(point -> point.step() >= done);
      training.add(new Point(done, sum / count));
      sum = 0;
      count = 0;
    }
  }

  @Override
  public long after(long step) {
    return plan.clock().after(step);
  }

  @Override
  public void first(AdapterState state) throws IOException {
    at(state);
  }

  @Override
  public void at(AdapterState state) throws IOException {
    measure(state);
    keeper.keep(this);
  }

  /** Computes the mean loss of the held-out pictures, as a run of its own does. */
  double measure(AdapterState state) {
    double sumOfBatches = 0;
    for (int batch = 0; batch < plan.heldOut().batches(); batch++) {
      sumOfBatches += computer.heldOutLoss(state, batch);
    }
    double loss = sumOfBatches / plan.heldOut().samples();
    heldOut.removeIf(point -> point.step() >= state.step());
    if (Double.isFinite(loss)) {
      heldOut.add(new Point(state.step(), loss));
    }
    return loss;
  }

  List<Point> heldOut() {
    return heldOut;
  }

  List<Point> training() {
    return training;
  }
}
