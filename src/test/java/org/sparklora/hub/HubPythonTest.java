package org.sparklora.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.hub.publish.HubPublisher;
import org.sparklora.hub.publish.PublishConfig;

/**
 * The same hub and the same cache for us and for Python's huggingface_hub and diffusers, which
 * SPARK_LORA_PYTHON names: it shows that the server of the tests follows the protocol, too.
 */
@Tag("long")
class HubPythonTest {
  private static final Path MODEL = Path.of("src/quickstart/base-model");

  @TempDir private Path folder;

  @Test
  void eachReadsWhatTheOtherUploadedAndCached() throws Exception {
    String python = System.getenv("SPARK_LORA_PYTHON");
    assumeThat(python).as("SPARK_LORA_PYTHON").isNotNull();
    Path theirs = folder.resolve("theirs");
    byte[] large = new byte[2_500_000];
    new Random(3).nextBytes(large);
    write(theirs.resolve("weights.safetensors"), large);
    write(theirs.resolve("sub folder/config.json"), "{}".getBytes(StandardCharsets.UTF_8));
    try (HubServer server = HubServer.start()) {
      server.partBytes(1_000_000);
      String cache = folder.resolve("python-cache").toString();
      String commit =
          run(python, "upload", server.endpoint(), cache, "alice/theirs", theirs.toString());
      assertThat(server.repo("alice/theirs").head()).isEqualTo(commit);

      // Ours from the hub, then from the cache that Python filled.
      HubSettings online = settings(server, "our-cache", "0");
      assertThat(snapshot(online, "alice/theirs").local("weights.safetensors"))
          .hasBinaryContent(large);
      HubSnapshot cached = snapshot(settings(server, "python-cache", "1"), "alice/theirs");
      assertThat(cached.files()).containsKeys("weights.safetensors", "sub folder/config.json");
      assertThat(cached.local("weights.safetensors")).hasBinaryContent(large);

      // Theirs of what we publish.
      Path ours = folder.resolve("ours");
      write(ours.resolve("pytorch_lora_weights.safetensors"), large);
      write(
          ours.resolve("README.md"), "---\ntags:\n- lora\n---\n".getBytes(StandardCharsets.UTF_8));
      PublishConfig config = new PublishConfig(Optional.empty(), Optional.empty(), true);
      HubPublisher.open(config, online, ours.toUri().toString(), new Configuration(false))
          .publish("ours");
      Path downloaded = Path.of(run(python, "download", server.endpoint(), cache, "alice/ours"));
      assertThat(downloaded.resolve("pytorch_lora_weights.safetensors")).hasBinaryContent(large);

      // diffusers from the cache that we fill with a model.
      server.serve("models/lab/emoji", MODEL);
      HubSnapshot model = snapshot(online, "lab/emoji");
      for (String file : List.copyOf(model.files().keySet())) {
        model.local(file);
      }
    }
    Path opened =
        Path.of(run(python, "offline", folder.resolve("our-cache").toString(), "lab/emoji"));
    assertThat(opened.getParent().getParent().getFileName()).hasToString("models--lab--emoji");
  }

  private HubSettings settings(HubServer server, String cache, String offline) {
    return HubSettings.of(
        Map.of(
            "HF_ENDPOINT",
            server.endpoint(),
            "HF_HUB_CACHE",
            folder.resolve(cache).toString(),
            "HF_HUB_OFFLINE",
            offline,
            "HF_TOKEN",
            HubServer.TOKEN),
        new Configuration(false));
  }

  private static HubSnapshot snapshot(HubSettings settings, String id) throws IOException {
    return new Hub(settings).snapshot(new HubUri(new HubRepo(HubRepo.Kind.MODEL, id), "main", ""));
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private String run(String python, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(python, "src/test/python/hub_client.py"));
    command.addAll(List.of(arguments));
    Path errors = folder.resolve("errors");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().put("HF_TOKEN", HubServer.TOKEN);
    builder.environment().put("HF_HOME", folder.resolve("home").toString());
    builder.environment().put("OMP_NUM_THREADS", "1");
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(Files.readString(errors)).isZero();
    return out.lines().reduce((before, last) -> last).orElseThrow();
  }
}
