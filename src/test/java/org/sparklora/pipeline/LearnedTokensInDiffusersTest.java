package org.sparklora.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.ReferencePython;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.combine.AdapterStack;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.lora.format.LearnedTokenFiles;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TextEncoders;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.store.FileContent;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** diffusers opens the files of learned tokens and encodes prompts as here. */
@Tag("long")
class LearnedTokensInDiffusersTest {
  private static final Path BASE = Path.of("src/quickstart/base-model");
  private static final List<String> PROMPTS =
      List.of("a photo of a <cat-toy>", "<s2>, <cat-toy> and a dog in the style of <S2>");

  @TempDir private Path folder;
  private long drawn;

  @Test
  void aTokenAlone() throws Exception {
    assertSame(new Adapter(List.of(), List.of(token("<cat-toy>", 3), token("<s2>", 1)), Map.of()));
  }

  @Test
  void tokensAndLowRankUpdatesOfTheTextEncoder() throws Exception {
    List<AdaptedModule> modules = new ArrayList<>();
    for (String projection : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
      modules.add(
          module(Network.TEXT_ENCODER, "text_model.encoder.layers.1.self_attn." + projection, 96));
    }
    modules.add(
        module(Network.UNET, "mid_block.attentions.0.transformer_blocks.0.attn1.to_q", 192));
    assertSame(new Adapter(modules, List.of(token("<cat-toy>", 1), token("<s2>", 2)), Map.of()));
  }

  private void assertSame(Adapter adapter) throws Exception {
    ReferencePython.required();
    write(
        LearnedTokenFiles.of(
            adapter.tokens(),
            List.of(AdapterFormat.TEXTUAL_INVERSION, AdapterFormat.TEXTUAL_INVERSION_BIN),
            Map.of()));
    if (!adapter.modules().isEmpty()) {
      write(AdapterFormat.DIFFUSERS.files(new Adapter(adapter.modules(), List.of(), Map.of())));
    }
    Path out = folder.resolve("out/states.safetensors");
    Files.createDirectories(out.getParent());
    List<Object> arguments = new ArrayList<>(List.of(BASE, folder, out));
    arguments.addAll(PROMPTS);
    ReferencePython.run("learned_tokens.py", arguments.toArray());
    float[] ours = encoded(AdapterFile.read(folder).adapter());
    try (SafetensorsFile theirs = SafetensorsFile.open(out)) {
      assertClose(ours, TensorFloats.read(theirs, "prompts"));
      List<float[]> rows =
          adapter.tokens().stream().flatMap(token -> List.of(token.vectors()).stream()).toList();
      float[] read = TensorFloats.read(theirs, "rows");
      for (int i = 0; i < read.length; i++) {
        assertThat(read[i]).isEqualTo(rows.get(i / 96)[i % 96]);
      }
    }
  }

  private void write(Map<String, FileContent> files) throws IOException {
    for (Map.Entry<String, FileContent> file : files.entrySet()) {
      try (var out = Files.newOutputStream(folder.resolve(file.getKey()))) {
        file.getValue().writeTo(out);
      }
    }
  }

  private static float[] encoded(Adapter adapter) {
    ModelFolder base = ModelFolder.open(BASE.toString(), new Configuration(), Optional.empty());
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      NetworkLoader networks = new NetworkLoader(base, ops);
      TextEncoders text = networks.textEncoders();
      AdapterStack stack =
          new AdapterStack(
              ops,
              Map.of(
                  Network.UNET,
                  networks.unet(Precision.FP32).layers(),
                  Network.TEXT_ENCODER,
                  text.model(Network.TEXT_ENCODER).layers()));
      stack.add(adapter, 1);
      PromptEncoder encoder = new PromptEncoder(CaptionTokenizer.load(base), text);
      adapter.tokens().forEach(encoder::learn);
      NDArray states = encoder.encode(scope, PROMPTS, "", 0).states();
      return states.toFloatArray();
    }
  }

  private static void assertClose(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < actual.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
    }
    assertThat(difference).isLessThanOrEqualTo(1e-5 * largest);
  }

  private AdaptedModule module(Network network, String name, int width) {
    long[] down = {2, width};
    long[] up = {width, 2};
    return new AdaptedModule(
        network, name, down, normals(2 * width, 0.3f), up, normals(2 * width, 0.3f), 3);
  }

  private LearnedToken token(String name, int vectors) {
    float[][] rows = new float[vectors][];
    for (int i = 0; i < vectors; i++) {
      rows[i] = normals(96, 0.05f);
    }
    return new LearnedToken(name, rows);
  }

  private float[] normals(int n, float deviation) {
    float[] values = KeyedRandom.of(3, Purpose.LORA_INIT, drawn++, 0).normals(n);
    for (int i = 0; i < n; i++) {
      values[i] *= deviation;
    }
    return values;
  }
}
