package org.sparklora.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.pipeline.request.AdapterUse;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.InitialImage;
import org.sparklora.pipeline.request.PipelineConfig;
import org.sparklora.pipeline.request.Repeats;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.WeightedAdapter;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;
import org.sparklora.util.ProgramVersion;

class PictureTextTest {
  private static final ImageRequest REQUEST = new ImageRequest("a cat", "a dog", 42);

  @Test
  void tellsEverySettingUnderItsFlagsName() {
    assertThat(new PictureText(generation()).of(REQUEST))
        .containsEntry("prompt", "a cat")
        .containsEntry("negative_prompt", "a dog")
        .containsEntry("seed", "42")
        .containsEntry("scheduler", "DPMSolverMultistepScheduler")
        .containsEntry("scheduler_config", "use_karras_sigmas=true")
        .containsEntry("num_inference_steps", "25")
        .containsEntry("guidance_scale", "7.5")
        .containsEntry("guidance_rescale", "0.7")
        .containsEntry("clip_skip", "1")
        .containsEntry("strength", "0.6")
        .containsEntry("height", "16")
        .containsEntry("width", "24")
        .containsEntry("mixed_precision", "bf16")
        .containsEntry("base_model", "s3a://bucket/sd-1.5")
        .containsEntry("adapters", "style/totoro.safetensors=0.4, toy=1")
        .containsEntry("Software", ProgramVersion.text());
  }

  @Test
  void tellsItOnceMoreAsWebuiDoes() {
    assertThat(new PictureText(generation()).of(REQUEST).get("parameters"))
        .isEqualTo(
            "a cat <lora:totoro:0.4> <lora:toy:1>\n"
                + "Negative prompt: a dog\n"
                + "Steps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 42,"
                + " Size: 24x16, Model: sd-1.5, Denoising strength: 0.6, Clip skip: 2, Version: "
                + ProgramVersion.text());
  }

  @Test
  void aPromptsPicturesHaveConsecutiveSeeds() {
    Repeats repeats = new Repeats(3, 10);
    assertThat(repeats.of("a", "", OptionalLong.empty()))
        .extracting(ImageRequest::seed)
        .containsExactly(10L, 11L, 12L);
    assertThat(repeats.of("a", "", OptionalLong.of(5)))
        .extracting(ImageRequest::seed)
        .containsExactly(5L, 6L, 7L);
  }

  private static Generation generation() {
    AdapterUse adapters =
        new AdapterUse(
            List.of(
                new WeightedAdapter("style/totoro.safetensors", "file:/style", 0.8),
                new WeightedAdapter("toy", "file:/toy", 2)),
            false,
            0.5);
    return new Generation(
        new PipelineConfig(
            new ModelConfig("s3a://key:secret@bucket/sd-1.5", "s3a://bucket/sd-1.5", ""),
            adapters,
            Precision.BF16,
            1,
            AttentionKernel.DEFAULT),
        new SamplingConfig(
            SamplingConfig.DEFAULT_SCHEDULER,
            new TreeMap<>(Map.of("use_karras_sigmas", "true")),
            25,
            7.5,
            0.7,
            1),
        new InitialImage(new float[0], 16, 24, 0.6),
        new Repeats(1, 0),
        1);
  }
}
