package org.sparklora.cli.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.PrecisionChoice;
import org.sparklora.cli.target.Location;
import org.sparklora.flag.WholeNumber;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.worker.PriorPreservation;
import org.sparklora.tensor.Precision;
import picocli.CommandLine.Option;

/** DreamBooth's prior: pictures of the subject's class, beside those of the subject. */
public final class PriorOptions {
  private static final int CLASS_IMAGES = 100;
  private static final int SAMPLE_BATCH = 4;

  @Option(
      names = "--with_prior_preservation",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Train on a picture of the class beside each of the subject, so that the class does not"
              + " change.")
  private boolean withPriorPreservation;

  @Option(
      names = "--class_data_dir",
      paramLabel = "FOLDER",
      description =
          "Folder of pictures of the class, a path or a URI. If it has fewer than"
              + " --num_class_images, the missing ones are drawn into it.")
  private String classDataDir = "";

  @Option(
      names = "--class_prompt",
      paramLabel = "TEXT",
      description =
          "Caption of the pictures of the class, and prompt for drawing missing ones (default: each"
              + " picture's own caption, if none is missing).")
  private String classPrompt;

  @Option(
      names = "--num_class_images",
      paramLabel = "N",
      description =
          "Number of pictures of the class to train on (default: ${DEFAULT-VALUE}); drawn picture k"
              + " has the seed --seed + k.")
  @WholeNumber(min = 1, max = 1_000_000)
  private int numClassImages = CLASS_IMAGES;

  @Option(
      names = "--sample_batch_size",
      paramLabel = "N",
      description = "Pictures of the class that a task draws at once (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 1024)
  private int sampleBatchSize = SAMPLE_BATCH;

  @Option(
      names = "--prior_generation_precision",
      paramLabel = "no|fp32|bf16|fp16",
      description = "Precision in which they are drawn (default: that of --mixed_precision).")
  private String priorGenerationPrecision = "";

  @Option(
      names = "--pre_compute_text_embeddings",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Accepted without effect: with a frozen text encoder a caption is encoded once anyway.")
  private boolean preComputeTextEmbeddings;

  @Option(names = "--tokenizer_name", hidden = true)
  private String tokenizerName;

  @Option(names = "--tokenizer_max_length", hidden = true)
  @WholeNumber(min = Integer.MIN_VALUE, max = Integer.MAX_VALUE)
  private Integer tokenizerMaxLength;

  @Option(
      names = "--text_encoder_use_attention_mask",
      arity = "0..1",
      fallbackValue = "true",
      hidden = true)
  private boolean textEncoderUseAttentionMask;

  @Option(names = "--validation_images", hidden = true)
  private String validationImages;

  @Option(names = "--class_labels_conditioning", hidden = true)
  private String classLabelsConditioning;

  @Option(names = "--do_edm_style_training", arity = "0..1", fallbackValue = "true", hidden = true)
  private boolean doEdmStyleTraining;

  @Option(names = "--output_kohya_format", arity = "0..1", fallbackValue = "true", hidden = true)
  private boolean outputKohyaFormat;

  @Option(names = "--repeats", hidden = true)
  @WholeNumber(min = Integer.MIN_VALUE, max = Integer.MAX_VALUE)
  private int repeats = 1;

  /**
   * The prior; empty without {@code --with_prior_preservation}.
   *
   * @param run configuration from the other flags
   */
  public Optional<PriorPreservation> config(Problems problems, TrainingConfig run) {
    refuse(problems);
    problems.require(
        !(preComputeTextEmbeddings && run.trainables().trainsText()),
        "--pre_compute_text_embeddings",
        preComputeTextEmbeddings,
        "it does not go with --train_text_encoder");
    if (!withPriorPreservation) {
      FlagLog.noEffect(given(), "without --with_prior_preservation");
      return Optional.empty();
    }
    problems.require(
        classPrompt == null || !classPrompt.isBlank(),
        "--class_prompt",
        "empty",
        "it must say something");
    problems.missing(classDataDir.isEmpty(), "--class_data_dir", "the folder of class images");
    problems.unsupported(
        run.data().sets().stream().anyMatch(set -> set.buckets().enabled()),
        "--enable_bucket with --with_prior_preservation",
        "subject and class go through the network together, in one size");
    problems.unsupported(
        run.data().hasSeveralResolutions(),
        "--data_sets resolution with --with_prior_preservation",
        "subject and class go through the network together, in one size: give --resolution, and"
            + " no data set its own");
    problems.unsupported(
        !run.data().balances().isEmpty(),
        "--data_sets is_reg with --with_prior_preservation",
        "class images regularise already; give one of them");
    return Optional.of(
        new PriorPreservation(
            run.data()
                .classImages(
                    Location.resolve(classDataDir),
                    Optional.ofNullable(classPrompt),
                    numClassImages),
            run.objective().loss().priorWeight(),
            sampleBatchSize,
            precision(problems, run.batch().precision())));
  }

  /** The flags that only matter with class images and are not what they are by default. */
  private List<String> given() {
    Map<String, Boolean> given = new LinkedHashMap<>();
    given.put("--class_data_dir", !classDataDir.isEmpty());
    given.put("--class_prompt", classPrompt != null);
    given.put("--num_class_images", numClassImages != CLASS_IMAGES);
    given.put("--sample_batch_size", sampleBatchSize != SAMPLE_BATCH);
    given.put("--prior_generation_precision", !priorGenerationPrecision.isEmpty());
    given.values().removeIf(is -> !is);
    return List.copyOf(given.keySet());
  }

  private Precision precision(Problems problems, Precision ofTraining) {
    if (priorGenerationPrecision.isEmpty()) {
      return ofTraining;
    }
    Precision chosen =
        PrecisionChoice.of("--prior_generation_precision", priorGenerationPrecision, problems);
    return chosen.isFp16() && ofTraining == Precision.EMULATED_FP16 ? ofTraining : chosen;
  }

  private void refuse(Problems problems) {
    problems.unsupported(
        tokenizerName != null, "--tokenizer_name", "put the tokenizer into the model's folder");
    problems.unsupported(
        tokenizerMaxLength != null, "--tokenizer_max_length", "prompts have the encoder's length");
    problems.unsupported(
        textEncoderUseAttentionMask,
        "--text_encoder_use_attention_mask",
        "Stable Diffusion's text encoder reads padding, too");
    problems.unsupported(
        validationImages != null, "--validation_images", "validation draws from text alone");
    problems.unsupported(
        classLabelsConditioning != null,
        "--class_labels_conditioning",
        "Stable Diffusion 1.x, 2.x and XL have no class labels");
    problems.unsupported(
        doEdmStyleTraining,
        "--do_edm_style_training",
        "models of EDM's noise are not computed; train a model of DDPM's noise without it");
    problems.unsupported(
        outputKohyaFormat,
        "--output_kohya_format",
        "give --output_name=NAME, which adds kohya/NAME.safetensors");
    problems.unsupported(
        repeats != 1, "--repeats", "give more --num_train_epochs, or num_repeats in --data_sets");
  }
}
