package org.sparklora.pipeline;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.sparklora.model.TextLength;
import org.sparklora.pipeline.request.AdapterUse;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.InitialImage;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.WeightedAdapter;
import org.sparklora.pipeline.request.XlConditions;
import org.sparklora.tensor.Precision;
import org.sparklora.util.ProgramVersion;
import org.sparklora.util.Redaction;

/**
 * The texts in a picture's file that record its settings. There is one text chunk for each setting,
 * named as the flags. The chunk {@code parameters} has all of it once more, in the form that
 * stable-diffusion-webui writes and other programs read.
 */
public record PictureText(Generation generation) {
  /** The keyword under which the program names itself. */
  public static final String SOFTWARE = "Software";

  private static final String PARAMETERS = "parameters";

  /** The texts by keyword, in the order to write. */
  public Map<String, String> of(ImageRequest request) {
    SamplingConfig sampling = generation.sampling();
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put(PARAMETERS, parameters(request));
    texts.put("prompt", plain(request.prompt()));
    texts.put("negative_prompt", plain(request.negativePrompt()));
    texts.put("seed", String.valueOf(request.seed()));
    texts.put("scheduler", sampling.scheduler());
    if (!sampling.schedulerOptions().isEmpty()) {
      texts.put("scheduler_config", schedulerOptions());
    }
    texts.put("num_inference_steps", String.valueOf(sampling.numInferenceSteps()));
    texts.put("guidance_scale", number(sampling.guidanceScale()));
    if (sampling.guidanceRescale() != 0) {
      texts.put("guidance_rescale", number(sampling.guidanceRescale()));
    }
    if (sampling.clipSkip() != 0) {
      texts.put("clip_skip", String.valueOf(sampling.clipSkip()));
    }
    if (sampling.reading().pieces() > 1) {
      texts.put("max_token_length", String.valueOf(TextLength.tokens(sampling.reading().pieces())));
    }
    if (sampling.reading().weighted()) {
      texts.put("weighted_prompts", "true");
    }
    texts.putAll(xl(sampling.xl()));
    if (generation.start() instanceof InitialImage image) {
      texts.put("strength", number(image.strength()));
    }
    texts.put("height", String.valueOf(generation.start().height()));
    texts.put("width", String.valueOf(generation.start().width()));
    texts.put("mixed_precision", precision());
    texts.put("base_model", baseModel());
    if (!adapters().isEmpty()) {
      texts.put("adapters", adapters());
    }
    texts.put(SOFTWARE, ProgramVersion.text());
    return texts;
  }

  private static Map<String, String> xl(XlConditions told) {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("prompt_2", plain(told.prompt2()));
    texts.put("negative_prompt_2", plain(told.negativePrompt2()));
    texts.put("original_size", joined(told.originalSize()));
    texts.put("crops_coords_top_left", joined(told.cropTopLeft()));
    texts.put("target_size", joined(told.targetSize()));
    texts.values().removeIf(String::isEmpty);
    return texts;
  }

  private static String joined(List<Integer> values) {
    return String.join(",", values.stream().map(String::valueOf).toList());
  }

  /** {@code no}, {@code bf16} or {@code fp16}, as the flag has it. */
  public String precision() {
    Precision precision = generation.pipeline().precision();
    return precision == Precision.FP32 ? "no" : precision.flag();
  }

  /** The flag's {@code key=value} pairs, with commas. */
  public String schedulerOptions() {
    StringJoiner joined = new StringJoiner(", ");
    generation
        .sampling()
        .schedulerOptions()
        .forEach((key, value) -> joined.add(key + "=" + plain(value)));
    return joined.toString();
  }

  /** The base model in the user's words. */
  public String baseModel() {
    return location(generation.pipeline().base().name());
  }

  /** {@code name=weight} of each adapter, with commas; the weight with {@code --lora_scale}. */
  public String adapters() {
    AdapterUse use = generation.pipeline().adapters();
    return String.join(
        ", ",
        use.adapters().stream()
            .map(used -> location(used.name()) + "=" + number(used.weight() * use.scale()))
            .toList());
  }

  private String parameters(ImageRequest request) {
    SamplingConfig sampling = generation.sampling();
    StringBuilder text = new StringBuilder(plain(request.prompt()));
    AdapterUse use = generation.pipeline().adapters();
    for (WeightedAdapter used : use.adapters()) {
      text.append(" <lora:").append(shortName(used)).append(':');
      text.append(number(used.weight() * use.scale())).append('>');
    }
    if (!request.negativePrompt().isEmpty()) {
      text.append("\nNegative prompt: ").append(plain(request.negativePrompt()));
    }
    List<String> settings = new ArrayList<>();
    settings.add("Steps: " + sampling.numInferenceSteps());
    settings.add("Sampler: " + WebuiSampler.name(sampling));
    if ("true".equals(sampling.schedulerOptions().get("use_karras_sigmas"))) {
      settings.add("Schedule type: Karras");
    }
    settings.add("CFG scale: " + number(sampling.guidanceScale()));
    settings.add("Seed: " + request.seed());
    settings.add("Size: " + generation.start().width() + "x" + generation.start().height());
    settings.add("Model: " + quoted(lastName(generation.pipeline().base().name())));
    if (generation.start() instanceof InitialImage image) {
      settings.add("Denoising strength: " + number(image.strength()));
    }
    if (sampling.clipSkip() != 0) {
      // In the web UI's form, 1 stands for the whole network.
      settings.add("Clip skip: " + (sampling.clipSkip() + 1));
    }
    settings.add("Version: " + ProgramVersion.text());
    return text.append('\n').append(String.join(", ", settings)).toString();
  }

  private static String quoted(String value) {
    return value.matches("[^,:\"]*") ? value : '"' + value.replace("\"", "'") + '"';
  }

  /** The adapter's file's or folder's own name, without its ending. */
  private static String shortName(WeightedAdapter adapter) {
    return lastName(adapter.name()).replaceFirst("\\.[^.]+$", "");
  }

  private static String lastName(String location) {
    return plain(location).replaceFirst("/+$", "").replaceFirst("^.*/", "");
  }

  private static String number(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  /** The text without characters that would end a text chunk early. */
  private static String plain(String text) {
    return text.replace('\0', ' ');
  }

  private static String location(String name) {
    return plain(Redaction.text(name));
  }
}
