package org.sparklora.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.combine.FusedModel;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.model.ModelCheck;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.folder.Locations;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.text.ClipTextConfig;
import org.sparklora.nn.unet.UNetConfig;
import org.sparklora.nn.vae.AutoencoderConfig;
import org.sparklora.pipeline.request.AdapterUse;
import org.sparklora.pipeline.request.Generation;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.pipeline.request.ImageSize;
import org.sparklora.pipeline.request.PipelineConfig;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.StartingPoint;
import org.sparklora.pipeline.request.WeightedAdapter;
import org.sparklora.pipeline.request.XlConditions;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;

/** Checks all inputs of a drawing before anything is computed. */
public final class GenerationCheck {
  private final GenerationConfig config;
  private final Configuration hadoop;
  private final DrawingMemory memory;
  private final Findings findings = new Findings();
  private String scheduler = SamplingConfig.DEFAULT_SCHEDULER;

  private GenerationCheck(GenerationConfig config, Configuration hadoop, DrawingMemory memory) {
    this.config = config;
    this.hadoop = hadoop;
    this.memory = memory;
  }

  /**
   * Opens the adapters, finds the base model, reads its configurations and the headers of its
   * weights, and estimates the memory that drawing takes.
   *
   * @param memory that there is
   * @throws InvalidInputException with every problem found
   */
  public static Generation check(
      GenerationConfig config, Configuration hadoop, DrawingMemory memory) {
    return new GenerationCheck(pinned(config, hadoop), hadoop, memory).check();
  }

  /**
   * The same configuration with locations on the hub pinned to their current commits, so that every
   * task draws with the same files.
   */
  private static GenerationConfig pinned(GenerationConfig config, Configuration hadoop) {
    Findings findings = new Findings();
    List<WeightedAdapter> adapters = new ArrayList<>();
    for (WeightedAdapter used : config.adapters().adapters()) {
      findings
          .collect(() -> used.at(Locations.pin(used.location(), hadoop)))
          .ifPresent(adapters::add);
    }
    Optional<ModelConfig> base =
        config
            .base()
            .flatMap(
                model ->
                    findings.collect(
                        () -> {
                          String vae = model.vaeLocation();
                          return model
                              .at(Locations.pin(model.location(), hadoop))
                              .withVaeAt(vae.isEmpty() ? vae : Locations.pin(vae, hadoop));
                        }));
    findings.throwAll();
    AdapterUse use = new AdapterUse(adapters, config.adapters().fused(), config.adapters().scale());
    return config.with(base, use);
  }

  /**
   * Checks that a base model's scheduler can draw in this way.
   *
   * @param family of the base model
   * @throws InvalidInputException for a scheduler, an option or a number of steps that is not
   *     supported
   */
  public static void requireSampling(
      SamplingConfig sampling, ModelFolder base, ModelFamily family, ImageSize size) {
    Sampling.of(sampling, base.config("scheduler"), family, size);
  }

  private Generation check() {
    Map<WeightedAdapter, AdapterFile> adapters = new LinkedHashMap<>();
    for (WeightedAdapter used : config.adapters().adapters()) {
      findings
          .collect(() -> AdapterFile.read(used.location(), hadoop).requireFinite())
          .ifPresent(file -> adapters.put(used, file));
    }
    boolean allRead = adapters.size() == config.adapters().adapters().size();
    Optional<ModelConfig> model = config.base();
    if (model.isEmpty() && allRead) {
      model = findings.collect(() -> BaseModel.of(adapters, config.variantName(), hadoop));
    }
    Optional<StartingPoint> start = model.flatMap(named -> start(named, adapters));
    findings.throwAll();
    return new Generation(
        new PipelineConfig(
            model.orElseThrow().reading(config.sampling().reading().pieces()),
            config.adapters(),
            config.precision(),
            config.threads(),
            config.attention()),
        config.sampling().withScheduler(scheduler),
        start.orElseThrow(),
        config.repeats(),
        config.batchSize());
  }

  /** Checks the base model and what depends on it. */
  private Optional<StartingPoint> start(
      ModelConfig model, Map<WeightedAdapter, AdapterFile> adapters) {
    Optional<ModelFolder> opened = findings.collect(() -> model.open(hadoop));
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    ModelFolder base = opened.get();
    ModelCheck parts = ModelCheck.of(base, findings);
    Optional<UNetConfig> unet = parts.unet();
    Optional<Integer> downscale = parts.vae().map(AutoencoderConfig::downscale);
    parts
        .textEncoders()
        .forEach(
            (network, encoder) ->
                findings.check(() -> parts.requireLayers(encoder, config.sampling().clipSkip())));
    findings.check(() -> checkXl(parts.family()));
    if (unet.isEmpty() || !parts.hasText() || downscale.isEmpty()) {
      return Optional.empty();
    }
    int trained = unet.get().sampleSize() * downscale.get();
    StartingPoint start =
        config.image().isPresent()
            ? config.image().get()
            : new ImageSize(config.height().orElse(trained), config.width().orElse(trained));
    findings.check(() -> checkSize("--height", start.height(), downscale.get()));
    findings.check(() -> checkSize("--width", start.width(), downscale.get()));
    findings.check(
        () ->
            memory.require(
                unet.get(),
                parts.vae().orElseThrow(),
                config.sampling(),
                start,
                config.batchSize()));
    findings
        .collect(() -> base.config("scheduler"))
        .ifPresent(
            file -> {
              findings.check(() -> Sampling.of(config.sampling(), file, parts.family(), start));
              scheduler = Sampling.schedulerName(config.sampling(), file, parts.family());
            });
    adapters.forEach(
        (used, file) -> {
          findings.check(() -> checkFit(used.name(), file.adapter(), base));
          findings.check(() -> checkTokens(used.name(), file.adapter(), parts));
        });
    return Optional.of(start);
  }

  /** Checks in the headers of the base model's weights that every module has its layer. */
  private static void checkFit(String name, Adapter adapter, ModelFolder base) {
    try {
      FusedModel.of(base, adapter.withoutTokens(), Map.of());
    } catch (InvalidInputException e) {
      throw InvalidInputException.data("Invalid --adapter: " + name + ": " + e.getMessage(), e);
    }
  }

  private static void checkTokens(String name, Adapter adapter, ModelCheck base) {
    for (LearnedToken token : adapter.tokens()) {
      ClipTextConfig encoder = base.textEncoders().get(token.encoder());
      int width = token.vectors()[0].length;
      if (encoder == null || width != encoder.hiddenSize()) {
        throw InvalidInputException.data(
            "Invalid --adapter: "
                + name
                + ": token "
                + token.token()
                + " has "
                + width
                + " values a vector, the base model"
                + (encoder == null
                    ? " has no " + token.encoder().text()
                    : "'s " + token.encoder().text() + " " + encoder.hiddenSize())
                + "; it was made for another base model");
      }
    }
  }

  private void checkXl(ModelFamily family) {
    if (family.hasAddedConditions() && config.sampling().reading().weighted()) {
      throw InvalidInputException.configuration(
          "Unsupported --weighted_prompts: with a base model of "
              + family.text()
              + "; leave it out, it is for models of one text encoder");
    }
    if (!family.hasAddedConditions() && !config.sampling().xl().equals(XlConditions.NONE)) {
      throw InvalidInputException.configuration(
          "Unsupported with a base model of "
              + family.text()
              + ": --prompt_2, --negative_prompt_2, --original_size, --crops_coords_top_left and"
              + " --target_size; they are for "
              + ModelFamily.STABLE_DIFFUSION_XL.text());
    }
  }

  private static void checkSize(String flag, int pixels, int downscale) {
    if (pixels % downscale != 0) {
      throw InvalidInputException.configuration(
          "Invalid "
              + flag
              + ": "
              + pixels
              + "; the base model's autoencoder makes one latent of "
              + downscale
              + " pixels, so it must be a multiple of "
              + downscale);
    }
  }
}
