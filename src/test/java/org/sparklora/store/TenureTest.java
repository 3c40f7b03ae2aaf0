package org.sparklora.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.SteadyClock;

/** A lease of 30 s over hours, in no time. */
@Tag("long")
class TenureTest {
  private static final Duration TICK = Duration.ofSeconds(1);

  @TempDir private java.nio.file.Path folder;

  private final AtomicInteger lost = new AtomicInteger();
  private final SetClock time = new SetClock();
  private Optional<Throwable> fault = Optional.empty();
  private Configuration hadoop;
  private Tenure tenure;
  private LeaseWatch watch;

  @BeforeEach
  void begin() throws IOException {
    hadoop = FaultyDisk.configuration((operation, path) -> fail());
    tenure = take(holder("mine"), time);
    watch = new LeaseWatch(tenure, outputDir(), time, lost::incrementAndGet);
  }

  @Test
  void isRenewedForHours() throws IOException {
    for (int second = 0; second < 20_000; second++) {
      tick();
    }
    tenure.requireHeld();
    assertThat(lost).hasValue(0);
    assertThat(lease(1).renewals()).isBetween(1990L, 2000L);
  }

  @Test
  void aFullDiskForSomeSecondsEndsNothing() throws IOException {
    fault = Optional.of(FaultyDisk.full());
    pass(20);
    fault = Optional.of(new OutOfMemoryError("of the moment"));
    pass(3);
    fault = Optional.empty();
    pass(100);
    tenure.requireHeld();
    assertThat(lost).hasValue(0);
    assertThat(folder.resolve("_lease/1.json")).exists();
  }

  @Test
  void aRunThatCannotRenewStopsBeforeAnotherMayTakeOver() throws IOException {
    fault = Optional.of(FaultyDisk.full());
    int seconds = 0;
    while (lost.get() == 0) {
      tick();
      seconds++;
    }
    assertThat(seconds).isBetween(25, 29);
    fault = Optional.empty();
    pass(10);
    assertThatThrownBy(tenure::requireHeld)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Cannot renew the lease of ")
        .hasMessageContaining("No space left on device")
        .hasMessageContaining("--resume_from_checkpoint=latest");
    assertThat(lost).as("it is told once").hasValue(1);
    take(holder("other"), time);
    assertThat(folder.resolve("_lease/2.json")).exists();
  }

  @Test
  void aFileSystemThatDoesNotAnswerStopsARunAsWell() {
    // The thread that renews hangs; the one that looks at the clock does not.
    for (int second = 0; second < 28; second++) {
      time.pass(TICK);
      watch.look();
    }
    assertThat(lost).hasValue(1);
    assertThat(tenure.lost().orElseThrow()).contains("does not answer");
  }

  @Test
  void aFrozenRunGoesOnWhereNobodyHasTakenOver() throws IOException {
    pass(5);
    time.pass(Duration.ofMinutes(5));
    watch.look();
    assertThat(lost).as("it may take the lease again").hasValue(0);
    tenure.requireHeld();
    assertThat(folder.resolve("_lease/1.json")).doesNotExist();
    assertThat(lease(2).holder().application()).isEqualTo("mine");
    pass(100);
    assertThat(lost).hasValue(0);
    tenure.finish();
    assertThat(lease(2).finished()).isTrue();
  }

  @Test
  void aFrozenRunThatWasTakenOverWritesNothingMore() throws IOException {
    pass(5);
    Tenure other = take(holder("other"), time);
    for (int second = 0; second < 100; second++) {
      time.pass(TICK);
      other.renewIfDue();
    }
    watch.look();
    assertThatThrownBy(tenure::requireHeld).isInstanceOf(SupersededException.class);
    watch.renew();
    assertThat(lost).hasValue(1);
    other.requireHeld();
    assertThat(lease(2).holder().application()).isEqualTo("other");
  }

  @Test
  void aFrozenRunOnABrokenDiskStopsAndWritesNothingBefore() {
    time.pass(Duration.ofMinutes(5));
    fault = Optional.of(new IOException("Input/output error"));
    watch.look();
    assertThatThrownBy(tenure::requireHeld).hasMessageContaining("Input/output error");
    pass(15);
    assertThat(lost).hasValue(1);
  }

  @Test
  void anAttemptThatFailedHalfWayIsNotAnotherRun() throws IOException {
    time.pass(Duration.ofMinutes(5));
    Lease half = lease(1).again(java.time.Instant.EPOCH);
    Files.write(folder.resolve("_lease/2.json"), half.toJson());
    tenure.renew();
  }

  @Test
  void aFolderThatWasDeletedAndTakenIsTheOthers() throws IOException {
    Files.delete(folder.resolve("_lease/1.json"));
    Tenure other = take(holder("other"), time);
    assertThatThrownBy(tenure::renew).isInstanceOf(SupersededException.class);
    other.requireHeld();
    other.renew();
    assertThat(lease(1).holder().application()).isEqualTo("other");
  }

  @Test
  void aDamagedLeaseOfADeadRunIsTakenOverAfterItsTime() throws IOException {
    for (String damaged : new String[] {"", "{\"number\": 1, \"ru", "null", "{}", wild()}) {
      Path file = new Path(new Path(outputDir(), LeaseFolder.NAME), "50.json");
      Files.createDirectories(folder.resolve("_lease"));
      Files.writeString(folder.resolve("_lease/50.json"), damaged);
      Files.writeString(folder.resolve("_lease/.50.json.crc"), "of another content");
      long before = time.nanos();
      take(holder("other"), time);
      assertThat(Duration.ofNanos(time.nanos() - before))
          .isBetween(Duration.ofSeconds(30), Duration.ofSeconds(31));
      assertThat(folder.resolve("_lease/51.json")).exists();
      StoreFile.of(file, hadoop).fileSystem().delete(new Path(outputDir(), "_lease"), true);
    }
  }

  @Test
  void aDamagedLeaseOfALivingRunIsNeverTaken() throws IOException {
    Files.writeString(folder.resolve("_lease/1.json"), "{\"number\": 1, \"ru");
    SteadyClock shared =
        new SteadyClock() {
          @Override
          public long nanos() {
            return time.nanos();
          }

          @Override
          public void sleep(long millis) {
            time.sleep(millis);
            watch.renew();
          }
        };
    assertThatThrownBy(() -> take(holder("other"), shared))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("mine on ");
    tenure.requireHeld();
  }

  @Test
  void checksumsOfAnEarlierVersionBlockNothing() throws IOException {
    Files.writeString(folder.resolve("_lease/.1.json.crc"), "of another content");
    tenure.finish();
    take(holder("other"), time).requireHeld();
    assertThat(folder.resolve("_lease/.2.json.crc")).doesNotExist();
  }

  private String wild() {
    return new String(
            Lease.begin(50, "run", holder("x"), 30, java.time.Instant.now()).toJson(),
            java.nio.charset.StandardCharsets.UTF_8)
        .replace("\"valid_seconds\" : 30", "\"valid_seconds\" : 9000000000000000000");
  }

  private void pass(int seconds) {
    for (int second = 0; second < seconds; second++) {
      tick();
    }
  }

  private void tick() {
    time.pass(TICK);
    watch.renew();
    watch.look();
  }

  private void fail() throws IOException {
    if (fault.isPresent()) {
      if (fault.get() instanceof Error error) {
        throw error;
      }
      throw (IOException) fault.get();
    }
  }

  private Tenure take(Holder holder, SteadyClock clock) throws IOException {
    return OutputLease.take(hadoop, outputDir(), holder, clock);
  }

  private Path outputDir() {
    return new Path(folder.toUri());
  }

  private Lease lease(long number) throws IOException {
    return Lease.parse(Files.readAllBytes(folder.resolve("_lease/" + number + ".json")))
        .orElseThrow();
  }

  private static Holder holder(String application) {
    return new Holder("host", "machine-of-" + application, 1, "", application);
  }
}
