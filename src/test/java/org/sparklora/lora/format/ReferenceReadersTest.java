package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.ReferencePython;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.key.ScaleFolding;
import org.sparklora.model.file.SafetensorsWriter;

/**
 * What we write, the tools read. Needs Python with diffusers and PEFT; SPARK_LORA_PYTHON names it.
 */
@Tag("long")
class ReferenceReadersTest {
  private static final String LAYOUT = "src/test/resources/sd15-layout";
  private static final String TOKENIZER = "src/quickstart/base-model/tokenizer";

  @TempDir private Path folder;

  @Test
  void attentionOfTheUNet() throws Exception {
    assertAllRead(
        AdapterFile.read(Adapters.real("pytorch_lora_weights.bin")).adapter(),
        "diffusers diffusers-bin diffusers-old diffusers-old-bin kohya kohya-pt cloneofsimo"
            + " cloneofsimo-pt peft");
  }

  @Test
  void unetAndTextEncoder() throws Exception {
    assertAllRead(
        AdapterFile.read(Adapters.real("analog_svd_rank4.safetensors")).adapter(),
        "diffusers diffusers-bin kohya kohya-pt cloneofsimo peft");
  }

  @Test
  void updatesAndTokens() throws Exception {
    assertAllRead(
        AdapterFile.read(Adapters.real("lora_disney.safetensors")).adapter(), "cloneofsimo");
  }

  @Test
  void everyKindOfLayerRankAndAlpha() throws Exception {
    assertAllRead(Adapters.everyKind(), "diffusers peft");
  }

  @Test
  void everyKindOfLayerWithDora() throws Exception {
    assertAllRead(Adapters.everyKindOfDora(), "diffusers peft");
  }

  /** A torch file has no place for ranks and alphas; diffusers takes those from the tensors. */
  @Test
  void doraWithoutMetadata() throws Exception {
    List<AdaptedModule> modules =
        Adapters.everyKindOfDora().modules().stream().filter(module -> module.rank() == 2).toList();
    assertAllRead(new Adapter(modules, List.of(), Map.of()), "diffusers-bin");
  }

  /**
   * diffusers 0.42 loses single modules' alphas of kohya's files, so they are all the same here.
   */
  @Test
  void everyKindOfLayerAndRankInKohyasNames() throws Exception {
    Adapter adapter = Adapters.everyKind();
    List<AdaptedModule> modules =
        adapter.modules().stream()
            .map(
                m ->
                    new AdaptedModule(
                        m.network(), m.name(), m.downShape(), m.down(), m.upShape(), m.up(), 3))
            .toList();
    assertAllRead(new Adapter(modules, List.of(), adapter.metadata()), "kohya kohya-pt");
  }

  @Test
  void learnedTokens() throws Exception {
    assertAllRead(
        AdapterFile.read(Adapters.real("learned_embeds.bin")).adapter(),
        "textual-inversion textual-inversion-bin");
  }

  /** All three networks, in the names of SDXL's original implementation where kohya keeps them. */
  @Test
  void everyNetworkOfSdxl() throws Exception {
    Path golden = Path.of("src/test/resources/golden/sdxl");
    assertAllRead(
        golden.resolve("model").toString(),
        AdapterFile.read(golden.resolve("adapter_start_text.safetensors")).adapter(),
        "diffusers diffusers-bin kohya kohya-pt peft");
  }

  private void assertAllRead(Adapter adapter, String formats) throws Exception {
    assertAllRead(LAYOUT, adapter, formats);
  }

  private void assertAllRead(String layout, Adapter adapter, String formats) throws Exception {
    ReferencePython.required();
    Path expected = folder.resolve("expected");
    writeExpected(adapter, expected);
    List<Object> arguments = new ArrayList<>(List.of(layout, TOKENIZER, expected));
    for (String label : formats.split(" ", -1)) {
      AdapterFormat format = Adapters.format(label);
      Path target = Files.createDirectory(folder.resolve(label));
      format.write(adapter, target);
      arguments.add(label + "=" + (format.isFolder() ? target : target.resolve(format.fileName())));
    }
    String printed = ReferencePython.run("read_adapters.py", arguments.toArray());
    assertThat(printed.lines().filter(line -> line.endsWith("difference 0.0")))
        .as(printed)
        .hasSize(formats.split(" ", -1).length);
  }

  private static void writeExpected(Adapter adapter, Path file) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (AdaptedModule module : adapter.modules()) {
      String key = module.network().name().toLowerCase(Locale.ROOT) + ":" + module.name();
      writer.add(key + ":down", module.downShape(), module.down());
      writer.add(key + ":up", module.upShape(), ScaleFolding.up(module));
      module
          .magnitude()
          .ifPresent(values -> writer.add(key + ":magnitude", new long[] {values.length}, values));
    }
    for (LearnedToken token : adapter.tokens()) {
      float[] row = token.vectors()[0];
      writer.add("token:" + token.token(), new long[] {row.length}, row);
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      writer.writeTo(out);
    }
  }
}
