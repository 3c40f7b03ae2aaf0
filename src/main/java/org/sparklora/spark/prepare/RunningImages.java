package org.sparklora.spark.prepare;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/** Counts the work of running tasks; an accumulator alone only counts finished ones. */
public final class RunningImages extends SparkListener {
  private final long accumulatorId;
  private final Map<Long, Long> doneByTask = new ConcurrentHashMap<>();

  public RunningImages(long accumulatorId) {
    this.accumulatorId = accumulatorId;
  }

  /** The count of the tasks that run now. */
  public long done() {
    return doneByTask.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate heartbeat) {
    CollectionConverters.asJava(heartbeat.accumUpdates())
        .forEach(
            task ->
                CollectionConverters.asJava(task._4())
                    .forEach(update -> count((Long) task._1(), update)));
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    doneByTask.remove(end.taskInfo().taskId());
  }

  private void count(long task, AccumulableInfo update) {
    if (update.id() == accumulatorId && update.update().isDefined()) {
      doneByTask.put(task, (Long) update.update().get());
    }
  }
}
