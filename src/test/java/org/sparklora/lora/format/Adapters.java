package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.model.Network;

/** Adapters to test with. */
final class Adapters {
  private static final Path FOLDER = Path.of("src/test/resources/adapters");
  private static final Comparator<AdaptedModule> BY_NAME =
      Comparator.comparing(AdaptedModule::network).thenComparing(AdaptedModule::name);

  private Adapters() {}

  /** A file that somebody made with another tool. */
  static Path real(String file) {
    return FOLDER.resolve(file);
  }

  static AdaptedModule linear(
      Network network, String name, int in, int out, int rank, double alpha) {
    return module(network, name, new long[] {rank, in}, new long[] {out, rank}, alpha);
  }

  static AdaptedModule convolution(String name, int in, int out, int kernel, int rank) {
    return module(
        Network.UNET,
        name,
        new long[] {rank, in, kernel, kernel},
        new long[] {out, rank, 1, 1},
        rank / 2.0);
  }

  private static AdaptedModule module(
      Network network, String name, long[] down, long[] up, double alpha) {
    Random random = new Random(name.hashCode());
    return new AdaptedModule(
        network, name, down, values(random, down), up, values(random, up), alpha);
  }

  private static float[] values(Random random, long[] shape) {
    long size = 1;
    for (long dimension : shape) {
      size *= dimension;
    }
    float[] values = new float[Math.toIntExact(size)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  static LearnedToken token(String name, int vectors, int width) {
    Random random = new Random(name.hashCode());
    float[][] rows = new float[vectors][];
    for (int i = 0; i < vectors; i++) {
      rows[i] = values(random, new long[] {width});
    }
    return new LearnedToken(name, rows);
  }

  /**
   * Layers of every kind that Stable Diffusion 1.5 has, with different ranks and alphas: no
   * numbered format can express it.
   */
  static Adapter everyKind() {
    String transformer = "mid_block.attentions.0.transformer_blocks.0.";
    String clip = "text_model.encoder.layers.3.";
    List<AdaptedModule> modules = new ArrayList<>();
    modules.add(linear(Network.UNET, transformer + "attn1.to_q", 1280, 1280, 2, 1));
    modules.add(linear(Network.UNET, transformer + "attn2.to_k", 768, 1280, 2, 1));
    modules.add(linear(Network.UNET, transformer + "attn2.to_out.0", 1280, 1280, 3, 1.5));
    modules.add(linear(Network.UNET, transformer + "ff.net.0.proj", 1280, 10240, 1, 1));
    modules.add(linear(Network.UNET, transformer + "ff.net.2", 5120, 1280, 2, 4));
    modules.add(convolution("mid_block.attentions.0.proj_in", 1280, 1280, 1, 2));
    modules.add(convolution("down_blocks.0.resnets.0.conv1", 320, 320, 3, 2));
    modules.add(convolution("down_blocks.0.downsamplers.0.conv", 320, 320, 3, 2));
    modules.add(convolution("up_blocks.1.resnets.2.conv_shortcut", 1920, 1280, 1, 2));
    modules.add(convolution("conv_in", 4, 320, 3, 2));
    modules.add(linear(Network.UNET, "down_blocks.1.resnets.0.time_emb_proj", 1280, 640, 2, 2));
    modules.add(linear(Network.UNET, "time_embedding.linear_1", 320, 1280, 2, 2));
    modules.add(linear(Network.TEXT_ENCODER, clip + "self_attn.q_proj", 768, 768, 2, 2));
    modules.add(linear(Network.TEXT_ENCODER, clip + "self_attn.out_proj", 768, 768, 2, 3));
    modules.add(linear(Network.TEXT_ENCODER, clip + "mlp.fc1", 768, 3072, 2, 2));
    return new Adapter(modules, List.of(), Map.of("base_model", "models/sd 1.5"));
  }

  /** The same with a magnitude on every module. */
  static Adapter everyKindOfDora() {
    Adapter plain = everyKind();
    return new Adapter(
        plain.modules().stream().map(Adapters::dora).toList(), List.of(), plain.metadata());
  }

  static AdaptedModule dora(AdaptedModule module) {
    int outputs = Math.toIntExact(module.upShape()[0]);
    return module.withMagnitude(values(new Random(outputs), new long[] {outputs}));
  }

  /** The same modules and tokens, with the same bits. */
  static void assertSame(Adapter actual, Adapter expected) {
    List<AdaptedModule> ours = actual.modules().stream().sorted(BY_NAME).toList();
    List<AdaptedModule> theirs = expected.modules().stream().sorted(BY_NAME).toList();
    assertThat(ours.stream().map(AdaptedModule::name))
        .containsExactlyElementsOf(theirs.stream().map(AdaptedModule::name).toList());
    for (int i = 0; i < ours.size(); i++) {
      AdaptedModule our = ours.get(i);
      AdaptedModule their = theirs.get(i);
      assertThat(our.network()).isEqualTo(their.network());
      assertThat(our.downShape()).as(our.name()).isEqualTo(their.downShape());
      assertThat(our.upShape()).as(our.name()).isEqualTo(their.upShape());
      assertThat(our.down()).as(our.name()).isEqualTo(their.down());
      assertThat(our.up()).as(our.name()).isEqualTo(their.up());
      assertThat(our.alpha()).as(our.name()).isEqualTo(their.alpha());
      assertThat(our.magnitude().orElse(null))
          .as(our.name())
          .isEqualTo(their.magnitude().orElse(null));
    }
    assertThat(actual.tokens()).hasSameSizeAs(expected.tokens());
    for (int i = 0; i < actual.tokens().size(); i++) {
      assertThat(actual.tokens().get(i).token()).isEqualTo(expected.tokens().get(i).token());
      assertThat(actual.tokens().get(i).vectors())
          .isDeepEqualTo(expected.tokens().get(i).vectors());
    }
  }

  /** The format of a label on the command line. */
  static AdapterFormat format(String label) {
    return Arrays.stream(AdapterFormat.values())
        .filter(format -> format.toString().equals(label))
        .findFirst()
        .orElseThrow();
  }
}
