package org.sparklora.train.loop;

import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.StepListener;
import org.sparklora.train.step.StepMemory;
import org.sparklora.train.step.StepOptimizer;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;
import org.sparklora.train.step.TimeSplit;
import org.sparklora.util.ProcessMemory;

/**
 * Takes steps in the calling thread: first the worker's half of a step, then the driver's. Sums are
 * taken over the same tree as with many workers, so the adapter has the same bytes.
 */
public final class LocalSteps implements StepRunner {
  private final GradientComputer computer;
  private final GradientType type;

  /**
   * @param type of gradients and sums, as if they went over a network
   */
  public LocalSteps(GradientComputer computer, GradientType type) {
    this.computer = computer;
    this.type = type;
  }

  @Override
  public void run(StepOptimizer optimizer, long endStep, StepListener listener) {
    computer.willCompute(0, optimizer.microBatches());
    while (optimizer.state().step() < endStep) {
      long began = System.nanoTime();
      double waited = computer.waitedSeconds();
      GradientTree tree = gradients(optimizer);
      double gradients = (System.nanoTime() - began) / 1e9;
      double data = computer.waitedSeconds() - waited;
      StepResult result = optimizer.apply(tree.total());
      double seconds = (System.nanoTime() - began) / 1e9;
      double driver = seconds - gradients;
      long resident = ProcessMemory.RESIDENT.bytes().orElse(0);
      TimeSplit split = TimeSplit.of(seconds, gradients - data, data, driver, 0);
      StepMemory memory = new StepMemory(resident, resident, 0);
      listener.onStep(result, new StepTiming(seconds, driver, 1, memory, split));
    }
  }

  private GradientTree gradients(StepOptimizer optimizer) {
    AdapterState state = optimizer.state();
    GradientTree tree = new GradientTree(optimizer.microBatches(), type);
    for (int i = 0; i < optimizer.microBatches(); i++) {
      tree.add(i, computer.compute(state, i));
    }
    return tree;
  }
}
