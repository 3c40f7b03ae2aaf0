package org.sparklora.spark.failure;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.TaskFailedReason;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.sparklora.util.Redaction;

/** Counts how often each task of a job has failed, and keeps the last reason. */
public final class TaskFailures extends SparkListener {
  /**
   * A task's failures.
   *
   * @param task its number in the job
   */
  public record Failures(int task, int count, String last) {}

  private final Map<Integer, Failures> byTask = new ConcurrentHashMap<>();

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (end.reason() instanceof TaskFailedReason reason && reason.countTowardsTaskFailures()) {
      int task = end.taskInfo().index();
      String why =
          Redaction.text(
                  ExecutorExit.explained(reason.toErrorString().lines().findFirst().orElse("")))
              + " (host "
              + end.taskInfo().host()
              + ", executor "
              + end.taskInfo().executorId()
              + ")";
      byTask.merge(
          task,
          new Failures(task, 1, why),
          (before, now) -> new Failures(task, before.count() + 1, why));
    }
  }

  /** The task that has failed most often. */
  public Optional<Failures> most() {
    return byTask.values().stream().max(Comparator.comparingInt(Failures::count));
  }
}
