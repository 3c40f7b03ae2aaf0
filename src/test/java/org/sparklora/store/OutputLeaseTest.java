package org.sparklora.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.s3.Faults;
import org.sparklora.s3.S3Server;
import org.sparklora.util.InvalidInputException;

class OutputLeaseTest {
  @TempDir private java.nio.file.Path folder;

  @Test
  void aSecondRunIsRefusedAtOnceOnTheSameMachine() throws IOException {
    Instant began = Instant.now();
    try (OutputLease first = acquire(here(), 30, OutputLeaseTest::nothing)) {
      assertThatThrownBy(() -> acquire(here(), 30, OutputLeaseTest::nothing))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("Cannot write to --output_dir: ")
          .hasMessageContaining("app-7 on ")
          .hasMessageContaining("process " + ProcessHandle.current().pid())
          .hasMessageContaining("another --output_dir");
      first.requireHeld();
    }
    acquire(here(), 30, OutputLeaseTest::nothing).close();
    assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(10));
    assertThat(folder.resolve("_lease/2.json")).content().contains("\"finished\" : true");
    assertThat(folder.resolve("_lease/1.json")).doesNotExist();
  }

  @Test
  void aProcessThatIsGoneBlocksNobody() throws Exception {
    Process killed = new ProcessBuilder("sleep", "60").start();
    String start = killed.info().startInstant().orElseThrow().toString();
    Holder here = here();
    put(1, new Holder("h", here.machine(), killed.pid(), start, "app-1"), 600);
    assertThatThrownBy(() -> acquire(here, 600, OutputLeaseTest::nothing))
        .hasMessageContaining("app-1 on h");
    killed.destroyForcibly().waitFor();
    acquire(here, 600, OutputLeaseTest::nothing).close();
    // Its id was given to a process that is running.
    put(5, new Holder("h", here.machine(), here.pid(), "2020-01-01T00:00:00Z", "app-1"), 600);
    acquire(here, 600, OutputLeaseTest::nothing).close();
  }

  @Test
  void aSilentRunOfAnotherMachineIsTakenOverAfterItsValidity() throws IOException {
    put(4, elsewhere("b"), 30);
    SetClock clock = new SetClock();
    long began = clock.nanos();
    OutputLease.acquire(
            new Configuration(), new Path(folder.toUri()), here(), clock, OutputLeaseTest::nothing)
        .close();
    assertThat(Duration.ofNanos(clock.nanos() - began))
        .isBetween(Duration.ofSeconds(30), Duration.ofSeconds(32));
  }

  /** As on a file system that replaces a file by deleting it first, or that lists it too late. */
  @Test
  void aLeaseThatIsMissingForAMomentIsNotFree() throws IOException {
    put(4, elsewhere("b"), 30);
    AtomicInteger opens = new AtomicInteger();
    Configuration hadoop =
        FaultyDisk.configuration(
            (operation, path) -> {
              if (operation.equals("open") && path.getName().equals("4.json")) {
                int number = opens.incrementAndGet();
                if (number == 4) {
                  put(4, elsewhere("b"), 31); // a renewal
                } else if (number != 2) {
                  throw new FileNotFoundException(path.toString());
                }
              }
            });
    assertThatThrownBy(
            () -> OutputLease.take(hadoop, new Path(folder.toUri()), here(), new SetClock()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("on host-b");
    assertThat(opens).hasValue(4);
  }

  @Test
  void aLeaseThatSomebodyDeletesIsFree() throws IOException {
    put(4, elsewhere("b"), 600);
    AtomicInteger opens = new AtomicInteger();
    Configuration hadoop =
        FaultyDisk.configuration(
            (operation, path) -> {
              if (operation.equals("open") && opens.incrementAndGet() == 2) {
                Files.delete(folder.resolve("_lease/4.json"));
              }
            });
    SetClock clock = new SetClock();
    long began = clock.nanos();
    OutputLease.take(hadoop, new Path(folder.toUri()), here(), clock).finish();
    assertThat(Duration.ofNanos(clock.nanos() - began)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void aRunOfAnotherMachineThatRenewsIsLeftAlone() throws IOException {
    try (OutputLease first = acquire(elsewhere("b"), 2, OutputLeaseTest::nothing)) {
      assertThatThrownBy(() -> acquire(elsewhere("c"), 2, OutputLeaseTest::nothing))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("on host-b");
      first.requireHeld();
    }
  }

  @Test
  void aRunThatWasTakenOverStops() throws Exception {
    CountDownLatch stopped = new CountDownLatch(1);
    try (OutputLease first = acquire(here(), 1, stopped::countDown)) {
      put(2, elsewhere("b"), 30);
      assertThatThrownBy(first::requireHeld)
          .isInstanceOf(SupersededException.class)
          .hasMessageContaining("another run has taken over")
          .hasMessageContaining(folder.getFileName().toString());
      assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(first.isLost()).isTrue();
    }
    assertThat(folder.resolve("_lease/1.json")).content().contains("\"finished\" : false");
  }

  @Test
  void oneOfManyGetsItThroughTheFaultsOfAStore() throws Exception {
    try (S3Server s3 = S3Server.start()) {
      s3.faults(Faults.seeded(11, 0.2));
      Configuration hadoop = s3.hadoop();
      hadoop.setLong(OutputLease.VALID_SECONDS, 6);
      ExecutorService pool = Executors.newFixedThreadPool(4);
      List<Future<OutputLease>> runs = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Holder holder = elsewhere("machine-" + i);
        runs.add(
            pool.submit(
                () ->
                    OutputLease.acquire(
                        hadoop, new Path(s3.uri("out")), holder, OutputLeaseTest::nothing)));
      }
      List<OutputLease> held = new ArrayList<>();
      for (Future<OutputLease> run : runs) {
        try {
          held.add(run.get());
        } catch (ExecutionException e) {
          assertThat(e).hasCauseInstanceOf(InvalidInputException.class);
        }
      }
      pool.shutdown();
      assertThat(held).hasSize(1);
      held.get(0).requireHeld();
      held.get(0).close();
    }
  }

  private OutputLease acquire(Holder holder, long seconds, Runnable onLost) throws IOException {
    Configuration hadoop = new Configuration();
    hadoop.setLong(OutputLease.VALID_SECONDS, seconds);
    return OutputLease.acquire(hadoop, new Path(folder.toUri()), holder, onLost);
  }

  private void put(long number, Holder holder, long seconds) throws IOException {
    Lease lease = Lease.begin(number, "run " + number, holder, seconds, Instant.now());
    Files.createDirectories(folder.resolve("_lease"));
    Files.write(folder.resolve("_lease").resolve(number + ".json"), lease.toJson());
  }

  private static void nothing() {}

  private static Holder here() {
    return Holder.current("app-7");
  }

  private static Holder elsewhere(String machine) {
    return new Holder("host-" + machine, machine, 1, "", "app-" + machine);
  }
}
