package org.sparklora.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.file.FileIdentity;
import org.sparklora.model.ModelCopy;
import org.sparklora.model.OneFileCopy;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.folder.Locations;
import org.sparklora.model.folder.ModelFolder;

/** What an executor does that is told a pinned location and has an empty cache. */
class HubFileSystemTest {
  private static final Path MODEL = Path.of("src/quickstart/base-model");
  private static final Path DATA = Path.of("src/quickstart/noto");

  @TempDir private Path cache;

  private HubServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HubServer.start();
    server.serve("models/lab/emoji", MODEL);
    server.serve("datasets/lab/noto", DATA);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Configuration hadoop() {
    Configuration hadoop = new Configuration();
    HubSettings.shared(Map.of(), Optional.of(cache.toString())).forEach(hadoop::set);
    hadoop.set(HubSettings.ENDPOINT, server.endpoint());
    return hadoop;
  }

  @Test
  void downloadsWhatIsOpened() throws IOException {
    String location = Hub.pin("hf://lab/emoji", hadoop());
    assertThat(location).matches("hf://lab/emoji@[0-9a-f]{40}");
    ModelFolder model = ModelFolder.open(location, hadoop(), Optional.empty());
    assertThat(model.usedFiles("unet"))
        .containsExactly("config.json", "diffusion_pytorch_model.safetensors");
    Path unet = model.file("unet/diffusion_pytorch_model.safetensors");
    assertThat(unet)
        .startsWith(cache)
        .hasSameBinaryContentAs(MODEL.resolve("unet/diffusion_pytorch_model.safetensors"));
    assertThat(blobs("models--lab--emoji")).isEqualTo(1);
  }

  /** As a repository has it that was made for other tools: the model beside pictures. */
  @Test
  void opensAModelInOneFile() throws IOException {
    Path repository = Files.createDirectories(cache.resolve("repository"));
    ModelFolder golden =
        ModelFolder.open(
            "src/test/resources/golden/sd15/model", new Configuration(false), Optional.empty());
    Path file = repository.resolve("one.safetensors");
    try (OneFileCopy copy = OneFileCopy.of(new ModelCopy(golden, Map.of(), Map.of(), Map.of()));
        OutputStream out = Files.newOutputStream(file)) {
      copy.writeTo(out);
    }
    Files.writeString(repository.resolve("preview.txt"), "not downloaded");
    server.serve("models/lab/one", repository);
    String location = Hub.pin(Locations.input("lab/one/one.safetensors"), hadoop());
    assertThat(location).matches("hf://lab/one@[0-9a-f]{40}/one.safetensors");
    ModelFolder model = ModelFolder.open(location, hadoop(), Optional.empty());
    try (TensorFile expected = golden.weights("unet");
        TensorFile read = model.weights("unet")) {
      assertThat(read.data("conv_in.weight")).isEqualTo(expected.data("conv_in.weight"));
    }
    assertThat(blobs("models--lab--one")).isEqualTo(1);
  }

  @Test
  void givesAWholeFolderToWhatReadsPlainFiles() throws IOException {
    Path tokenizer = Hub.folder("hf://lab/emoji@main/tokenizer", hadoop());
    assertThat(tokenizer.toFile().list())
        .containsExactlyInAnyOrder(MODEL.resolve("tokenizer").toFile().list());
    assertThat(tokenizer.getParent().toFile().list()).containsExactly("tokenizer");
  }

  /** Sets of data, too, are the same wherever they are. */
  @Test
  void aFileHasTheIdentityOfItsContent() throws IOException {
    String location = Hub.pin("hf://datasets/lab/noto", hadoop());
    var file = new org.apache.hadoop.fs.Path(location, "data/train-00000-of-00001.parquet");
    FileSystem hub = file.getFileSystem(hadoop());
    String identity = FileIdentity.of(hub, hub.getFileStatus(file));
    assertThat(blobs("datasets--lab--noto")).as("nothing is downloaded for it").isZero();
    var local =
        new org.apache.hadoop.fs.Path(DATA.resolve("data/train-00000-of-00001.parquet").toUri());
    FileSystem disk = FileSystem.getLocal(hadoop()).getRawFileSystem();
    assertThat(identity).isEqualTo(FileIdentity.of(disk, disk.getFileStatus(local)));
    assertThat(hub.listStatus(file.getParent())).hasSize(1);
    assertThat(hub.listFiles(new org.apache.hadoop.fs.Path(location), true).hasNext()).isTrue();
    byte[] bytes;
    try (var in = hub.open(file)) {
      in.seek(4);
      bytes = in.readNBytes(8);
    }
    assertThat(bytes).hasSize(8);
    assertThat(blobs("datasets--lab--noto")).isEqualTo(1);
  }

  @Test
  void isOnlyRead() throws IOException {
    var path = new org.apache.hadoop.fs.Path("hf://lab/emoji/x");
    FileSystem hub = path.getFileSystem(hadoop());
    assertThatThrownBy(() -> hub.create(path)).hasMessageContaining("the hub is only read");
    assertThatThrownBy(() -> hub.getFileStatus(path))
        .isInstanceOf(java.io.FileNotFoundException.class);
    for (String wrong : List.of("hf://lab", "hf://lab/../x")) {
      var bad = new org.apache.hadoop.fs.Path(wrong);
      assertThatThrownBy(() -> bad.getFileSystem(hadoop()).getFileStatus(bad))
          .isInstanceOf(IOException.class);
    }
  }

  private long blobs(String repo) throws IOException {
    Path blobs = cache.resolve(repo).resolve("blobs");
    if (!Files.isDirectory(blobs)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(blobs)) {
      return files.count();
    }
  }
}
