package org.sparklora.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A run that is killed before any operation on its lease leaves a folder that the next one gets.
 */
@Tag("long")
class LeaseKillTest {
  @TempDir private Path root;

  private final SetClock clock = new SetClock();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theNextRunGetsTheFolder(boolean links) throws IOException {
    int operations =
        KillPoint.before(
            new KillPoint.Trial() {
              @Override
              public KillPoint.Work begin(int number) throws IOException {
                take(number, new Configuration(), gone("an earlier one")).finish();
                return hadoop -> run(number, links ? hadoop : FaultyDisk.withoutLinks(hadoop));
              }

              @Override
              public void after(int number, Configuration hadoop) throws IOException {
                long before = clock.nanos();
                Tenure next = take(number, hadoop, gone("next"));
                assertThat(Duration.ofNanos(clock.nanos() - before))
                    .as("a wait after a kill before operation %d", number)
                    .isLessThanOrEqualTo(Duration.ofSeconds(links ? 0 : 31));
                next.renew();
                next.finish();
                take(number, hadoop, gone("the one after that")).finish();
                assertThat(files(number)).as("after a kill before %d", number).hasSize(1);
              }
            });
    assertThat(operations).isGreaterThan(30);
  }

  private void run(int number, Configuration hadoop) throws IOException {
    Tenure tenure = take(number, hadoop, gone("killed"));
    tenure.renew();
    clock.pass(Duration.ofMinutes(5));
    tenure.renew();
    tenure.finish();
  }

  private Tenure take(int number, Configuration hadoop, Holder holder) throws IOException {
    return OutputLease.take(
        hadoop, new org.apache.hadoop.fs.Path(folder(number).toUri()), holder, clock);
  }

  private Path folder(int number) {
    return root.resolve("run-" + number);
  }

  /** What is left over goes when the folder is next taken. */
  private List<String> files(int number) throws IOException {
    try (var files = Files.list(folder(number).resolve(LeaseFolder.NAME))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** A process of this machine that is no more. */
  private static Holder gone(String application) {
    String machine = Holder.current("").machine();
    return new Holder("here", machine, Long.MAX_VALUE, "", application);
  }
}
