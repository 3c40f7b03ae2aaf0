package org.sparklora.spark;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.sparklora.train.GradientComputer;

/**
 * The computers of one executor between segments: loading a model takes longer than many steps.
 * Only those of the current run are kept.
 */
final class ComputerPool {
  private static final Map<WorkerContext, Deque<GradientComputer>> IDLE = new HashMap<>();
  private static long current;

  private ComputerPool() {}

  static GradientComputer take(long run, WorkerContext context, GradientComputerFactory factory) {
    synchronized (IDLE) {
      if (run != current) {
        IDLE.values().forEach(computers -> computers.forEach(GradientComputer::close));
        IDLE.clear();
        current = run;
      }
      GradientComputer idle = IDLE.computeIfAbsent(context, c -> new ArrayDeque<>()).poll();
      if (idle != null) {
        return idle;
      }
    }
    return factory.open(context);
  }

  static void giveBack(long run, WorkerContext context, GradientComputer computer) {
    synchronized (IDLE) {
      if (run == current) {
        IDLE.get(context).add(computer);
        return;
      }
    }
    computer.close();
  }
}
