package org.sparklora.spark.reduce;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
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

/**
 * A process with a driver's port and a worker. It prints the port, waits for a line, and trains to
 * the end with a worker that joins then. Meanwhile it needs descriptors for files of its own.
 */
final class SiegedDriver {
  private static final String HOST = "127.0.0.1";
  private static final int PARAMETERS = 1000;
  private static final int STEPS = 50;
  private static final int OWN_FILES = 400;

  private SiegedDriver() {}

  public static void main(String[] args) throws IOException {
    SparkConf conf = new SparkConf(false).set("spark.app.id", "app");
    SecurityManager security =
        new SecurityManager(
            conf,
            SecurityManager.$lessinit$greater$default$2(),
            SecurityManager.$lessinit$greater$default$3());
    Channel channel = new Channel(conf, security, "driver", 60);
    AdapterOptimizer optimizer = TestOptimizers.adamW(1, PARAMETERS);
    Segment segment = new Segment(optimizer, STEPS, 1, (result, s) -> {}, SteadyClock.SYSTEM);
    try (ReductionServer server =
        new ReductionServer(channel, HOST, HOST, Strangers.ofThisProcess())) {
      ReductionAddress address = server.serve(segment, 60);
      try (ReductionClient first = new ReductionClient(channel, address, 0, 0, "here")) {
        step(first, first.join());
        System.out.println(address.port());
        int ignored = System.in.read();
        try (ReductionClient newcomer = new ReductionClient(channel, address, 0, 1, "there")) {
          train(newcomer, Path.of(args[0]));
        }
      }
      var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      System.out.printf(
          Locale.ROOT,
          "%d steps, %d descriptors of %d, strangers closed: %b%n",
          optimizer.state().step(),
          system.getOpenFileDescriptorCount(),
          system.getMaxFileDescriptorCount(),
          server.strangersClosed() > 0);
    }
  }

  private static void train(ReductionClient worker, Path file) throws IOException {
    List<InputStream> open = new ArrayList<>();
    try {
      for (int i = 0; i < OWN_FILES; i++) {
        open.add(Files.newInputStream(file));
      }
      DriverMessage next = worker.join();
      while (next instanceof DriverMessage.Compute) {
        next = step(worker, next);
      }
    } finally {
      for (InputStream one : open) {
        one.close();
      }
    }
  }

  private static DriverMessage step(ReductionClient worker, DriverMessage message) {
    MicroBatchGradient gradient = new MicroBatchGradient(1, new float[PARAMETERS]);
    return worker.push(
        new WorkerSteps.Sums(
            ((DriverMessage.Compute) message).state().step(),
            WorkerCost.UNKNOWN,
            Map.of(new GradientTree.Node(0, 0), gradient)),
        GradientType.FP32);
  }
}
