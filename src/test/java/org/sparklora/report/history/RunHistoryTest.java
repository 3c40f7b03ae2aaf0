package org.sparklora.report.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.sparklora.data.TestDataset;
import org.sparklora.report.event.SomeRun;

class RunHistoryTest {
  private static RunHistory reread(RunHistory history) {
    return HistoryFile.read(HistoryFile.write(history)).orElseThrow();
  }

  @Test
  void aResumedRunKeepsTheEarlierAttemptsCurvesAndIncidents() {
    RunHistory first =
        SomeRun.history(
            SomeRun.started("run", "app-1"), SomeRun.prepared(0), SomeRun.training(0, 100));
    SomeRun.train(first, 0, 30);
    first.add(SomeRun.incident(12, "Executor 1 is gone"));
    first.add(SomeRun.saved(20));

    RunHistory second = reread(first); // killed: it said nothing more
    second.add(SomeRun.started("run", "app-2"));
    second.add(SomeRun.prepared(0));
    second.add(SomeRun.training(20, 100));
    SomeRun.train(second, 20, 50);

    assertThat(second.curve(Quantity.LOSS).buckets()).hasSize(50);
    assertThat(second.attempts())
        .extracting(Attempt::end)
        .containsExactly(Attempt.End.LOST, Attempt.End.RUNNING);
    assertThat(second.attempts()).extracting(Attempt::steps).containsExactly(30L, 30L);
    assertThat(second.notes().all())
        .extracting(Note::text)
        .contains("Executor 1 is gone", "Training goes on, with 2 workers");
    assertThat(second.saved()).hasValueSatisfying(saved -> assertThat(saved.step()).isEqualTo(20));
  }

  @Test
  void everythingSurvivesTheFile() {
    RunHistory history =
        SomeRun.history(
            SomeRun.started("run", "app-1"),
            SomeRun.prepared(1, "row 3 of a.parquet: it is no picture"),
            SomeRun.training(0, 2000),
            SomeRun.validated(0, "a cat", picture(1), picture(2)));
    SomeRun.train(history, 0, 2000);
    history.add(SomeRun.failed(2000, "no more"));
    assertThat(HistoryFile.write(reread(history))).isEqualTo(HistoryFile.write(history));
  }

  @Test
  void anotherFileIsNoHistory() {
    for (String text : new String[] {"", "{", "null", "[]", "{\"version\":2}", "{}", "\0\0"}) {
      assertThat(HistoryFile.read(text.getBytes(StandardCharsets.UTF_8))).isEmpty();
    }
  }

  @Test
  void picturesAndIncidentsStayBounded() {
    RunHistory history = SomeRun.history(SomeRun.started("run", "app-1"));
    for (int i = 0; i < 100; i++) {
      history.add(SomeRun.validated(i * 10L, "a cat", picture(1), picture(i)));
    }
    for (int i = 0; i < 1000; i++) {
      history.add(SomeRun.incident(i, "x".repeat(5000)));
    }
    assertThat(history.pictures().all()).hasSizeBetween(6, PictureSets.MOST_SETS);
    assertThat(history.pictures().all().get(0).step()).isZero();
    assertThat(history.pictures().all()).last().extracting(PictureSet::step).isEqualTo(990L);
    assertThat(history.pictures().base(history.pictures().all().get(3).pairs().get(0))).isPresent();
    assertThat(history.notes().leftOut()).isPositive();
    assertThat(HistoryFile.write(history).length).isLessThan(400_000);
  }

  private static byte[] picture(int colour) {
    return TestDataset.png(600, 400, colour * 40_000);
  }
}
