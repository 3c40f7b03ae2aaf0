package org.sparklora.hub.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.hub.HubServer;
import org.sparklora.hub.HubSettings;
import org.sparklora.hub.ServedRepo;

/** Publishing to a hub that fails, over real HTTP. */
class HubPublisherTest {
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";

  @TempDir private Path folder;

  private HubServer server;
  private Path run;
  private byte[] adapter;

  @BeforeEach
  void serve() throws IOException {
    server = HubServer.start();
    run = folder.resolve("emoji-lora");
    adapter = new byte[1_000_000];
    new Random(2).nextBytes(adapter);
    write(ADAPTER, adapter);
    write(
        "README.md",
        """
        ---
        base_model: "/models/sd"
        tags:
        - lora
        ---

        # It
        pipeline.load_lora_weights("/tmp/a \\"b", weight_name="x")
        """);
    write("validation/step 10.png", new byte[] {1, 2, 3});
    write("empty.txt", "");
    write("checkpoint-10/optimizer.safetensors", "x");
    write("latents/key/part-0.parquet", "x");
    write("_lease/1.json", "x");
    write(".hidden", "x");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void write(String name, byte[] content) throws IOException {
    Files.createDirectories(run.resolve(name).getParent());
    Files.write(run.resolve(name), content);
  }

  private void write(String name, String content) throws IOException {
    write(name, content.getBytes(StandardCharsets.UTF_8));
  }

  private HubPublisher publisher(String id, boolean isPrivate, String token) throws IOException {
    Configuration hadoop = new Configuration(false);
    hadoop.setInt(HubSettings.RETRY_MILLIS, 1);
    Map<String, String> environment =
        Map.of("HF_ENDPOINT", server.endpoint(), "HF_HOME", folder.toString(), "HF_TOKEN", token);
    PublishConfig config =
        new PublishConfig(
            Optional.of(id).filter(given -> !given.isEmpty()), Optional.empty(), isPrivate);
    HubSettings settings = HubSettings.of(environment, hadoop);
    return HubPublisher.open(config, settings, run.toUri().toString(), hadoop);
  }

  private String publish() throws IOException {
    return publisher("", false, HubServer.TOKEN).publish("end of training");
  }

  private Map<String, ServedRepo.Content> published(String id) {
    return server.repo(id).files(server.repo(id).head());
  }

  @Test
  void publishesAllButCheckpointsInOneCommit() throws IOException {
    assertThat(publish()).isEqualTo(server.endpoint() + "/alice/emoji-lora");
    assertThat(server.repo("alice/emoji-lora").commits()).isEqualTo(2);
    assertThat(server.repo("alice/emoji-lora").isPrivate).isFalse();
    Map<String, ServedRepo.Content> files = published("alice/emoji-lora");
    assertThat(files)
        .containsOnlyKeys(
            ".gitattributes", "README.md", "empty.txt", ADAPTER, "validation/step 10.png");
    assertThat(files.get(ADAPTER).bytes()).isEqualTo(adapter);
    assertThat(files.get(ADAPTER).large()).isTrue();
    assertThat(new String(files.get("README.md").bytes(), StandardCharsets.UTF_8))
        .as("without a base model that is none of the hub")
        .isEqualTo(
            """
            ---
            tags:
            - lora
            ---

            # It
            pipeline.load_lora_weights("alice/emoji-lora", weight_name="x")
            """);
    assertThat(server.requests())
        .filteredOn(request -> request.startsWith("PUT"))
        .isNotEmpty()
        .noneMatch(request -> request.contains("+token"));
  }

  @Test
  void whatIsThereIsNotSentAgain() throws IOException {
    publish();
    server.requests().clear();
    publish();
    assertThat(server.repo("alice/emoji-lora").commits()).isEqualTo(2);
    assertThat(server.requests()).noneMatch(request -> request.startsWith("PUT"));
    write("empty.txt", "no more");
    publish();
    assertThat(server.repo("alice/emoji-lora").commits()).isEqualTo(3);
    assertThat(server.requests()).noneMatch(request -> request.startsWith("PUT"));
  }

  @Test
  void uploadsLargeFilesInParts() throws IOException {
    server.partBytes(300_000);
    server.faults().answer("PUT /part/", 500, 2);
    publish();
    assertThat(published("alice/emoji-lora").get(ADAPTER).bytes()).isEqualTo(adapter);
    assertThat(server.requests()).filteredOn(r -> r.startsWith("PUT /part/")).hasSize(6);
  }

  @Test
  void aCommitWhoseAnswerIsLostIsNotMadeTwice() throws IOException {
    server.faults().loseAnswer("POST /api/models/alice/emoji-lora/commit");
    publish();
    assertThat(server.repo("alice/emoji-lora").commits()).isEqualTo(2);
  }

  @Test
  void aCommitOfSomebodyElseIsGoneOnFrom() throws IOException {
    ServedRepo repo = server.create("models/alice/emoji-lora", false);
    server.faults().answer("POST /api/models/alice/emoji-lora/commit", 412, 1);
    repo.add("other", Map.of("other.txt", new ServedRepo.Content(new byte[] {65}, false)));
    publish();
    assertThat(published("alice/emoji-lora")).containsKeys("other.txt", ADAPTER);
  }

  /** And what was uploaded is used by the next attempt. */
  @Test
  void aHubThatGoesDownLeavesNothingHalf() throws IOException {
    server.faults().answer("POST /api/models/alice/emoji-lora/commit", 503, 5);
    assertThatThrownBy(this::publish)
        .isInstanceOf(PublishException.class)
        .hasMessageContaining("Upload failed: cannot publish " + run + " as alice/emoji-lora")
        .hasMessageContaining("status 503")
        .hasMessageContaining("Its files are as they were")
        .hasMessageContaining("spark-lora push " + run + " --hub_model_id=alice/emoji-lora")
        .hasMessageNotContaining("hf_");
    assertThat(published("alice/emoji-lora")).containsOnlyKeys(".gitattributes");
    server.requests().clear();
    publish();
    assertThat(published("alice/emoji-lora")).containsKey(ADAPTER);
    assertThat(server.requests()).noneMatch(request -> request.startsWith("PUT"));
  }

  @Test
  void aPrivateRepositoryIsPrivateOrNotUsed() throws IOException {
    publisher("lab/secret", true, HubServer.TOKEN).publish("x");
    assertThat(server.repo("lab/secret").isPrivate).isTrue();
    server.create("models/lab/public", false);
    HubPublisher publisher = publisher("lab/public", true, HubServer.TOKEN);
    assertThatThrownBy(() -> publisher.publish("x"))
        .hasMessageContaining("it is public, and --hub_private_repo was given");
    assertThat(published("lab/public")).containsOnlyKeys(".gitattributes");
  }

  @Test
  void afterTrainingAFailureSaysThatTheAdapterIsThere() throws IOException {
    server.faults().answer("POST /api/models/alice/emoji-lora/commit", 503, 5);
    HubPublisher publisher = publisher("", false, HubServer.TOKEN);
    assertThatThrownBy(() -> publisher.publishTrained("x"))
        .isInstanceOf(PublishException.class)
        .hasMessageStartingWith("The adapter was trained and written to " + run)
        .hasMessageContaining("; upload failed: ")
        .hasMessageContaining("spark-lora push");
  }

  @Test
  void aPlanSaysWhatWouldBePublishedAndWritesNothing() throws IOException {
    UploadPlan plan = plan("", HubServer.TOKEN, server.endpoint());
    assertThat(plan.repo()).isEqualTo("alice/emoji-lora");
    assertThat(plan.summary()).isEqualTo("the message");
    assertThat(plan.unknown()).isEmpty();
    assertThat(plan.files())
        .extracting(UploadPlan.File::path)
        .containsExactly("README.md", "empty.txt", ADAPTER, "validation/step 10.png");
    assertThat(plan.files()).contains(new UploadPlan.File(ADAPTER, adapter.length));
    assertThat(server.requests()).isNotEmpty().allMatch(r -> r.startsWith("GET /api/whoami"));
  }

  @Test
  void aPlanNeedsANameButNoTokenAndNoHub() throws IOException {
    UploadPlan without = plan("", " ", server.endpoint());
    assertThat(without.repo()).isEqualTo("emoji-lora");
    assertThat(without.files()).hasSize(4);
    assertThat(without.unknown().orElseThrow()).startsWith("Missing token to publish with");
    assertThat(server.requests()).as("nobody to ask for").isEmpty();
    assertThatThrownBy(() -> plan("a b/c", " ", server.endpoint()))
        .hasMessageContaining("Invalid name on the hub: a b/c");
    assertThatThrownBy(() -> plan("", HubServer.READ_TOKEN, server.endpoint()))
        .hasMessageContaining("may only read");
    assertThatThrownBy(() -> plan("a b/c", HubServer.TOKEN, "http://localhost:1"))
        .hasMessageContaining("Invalid name on the hub: a b/c");
    UploadPlan plan = plan("lab/x", HubServer.TOKEN, "http://localhost:1");
    assertThat(plan.repo()).isEqualTo("lab/x");
    assertThat(plan.unknown()).isPresent();
  }

  private UploadPlan plan(String id, String token, String endpoint) throws IOException {
    Configuration hadoop = new Configuration(false);
    hadoop.setInt(HubSettings.RETRY_MILLIS, 1);
    Map<String, String> environment =
        Map.of("HF_ENDPOINT", endpoint, "HF_HOME", folder.toString(), "HF_TOKEN", token);
    PublishConfig config =
        new PublishConfig(
            Optional.of(id).filter(given -> !given.isEmpty()), Optional.empty(), false);
    HubSettings settings = HubSettings.of(environment, hadoop);
    return HubPublisher.plan(config, settings, run.toUri().toString(), hadoop, "the message");
  }

  @Test
  void refusesBeforeAnythingIsComputed() {
    assertThatThrownBy(() -> publisher("x", false, "hf_unknown"))
        .hasMessageContaining("does not know the token of HF_TOKEN")
        .hasMessageNotContaining("hf_unknown");
    assertThatThrownBy(() -> publisher("x", false, HubServer.READ_TOKEN))
        .hasMessageContaining("the token of HF_TOKEN may only read");
    assertThatThrownBy(() -> publisher("else/x", false, HubServer.TOKEN))
        .hasMessageContaining("is of alice, who is not in else");
    assertThatThrownBy(() -> publisher("x", false, " "))
        .hasMessageContaining("Missing token to publish with");
  }
}
