package org.sparklora.spark.reduce;

import java.util.function.Consumer;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.TaskFailedReason;
import org.apache.spark.TaskKilled;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.sparklora.util.Redaction;

/** Tells which executors and tasks Spark has lost while a run goes on. */
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
    // What its executor took with it is told above, and a killed task was told to end by us.
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
