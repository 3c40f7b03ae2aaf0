package org.sparklora.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.pipeline.request.AdapterUse;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.ImageSize;
import org.sparklora.pipeline.request.PipelineConfig;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;
import org.sparklora.util.InvalidInputException;

@Tag("long")
class StableDiffusionPipelineTest {
  private static final String BASE = "src/quickstart/base-model";
  private static final ImageSize SIZE = new ImageSize(128, 128);
  private static final SamplingConfig SETTINGS = SamplingConfig.of(3, 7.5);
  private static final ImageRequest APPLE = new ImageRequest("a red apple", "", 1);
  private static final ImageRequest CAT = new ImageRequest("a cat", "dark", 2);

  private static StableDiffusionPipeline pipeline;

  @BeforeAll
  static void load() {
    pipeline = open(Precision.FP32, 1);
  }

  @AfterAll
  static void close() {
    pipeline.close();
  }

  @Test
  void drawsTheSameBitsAgainWhateverItDrewBetween() {
    int[] first = draw(pipeline, APPLE);
    draw(pipeline, CAT);
    assertThat(draw(pipeline, APPLE)).isEqualTo(first);
    try (StableDiffusionPipeline other = open(Precision.FP32, 1)) {
      assertThat(draw(other, APPLE)).isEqualTo(first);
    }
  }

  /** Equal but for rounding: libtorch chooses kernels by size. */
  @Test
  void aPictureOfABatchIsThatDrawnAlone() {
    int[] alone = draw(pipeline, CAT);
    BufferedImage together =
        pipeline.generate(List.of(APPLE, CAT), SETTINGS, SIZE, (done, steps) -> {}).get(1);
    long different = different(alone, pixels(together), 0);
    System.out.printf("batch of 2: %d of %d pixels differ%n", different, alone.length);
    assertThat(different(alone, pixels(together), 1)).isZero();
  }

  @Test
  void threadsChangeNoMoreThanRounding() {
    int[] alone = draw(pipeline, CAT);
    try (StableDiffusionPipeline two = open(Precision.FP32, 2)) {
      int[] threaded = draw(two, CAT);
      System.out.printf(
          "2 threads: %d of %d pixels differ%n", different(alone, threaded, 0), alone.length);
      assertThat(different(alone, threaded, 1)).isZero();
    }
  }

  @Test
  void bf16DrawsNearlyTheSame() {
    int[] fp32 = draw(pipeline, APPLE);
    try (StableDiffusionPipeline half = open(Precision.BF16, 1)) {
      int[] bf16 = draw(half, APPLE);
      double squares =
          IntStream.range(0, fp32.length)
              .mapToDouble(i -> Math.pow(distance(fp32[i], bf16[i]), 2))
              .average()
              .orElseThrow();
      double psnr = 10 * Math.log10(255 * 255 / squares);
      System.out.printf("bf16: %.1f dB%n", psnr);
      assertThat(psnr).isGreaterThan(20);
    }
  }

  @Test
  void saysWhatHelpsWhereADeviceHasNoMemory() {
    EngineException full = new EngineException("CUDA error: out of memory");
    assertThatThrownBy(
            () ->
                pipeline.generate(
                    List.of(APPLE, CAT),
                    SETTINGS,
                    SIZE,
                    (done, steps) -> {
                      throw full;
                    }))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Not enough memory: the GPU has no more for drawing 2 pictures of")
        .hasMessageContaining("128 x 128; give a smaller --batch_size");
  }

  @Test
  void namesTheWordsThatAreCutOff() {
    String prompt = "Apple ".repeat(75) + "and a Pear, ripe";
    assertThat(pipeline.cutOff(prompt)).contains("and a Pear, ripe");
    assertThat(pipeline.cutOff("an apple")).isEmpty();
  }

  @Test
  void aLongPromptIsReadInPieces() {
    String prompt = "Apple ".repeat(75) + "and a Pear, ripe";
    try (StableDiffusionPipeline longer = open(Precision.FP32, 1, 2)) {
      assertThat(longer.cutOff(prompt)).isEmpty();
      assertThat(longer.cutOff("Apple ".repeat(150) + "and more")).contains("and more");
      ImageRequest request = new ImageRequest(prompt, "blurred", 1);
      assertThat(draw(longer, request)).isNotEqualTo(draw(pipeline, request));
    }
  }

  private static StableDiffusionPipeline open(Precision precision, int threads) {
    return open(precision, threads, 1);
  }

  private static StableDiffusionPipeline open(Precision precision, int threads, int pieces) {
    return StableDiffusionPipeline.open(
        new PipelineConfig(
            new ModelConfig(BASE, BASE, "").reading(pieces),
            AdapterUse.none(),
            precision,
            threads,
            AttentionKernel.DEFAULT),
        new Configuration(false),
        Device.cpu());
  }

  private static int[] draw(StableDiffusionPipeline with, ImageRequest request) {
    return pixels(with.generate(List.of(request), SETTINGS, SIZE, (done, steps) -> {}).get(0));
  }

  private static int[] pixels(BufferedImage image) {
    return image.getRGB(0, 0, 128, 128, null, 0, 128);
  }

  private static long different(int[] one, int[] other, int tolerance) {
    return IntStream.range(0, one.length)
        .filter(i -> distance(one[i], other[i]) > tolerance)
        .count();
  }

  /** The greatest difference of a channel. */
  private static int distance(int one, int other) {
    return IntStream.of(0, 8, 16)
        .map(shift -> Math.abs((one >> shift & 255) - (other >> shift & 255)))
        .max()
        .orElseThrow();
  }
}
