package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.message.ReductionAddress;
import org.sparklora.spark.message.WorkerCost;
import org.sparklora.spark.port.Channel;
import org.sparklora.spark.port.Strangers;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.util.SteadyClock;

/** The driver's port while strangers hold a great many connections and a segment runs. */
@EnabledOnOs(OS.LINUX)
class PortUnderSiegeTest {
  private static final String HOST = "127.0.0.1";
  private static final int PARAMETERS = 750_000;
  private static final int MOST_STRANGERS = 64;
  private static final int STEPS = 20;

  private final AdapterOptimizer optimizer = TestOptimizers.adamW(1, PARAMETERS);
  private final Segment segment =
      new Segment(optimizer, STEPS, 1, (result, seconds) -> {}, SteadyClock.SYSTEM);
  private final Strangers strangers = new Strangers(MOST_STRANGERS, Duration.ofSeconds(30));
  private final List<Socket> besiegers = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aThousandSilentAndAThousandHalfFilledConnectionsCostNothing(boolean authenticate)
      throws Exception {
    Channel channel = channel(authenticate);
    try (ReductionServer server = new ReductionServer(channel, HOST, HOST, strangers)) {
      ReductionAddress address = server.serve(segment, 60);
      try (ReductionClient worker = new ReductionClient(channel, address, 0, 0, "here")) {
        trainUnderSiege(worker, address.port());
      }
      try (ReductionClient newcomer = new ReductionClient(channel, address, 0, 1, "there")) {
        assertThat(besiegers)
            .as("connections that nobody has closed here")
            .hasSizeGreaterThan(1900);
        trainToTheEnd(newcomer, newcomer.join());
      }
    } finally {
      for (Socket socket : besiegers) {
        socket.close();
      }
    }
    assertThat(optimizer.state().step()).isEqualTo(STEPS);
  }

  private void trainUnderSiege(ReductionClient worker, int port) throws Exception {
    DriverMessage next = push(worker, push(worker, worker.join()));
    long memory = PlatformDependent.usedDirectMemory();
    long sockets = openSockets();
    CompletableFuture<Void> siege = CompletableFuture.runAsync(() -> besiege(port));
    int during = 0;
    while (!siege.isDone() && optimizer.state().step() < STEPS - 4) {
      next = push(worker, next);
      during++;
    }
    siege.get(60, TimeUnit.SECONDS);
    assertThat(during).as("steps during the siege").isPositive();
    assertThat(openSockets() - sockets - besiegers.size())
        .as("sockets of the driver")
        .isLessThanOrEqualTo(MOST_STRANGERS + 2 + 64);
    assertThat(strangers.present()).isLessThanOrEqualTo(MOST_STRANGERS + 2);
    next = push(worker, next);
    assertThat(PlatformDependent.usedDirectMemory() - memory)
        .as("direct memory")
        .isLessThan(20L << 20);
    assertThat(strangers.closed()).isGreaterThan(1000);
    assertThat(next).isInstanceOf(DriverMessage.Compute.class);
  }

  /** The worker that was lost is replaced by one that joins while strangers stand at the port. */
  private static void trainToTheEnd(ReductionClient worker, DriverMessage first) {
    assertThat(first).isInstanceOf(DriverMessage.Compute.class);
    DriverMessage next = first;
    while (next instanceof DriverMessage.Compute) {
      next = push(worker, next);
    }
  }

  private void besiege(int port) {
    byte[] halfFilled = ByteBuffer.allocate(4095).putLong(4096).array();
    byte[] long3 = ByteBuffer.allocate(1 << 16).putLong(3 << 20).array();
    for (int i = 0; i < 1000; i++) {
      try {
        besiegers.add(new Socket(InetAddress.getLoopbackAddress(), port));
        Socket filling = new Socket(InetAddress.getLoopbackAddress(), port);
        besiegers.add(filling);
        filling.getOutputStream().write(i % 2 == 0 ? halfFilled : long3);
      } catch (IOException e) {
        // It has been closed while it wrote.
      }
    }
  }

  private static DriverMessage push(ReductionClient worker, DriverMessage step) {
    MicroBatchGradient gradient = new MicroBatchGradient(1, new float[PARAMETERS]);
    return worker.push(
        new WorkerSteps.Sums(
            ((DriverMessage.Compute) step).state().step(),
            WorkerCost.UNKNOWN,
            Map.of(new GradientTree.Node(0, 0), gradient)),
        GradientType.FP32);
  }

  /** Sockets alone: other threads of this process open files. */
  private static long openSockets() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(PortUnderSiegeTest::isSocket).count();
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  private static Channel channel(boolean authenticate) {
    SparkConf conf = new SparkConf(false).set("spark.app.id", "app");
    if (authenticate) {
      conf.set("spark.authenticate", "true").set("spark.authenticate.secret", "right");
      conf.set("spark.network.crypto.enabled", "true");
    }
    SecurityManager security =
        new SecurityManager(
            conf,
            SecurityManager.$lessinit$greater$default$2(),
            SecurityManager.$lessinit$greater$default$3());
    return new Channel(conf, security, "driver", 60);
  }
}
