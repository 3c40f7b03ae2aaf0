package org.sparklora.spark.reduce;

import java.util.function.Function;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.sparklora.spark.settings.GpuAssignment;
import org.sparklora.train.GradientComputer;

/** The gradient computers of this executor. A task uses one and leaves it to the next task. */
public final class WorkerComputers {
  private static final IdlePool<WorkerContext, GradientComputer> IDLE =
      new IdlePool<>(GradientComputer::close);

  private WorkerComputers() {}

  /** Where this task runs. */
  public static WorkerContext here(int threads) {
    SparkEnv env = SparkEnv.get();
    return new WorkerContext(
        env.blockManager().blockManagerId().host(),
        env.executorId(),
        GpuAssignment.device(TaskContext.get()),
        threads);
  }

  /** Runs work with a computer of this executor. A computer whose work fails is closed. */
  static <T> T use(
      long run,
      WorkerContext context,
      GradientComputerFactory factory,
      Function<GradientComputer, T> work) {
    GradientComputer computer = IDLE.take(run, context, () -> factory.open(context));
    boolean reusable = false;
    try {
      T result = work.apply(computer);
      reusable = true;
      return result;
    } finally {
      if (reusable) {
        IDLE.giveBack(run, context, computer);
      } else {
        computer.close();
      }
    }
  }
}
