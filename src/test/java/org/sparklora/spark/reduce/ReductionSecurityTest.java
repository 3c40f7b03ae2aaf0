package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.message.ReductionAddress;
import org.sparklora.spark.message.WorkerCost;
import org.sparklora.spark.port.Channel;
import org.sparklora.spark.port.Strangers;
import org.sparklora.spark.tree.Site;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.util.SteadyClock;

/** The reduction's channel over real sockets: who may speak, and what is taken. */
class ReductionSecurityTest {
  private static final int PARAMETERS = 1000;
  private static final String HOST = "127.0.0.1";

  private static final String STORE_PASSWORD = "password of the test";

  @TempDir private static Path folder;

  private final Strangers strangers = new Strangers(64, Duration.ofSeconds(30));
  private final AdapterOptimizer optimizer = TestOptimizers.adamW(1, PARAMETERS);
  private final Segment segment =
      new Segment(optimizer, 2, 1, (result, seconds) -> {}, SteadyClock.SYSTEM);

  @BeforeAll
  static void makeACertificate() throws IOException, InterruptedException {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "test",
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                folder.resolve("store.p12").toString(),
                "-storepass",
                STORE_PASSWORD)
            .start();
    assertThat(keytool.waitFor()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "sasl", "crypto", "gcm", "tls"})
  void aWorkerWithTheSecretTrains(String protection) {
    Channel channel = channel(conf(protection, "right"));
    try (ReductionServer server = new ReductionServer(channel, HOST, HOST, strangers)) {
      ReductionAddress address = server.serve(segment, 20);
      train(channel, address);
    }
    assertThat(optimizer.state().step()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "sasl", "crypto", "gcm", "tls"})
  void aWorkerWithAnotherSecretIsRefused(String protection) {
    Channel channel = channel(conf(protection, "right"));
    try (ReductionServer server = new ReductionServer(channel, HOST, HOST, strangers)) {
      ReductionAddress address = server.serve(segment, 20);
      assertThatThrownBy(() -> train(channel(conf(protection, "wrong")), address))
          .satisfies(e -> assertThat(e.toString()).doesNotContain("wrong").doesNotContain("right"));
      assertThatThrownBy(() -> train(channel(conf("", "")), address))
          .hasMessageContaining("Cannot exchange gradients");
      assertThat(segment.present()).isZero();
      train(channel, address);
    }
    assertThat(optimizer.state().step()).isEqualTo(2);
  }

  @Test
  void framesOfAnotherRunAreRefused() {
    Channel channel = channel(conf("", ""));
    try (ReductionServer server = new ReductionServer(channel, HOST, HOST, strangers)) {
      ReductionAddress now = server.serve(segment, 20);
      ReductionAddress old =
          new ReductionAddress(HOST, now.port(), now.run() + 1, now.segment(), 20);
      assertThatThrownBy(() -> train(channel, old))
          .hasStackTraceContaining("Invalid frame: it is of another run");
      assertThat(segment.present()).isZero();
    }
    assertThat(optimizer.state().step()).isZero();
  }

  @Test
  void aWorkerOfAnEndedSegmentIsSentHome() {
    Channel channel = channel(conf("", ""));
    try (ReductionServer server = new ReductionServer(channel, HOST, HOST, strangers)) {
      ReductionAddress old = server.serve(segment, 20);
      server.serve(new Segment(optimizer, 2, 1, (result, seconds) -> {}, SteadyClock.SYSTEM), 20);
      try (ReductionClient late = new ReductionClient(channel, old, 0, 0, "late")) {
        assertThat(late.join()).isInstanceOf(DriverMessage.Leave.class);
      }
    }
    assertThat(optimizer.state().step()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gcm"})
  void whateverStrangersSendTheRunGoesOn(String protection) throws IOException {
    Channel channel = channel(conf(protection, "right"));
    try (ReductionServer server = new ReductionServer(channel, HOST, HOST, strangers)) {
      ReductionAddress address = server.serve(segment, 20);
      long frame = segment.mostFrameBytes();
      assertThat(refusedAfter(address, header(Integer.MAX_VALUE), 64 << 20))
          .as("bytes taken of a frame of 2 GB")
          .isLessThan(16 << 20);
      assertThat(refusedAfter(address, header(frame + (65 << 10)), 64 << 20)).isLessThan(16 << 20);
      byte[] http = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
      assertThat(refusedAfter(address, http, 64 << 20)).isLessThan(16 << 20);
      Random random = new Random(3);
      for (int i = 0; i < 50; i++) {
        byte[] bytes = new byte[random.nextInt(2000)];
        random.nextBytes(bytes);
        refusedAfter(address, bytes, 0);
        refusedAfter(address, concat(header(8 + bytes.length), bytes), 0);
      }
      train(channel, address);
    }
    assertThat(optimizer.state().step()).isEqualTo(2);
  }

  @Test
  void aConnectionThatEndsIsKnownAtOnce() throws InterruptedException {
    Channel channel = channel(conf("", ""));
    try (ReductionServer server = new ReductionServer(channel, HOST, HOST, strangers)) {
      ReductionAddress address = server.serve(segment, 20);
      try (ReductionClient client = new ReductionClient(channel, address, 0, 0, "host a")) {
        client.arrive("a CPU", new Site("here", "1", 0));
        client.join();
        assertThat(segment.present()).isEqualTo(1);
        assertThat(segment.hardware()).containsOnlyKeys("a CPU");
      }
      for (int i = 0; i < 100 && segment.present() > 0; i++) {
        Thread.sleep(20);
      }
      assertThat(segment.present()).isZero();
      assertThat(segment.waitingFor()).contains("host a, attempt 0, lost");
    }
  }

  private static void train(Channel channel, ReductionAddress address) {
    try (ReductionClient client = new ReductionClient(channel, address, 0, 0, "here")) {
      DriverMessage answer = client.join();
      while (answer instanceof DriverMessage.Compute compute) {
        MicroBatchGradient gradient = new MicroBatchGradient(1, new float[PARAMETERS]);
        answer =
            client.push(
                new WorkerSteps.Sums(
                    compute.state().step(),
                    WorkerCost.UNKNOWN,
                    Map.of(new GradientTree.Node(0, 0), gradient)),
                GradientType.FP32);
      }
      assertThat(answer).isInstanceOf(DriverMessage.Leave.class);
    }
  }

  private static Channel channel(SparkConf conf) {
    SecurityManager security =
        new SecurityManager(
            conf,
            SecurityManager.$lessinit$greater$default$2(),
            SecurityManager.$lessinit$greater$default$3());
    return new Channel(conf, security, "driver", 20);
  }

  private static SparkConf conf(String protection, String secret) {
    SparkConf conf = new SparkConf(false).set("spark.app.id", "app");
    if (!protection.isEmpty()) {
      conf.set("spark.authenticate", "true").set("spark.authenticate.secret", secret);
    }
    if (protection.equals("sasl")) {
      conf.set("spark.authenticate.enableSaslEncryption", "true");
    }
    if (protection.equals("crypto") || protection.equals("gcm")) {
      conf.set("spark.network.crypto.enabled", "true");
    }
    if (protection.equals("gcm")) {
      conf.set("spark.network.crypto.cipher", "AES/GCM/NoPadding");
      conf.set("spark.network.crypto.authEngineVersion", "2");
    }
    if (protection.equals("tls")) {
      String store = folder.resolve("store.p12").toString();
      conf.set("spark.ssl.rpc.enabled", "true").set("spark.ssl.rpc.protocol", "TLSv1.3");
      for (String kind : List.of("keyStore", "trustStore")) {
        conf.set("spark.ssl.rpc." + kind, store);
        conf.set("spark.ssl.rpc." + kind + "Password", STORE_PASSWORD);
        conf.set("spark.ssl.rpc." + kind + "Type", "PKCS12");
      }
      conf.set("spark.ssl.rpc.keyPassword", STORE_PASSWORD);
    }
    return conf;
  }

  private static byte[] header(long length) {
    return ByteBuffer.allocate(Long.BYTES).putLong(length).array();
  }

  private static byte[] concat(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }

  /** Sends bytes, then zeros until refused; returns how many zeros were taken. */
  private static int refusedAfter(ReductionAddress address, byte[] bytes, int mostZeros)
      throws IOException {
    int sent = 0;
    try (Socket socket = new Socket(address.host(), address.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      byte[] zeros = new byte[1 << 16];
      while (sent < mostZeros) {
        out.write(zeros);
        sent += zeros.length;
      }
    } catch (java.net.SocketException e) {
      return sent;
    }
    return sent;
  }
}
