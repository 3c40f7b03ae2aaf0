package org.sparklora.spark.failure;

import java.util.function.Consumer;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.TaskFailedReason;
import org.apache.spark.TaskKilled;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.sparklora.util.Redaction;

/** Reports executors and tasks that Spark loses while a run goes on. */
public final class LostExecutors extends SparkListener {
  private final Consumer<String> incidents;

  public LostExecutors(Consumer<String> incidents) {
    this.incidents = incidents;
  }

  @Override
  public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
    tell("Executor " + removed.executorId() + " is gone: " + removed.reason());
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    // The loss of an executor is reported by the handler above, and a killed task was ended by
    // this program.
    if (end.reason() instanceof TaskFailedReason reason
        && !(reason instanceof ExecutorLostFailure)
        && !(reason instanceof TaskKilled)) {
      tell(
          "Attempt "
              + end.taskInfo().attemptNumber()
              + " of task "
              + end.taskInfo().index()
              + " failed on host "
              + end.taskInfo().host()
              + ": "
              + reason.toErrorString());
    }
  }

  private void tell(String what) {
    incidents.accept(Redaction.text(ExecutorExit.explained(what.lines().findFirst().orElse(""))));
  }
}
