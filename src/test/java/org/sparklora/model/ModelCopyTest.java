package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.ShardedTensorFile;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.file.TorchFile;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.folder.OtherHostFiles;
import org.sparklora.model.folder.StagedOutput;

class ModelCopyTest {
  private static final WeightChange ONE_MORE =
      new WeightChange.Rows(
          (row, index) -> {
            for (int i = 0; i < row.length; i++) {
              row[i] += 1;
            }
          });

  @TempDir private Path folder;
  private Path model;
  private Path out;

  @BeforeEach
  void createModel() throws IOException {
    model = Files.createDirectories(folder.resolve("model"));
    out = folder.resolve("out");
    write("model_index.json", "{}");
    write("unet/config.json", "{}");
    write("vae/diffusion_pytorch_model.bin", "not looked at");
  }

  @Test
  void keepsShardsAndTheirIndex() throws IOException {
    String name = "unet/diffusion_pytorch_model-0000%s-of-00002.safetensors";
    writeTensor(name.formatted(1), "a.weight", 1, 2);
    writeTensor(name.formatted(2), "b.weight", 3, 4);
    write(
        "unet/diffusion_pytorch_model.safetensors.index.json",
        """
        {"metadata": {"total_size": 16}, "weight_map": {
          "a.weight": "diffusion_pytorch_model-00001-of-00002.safetensors",
          "b.weight": "diffusion_pytorch_model-00002-of-00002.safetensors"}}
        """);
    WeightChange more = new WeightChange.MoreRows(new float[][] {{7, 8}});
    copy(Map.of("unet", Map.of("a.weight", ONE_MORE, "b.weight", more)), Map.of());
    ModelFolder copied = open(out);
    try (TensorFile unet = copied.weights("unet")) {
      assertThat(unet).isInstanceOf(ShardedTensorFile.class);
      assertThat(TensorFloats.read(unet, "a.weight")).containsExactly(2, 3);
      assertThat(TensorFloats.read(unet, "b.weight")).containsExactly(3, 4, 7, 8);
      assertThat(unet.tensors().get("b.weight").shape()).containsExactly(2, 2);
    }
    assertThat(
            copied
                .json("unet/diffusion_pytorch_model.safetensors.index.json")
                .at("/metadata/total_size")
                .asInt())
        .isEqualTo(24);
  }

  @Test
  void makesSafetensorsOfAPickle() throws IOException {
    Path pickle = model.resolve("unet/diffusion_pytorch_model.bin");
    Files.copy(Resources.file("/model/protocol4.bin"), pickle);
    String tensor;
    float[] before;
    try (TensorFile file = TorchFile.open(pickle)) {
      tensor =
          file.tensors().values().stream()
              .filter(info -> info.type() == TensorType.F32 && info.shape().length > 1)
              .findFirst()
              .orElseThrow()
              .name();
      before = TensorFloats.read(file, tensor);
    }
    copy(Map.of("unet", Map.of(tensor, ONE_MORE)), Map.of());
    assertThat(out.resolve("unet/diffusion_pytorch_model.bin")).doesNotExist();
    try (TensorFile file = open(out).weights("unet")) {
      assertThat(file).isInstanceOf(SafetensorsFile.class);
      assertThat(file.metadata()).containsEntry("format", "pt");
      assertThat(TensorFloats.read(file, tensor)[1]).isEqualTo(before[1] + 1);
    }
  }

  @Test
  void leavesOutWeightsThatHaveNotTheChanges() throws IOException {
    writeTensor("unet/diffusion_pytorch_model.fp16.safetensors", "a.weight", 1, 2);
    writeTensor("unet/diffusion_pytorch_model.safetensors", "a.weight", 1, 2);
    write("unet/diffusion_pytorch_model.bin", "old");
    write("unet/diffusion_pytorch_model.safetensors.index.fp16.json", "{}");
    write("v1-5-pruned.safetensors", "everything");
    write("README.md", "card");
    write(".git/config", "private");
    copy(
        Map.of("unet", Map.of("a.weight", ONE_MORE)),
        Map.of("tokenizer/added_tokens.json", new byte[] {'{', '}'}));
    assertThat(files())
        .containsExactly(
            "README.md",
            "model_index.json",
            "tokenizer/added_tokens.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
            "vae/diffusion_pytorch_model.bin");
  }

  @Test
  void writesTheIndexLastAndNothingWhenItFails() throws IOException {
    writeTensor("unet/diffusion_pytorch_model.safetensors", "a.weight", 1, 2);
    WeightChange broken =
        new WeightChange.Rows(
            (row, index) -> {
              throw new IllegalStateException("broken");
            });
    assertThatThrownBy(() -> copy(Map.of("unet", Map.of("a.weight", broken)), Map.of()))
        .hasMessage("broken");
    assertThat(folder).isDirectoryNotContaining(path -> !path.equals(model));
    assertThat(copy(Map.of("unet", Map.of("a.weight", ONE_MORE)), Map.of()))
        .endsWith("model_index.json");
  }

  @Test
  void readsFromAndWritesToOtherFileSystems() throws IOException {
    writeTensor("unet/diffusion_pytorch_model.safetensors", "a.weight", 1, 2);
    Configuration hadoop = OtherHostFiles.configuration(folder.resolve("cache"));
    ModelFolder base = ModelFolder.open("otherhost:" + model, hadoop, Optional.empty());
    ModelCopy copy =
        new ModelCopy(base, Map.of("unet", Map.of("a.weight", ONE_MORE)), Map.of(), Map.of());
    try (StagedOutput staged = StagedOutput.open("otherhost:" + out, hadoop)) {
      copy.writeTo(staged, file -> {});
      staged.commit();
    }
    try (TensorFile file = open(out).weights("unet")) {
      assertThat(TensorFloats.read(file, "a.weight")).containsExactly(2, 3);
    }
  }

  private List<String> copy(
      Map<String, Map<String, WeightChange>> changes, Map<String, byte[]> files)
      throws IOException {
    List<String> written = new ArrayList<>();
    Configuration hadoop = new Configuration(false);
    try (StagedOutput staged = StagedOutput.open(out.toUri().toString(), hadoop)) {
      new ModelCopy(open(model), changes, files, Map.of()).writeTo(staged, written::add);
      staged.commit();
    }
    return written;
  }

  private static ModelFolder open(Path path) {
    return ModelFolder.open(path.toString(), new Configuration(false), Optional.empty());
  }

  private void write(String name, String text) throws IOException {
    Files.createDirectories(model.resolve(name).getParent());
    Files.writeString(model.resolve(name), text);
  }

  private void writeTensor(String file, String name, float... values) throws IOException {
    try (OutputStream stream = Files.newOutputStream(model.resolve(file))) {
      new SafetensorsWriter().add(name, new long[] {1, values.length}, values).writeTo(stream);
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(out)) {
      return all.filter(Files::isRegularFile)
          .map(file -> out.relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
