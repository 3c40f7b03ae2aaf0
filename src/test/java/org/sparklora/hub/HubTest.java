package org.sparklora.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading from a hub that fails, over real HTTP. */
class HubTest {
  private static final HubRepo REPO = new HubRepo(HubRepo.Kind.MODEL, "org/name");

  @TempDir private Path folder;

  private HubServer server;
  private ServedRepo repo;
  private byte[] weights;
  private String commit;

  @BeforeEach
  void serve() throws IOException {
    server = HubServer.start();
    repo = server.create("models/org/name", false);
    weights = new byte[3 << 20];
    new Random(1).nextBytes(weights);
    commit =
        repo.add(
            "files",
            Map.of(
                "config.json", text("config.json", "{\"a\": 1}"),
                "unet/diffusion_pytorch_model.safetensors",
                    server.content("unet/diffusion_pytorch_model.safetensors", weights),
                "unet/diffusion_pytorch_model.bin", server.content("x.bin", new byte[10]),
                "model.ckpt", server.content("model.ckpt", new byte[10]),
                "tokenizer/merges (1).txt", text("merges", "a b")));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private ServedRepo.Content text(String name, String text) {
    return server.content(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private HubSettings settings(Map<String, String> more) {
    Configuration hadoop = new Configuration(false);
    hadoop.setInt(HubSettings.RETRY_MILLIS, 1);
    Map<String, String> environment = new java.util.HashMap<>(more);
    environment.putIfAbsent("HF_ENDPOINT", server.endpoint());
    environment.put("HF_HOME", folder.toString());
    return HubSettings.of(environment, hadoop);
  }

  private HubSnapshot snapshot(String... environment) throws IOException {
    HubSettings settings =
        settings(environment.length == 0 ? Map.of() : Map.of(environment[0], environment[1]));
    return new Hub(settings).snapshot(new HubUri(REPO, "main", ""));
  }

  private static final String LARGE = "unet/diffusion_pytorch_model.safetensors";

  @Test
  void laysTheCacheOutAsPythonDoes() throws IOException {
    HubSnapshot snapshot = snapshot();
    assertThat(snapshot.files().keySet())
        .as("neither another framework's weights nor the same ones as a pickle")
        .containsExactly(".gitattributes", "config.json", "tokenizer/merges (1).txt", LARGE);
    assertThat(snapshot.local(LARGE)).hasBinaryContent(weights);
    assertThat(snapshot.local("tokenizer/merges (1).txt")).hasContent("a b");
    Path cached = folder.resolve("hub/models--org--name");
    assertThat(cached.resolve("refs/main")).hasContent(commit);
    Path link = cached.resolve("snapshots").resolve(commit).resolve(LARGE);
    assertThat(Files.readSymbolicLink(link).toString())
        .isEqualTo("../../../blobs/" + repo.files(commit).get(LARGE).sha256());
    assertThat(cached.resolve("blobs").toFile().list())
        .containsExactlyInAnyOrder(
            repo.files(commit).get(LARGE).sha256(),
            repo.files(commit).get("tokenizer/merges (1).txt").blobId());
  }

  @Test
  void aListOfEmptyPagesWithoutEndIsRefused() {
    server.pages(0);
    assertThatThrownBy(() -> snapshot().files())
        .isInstanceOf(HubException.class)
        .hasMessage(
            "Invalid list of files of org/name: it goes on after 0 files on 1001 pages; at most"
                + " 1000000 files on 1000 pages are read");
  }

  @Test
  void theTokenGoesToTheHubAlone() throws IOException {
    snapshot("HF_TOKEN", HubServer.TOKEN).local(LARGE);
    assertThat(server.requests())
        .anyMatch(request -> request.endsWith(LARGE + " +token"))
        .anyMatch(request -> request.startsWith("GET /get/"))
        .noneMatch(request -> request.startsWith("GET /get/") && request.contains("+token"));
  }

  @Test
  void goesOnWhereAConnectionWasCut() throws IOException {
    server.faults().cut("GET /get/", 1_000_000, 2);
    assertThat(snapshot().local(LARGE)).hasBinaryContent(weights);
    assertThat(server.requests())
        .filteredOn(request -> request.startsWith("GET /get/"))
        .hasSize(3)
        .last()
        .asString()
        .containsPattern("bytes=[12]\\d{6}-");
  }

  @Test
  void whatAnEarlierProcessLeftIsContinued() throws IOException {
    Path part = blob(".incomplete");
    Files.createDirectories(part.getParent());
    Files.write(part, java.util.Arrays.copyOf(weights, 5000));
    assertThat(snapshot().local(LARGE)).hasBinaryContent(weights);
    assertThat(server.requests()).anyMatch(request -> request.contains("bytes=5000-"));
    assertThat(part).doesNotExist();
  }

  @Test
  void aPartOfOtherContentIsDownloadedAnew() throws IOException {
    Path part = blob(".incomplete");
    Files.createDirectories(part.getParent());
    Files.write(part, new byte[5000]);
    assertThat(snapshot().local(LARGE)).hasBinaryContent(weights);
  }

  @Test
  void contentThatIsNotWhatTheHubSaysIsRefused() throws IOException {
    server.damage(repo.files(commit).get(LARGE).sha256());
    HubSnapshot snapshot = snapshot();
    assertThatThrownBy(() -> snapshot.local(LARGE))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("Invalid file " + LARGE + " of org/name: its SHA-256 is")
        .hasMessageContaining("run again");
    assertThat(folder.resolve("hub/models--org--name/blobs").toFile().list()).isEmpty();
  }

  @Test
  void waitsAsLongAsItIsTold() throws IOException {
    server.faults().answer("GET /api/models/org/name/tree", 503, 2);
    server.faults().tooMany("GET /org/name/resolve", "1");
    long begin = System.nanoTime();
    assertThat(snapshot().local("config.json")).hasContent("{\"a\": 1}");
    assertThat(System.nanoTime() - begin).isGreaterThan(1_000_000_000L);
  }

  @Test
  void severalThreadsDownloadOnce() throws IOException {
    HubSnapshot one = snapshot();
    HubSnapshot other = snapshot("HF_HUB_CACHE", folder.resolve("hub").toString());
    var first = CompletableFuture.supplyAsync(() -> local(one));
    var second = CompletableFuture.supplyAsync(() -> local(other));
    assertThat(first.join()).hasBinaryContent(weights);
    assertThat(second.join()).hasBinaryContent(weights);
    assertThat(server.requests()).filteredOn(r -> r.startsWith("GET /get/")).hasSize(1);
  }

  private static Path local(HubSnapshot snapshot) {
    try {
      return snapshot.local(LARGE);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void offlineTakesWhatIsThereAndAsksNobody() throws IOException {
    snapshot().local("config.json");
    server.requests().clear();
    HubSnapshot offline = snapshot("HF_HUB_OFFLINE", "1");
    assertThat(offline.local("config.json")).hasContent("{\"a\": 1}");
    assertThat(offline.files()).containsOnlyKeys("config.json");
    assertThatThrownBy(() -> offline.local(LARGE)).hasMessageContaining("Missing file " + LARGE);
    assertThat(server.requests()).isEmpty();
    Hub other = new Hub(settings(Map.of("HF_HUB_OFFLINE", "1")));
    assertThatThrownBy(() -> other.snapshot(HubUri.parse("hf://org/other")))
        .hasMessageContaining("Missing org/other@main in the cache")
        .hasMessageContaining("HF_HUB_OFFLINE is set");
  }

  @Test
  void aHubThatIsDownIsDoneWithout() throws IOException {
    snapshot().local("config.json");
    server.close();
    HubSettings settings = settings(Map.of("HF_HUB_CACHE", folder.resolve("hub/.").toString()));
    HubRevisions revisions = new HubRevisions(HubApi.of(settings));
    assertThat(revisions.commit(HubUri.parse("hf://org/name"))).isEqualTo(commit);
    assertThatThrownBy(() -> revisions.commit(HubUri.parse("hf://org/other")))
        .hasMessageContaining("Cannot reach " + server.endpoint());
  }

  @Test
  void saysWhatToDo() throws IOException {
    repo.gated = true;
    HubSnapshot snapshot = snapshot();
    assertThatThrownBy(() -> snapshot.local(LARGE))
        .hasMessageContaining("it is gated; accept its conditions at " + server.endpoint())
        .hasMessageContaining("no token was given, set HF_TOKEN");
    HubSnapshot refused = snapshot("HF_TOKEN", HubServer.READ_TOKEN);
    assertThatThrownBy(() -> refused.local("config.json"))
        .hasMessageContaining("the token of HF_TOKEN has no right to it");
    HubApi api = HubApi.of(settings(Map.of()));
    assertThatThrownBy(() -> api.commit(new HubRepo(HubRepo.Kind.MODEL, "no/such"), "main"))
        .hasMessageContaining("Missing model no/such: no folder of this name is here");
    assertThatThrownBy(() -> api.commit(REPO, "v9"))
        .hasMessageContaining("Missing revision v9 of model org/name");
  }

  @Test
  void namesThatLeaveTheFolderAreRefused() {
    for (String name : new String[] {"../x", "/etc/x", "a/../b", "a//b", "a\\b", "a/.", ""}) {
      assertThat(RepoPath.isSafe(name)).as(name).isFalse();
    }
    repo.add("evil", Map.of("../../evil.json", text("x", "x")));
    assertThatThrownBy(() -> snapshot().files())
        .hasMessageContaining("Invalid name in a repository of the hub: ../../evil.json");
    assertThatThrownBy(() -> HubUri.parse("hf://org/name@../../x")).isNotNull();
  }

  @Test
  void aTokenIsNeverPartOfAMessage() {
    HubToken token = new HubToken(HubServer.TOKEN, "HF_TOKEN");
    assertThat(token.toString()).doesNotContain("hf_");
    assertThat(settings(Map.of("HF_TOKEN", HubServer.TOKEN)).toString()).doesNotContain("hf_token");
    assertThatThrownBy(() -> new HubToken("hf secret", "--hub_token"))
        .hasMessageNotContaining("secret");
  }

  @Test
  void httpIsOnlyForAnEndpointThatSaysSo() {
    HubSettings settings = settings(Map.of("HF_ENDPOINT", "https://127.0.0.1:1"));
    HubHttp http = new HubHttp(settings);
    assertThatThrownBy(
            () -> http.send(HubRequest.get(java.net.URI.create("http://elsewhere.example/x"))))
        .hasMessageContaining("Refused to go to http://elsewhere.example");
    assertThatThrownBy(() -> settings(Map.of("HF_ENDPOINT", "https://user:pw@host")))
        .hasMessageContaining("Invalid HF_ENDPOINT")
        .hasMessageNotContaining("pw");
  }

  @Test
  void readsWhatTheFileSystemOfPythonReads() {
    assertThat(HubUri.parse("hf://datasets/a/b@refs%2Fconvert%2Fparquet/x/y.parquet"))
        .isEqualTo(
            new HubUri(
                new HubRepo(HubRepo.Kind.DATASET, "a/b"), "refs/convert/parquet", "x/y.parquet"));
    assertThat(HubUri.parse("hf://a/b").toString()).isEqualTo("hf://a/b@main");
    assertThatThrownBy(() -> HubUri.parse("hf://a")).hasMessageContaining("NAMESPACE/NAME");
  }

  private Path blob(String suffix) {
    return folder
        .resolve("hub/models--org--name/blobs")
        .resolve(repo.files(commit).get(LARGE).sha256() + suffix);
  }
}
