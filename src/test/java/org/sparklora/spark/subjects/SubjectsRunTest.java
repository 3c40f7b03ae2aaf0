package org.sparklora.spark.subjects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sparklora.data.order.SubjectSamples;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvents;
import org.sparklora.spark.SparkTestSession;
import org.sparklora.spark.failure.WorkersLostException;
import org.sparklora.util.InvalidInputException;

/** On a real Spark, with tasks that only do as if. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SubjectsRunTest {
  private static final long STEPS = 5;

  private final List<RunEvent> events = Collections.synchronizedList(new ArrayList<>());

  /** What a subject is called is what becomes of it. */
  private record Task(LongAccumulator steps, CollectionAccumulator<SubjectOutcome> outcomes)
      implements VoidFunction<Iterator<Subject>>, Serializable {
    @Override
    public void call(Iterator<Subject> subjects) throws InterruptedException {
      while (subjects.hasNext()) {
        Subject subject = subjects.next();
        switch (subject.name()) {
          case "crash" -> throw new AssertionError("no room");
          case "hang" -> Thread.sleep(600_000);
          case "unloadable" -> throw InvalidInputException.data("Invalid base model: torn");
          case "fail" -> outcomes.add(SubjectOutcome.failed("fail", "diverged"));
          default -> {
            steps.add(subject.steps());
            outcomes.add(
                new SubjectOutcome(subject.name(), subject.steps(), 0.5, subject.folder(), ""));
          }
        }
      }
    }
  }

  @Test
  void trainsAllAndTellsOfEach() {
    SubjectsRun run = run(60, "a", "b", "c");
    assertThat(run.trained()).isEqualTo(3 * STEPS);
    assertThat(said(RunEvent.Reached.class))
        .containsExactlyInAnyOrder(
            "Subject a is done: 5 steps, loss 0.5000",
            "Subject b is done: 5 steps, loss 0.5000",
            "Subject c is done: 5 steps, loss 0.5000");
    assertThat(of(RunEvent.Saved.class)).extracting(RunEvent.Saved::folder).contains("out/b");
    assertThat(of(RunEvent.Training.class).get(0).steps()).isEqualTo(3 * STEPS);
  }

  @Test
  void aSubjectThatFailsStopsNoOther() {
    assertThatThrownBy(() -> run(60, "a", "fail", "b"))
        .isInstanceOf(SubjectsFailedException.class)
        .hasMessage("1 of 3 subjects failed, the others are written: fail: diverged");
    assertThat(of(RunEvent.Reached.class)).hasSize(2);
    assertThat(said(RunEvent.Incident.class)).containsExactly("Subject fail failed: diverged");
  }

  /** Spark then gives up the job; the others go on in another. */
  @Test
  void aSubjectThatTakesItsJobDownStopsNoOther() {
    assertThatThrownBy(() -> run(60, "crash", "a", "b", "c", "d"))
        .isInstanceOf(SubjectsFailedException.class)
        .hasMessageContaining("1 of 5 subjects failed")
        .hasMessageContaining("crash: 1 attempts failed, the last with")
        .hasMessageContaining("no room");
    assertThat(said(RunEvent.Reached.class))
        .extracting(text -> text.substring(0, 9))
        .containsExactlyInAnyOrder("Subject a", "Subject b", "Subject c", "Subject d");
  }

  @Test
  void aBaseModelThatCannotBeLoadedEndsTheRun() {
    assertThatThrownBy(() -> run(60, "unloadable", "a"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("Invalid base model: torn");
  }

  @Test
  void givesUpWhenNothingIsTrainedForTooLong() {
    assertThatThrownBy(() -> run(1, "a", "hang"))
        .isInstanceOf(WorkersLostException.class)
        .hasMessage(
            "Cannot go on: no step of any subject in 1 s (--worker_timeout); 1 of the subjects are"
                + " done");
  }

  @Test
  void subjectsThatCannotBeTrainedAreNamedFirst() {
    SubjectPlan plan =
        new SubjectPlan(
            List.of(subject("a")),
            List.of("b"),
            List.of(SubjectOutcome.failed("blank", "no picture")),
            STEPS);
    assertThatThrownBy(() -> run(60, plan))
        .hasMessage("1 of 3 subjects failed, the others are written: blank: no picture");
    assertThat(of(RunEvent.Reached.class)).hasSize(1);
  }

  private SubjectsRun run(long patience, String... names) {
    List<Subject> subjects = Stream.of(names).map(SubjectsRunTest::subject).toList();
    return run(patience, new SubjectPlan(subjects, List.of(), List.of(), STEPS * subjects.size()));
  }

  private SubjectsRun run(long patience, SubjectPlan plan) {
    try (RunEvents all = new RunEvents(List.of(events::add))) {
      SubjectsRun run =
          new SubjectsRun(
              SubjectsRun.Kind.SUBJECT, SparkTestSession.context(), Task::new, 4, patience, all);
      run.run(plan);
      return run;
    }
  }

  private static Subject subject(String name) {
    return new Subject(
        name,
        "out/" + name,
        new SubjectSamples(name, new long[] {0}, new long[] {1}),
        STEPS,
        List.of(),
        new TreeMap<>(),
        "",
        List.of());
  }

  private <E extends RunEvent> List<E> of(Class<E> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  private List<String> said(Class<? extends RunEvent> type) {
    return of(type).stream()
        .map(
            event ->
                event instanceof RunEvent.Reached reached
                    ? reached.what()
                    : ((RunEvent.Incident) event).what())
        .toList();
  }
}
