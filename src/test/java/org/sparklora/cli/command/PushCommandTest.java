package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.cli.CommandRun;
import org.sparklora.hub.HubServer;

/** {@code push}, over real HTTP. */
class PushCommandTest {
  private static final String TOKEN = "--hub_token=" + HubServer.TOKEN;

  @TempDir private Path folder;

  private HubServer hub;
  private Path run;

  @BeforeEach
  void start() throws IOException {
    hub = HubServer.start();
    hub.asSystemProperties(folder.resolve("cache"));
    run = Files.createDirectories(folder.resolve("emoji-lora"));
    Files.write(run.resolve("pytorch_lora_weights.safetensors"), new byte[1234]);
    Files.createDirectories(run.resolve("checkpoint-1"));
    Files.writeString(run.resolve("checkpoint-1/x"), "x");
  }

  @AfterEach
  void stop() {
    HubServer.clearSystemProperties();
    hub.close();
  }

  @Test
  void aDryRunPrintsWhatWouldBePublishedAndWritesNothing() {
    CommandRun dry = CommandRun.of("push", run, TOKEN, "--dry-run", "--commit_message=First");
    assertThat(dry.code()).as(dry.err()).isZero();
    assertThat(dry.out())
        .contains("repository: alice/emoji-lora", "commit message: First")
        .contains("1.2 kB  pytorch_lora_weights.safetensors")
        .contains("1 file, 1.2 kB. Nothing was published: this was a dry run")
        .doesNotContain("checkpoint", HubServer.TOKEN);
    assertThat(hub.requests()).allMatch(request -> request.startsWith("GET /api/whoami"));
    CommandRun push = CommandRun.of("push", run, TOKEN);
    assertThat(push.code()).as(push.err()).isZero();
    assertThat(hub.published("alice/emoji-lora")).containsKey("pytorch_lora_weights.safetensors");
  }

  @Test
  void aFolderThatIsNotThereOrEmptyIsRefusedFirst() throws IOException {
    for (String flag : new String[] {"--dry-run", "--dry-run=false"}) {
      CommandRun none = CommandRun.of("push", folder.resolve("none"), TOKEN, flag);
      assertThat(none.code()).isEqualTo(2);
      assertThat(none.err()).contains("none: there is no such folder");
      Path empty = Files.createDirectories(folder.resolve("empty"));
      CommandRun nothing = CommandRun.of("push", empty, TOKEN, flag);
      assertThat(nothing.code()).isEqualTo(2);
      assertThat(nothing.err()).contains("there is nothing to publish in it");
    }
    assertThat(hub.requests()).isEmpty();
  }

  @Test
  void whatTheHubDoesNotTakeEndsWithTheCodeOfPublishing() {
    hub.failCommits(5);
    CommandRun failed = CommandRun.of("push", run, TOKEN);
    assertThat(failed.code()).isEqualTo(6);
    assertThat(failed.err()).contains("Upload failed: cannot publish " + run);
  }
}
