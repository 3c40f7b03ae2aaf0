package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver of a process that may open few files, while strangers open more than that. */
@Tag("slow")
class FewDescriptorsTest {
  private static final int LIMIT = 1024;
  private static final int STRANGERS = 1500;

  @TempDir private Path folder;

  @Test
  void idleConnectionsLeaveTheRunItsDescriptors() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "of the run");
    List<String> command =
        List.of(
            "bash",
            "-c",
            "ulimit -n " + LIMIT + "; exec \"$@\"",
            "bash",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:-MaxFDLimit",
            "-cp",
            System.getProperty("java.class.path"),
            SiegedDriver.class.getName(),
            file.toString());
    Path log = folder.resolve("log");
    Process driver = new ProcessBuilder(command).redirectError(log.toFile()).start();
    List<Socket> idle = new ArrayList<>();
    try (BufferedReader said = driver.inputReader(StandardCharsets.UTF_8)) {
      int port = Integer.parseInt(said.readLine());
      for (int i = 0; i < STRANGERS; i++) {
        idle.add(new Socket(InetAddress.getLoopbackAddress(), port));
      }
      driver.getOutputStream().write('\n');
      driver.getOutputStream().flush();
      String end = said.readLine();
      assertThat(driver.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(end).as(Files.readString(log)).startsWith("50 steps, ").endsWith("closed: true");
      assertThat(end).contains(" descriptors of " + LIMIT);
      assertThat(Files.readString(log)).doesNotContain("Too many open files");
      assertThat(driver.exitValue()).isZero();
    } finally {
      driver.destroyForcibly();
      for (Socket socket : idle) {
        close(socket);
      }
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // The other end is gone.
    }
  }
}
