package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

/** People name their tokens; names of programs' tensors are matched as a whole only. */
class LearnedTokenNamesTest {
  private static final List<String> WORDS =
      List.of(
          "oft_",
          "boft_",
          "ia3",
          ".bias",
          ".weight",
          ".alpha",
          "clip_l",
          "lora_te2_",
          "lokr_",
          "lora_mid",
          "hada_w1_a",
          ".diff",
          "on_input",
          "w_norm",
          "text_encoder_2.",
          "lora_unet_",
          "down_blocks",
          "double_blocks",
          ".lora_A",
          "add_embedding",
          "42",
          "unet",
          "base_model",
          "_",
          "-",
          " ",
          "\"",
          "\\",
          "é",
          "🐈",
          "<",
          ">",
          "/",
          ":",
          "a",
          "Z",
          "'",
          "\t",
          "ia3_l");

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "soft_toy, <soft_toy>, 1",
    "loft_interior, <loft_interior>, 1",
    "maria3, <maria3>, 1",
    "style_bias, style.bias, 1",
    "clip_l_alone_sd15, clip_l, 2"
  })
  void ofTheCasesAreRead(String file, String token, int vectors) {
    AdapterFile read = AdapterFile.read(Adapters.real("tokens/" + file + ".safetensors"));
    assertThat(read.format()).isEqualTo(AdapterFormat.TEXTUAL_INVERSION);
    assertThat(read.adapter().modules()).isEmpty();
    assertThat(read.adapter().tokens()).hasSize(1);
    assertThat(read.adapter().tokens().get(0).token()).isEqualTo(token);
    assertThat(read.adapter().tokens().get(0).vectors()).hasNumberOfRows(vectors);
  }

  /** A name is either refused before training, or read back from every format that holds tokens. */
  @ParameterizedTest
  @EnumSource(names = {"TEXTUAL_INVERSION", "TEXTUAL_INVERSION_BIN", "CLONEOFSIMO"})
  void thatMayBeGivenAreReadBack(AdapterFormat format) throws IOException {
    int readBack = 0;
    for (String name : oddNames()) {
      if (ProgramNames.isOne(name)) {
        continue;
      }
      List<LearnedToken> tokens = List.of(Adapters.token(name, 1 + readBack % 3, 4));
      List<AdaptedModule> modules = format == AdapterFormat.CLONEOFSIMO ? attention() : List.of();
      Path file = folder.resolve(format + "-" + readBack);
      Adapter adapter = new Adapter(modules, tokens, Map.of("base_model", "b"));
      format.write(adapter, file);
      AdapterFile back = AdapterFile.read(file);
      assertThat(back.format()).as(name).isEqualTo(format);
      Adapters.assertSame(back.adapter(), adapter);
      readBack++;
    }
    assertThat(readBack).isGreaterThan(250);
  }

  @Test
  void ofSeveralTokensInOneFileAreReadBack() throws IOException {
    Path file =
        new SafetensorsBytes()
            .add("<soft_toy>", new long[] {4}, 1)
            .add("maria3", new long[] {2, 4}, 2)
            .add("style.bias", new long[] {1, 4}, 3)
            .write(folder.resolve("several.safetensors"));
    assertThat(AdapterFile.read(file).adapter().tokens().stream().map(LearnedToken::token))
        .containsExactlyInAnyOrder("<soft_toy>", "maria3", "style.bias");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "emb_params",
        "clip_g",
        "__metadata__",
        "unet",
        "text_encoder:0:up",
        "base_model",
        "lora_unet_conv_in.lora_down.weight",
        "unet.conv_in.lora_A.weight",
        "x.hada_w1_a"
      })
  void thatAreTensorsOfProgramsAreNotWritten(String name) {
    Adapter adapter = new Adapter(List.of(), List.of(Adapters.token(name, 1, 4)), Map.of());
    assertThat(ProgramNames.isOne(name)).isTrue();
    assertThatThrownBy(() -> AdapterFormat.TEXTUAL_INVERSION.files(adapter))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("a learned token called " + name);
  }

  @Test
  void doNotMakeALayerOfAnotherNetworkAToken() throws IOException {
    Path file =
        new SafetensorsBytes()
            .add("layer.weight", new long[] {4, 4}, 1)
            .add("layer.bias", new long[] {4}, 1)
            .write(folder.resolve("layer.safetensors"));
    assertThatThrownBy(() -> AdapterFile.read(file)).hasMessageContaining("no known format");
  }

  private static List<String> oddNames() {
    Random random = new Random(3);
    List<String> names = new ArrayList<>(WORDS);
    names.removeIf(String::isBlank);
    while (names.size() < 300) {
      StringBuilder name = new StringBuilder();
      for (int i = random.nextInt(4); i >= 0; i--) {
        name.append(WORDS.get(random.nextInt(WORDS.size())));
      }
      if (!name.toString().isBlank() && !names.contains(name.toString())) {
        names.add(name.toString());
      }
    }
    return names;
  }

  private static List<AdaptedModule> attention() {
    List<AdaptedModule> modules = new ArrayList<>();
    for (String projection : List.of("q", "k", "v", "out")) {
      String name = "text_model.encoder.layers.0.self_attn." + projection + "_proj";
      modules.add(Adapters.linear(Network.TEXT_ENCODER, name, 4, 4, 2, 2));
    }
    return modules;
  }
}
