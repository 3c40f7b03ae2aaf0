package org.sparklora.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.hub.HubSettings;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.pipeline.request.AdapterUse;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.pipeline.request.ImageSize;
import org.sparklora.pipeline.request.Repeats;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.WeightedAdapter;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.MemoryRoom;

class GenerationCheckTest {
  private static final String BASE = "src/quickstart/base-model";
  private static final ModelConfig MODEL = new ModelConfig(BASE, BASE, "");

  @TempDir private Path folder;

  @Test
  void theSizeIsWhatTheBaseModelWasTrainedWith() {
    Generation checked = check(Optional.of(MODEL), List.of(), OptionalInt.empty());
    assertThat(checked.start()).isEqualTo(new ImageSize(128, 128));
    Generation tall = check(Optional.of(MODEL), List.of(), OptionalInt.of(136));
    assertThat(tall.start()).isEqualTo(new ImageSize(136, 128));
  }

  @Test
  void aSizeBetweenLatentsIsRefused() {
    assertThatThrownBy(() -> check(Optional.of(MODEL), List.of(), OptionalInt.of(130)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid --height: 130")
        .hasMessageContaining("a multiple of 8");
  }

  @Test
  void theAdaptersMetadataNamesTheBaseModel() throws IOException {
    String adapter = adapter("a", Map.of("base_model", BASE));
    ModelConfig found = check(Optional.empty(), List.of(adapter)).pipeline().base();
    assertThat(found.name()).isEqualTo(BASE);
    assertThat(found.location()).startsWith("file:///").endsWith(BASE);
  }

  @Test
  void elseTheModelCardBesideIt() throws IOException {
    String adapter = adapter("a", Map.of());
    Files.writeString(folder.resolve("a/README.md"), "---\nbase_model: " + BASE + "\n---\n");
    assertThat(check(Optional.empty(), List.of(adapter)).pipeline().base().name()).isEqualTo(BASE);
  }

  @Test
  void theFlagWins() throws IOException {
    String adapter = adapter("a", Map.of("base_model", "someone/else"));
    assertThat(check(Optional.of(MODEL), List.of(adapter)).pipeline().base()).isEqualTo(MODEL);
  }

  @Test
  void aBaseModelOfTheHubIsLookedForInTheCacheWhenOffline() throws IOException {
    String adapter = adapter("a", Map.of("base_model", "runwayml/stable-diffusion-v1-5"));
    assertThatThrownBy(() -> check(Optional.empty(), List.of(adapter)))
        .hasMessageContaining("Missing --pretrained_model_name_or_path")
        .hasMessageContaining("runwayml/stable-diffusion-v1-5")
        .hasMessageContaining("in the cache " + folder.resolve("hub"))
        .hasMessageContaining("HF_HUB_OFFLINE is set");
  }

  @Test
  void adaptersOfDifferentBaseModelsNeedTheFlag() throws IOException {
    List<String> adapters =
        List.of(
            adapter("a", Map.of("base_model", BASE)), adapter("b", Map.of("base_model", "other")));
    assertThatThrownBy(() -> check(Optional.empty(), adapters))
        .hasMessageContaining("the adapters name different base models")
        .hasMessageContaining("other");
  }

  @Test
  void anAdapterOfAnotherBaseModelIsRefusedBeforeAnythingIsLoaded() {
    String golden = "src/test/resources/golden/sd15/adapter_start.safetensors";
    assertThatThrownBy(() -> check(Optional.of(MODEL), List.of(golden)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid --adapter: " + golden)
        .hasMessageContaining("made for another base model");
  }

  private String adapter(String name, Map<String, String> metadata) throws IOException {
    Path file = Files.createDirectories(folder.resolve(name)).resolve("adapter.safetensors");
    return RandomAdapter.write(BASE, file, "to_q", 1, 1, metadata);
  }

  private Generation check(Optional<ModelConfig> base, List<String> adapters) {
    return check(base, adapters, OptionalInt.empty());
  }

  private Generation check(Optional<ModelConfig> base, List<String> adapters, OptionalInt height) {
    List<WeightedAdapter> used =
        adapters.stream().map(path -> new WeightedAdapter(path, path, 1)).toList();
    return GenerationCheck.check(
        new GenerationConfig(
            base,
            "",
            new AdapterUse(used, false, 1),
            Precision.FP32,
            1,
            AttentionKernel.DEFAULT,
            new SamplingConfig("DDIMScheduler", new TreeMap<>(), 2, 5, 0, 0),
            height,
            OptionalInt.empty(),
            Optional.empty(),
            new Repeats(1, 0),
            1),
        hadoop(),
        DrawingMemory.ofGenerate(MemoryRoom.UNKNOWN));
  }

  /** Without a hub, and with nothing in its cache. */
  private Configuration hadoop() {
    Configuration hadoop = new Configuration(false);
    HubSettings.shared(Map.of("HF_HUB_OFFLINE", "1"), Optional.of(folder.resolve("hub").toString()))
        .forEach(hadoop::set);
    return hadoop;
  }
}
