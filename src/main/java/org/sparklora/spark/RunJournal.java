package org.sparklora.spark;

import java.time.Instant;
import java.util.function.Supplier;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.row.BadImage;
import org.sparklora.report.RunReport;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvents;
import org.sparklora.spark.prepare.PrepareResult;
import org.sparklora.spark.run.TrainingOutput;
import org.sparklora.util.FirstCause;

/**
 * Sends a run's events to its listeners from the moment the run begins. Before that, the report is
 * still that of an earlier attempt, and this attempt has changed nothing.
 */
final class RunJournal {
  private static final Logger LOG = LoggerFactory.getLogger(RunJournal.class);

  private final RunEvents events;
  private final TrainingOutput output;
  private final Supplier<String> application;
  private volatile boolean begun;
  private volatile long step;

  /**
   * @param application gives Spark's id of the application
   */
  RunJournal(RunEvents events, TrainingOutput output, Supplier<String> application) {
    this.events = events;
    this.output = output;
    this.application = application;
  }

  RunEvents events() {
    return events;
  }

  boolean hasBegun() {
    return begun;
  }

  void begin() {
    begun = true;
    events.add(new RunEvent.Started(Instant.now(), description()));
    LOG.info("Report: {}", report());
  }

  /** Begins the journal once the latents are known, if it had to wait for them. */
  void beginWith(PrepareResult latents) {
    if (!begun) {
      begin();
      prepared(latents);
    }
  }

  void prepared(PrepareResult latents) {
    events.add(
        new RunEvent.Prepared(
            Instant.now(),
            latents.location(),
            latents.samples(),
            latents.badImages(),
            latents.firstBadImages().stream().map(BadImage::text).toList(),
            latents.reused()));
  }

  /** Records how many steps are completed. */
  void reached(long step) {
    this.step = step;
  }

  void incident(String what) {
    if (begun) {
      events.add(new RunEvent.Incident(Instant.now(), step, what));
    }
  }

  void finished(String adapter) {
    events.add(new RunEvent.Finished(Instant.now(), step, adapter));
    LOG.info("Report: {}", report());
  }

  void failed(Throwable e) {
    if (begun) {
      events.add(new RunEvent.Failed(Instant.now(), step, FirstCause.of(e)));
    }
  }

  /** Records that the process got a signal to end. No event is sent after this one. */
  void killed() {
    if (begun) {
      events.add(new RunEvent.Killed(Instant.now(), step));
    }
    events.close();
  }

  private Path report() {
    return new Path(output.folder(), RunReport.PAGE);
  }

  private RunEvent.RunDescription description() {
    return new RunEvent.RunDescription(
        output.folder().getName(),
        output.folder().toString(),
        output.config().model().place(),
        String.join(", ", output.config().data().places()),
        output.layout().parameters(),
        output.layout().modules().size(),
        output.tokenEmbeddings(),
        output.config().flags(),
        application.get());
  }
}
