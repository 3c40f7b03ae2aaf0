package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.cli.Application;
import org.sparklora.cli.LaterFlags;
import org.sparklora.data.BadImages;
import org.sparklora.data.DataConfig;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.data.image.AspectRatioBuckets;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.pipeline.request.ValidationConfig;
import org.sparklora.report.track.TrackingConfig;
import org.sparklora.report.track.TrackingConfig.Tracker;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.spark.reduce.ExchangeConfig;
import org.sparklora.spark.reduce.ExchangeMode;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.tensor.Precision;
import org.sparklora.train.objective.LossConfig;
import org.sparklora.train.objective.NoiseConfig;
import org.sparklora.train.objective.TimestepConfig;
import org.sparklora.train.optimizer.EmaConfig;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.rate.LrSchedule;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.OptimizerConfig;

class TrainCommandTest {
  private static final String[] REQUIRED = {
    "--pretrained_model_name_or_path=/models/sd", "--dataset_name=s3a://bucket/pictures"
  };

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<TrainingConfig> started = new ArrayList<>();

  @Test
  void takesTheYardsticksFlags() {
    TrainingConfig config =
        train(
            "--mixed_precision=bf16",
            "--dataloader_num_workers=8",
            "--resolution=512",
            "--center_crop",
            "--random_flip",
            "--train_batch_size=1",
            "--gradient_accumulation_steps=4",
            "--gradient_checkpointing",
            "--max_train_steps=15000",
            "--learning_rate=1e-04",
            "--max_grad_norm=1",
            "--lr_scheduler=cosine",
            "--lr_warmup_steps=0",
            "--output_dir=hdfs://namenode/out",
            "--checkpointing_steps=500",
            "--validation_prompt=a ninja",
            "--seed=1337");
    assertThat(config.batch().precision()).isEqualTo(Precision.BF16);
    assertThat(config.data().resolution()).isEqualTo(512);
    assertThat(config.data().centerCrop()).isTrue();
    assertThat(config.data().randomFlip()).isTrue();
    assertThat(config.batch().trainBatchSize()).isEqualTo(1);
    assertThat(config.batch().gradientAccumulationSteps()).isEqualTo(4);
    assertThat(config.batch().microBatches()).isEqualTo(4);
    assertThat(config.batch().gradientCheckpointing()).isTrue();
    assertThat(config.length().maxTrainSteps()).isEqualTo(OptionalLong.of(15000));
    assertThat(config.optimizer().learningRate()).isEqualTo(1e-4);
    assertThat(config.optimizer().maxGradNorm()).isEqualTo(1);
    assertThat(config.schedule().scheduler()).isEqualTo(LrScheduler.COSINE);
    assertThat(config.schedule().over(10).warmupSteps()).isZero();
    assertThat(config.outputDir()).isEqualTo("hdfs://namenode/out");
    assertThat(config.checkpoints().checkpointingSteps()).isEqualTo(500);
    assertThat(config.validation().prompts()).containsExactly("a ninja");
    assertThat(config.batch().seed()).isEqualTo(1337);
    assertThat(config.data().seed()).isEqualTo(1337);
    assertThat(config.flags()).containsEntry("resolution", "512").containsEntry("seed", "1337");
  }

  @Test
  void theNameOfTheFlagSaysWhetherSplitsCount(@TempDir Path folder) throws IOException {
    assertThat(split("--dataset_name=/pictures")).isEqualTo(SplitChoice.TRAIN);
    assertThat(split("--train_data_dir=/pictures")).isEqualTo(SplitChoice.EVERY_PICTURE);
    assertThat(split("--train_data_dir", "/pictures")).isEqualTo(SplitChoice.EVERY_PICTURE);
    assertThat(split("--instance_data_dir=/pictures", "--dataset_split=all"))
        .isEqualTo(SplitChoice.EVERYTHING);
    assertThat(split("--dataset_name=/pictures", "--dataset_split=test"))
        .isEqualTo(SplitChoice.named("test"));
    Path file = Files.writeString(folder.resolve("a.yaml"), "train_data_dir: /pictures");
    assertThat(split("--config=" + file)).isEqualTo(SplitChoice.EVERY_PICTURE);
  }

  private SplitChoice split(String... flags) {
    List<String> args = new ArrayList<>(List.of("train", REQUIRED[0]));
    args.addAll(List.of(flags));
    assertThat(run(args.toArray(new String[0]))).as(err.toString()).isZero();
    return started.get(started.size() - 1).data().split();
  }

  @Test
  void aContainerOfAzureIsNoUser() {
    run(
        "train",
        REQUIRED[0],
        REQUIRED[1],
        "--output_dir=abfss://data@account.dfs.core.windows.net/a");
    assertThat(err.toString()).doesNotContain("user or password").doesNotContain("abfss://account");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--dataset_name=https://host/pictures|Unsupported --dataset_name: https://host/pictures is"
            + " on the web",
        "--output_dir=s3://bucket/out|write s3a://bucket/out",
        "--latent_cache_dir=s3n://bucket/out|write s3a://bucket/out",
        "--pretrained_model_name_or_path=gs://bucket/sd|gcs-connector",
        "--logging_dir=nosuch://bucket/logs|this Spark has no file system for nosuch",
        "--validation_dataset_name=HTTP://host/x|is on the web",
        "--resume_from_checkpoint=s3://u:pass@bucket/x|write s3a://bucket/x",
        "--cache_dir=gs://bucket/cache|gcs-connector"
      })
  void locationsWithoutAFileSystemAreRefusedWithTheCure(String flag, String message) {
    assertThat(run("train", REQUIRED[0], REQUIRED[1], flag)).isEqualTo(2);
    assertThat(err.toString()).contains(message).doesNotContain("pass@");
  }

  @Test
  void hasDiffusersDefaults() {
    TrainingConfig config = train();
    assertThat(config.model().location()).isEqualTo("file:///models/sd");
    assertThat(config.model().variant()).isEmpty();
    assertThat(config.data().datasetName()).isEqualTo("s3a://bucket/pictures");
    assertThat(config.data().imageColumn()).isEqualTo("image");
    assertThat(config.data().captionColumn()).isEqualTo("text");
    assertThat(config.data().resolution()).isEqualTo(512);
    assertThat(config.data().interpolation()).isEqualTo(ImageInterpolation.LANCZOS);
    assertThat(config.data().maxTrainSamples()).isEmpty();
    assertThat(config.data().onBadImage()).isEqualTo(BadImages.FAIL);
    assertThat(config.batch().trainBatchSize()).isEqualTo(16);
    assertThat(config.batch().microBatches()).isEqualTo(1);
    assertThat(config.batch().precision()).isEqualTo(Precision.FP32);
    assertThat(config.batch().gradientCheckpointing()).isFalse();
    assertThat(config.length()).isEqualTo(new TrainingConfig.Length(100, OptionalLong.empty()));
    assertThat(config.trainables().unet().orElseThrow().rank()).isEqualTo(4);
    assertThat(config.trainables().unet().orElseThrow().alpha()).isEqualTo(4);
    assertThat(config.trainables().unet().orElseThrow().targetModules())
        .containsExactly("to_q", "to_k", "to_v", "to_out.0");
    assertThat(config.optimizer().rule())
        .isEqualTo(new UpdateRuleConfig.AdamW(0.9, 0.999, 1e-2, 1e-8));
    assertThat(config.optimizer().ema()).isEmpty();
    assertThat(config.schedule().scheduler()).isEqualTo(LrScheduler.CONSTANT);
    assertThat(config.schedule().over(1000).warmupSteps()).isEqualTo(500);
    assertThat(config.checkpoints().checkpointingSteps()).isEqualTo(500);
    assertThat(config.data().captionDropoutRate()).isZero();
    assertThat(config.data().buckets().enabled()).isFalse();
    assertThat(config.latentCacheDir()).isEmpty();
    assertThat(config.master()).isEmpty();
    assertThat(config.validation().images()).isEqualTo(4);
    assertThat(config.validation().every())
        .isEqualTo(new ValidationConfig.Every(OptionalLong.empty(), 1));
    assertThat(config.validation().split()).isZero();
    assertThat(config.tracking().reportTo()).containsExactly(Tracker.TENSORBOARD);
    assertThat(config.tracking().loggingDir()).isEqualTo(config.outputDir() + "/logs");
    assertThat(config.tracking().projectName()).isEqualTo("text2image-fine-tune");
  }

  @Test
  void reportsToNobodyOrToALocationOfItsOwn() {
    assertThat(train("--report_to=none").tracking().reportTo()).isEmpty();
    started.clear();
    assertThat(train("--logging_dir=s3a://bucket/logs").tracking().loggingDir())
        .isEqualTo("s3a://bucket/logs");
  }

  @Test
  void trackersThatCannotBeUsedAreRefused() {
    assertThat(run("train", REQUIRED[0], REQUIRED[1], "--report_to=mlflow,wandbb")).isEqualTo(2);
    assertThat(err.toString())
        .contains("Missing MLFLOW_TRACKING_URI")
        .contains("Unknown --report_to (or all, none): wandbb; did you mean wandb?");
  }

  @Test
  void validationFlagsThatCannotBeAreRefused() {
    String[] flags = {
      "--validation_split=1", "--validation_dataset_name=/held-out", "--validation_steps=0"
    };
    assertThat(run("train", REQUIRED[0], REQUIRED[1], flags[0], flags[2])).isEqualTo(2);
    assertThat(run("train", REQUIRED[0], REQUIRED[1], "--validation_split=0.5", flags[1]))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid --validation_split: 1.0; it must be a number from 0 to below 1")
        .contains("--validation_dataset_name names held-out pictures, too")
        .contains("Invalid --validation_steps: 0");
  }

  @Test
  void carriesEveryOtherFlagToItsPlace() {
    TrainingConfig config =
        train(
            "--variant",
            "fp16",
            "--image_column",
            "picture",
            "--caption_column",
            "label",
            "--max_train_samples",
            "10",
            "--image_interpolation_mode",
            "bilinear",
            "--on_bad_image",
            "skip",
            "--proportion_empty_prompts",
            "0.1",
            "--latent_cache_dir",
            "s3a://bucket/latents",
            "--enable_bucket",
            "--min_bucket_reso",
            "384",
            "--max_bucket_reso",
            "640",
            "--bucket_reso_steps",
            "128",
            "--center_crop=false",
            "--num_train_epochs",
            "3",
            "--num_workers",
            "8",
            "--threads_per_worker",
            "2",
            "--rank",
            "16",
            "--lora_alpha",
            "8",
            "--lora_dropout",
            "0.1",
            "--use_rslora",
            "--lora_target_modules",
            "to_q,re:.*conv1",
            "--scale_lr",
            "--lr_num_cycles",
            "2",
            "--lr_power",
            "0.5",
            "--adam_beta1",
            "0.8",
            "--adam_beta2",
            "0.9",
            "--adam_weight_decay",
            "0",
            "--adam_epsilon",
            "1e-6",
            "--prediction_type",
            "v_prediction",
            "--snr_gamma",
            "5",
            "--noise_offset",
            "0.1",
            "--checkpoints_total_limit",
            "2",
            "--resume_from_checkpoint",
            "latest",
            "--validation_prompt",
            "one",
            "--validation_prompt",
            "two, with a comma",
            "--num_validation_images",
            "2",
            "--validation_steps",
            "50",
            "--validation_epochs",
            "3",
            "--validation_split",
            "0.05",
            "--report_to",
            "wandb,tensorboard",
            "--logging_dir",
            "runs",
            "--tracker_project_name",
            "twemoji",
            "--tracker_run_name",
            "first",
            "--num_inference_steps",
            "10",
            "--guidance_scale",
            "3",
            "--master",
            "local[2]",
            "--worker_timeout",
            "30",
            "--exchange",
            "tree",
            "--exchange_dtype",
            "bf16");
    assertThat(config.model().variant()).isEqualTo(Optional.of("fp16"));
    assertThat(config.data().imageColumn()).isEqualTo("picture");
    assertThat(config.data().captionColumn()).isEqualTo("label");
    assertThat(config.data().maxTrainSamples()).isEqualTo(OptionalLong.of(10));
    assertThat(config.data().interpolation()).isEqualTo(ImageInterpolation.BILINEAR);
    assertThat(config.data().onBadImage()).isEqualTo(BadImages.SKIP);
    assertThat(config.data().captionDropoutRate()).isEqualTo(0.1);
    assertThat(config.data().buckets())
        .isEqualTo(AspectRatioBuckets.of(512, 384, 640, 128))
        .returns(true, AspectRatioBuckets::enabled);
    assertThat(config.latentCacheDir()).contains("s3a://bucket/latents");
    assertThat(config.data().centerCrop()).isFalse();
    assertThat(config.length().numTrainEpochs()).isEqualTo(3);
    assertThat(config.batch().numWorkers()).isEqualTo(8);
    assertThat(config.batch().threadsPerWorker()).isEqualTo(2);
    assertThat(config.trainables().unet().orElseThrow().rank()).isEqualTo(16);
    assertThat(config.trainables().unet().orElseThrow().alpha()).isEqualTo(8);
    assertThat(config.trainables().unet().orElseThrow().dropout()).isEqualTo(0.1);
    assertThat(config.trainables().unet().orElseThrow().rankStabilised()).isTrue();
    assertThat(config.trainables().unet().orElseThrow().targetModules())
        .containsExactly("to_q", "re:.*conv1");
    assertThat(config.optimizer().learningRate()).isEqualTo(1e-4 * 8 * 16);
    assertThat(config.schedule().numCycles()).isEqualTo(2);
    assertThat(config.schedule().power()).isEqualTo(0.5);
    assertThat(config.optimizer().rule()).isEqualTo(new UpdateRuleConfig.AdamW(0.8, 0.9, 0, 1e-6));
    assertThat(config.objective().predictionType()).contains(PredictionType.V_PREDICTION);
    assertThat(config.objective().snrGamma()).isEqualTo(OptionalDouble.of(5));
    assertThat(config.objective().noiseOffset()).isEqualTo(0.1);
    assertThat(config.checkpoints().totalLimit()).isEqualTo(OptionalInt.of(2));
    assertThat(config.checkpoints().resumeFromCheckpoint()).contains("latest");
    assertThat(config.validation().prompts()).containsExactly("one", "two, with a comma");
    assertThat(config.validation().images()).isEqualTo(2);
    assertThat(config.validation().every())
        .isEqualTo(new ValidationConfig.Every(OptionalLong.of(50), 3));
    assertThat(config.validation().split()).isEqualTo(0.05);
    assertThat(config.tracking())
        .isEqualTo(
            new TrackingConfig(
                Set.of(Tracker.TENSORBOARD, Tracker.WANDB),
                config.outputDir() + "/runs",
                "twemoji",
                Optional.of("first")));
    assertThat(config.validation().numInferenceSteps()).isEqualTo(10);
    assertThat(config.validation().guidanceScale()).isEqualTo(3);
    assertThat(config.master()).contains("local[2]");
    assertThat(config.workerTimeoutSeconds()).isEqualTo(30);
    assertThat(config.exchange())
        .isEqualTo(new ExchangeConfig(ExchangeMode.TREE, GradientType.BF16));
  }

  @ParameterizedTest
  @CsvSource({
    "'', sdpa",
    "--attention=sdpa --enable_xformers_memory_efficient_attention, sdpa",
    "--attention=plain, plain",
    "--attention=sliced, sliced auto",
    "--attention=sliced --attention_slice_size=max, sliced 1",
    "--attention=sliced --attention_slice_size=4, sliced 4"
  })
  void choosesTheAttentionKernel(String flags, String kernel) {
    String[] given = flags.isEmpty() ? new String[0] : flags.split(" ");
    assertThat(train(given).batch().attention()).hasToString(kernel);
  }

  @Test
  void takesEveryOptimizerByItsName() {
    assertThat(train("--use_8bit_adam").optimizer().rule())
        .isEqualTo(new UpdateRuleConfig.AdamW8bit(0.9, 0.999, 1e-2, 1e-8));
    assertThat(train("--optimizer=lion", "--adam_weight_decay=0.1").optimizer().rule())
        .isEqualTo(new UpdateRuleConfig.Lion(0.9, 0.99, 0.1));
    OptimizerConfig prodigy =
        train("--optimizer=prodigy", "--prodigy_decouple=false", "--prodigy_d_coef=2").optimizer();
    assertThat(prodigy.learningRate()).isEqualTo(1);
    assertThat(prodigy.rule())
        .isEqualTo(
            new UpdateRuleConfig.Prodigy(
                0.9,
                0.999,
                Math.sqrt(0.999),
                0,
                1e-8,
                false,
                true,
                true,
                1e-6,
                2,
                Double.POSITIVE_INFINITY));
    OptimizerConfig plus =
        train(
                "--optimizer=prodigy_plus_schedulefree",
                "--adam_beta2=0.98",
                "--prodigy_factored=false")
            .optimizer();
    assertThat(plus.learningRate()).isEqualTo(1);
    assertThat(plus.rule())
        .isEqualTo(
            new UpdateRuleConfig.ProdigyPlus(
                0.9, 0.98, Math.sqrt(0.98), 0, 1e-8, 1e-6, 1, true, 0, 0, false, true));
    assertThat(train("--optimizer=adafactor", "--adafactor_relative_step").optimizer().rule())
        .isEqualTo(new UpdateRuleConfig.Adafactor(0, false, true, false));
    assertThat(train("--use_ema", "--ema_decay=0.99", "--use_ema_warmup").optimizer().ema())
        .contains(new EmaConfig(0.99, 0, 0, true, 1, 2.0 / 3));
  }

  @Test
  void takesLossesNoiseAndTimestepsByTheirNames() {
    TrainingConfig config =
        train(
            "--loss_type=smooth_l1",
            "--huber_schedule=exponential",
            "--huber_c=0.2",
            "--huber_scale=2",
            "--debiased_estimation_loss",
            "--multires_noise_iterations=6",
            "--multires_noise_discount=0.4",
            "--ip_noise_gamma=0.1",
            "--ip_noise_gamma_random_strength",
            "--min_timestep=100",
            "--max_timestep=900",
            "--timestep_bias_strategy=later",
            "--timestep_bias_multiplier=2");
    assertThat(config.objective().loss())
        .isEqualTo(
            new LossConfig(
                LossConfig.Type.SMOOTH_L1, LossConfig.HuberSchedule.EXPONENTIAL, 0.2, 2));
    assertThat(config.objective().debiasedEstimation()).isTrue();
    assertThat(config.objective().noise())
        .isEqualTo(new NoiseConfig(0, 0, 6, 0.4, 0.1, true, false));
    assertThat(config.objective().timesteps())
        .isEqualTo(
            new TimestepConfig(
                100,
                900,
                TimestepConfig.Bias.LATER,
                2,
                0,
                1000,
                0.25,
                TimestepConfig.Sampling.UNIFORM,
                0,
                1));
    assertThat(train().objective().recipe()).containsExactly(Map.entry("noise_offset", "0.0"));
    assertThat(config.objective().recipe())
        .containsEntry("loss_type", "smooth_l1")
        .containsEntry("input_perturbation", "0.1")
        .containsEntry("timestep_bias_strategy", "later")
        .hasSize(17);
  }

  @Test
  void warmUpIsANumberOfStepsOrAPartOfThem() {
    LrSchedule part = train("--lr_warmup_steps=0.05").schedule();
    assertThat(part.over(1010).warmupSteps()).isEqualTo(50);
    assertThat(train("--lr_warmup_steps=7").schedule().over(1010).warmupSteps()).isEqualTo(7);
    assertThat(train("--lr_warmup_steps=1").schedule().over(1010).warmupSteps()).isEqualTo(1);
  }

  @Test
  void takesCaptionFlagsByKohyasNames() {
    DataConfig data =
        train(
                "--shuffle_caption",
                "--keep_tokens=1",
                "--caption_separator=;",
                "--caption_tag_dropout_rate=0.1",
                "--caption_prefix=a photo of",
                "--masked_loss")
            .data();
    assertThat(data.captions())
        .isEqualTo(new CaptionConfig(true, 1, ";", "", 0.1, "a photo of", ""));
    assertThat(data.alphaMask()).isTrue();
    assertThat(run("train", REQUIRED[0], REQUIRED[1], "--keep_tokens=2")).isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid --keep_tokens: 2; it goes with --shuffle_caption or");
  }

  @Test
  void lossFlagsThatContradictEachOtherAreRefused() {
    String[] flags = {
      "train",
      REQUIRED[0],
      REQUIRED[1],
      "--huber_c=0.1",
      "--noise_offset=0.1",
      "--multires_noise_iterations=6",
      "--timestep_bias_strategy=later",
      "--timestep_sampling=logit-normal",
      "--min_timestep=9",
      "--max_timestep=9",
      "--ip_noise_gamma_random_strength"
    };
    assertThat(run(flags)).isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid --huber_c: 0.1; it goes with --loss_type=huber or")
        .contains("Invalid --multires_noise_iterations: 6; it and --noise_offset both")
        .contains("Invalid --timestep_bias_strategy: later; --timestep_sampling=logit_normal")
        .contains("Invalid --max_timestep: 9; it must be above --min_timestep, 9")
        .contains("Invalid --ip_noise_gamma_random_strength: true; it changes");
  }

  @Test
  void optimizerFlagsThatContradictEachOtherAreRefused() {
    String[] flags = {
      "train",
      REQUIRED[0],
      REQUIRED[1],
      "--optimizer=adafactor",
      "--use_8bit_adam",
      "--adafactor_relative_step",
      "--learning_rate=1e-3",
      "--lr_scheduler=cosine",
      "--ema_min_decay=1"
    };
    assertThat(run(flags)).isEqualTo(2);
    assertThat(run("train", REQUIRED[0], REQUIRED[1], "--optimizer=lyon")).isEqualTo(2);
    String[] warmup = {"--optimizer=adafactor", "--adafactor_warmup_init"};
    assertThat(run("train", REQUIRED[0], REQUIRED[1], warmup[0], warmup[1])).isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid --use_8bit_adam: true; it means --optimizer=adamw8bit")
        .contains("Invalid --learning_rate: 0.001; --adafactor_relative_step makes its own")
        .contains("Invalid --lr_scheduler: cosine; --adafactor_relative_step follows no schedule")
        .contains("Invalid --ema_min_decay: 1.0; it must be from 0 to --ema_decay, 0.9999")
        .contains("Unknown --optimizer: lyon; did you mean lion?")
        .contains("Invalid --adafactor_warmup_init: true; it is the beginning of");
  }

  @Test
  void attentionFlagsThatContradictEachOtherAreRefused() {
    assertThat(run("train", REQUIRED[0], REQUIRED[1], "--attention_slice_size=2")).isEqualTo(2);
    String xformers = "--enable_xformers_memory_efficient_attention";
    assertThat(run("train", REQUIRED[0], REQUIRED[1], "--attention=plain", xformers)).isEqualTo(2);
    String[] zero = {"--attention=sliced", "--attention_slice_size=0"};
    assertThat(run("train", REQUIRED[0], REQUIRED[1], zero[0], zero[1])).isEqualTo(2);
    assertThat(run("train", REQUIRED[0], REQUIRED[1], "--attention=flash")).isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid --attention_slice_size: 2; it goes with --attention sliced")
        .contains("Invalid --attention: plain; " + xformers + " asks for sdpa")
        .contains("Invalid --attention_slice_size: 0; it takes auto, max or a number")
        .contains("Unknown --attention: flash")
        .contains("sdpa, sliced, plain");
  }

  @Test
  void aFlagMayBeGivenTheSameValueTwice() {
    TrainingConfig config =
        train(
            "--train_batch_size=3",
            "--rank=2",
            "--lora_alpha=5",
            "--rank=2",
            "--seed=2",
            "--seed=+2");
    assertThat(config.trainables().unet().orElseThrow().rank()).isEqualTo(2);
    assertThat(config.trainables().unet().orElseThrow().alpha()).isEqualTo(5);
    assertThat(config.batch().seed()).isEqualTo(2);
    assertThat(config.batch().trainBatchSize()).isEqualTo(3);
  }

  @Test
  void countsStepsFromEpochsWhereNoneAreGiven() {
    TrainingConfig.Length length = new TrainingConfig.Length(3, OptionalLong.empty());
    assertThat(length.steps(100, 8)).isEqualTo(39);
  }

  @Test
  void reportsAllProblemsAtOnce() {
    int code =
        run(
            "train",
            "--rank=0",
            "--learning_rate=-1",
            "--lr_scheduler=cosin",
            "--resolution=100",
            "--lora_dropout=1",
            "--num_workers=0",
            "--enable_bucket",
            "--max_bucket_reso=64",
            "--bucket_reso_steps=100",
            "--caption_dropout_rate=2",
            "--mixed_precision=fp8");
    assertThat(code).isEqualTo(2);
    assertThat(started).isEmpty();
    assertThat(err.toString())
        .contains("Missing --pretrained_model_name_or_path")
        .contains("Missing --dataset_name")
        .contains("Invalid --rank: 0; it must be a whole number from 1 to 65536")
        .contains("Invalid --learning_rate: -1.0")
        .contains("Unknown --lr_scheduler: cosin; did you mean cosine?")
        .contains("Invalid --resolution: 100; it must be a positive multiple of 8")
        .contains("Invalid --lora_dropout: 1.0")
        .contains("Invalid --num_workers: 0")
        .contains("Invalid --max_bucket_reso: 64; it must be at least --resolution, 100")
        .contains("Invalid --bucket_reso_steps: 100; it must be a positive multiple of 8")
        .contains("Invalid --caption_dropout_rate: 2.0; it must be a number from 0 to 1")
        .contains("Unknown --mixed_precision (or no): fp8");
  }

  @Test
  void whatIsNoFolderHereIsOfTheHub() {
    TrainingConfig config =
        train(
            "--pretrained_model_name_or_path=CompVis/stable-diffusion-v1-4",
            "--revision=refs/pr/1",
            "--dataset_name=lambdalabs/naruto-blip-captions",
            "--dataset_config_name=default",
            "--cache_dir=/cache",
            "--push_to_hub",
            "--hub_model_id=naruto-lora",
            "--hub_token=hf_secret");
    assertThat(config.model().name()).isEqualTo("CompVis/stable-diffusion-v1-4");
    assertThat(config.model().location())
        .isEqualTo("hf://CompVis/stable-diffusion-v1-4@refs%2Fpr%2F1");
    assertThat(config.data().datasetName())
        .isEqualTo("hf://datasets/lambdalabs/naruto-blip-captions@main/default");
    assertThat(config.hub().cacheDir()).contains("/cache");
    assertThat(config.hub().publish().orElseThrow().modelId()).contains("naruto-lora");
    assertThat(config.flags()).doesNotContainKey("hub_token");
    assertThat(config.toString()).doesNotContain("hf_secret");
    assertThat(train("--pretrained_model_name_or_path=src/main").model().location())
        .as("a folder")
        .startsWith("file:");
  }

  @Test
  void whatIsOfTheHubAloneIsRefusedForFolders() {
    assertThat(
            run(
                "train",
                "--pretrained_model_name_or_path=/models/sd",
                "--dataset_name=hf://datasets/a/../b",
                "--revision=v1",
                "--cache_dir=s3a://bucket/cache",
                "--hub_model_id=a/b/c"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid --revision: v1; it is of a model of the hub")
        .contains("Invalid --dataset_name: hf://datasets/a/../b")
        .contains("Invalid --cache_dir: s3a://bucket/cache; it must be a path")
        .contains("Invalid --hub_model_id: a/b/c");
  }

  @Test
  void namesTheFlagNearestToAMisspeltOne() {
    assertThat(run("train", "--learing_rate=1")).isEqualTo(2);
    assertThat(err.toString()).contains("--learing_rate").contains("Did you mean --learning_rate?");
  }

  @Test
  void aValueThatIsNoNumberIsNamed() {
    assertThat(run("train", "--rank=four")).isEqualTo(2);
    assertThat(err.toString()).contains("--rank").contains("four");
  }

  @Test
  void helpGroupsTheFlags() {
    assertThat(run("train", "--help")).isZero();
    assertThat(out.toString())
        .containsSubsequence(
            "Most important flags (* is required)",
            "*     --pretrained_model_name_or_path",
            "*     --dataset_name",
            "--max_train_steps",
            "--learning_rate",
            "--rank",
            "Model",
            "--variant",
            "Data",
            "--image_column",
            "Attention",
            "--attention",
            "Optimizer",
            "--lr_scheduler",
            "Checkpoints",
            "--resume_from_checkpoint",
            "Spark",
            "--master",
            "LoRA",
            "--lora_alpha",
            "Exit codes:",
            "Example:",
            "spark-lora train --pretrained",
            "See also");
    assertThat(out.toString()).containsOnlyOnce("--rank=R");
  }

  private TrainingConfig train(String... flags) {
    List<String> args = new ArrayList<>(List.of("train"));
    args.addAll(List.of(REQUIRED));
    LaterFlags.add(args, flags);
    assertThat(run(args.toArray(new String[0]))).as(err.toString()).isZero();
    return started.get(started.size() - 1);
  }

  private int run(String... args) {
    return Application.commandLine(
            started::add, config -> {}, new PrintWriter(out, true), new PrintWriter(err, true))
        .execute(args);
  }
}
