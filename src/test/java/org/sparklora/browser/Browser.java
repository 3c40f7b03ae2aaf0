package org.sparklora.browser;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A Chromium without a window, with a profile of its own. */
public final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");
  private static final long START_SECONDS = 30;

  private final Process process;
  private final Path profile;
  private final HttpClient http = HttpClient.newHttpClient();
  private final int port;

  /** The program on the PATH; empty where there is none. */
  public static Optional<Path> program() {
    return Stream.of(System.getenv("PATH").split(":", -1))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  public Browser(Path program) throws IOException, InterruptedException {
    profile = Files.createTempDirectory("browser");
    process =
        new ProcessBuilder(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("output.log").toFile())
            .start();
    port = awaitPort();
  }

  private int awaitPort() throws IOException, InterruptedException {
    Path file = profile.resolve("DevToolsActivePort");
    for (int i = 0; i < START_SECONDS * 20; i++) {
      if (Files.exists(file) && Files.readString(file).contains("\n")) {
        return Integer.parseInt(Files.readString(file).lines().findFirst().orElseThrow());
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    String output = Files.readString(profile.resolve("output.log"));
    close();
    throw new IOException("The browser did not start: " + output);
  }

  /** A new page of this size in CSS pixels. */
  public BrowserPage open(int width, int height) {
    try {
      URI address = URI.create("http://127.0.0.1:" + port + "/json/new?about:blank");
      HttpRequest request =
          HttpRequest.newBuilder(address).PUT(HttpRequest.BodyPublishers.noBody()).build();
      String answer = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
      return BrowserPage.connect(http, answer, width, height);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> files = Files.walk(profile)) {
      files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
    }
  }
}
