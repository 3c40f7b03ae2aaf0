package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.model.Network;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.util.InvalidInputException;

class AdapterFormatTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(names = {"DIFFUSERS", "KOHYA", "KOHYA_PT", "PEFT"})
  void keepsEveryKindOfLayerRankAndAlpha(AdapterFormat format) throws IOException {
    Path target = folder.resolve("adapter");
    format.write(Adapters.everyKind(), target);
    AdapterFile back = AdapterFile.read(target);
    assertThat(back.format()).isEqualTo(format);
    Adapters.assertSame(back.adapter(), Adapters.everyKind());
    boolean metadata = format != AdapterFormat.KOHYA_PT;
    assertThat(back.baseModel().isPresent()).isEqualTo(metadata);
    assertThat(AdapterFile.read(target.toUri().toString(), new Configuration(false)).adapter())
        .satisfies(adapter -> Adapters.assertSame(adapter, back.adapter()));
  }

  @ParameterizedTest
  @EnumSource(names = {"DIFFUSERS", "KOHYA", "KOHYA_PT", "PEFT"})
  void keepsMagnitudes(AdapterFormat format) throws IOException {
    Path target = folder.resolve("adapter");
    format.write(Adapters.everyKindOfDora(), target);
    Adapters.assertSame(AdapterFile.read(target).adapter(), Adapters.everyKindOfDora());
  }

  @ParameterizedTest
  @EnumSource(names = {"DIFFUSERS_OLD", "DIFFUSERS_OLD_BIN", "CLONEOFSIMO", "CLONEOFSIMO_PT"})
  void saysWhichFormatsHoldMagnitudes(AdapterFormat format) {
    assertThatThrownBy(() -> format.files(Adapters.everyKindOfDora()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Unsupported in format " + format + ": DoRA's magnitudes")
        .hasMessageContaining("write diffusers, peft or kohya");
  }

  @ParameterizedTest
  @EnumSource(names = {"DIFFUSERS", "DIFFUSERS_BIN", "PEFT"})
  void refusesDoraOnSomeModulesWherePeftHasItOnAll(AdapterFormat format) throws IOException {
    List<AdaptedModule> modules = new java.util.ArrayList<>(Adapters.everyKind().modules());
    modules.set(0, Adapters.dora(modules.get(0)));
    Adapter mixed = new Adapter(modules, List.of(), Map.of());
    assertThatThrownBy(() -> format.files(mixed))
        .hasMessageContaining("DoRA on 1 of 12 modules of a network")
        .hasMessageContaining("Write kohya");
    Path target = folder.resolve("mixed.safetensors");
    AdapterFormat.KOHYA.write(mixed, target);
    Adapters.assertSame(AdapterFile.read(target).adapter(), mixed);
  }

  @Test
  void refusesMagnitudesThatAreMissingOrTooMany() throws IOException {
    AdapterFormat.PEFT.write(Adapters.everyKindOfDora(), folder);
    Path config = folder.resolve("unet/adapter_config.json");
    String json = Files.readString(config, StandardCharsets.UTF_8);
    Files.writeString(config, json.replaceFirst("\"use_dora\": true", "\"use_dora\": false"));
    assertThatThrownBy(() -> AdapterFile.read(folder))
        .hasMessageContaining("use_dora is false but module")
        .hasMessageContaining("has a lora_magnitude_vector");
  }

  /** As LyCORIS writes without wd_on_output. */
  @Test
  void refusesMagnitudesOfInputs() throws IOException {
    Path file = folder.resolve("inputs.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      new SafetensorsWriter()
          .add("lora_unet_conv_in.lora_down.weight", new long[] {1, 2, 1, 1}, new float[2])
          .add("lora_unet_conv_in.lora_up.weight", new long[] {2, 1, 1, 1}, new float[2])
          .add("lora_unet_conv_in.dora_scale", new long[] {1, 2, 1, 1}, new float[2])
          .writeTo(out);
    }
    assertThatThrownBy(() -> AdapterFile.read(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("a magnitude for each input")
        .hasMessageContaining("wd_on_output");
  }

  @Test
  void multipliesTheScaleIntoBWhereAFormatHasNoAlpha() throws IOException {
    Path target = folder.resolve("adapter.bin");
    AdapterFormat.DIFFUSERS_BIN.write(Adapters.everyKind(), target);
    Map<String, AdaptedModule> expected = byName(Adapters.everyKind());
    byName(AdapterFile.read(target).adapter())
        .forEach(
            (name, module) -> {
              assertThat(module.scale()).isEqualTo(1);
              assertThat(module.down()).isEqualTo(expected.get(name).down());
              double scale = expected.get(name).scale();
              for (int i = 0; i < module.up().length; i++) {
                assertThat(module.up()[i]).isEqualTo((float) (expected.get(name).up()[i] * scale));
              }
            });
  }

  private static Map<String, AdaptedModule> byName(Adapter adapter) {
    return adapter.modules().stream()
        .collect(java.util.stream.Collectors.toMap(AdaptedModule::name, m -> m));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          diffusers-old         | transformer_blocks.0.ff.net.0.proj; it holds attention
          cloneofsimo           | transformer_blocks.0.ff.net.2; it holds attention
          cloneofsimo-pt        | transformer_blocks.0.ff.net.2; it holds attention
          textual-inversion     | low-rank updates, of which the adapter has 15. Write cloneofsimo
          """)
  void saysWhatAFormatCannotExpress(String label, String what) {
    AdapterFormat format = Adapters.format(label);
    assertThatThrownBy(() -> format.files(Adapters.everyKind()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Unsupported in format " + label)
        .hasMessageContaining(what);
  }

  @Test
  void refusesToNumberAnAdapterThatLeavesModulesOut() {
    Adapter one =
        new Adapter(
            List.of(
                Adapters.linear(
                    Network.UNET,
                    "mid_block.attentions.0.transformer_blocks.0.attn1.to_q",
                    1280,
                    1280,
                    4,
                    4)),
            List.of(),
            Map.of());
    assertThatThrownBy(() -> AdapterFormat.CLONEOFSIMO.files(one))
        .hasMessageContaining("an adapter without down_blocks.0.attentions.0")
        .hasMessageContaining("and 126 more");
  }

  /** The file names the modules for us beside the numbers, as its layout is not a known one. */
  @Test
  void numbersTheModulesOfOtherLayouts() throws IOException {
    Path golden = Path.of("src/test/resources/golden/sd15/adapter_start.safetensors");
    AdapterFile read = AdapterFile.read(golden);
    assertThat(read.format()).isEqualTo(AdapterFormat.DIFFUSERS);
    Path target = folder.resolve("numbered.safetensors");
    AdapterFormat.CLONEOFSIMO.write(read.adapter(), target);
    AdapterFile back = AdapterFile.read(target);
    assertThat(back.format()).isEqualTo(AdapterFormat.CLONEOFSIMO);
    Adapters.assertSame(back.adapter(), read.adapter());
    assertThatThrownBy(() -> AdapterFormat.CLONEOFSIMO_PT.files(read.adapter()))
        .hasMessageContaining("a UNet other than Stable Diffusion's");
  }

  @Test
  void readsTheNamesOfAllDiffusersVersions() throws IOException {
    Path file = folder.resolve("mixed.safetensors");
    long[] down = {1, 2};
    long[] up = {2, 1};
    float[] values = {1, 2};
    try (OutputStream out = Files.newOutputStream(file)) {
      new SafetensorsWriter()
          .add("unet.conv_in.lora.down.weight", new long[] {1, 1, 1, 2}, values)
          .add("unet.conv_in.lora.up.weight", new long[] {2, 1, 1, 1}, values)
          .add(
              "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.down.weight",
              down,
              values)
          .add(
              "text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.up.weight",
              up,
              values)
          .add(
              "text_encoder.text_model.encoder.layers.0.self_attn.to_out_lora.down.weight",
              down,
              values)
          .add(
              "text_encoder.text_model.encoder.layers.0.self_attn.to_out_lora.up.weight",
              up,
              values)
          .add("mid_block.attentions.0.proj_in.lora_A.weight", down, values)
          .add("mid_block.attentions.0.proj_in.lora_B.weight", up, values)
          .add(
              "unet.base_model.model.mid_block.attentions.0.proj_out.lora_A.default.weight",
              down,
              values)
          .add(
              "unet.base_model.model.mid_block.attentions.0.proj_out.lora_B.default.weight",
              up,
              values)
          .add(
              "unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora.down.weight",
              down,
              values)
          .add(
              "unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora.up.weight",
              up,
              values)
          .writeTo(out);
    }
    assertThat(byName(AdapterFile.read(file).adapter()).keySet())
        .containsExactlyInAnyOrder(
            "conv_in",
            "text_model.encoder.layers.0.self_attn.q_proj",
            "text_model.encoder.layers.0.self_attn.out_proj",
            "mid_block.attentions.0.proj_in",
            "mid_block.attentions.0.proj_out",
            "mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0");
  }

  @Test
  void takesRanksAndScalesFromDiffusersMetadata() throws IOException {
    Path file = folder.resolve("stabilised.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      new SafetensorsWriter()
          .metadata(
              "lora_adapter_metadata",
              "{\"unet.r\": 4, \"unet.lora_alpha\": 2, \"unet.use_rslora\": true,"
                  + " \"unet.alpha_pattern\": {\"^mid_block.*attn[23].to_q\": 6, \".*\": 2}}")
          .add(
              "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight",
              new long[] {4, 1},
              new float[4])
          .add(
              "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.weight",
              new long[] {1, 4},
              new float[4])
          .add(
              "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_q.lora_A.weight",
              new long[] {4, 1},
              new float[4])
          .add(
              "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_q.lora_B.weight",
              new long[] {1, 4},
              new float[4])
          .writeTo(out);
    }
    Map<String, AdaptedModule> modules = byName(AdapterFile.read(file).adapter());
    assertThat(modules.get("mid_block.attentions.0.transformer_blocks.0.attn1.to_q").scale())
        .isEqualTo(1);
    assertThat(modules.get("mid_block.attentions.0.transformer_blocks.0.attn2.to_q").scale())
        .isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "lora_unet_conv_in.hada_w1_a, LoHa",
    "lora_unet_conv_in.lokr_w1, LoKr",
    "lora_unet_conv_in.lora_mid.weight, Tucker",
    "transformer.single_transformer_blocks.0.lora_A.weight, diffusion transformer",
    "down_blocks.0.resnets.0.conv1.weight, no known format",
  })
  void refusesOtherAdaptersByName(String key, String what) throws IOException {
    Path file = folder.resolve("other.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      new SafetensorsWriter().add(key, new long[] {1, 1}, new float[1]).writeTo(out);
    }
    assertThatThrownBy(() -> AdapterFile.read(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(what)
        .hasMessageContaining(key);
  }

  @Test
  void refusesWhatItDoesNotUnderstandInsteadOfLeavingItOut() throws IOException {
    Path file = folder.resolve("rest.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      new SafetensorsWriter()
          .add("lora_unet_conv_in.lora_down.weight", new long[] {1, 2, 1, 1}, new float[2])
          .add("lora_unet_conv_in.lora_up.weight", new long[] {2, 2, 1, 1}, new float[4])
          .add("lora_unet_conv_out.lora_down.weight", new long[] {1, 2, 1, 1}, new float[2])
          .add("lora_unet_conv_somewhere.alpha", new long[] {}, new float[1])
          .writeTo(out);
    }
    assertThatThrownBy(() -> AdapterFile.read(file))
        .hasMessageContaining("are not two factors of an update")
        .hasMessageContaining("conv_out has no B (up)")
        .hasMessageContaining("unknown tensor lora_unet_conv_somewhere.alpha");
  }

  @Test
  void readsPeftOnlyWithItsConfiguration() throws IOException {
    AdapterFormat.PEFT.write(Adapters.everyKind(), folder);
    assertThat(folder.resolve("unet/adapter_config.json")).exists();
    Path tensors = folder.resolve("unet/adapter_model.safetensors");
    assertThat(AdapterFile.read(tensors).format()).isEqualTo(AdapterFormat.PEFT);
    Files.delete(folder.resolve("unet/adapter_config.json"));
    assertThatThrownBy(() -> AdapterFile.read(tensors))
        .hasMessageContaining("Missing adapter_config.json beside");
  }

  @Test
  void refusesPeftsOtherMethods() throws IOException {
    AdapterFormat.PEFT.write(Adapters.everyKind(), folder);
    Path config = folder.resolve("text_encoder/adapter_config.json");
    String json = Files.readString(config, StandardCharsets.UTF_8);
    Files.writeString(config, json.replaceFirst("\\{", "{\"use_qalora\": true,"));
    assertThatThrownBy(() -> AdapterFile.read(folder))
        .hasMessageContaining("Unsupported use_qalora");
    Files.writeString(config, json.replaceFirst("\"use_dora\": false", "\"use_dora\": true"));
    assertThatThrownBy(() -> AdapterFile.read(folder))
        .hasMessageContaining("use_dora is true but module")
        .hasMessageContaining("has no lora_magnitude_vector");
  }

  @Test
  void readsTheWebUisLearnedTokens() throws IOException {
    Path file = folder.resolve("my-style.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      new SafetensorsWriter()
          .add("emb_params", new long[] {2, 4}, new float[] {1, 2, 3, 4, 5, 6, 7, 8})
          .writeTo(out);
    }
    AdapterFile read = AdapterFile.read(file);
    assertThat(read.format()).isEqualTo(AdapterFormat.TEXTUAL_INVERSION);
    assertThat(read.adapter().tokens().get(0).token()).isEqualTo("my-style");
    assertThat(read.adapter().tokens().get(0).vectors())
        .isDeepEqualTo(new float[][] {{1, 2, 3, 4}, {5, 6, 7, 8}});
  }

  @Test
  void keepsSeveralVectorsOfAToken() throws IOException {
    Adapter adapter = new Adapter(List.of(), List.of(Adapters.token("<two>", 2, 8)), Map.of());
    for (AdapterFormat format :
        List.of(AdapterFormat.TEXTUAL_INVERSION, AdapterFormat.TEXTUAL_INVERSION_BIN)) {
      Path target = folder.resolve(format.toString());
      format.write(adapter, target);
      Adapters.assertSame(AdapterFile.read(target).adapter(), adapter);
    }
  }

  @Test
  void carriesTheMetadataOver() throws IOException {
    Path kohya = folder.resolve("kohya.safetensors");
    AdapterFormat.KOHYA.write(Adapters.everyKind(), kohya);
    Path diffusers = folder.resolve("diffusers.safetensors");
    AdapterFormat.DIFFUSERS.write(AdapterFile.read(kohya).adapter(), diffusers);
    assertThat(AdapterFile.read(diffusers).baseModel()).contains("models/sd 1.5");
    try (SafetensorsFile file = SafetensorsFile.open(diffusers)) {
      assertThat(file.metadata()).containsEntry("ss_network_module", "networks.lora");
    }
  }

  @Test
  void saysThatThereIsNothing() {
    assertThatThrownBy(() -> AdapterFile.read(folder.resolve("nowhere.safetensors")))
        .hasMessageContaining("Missing adapter: there is no file or folder");
    assertThatThrownBy(() -> AdapterFile.read(folder)).hasMessageContaining("no adapter file");
  }
}
