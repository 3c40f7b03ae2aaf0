package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.model.Damage;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFiles;
import org.sparklora.util.InvalidInputException;

/** Damaged adapters of every format are refused as invalid data, or read within bounds. */
@Tag("long")
class AdapterFuzzTest {
  private static final int MUTATIONS_A_FORMAT = 1_500;

  /** The first ones load classes, which takes memory too. */
  private static final int WARM_UP = 100;

  private static final long MAX_ALLOCATED = 8 << 20;
  private static final JsonElement PEFT =
      JsonParser.parseString("{\"r\": 1, \"lora_alpha\": 2, \"use_rslora\": true}");

  @Test
  void survivesDamagedAdapters() throws IOException {
    ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    SplittableRandom random = new SplittableRandom(20260102);
    int mutations = 0;
    for (AdapterFormat format : AdapterFormat.values()) {
      byte[] file = seed(format);
      assertThat(read(file).format()).isEqualTo(format);
      int refused = 0;
      for (int i = 0; i < MUTATIONS_A_FORMAT; i++) {
        byte[] damaged = Damage.of(file, 0, file.length, random);
        long before = memory.getCurrentThreadAllocatedBytes();
        try {
          assertThat(read(damaged).adapter().modules()).isNotNull();
        } catch (InvalidInputException e) {
          refused++;
          assertThat(e.kind()).isEqualTo(InvalidInputException.Kind.DATA);
        }
        long allocated = memory.getCurrentThreadAllocatedBytes() - before;
        if (i >= WARM_UP) {
          assertThat(allocated)
              .as("bytes for mutation %d of %s", i, format)
              .isLessThan(MAX_ALLOCATED);
        }
        mutations++;
      }
      assertThat(refused).as("%s", format).isGreaterThan(MUTATIONS_A_FORMAT / 4);
    }
    assertThat(mutations).isGreaterThanOrEqualTo(10_000);
  }

  private static AdapterFile read(byte[] bytes) {
    try (TensorFile tensors = TensorFiles.read(ByteBuffer.wrap(bytes), "damaged")) {
      return AdapterFolder.read(
          new AdapterSource(tensors, "damaged", Optional.of(PEFT)), bytes.length);
    }
  }

  /** As small as the format allows, so that most of the damage is to the header. */
  private static byte[] seed(AdapterFormat format) throws IOException {
    Adapter adapter =
        switch (format) {
          case TEXTUAL_INVERSION, TEXTUAL_INVERSION_BIN ->
              new Adapter(List.of(), List.of(token()), Map.of());
          case CLONEOFSIMO -> new Adapter(unet(), List.of(token()), Map.of("base_model", "b"));
          case CLONEOFSIMO_PT -> new Adapter(textEncoder(), List.of(), Map.of());
          case DIFFUSERS, KOHYA ->
              new Adapter(
                  unet().stream().map(Adapters::dora).toList(),
                  List.of(),
                  Map.of("base_model", "b"));
          default -> new Adapter(unet(), List.of(), Map.of("base_model", "b"));
        };
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    format.files(adapter).get(format.fileName()).writeTo(out);
    return out.toByteArray();
  }

  private static LearnedToken token() {
    return Adapters.token("<a>", 1, 4);
  }

  private static List<AdaptedModule> unet() {
    List<AdaptedModule> modules = new ArrayList<>();
    for (String attention : List.of("attn1", "attn2")) {
      for (String projection : List.of("to_q", "to_k", "to_v", "to_out.0")) {
        String name = "mid_block.attentions.0.transformer_blocks.0." + attention + "." + projection;
        modules.add(Adapters.linear(Network.UNET, name, 2, 2, 1, 2));
      }
    }
    return modules;
  }

  private static List<AdaptedModule> textEncoder() {
    List<AdaptedModule> modules = new ArrayList<>();
    for (String projection : List.of("q", "k", "v", "out")) {
      String name = "text_model.encoder.layers.0.self_attn." + projection + "_proj";
      modules.add(Adapters.linear(Network.TEXT_ENCODER, name, 2, 2, 1, 1));
    }
    return modules;
  }
}
