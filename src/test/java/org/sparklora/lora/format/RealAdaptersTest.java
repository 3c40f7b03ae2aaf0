package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

/** Files that people made with other tools. */
class RealAdaptersTest {
  private static final String UNET_ATTENTION =
      "diffusers diffusers-bin diffusers-old diffusers-old-bin kohya kohya-pt cloneofsimo"
          + " cloneofsimo-pt peft";
  private static final String BOTH_NETWORKS =
      "diffusers diffusers-bin kohya kohya-pt cloneofsimo peft";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "pytorch_lora_weights.safetensors, diffusers-old,         128,  0, 0, 4",
    "pytorch_lora_weights.bin,         diffusers-old-bin,     128,  0, 0, 4",
    "lora_disney.safetensors,          cloneofsimo,           144, 48, 2, 1",
    "analog_svd_rank4.safetensors,     cloneofsimo,           144, 48, 0, 4",
    "learned_embeds.bin,               textual-inversion-bin,   0,  0, 1, 0",
  })
  void areRecognisedByContent(
      String file, String format, int unet, int textEncoder, int tokens, int rank)
      throws IOException {
    Path misnamed = folder.resolve("adapter.ckpt");
    Files.copy(Adapters.real(file), misnamed);
    AdapterFile read = AdapterFile.read(misnamed);
    assertThat(read.format()).hasToString(format);
    assertThat(read.name()).isEqualTo("adapter");
    assertThat(read.bytes()).isEqualTo(Files.size(misnamed));
    assertThat(count(read.adapter(), Network.UNET)).isEqualTo(unet);
    assertThat(count(read.adapter(), Network.TEXT_ENCODER)).isEqualTo(textEncoder);
    assertThat(read.adapter().tokens()).hasSize(tokens);
    assertThat(read.adapter().modules()).allMatch(m -> m.rank() == rank && m.scale() == 1);
  }

  @ParameterizedTest
  @CsvSource({
    "pytorch_lora_weights.safetensors, " + UNET_ATTENTION,
    "pytorch_lora_weights.bin, " + UNET_ATTENTION,
    "lora_disney.safetensors, cloneofsimo",
    "analog_svd_rank4.safetensors, " + BOTH_NETWORKS,
    "learned_embeds.bin, cloneofsimo textual-inversion textual-inversion-bin",
  })
  void areWrittenInEveryFormatThatCanExpressThem(String file, String formats) throws IOException {
    Adapter adapter = AdapterFile.read(Adapters.real(file)).adapter();
    Set<String> expressible = Set.of(formats.split(" "));
    for (AdapterFormat format : AdapterFormat.values()) {
      Path target = folder.resolve(format + ".x");
      if (!expressible.contains(format.toString())) {
        assertThatThrownBy(() -> format.write(adapter, target))
            .as("%s", format)
            .isInstanceOf(InvalidInputException.class)
            .hasMessageMatching("(?s)Unsupported in format " + format + ": .*[Ww]rite .*");
        assertThat(target).doesNotExist();
        continue;
      }
      format.write(adapter, target);
      AdapterFile back = AdapterFile.read(target);
      assertThat(back.format()).isEqualTo(format);
      Adapters.assertSame(back.adapter(), adapter);
      List<byte[]> bytes = bytes(target);
      format.write(back.adapter(), target);
      assertThat(bytes(target)).usingElementComparator(Arrays::compare).isEqualTo(bytes);
    }
  }

  private static List<byte[]> bytes(Path target) throws IOException {
    if (!Files.isDirectory(target)) {
      return List.of(Files.readAllBytes(target));
    }
    try (var files = Files.walk(target)) {
      return files
          .filter(Files::isRegularFile)
          .sorted()
          .map(
              file -> {
                try {
                  return Files.readAllBytes(file);
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              })
          .collect(Collectors.toList());
    }
  }

  private static long count(Adapter adapter, Network network) {
    return adapter.modules().stream().map(AdaptedModule::network).filter(network::equals).count();
  }
}
