package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.sparklora.cli.FlagTable;
import org.sparklora.cli.StartedTrainings;
import org.sparklora.data.DataConfig;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.worker.PriorPreservation;
import org.sparklora.tensor.Precision;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.PartRates;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class DreamBoothCommandTest {
  private static final String[] REQUIRED = {
    "--pretrained_model_name_or_path=/models/sd",
    "--instance_data_dir=/dogs/mine",
    "--instance_prompt=a photo of sks dog"
  };
  private static final String[] PRIOR = {
    "--with_prior_preservation",
    "--class_data_dir=s3a://bucket/dogs",
    "--class_prompt=a photo of dog"
  };

  private final StartedTrainings runs = StartedTrainings.of("dreambooth", REQUIRED);
  private final List<TrainingConfig> started = runs.started();
  private final StringWriter err = runs.err();

  @Test
  void hasTheDefaultsOfDiffusersScript() {
    TrainingConfig config = dreambooth();
    assertThat(config.data().datasetName()).isEqualTo("file:///dogs/mine");
    assertThat(config.data().prompt()).contains("a photo of sks dog");
    assertThat(config.data().resolution()).isEqualTo(512);
    assertThat(config.data().interpolation()).isEqualTo(ImageInterpolation.BILINEAR);
    assertThat(config.data().centerCrop()).isFalse();
    assertThat(config.batch().trainBatchSize()).isEqualTo(4);
    assertThat(config.optimizer().learningRate()).isEqualTo(5e-4);
    assertThat(config.length()).isEqualTo(new TrainingConfig.Length(1, OptionalLong.empty()));
    assertThat(config.validation().every().epochs()).isEqualTo(50);
    assertThat(config.outputDir()).endsWith("/lora-dreambooth-model");
    assertThat(config.trainables().lora()).containsOnlyKeys(Network.UNET);
    assertThat(config.prior()).isEmpty();
  }

  @Test
  void hasTheDefaultsOfItsOtherScriptOnSdxl() {
    TrainingConfig config = dreambooth("--train_text_encoder").on(ModelFamily.STABLE_DIFFUSION_XL);
    assertThat(config.optimizer().learningRate()).isEqualTo(1e-4);
    assertThat(config.optimizer().rule())
        .isEqualTo(new UpdateRuleConfig.AdamW(0.9, 0.999, 1e-4, 1e-8));
    assertThat(config.rates().textEncoder()).hasValue(5e-6);
    assertThat(config.rates().textEncoderDecay()).hasValue(1e-3);
    assertThat(config.data().interpolation()).isEqualTo(ImageInterpolation.LANCZOS);
    assertThat(dreambooth().on(ModelFamily.STABLE_DIFFUSION_XL).rates()).isEqualTo(PartRates.ALIKE);
    TrainingConfig other = dreambooth("--train_text_encoder");
    assertThat(other.on(ModelFamily.STABLE_DIFFUSION)).isEqualTo(other);
  }

  @Test
  void whatIsGivenIsKeptOnSdxl() {
    TrainingConfig config =
        dreambooth(
                "--train_text_encoder",
                "--learning_rate=5e-4",
                "--adam_weight_decay=0.01",
                "--text_encoder_lr=1e-3",
                "--adam_weight_decay_text_encoder=0.5",
                "--image_interpolation_mode=bilinear")
            .on(ModelFamily.STABLE_DIFFUSION_XL);
    assertThat(config.optimizer()).isEqualTo(OptimizerConfig.usual(5e-4));
    assertThat(config.rates().textEncoder()).hasValue(1e-3);
    assertThat(config.rates().textEncoderDecay()).hasValue(0.5);
    assertThat(config.data().interpolation()).isEqualTo(ImageInterpolation.BILINEAR);
  }

  @Test
  void theRateForSdxlIsScaledToo() {
    TrainingConfig config = dreambooth("--scale_lr", "--num_workers=2");
    assertThat(config.on(ModelFamily.STABLE_DIFFUSION_XL).optimizer().learningRate())
        .isEqualTo(1e-4 * 8);
  }

  @Test
  void prodigyHasOneRateOnSdxlAndItsOwnDecays() {
    TrainingConfig config =
        dreambooth("--train_text_encoder", "--optimizer=Prodigy")
            .on(ModelFamily.STABLE_DIFFUSION_XL);
    assertThat(config.optimizer().learningRate()).isEqualTo(1);
    assertThat(config.optimizer().rule()).isEqualTo(UpdateRuleConfig.Prodigy.USUAL.decayedBy(1e-4));
    assertThat(config.rates().textEncoder()).isEmpty();
    assertThat(config.rates().textEncoderDecay()).hasValue(1e-3);
  }

  @Test
  void otherRulesKeepTheirDecayOnSdxl() {
    TrainingConfig config =
        dreambooth("--train_text_encoder", "--optimizer=lion").on(ModelFamily.STABLE_DIFFUSION_XL);
    assertThat(config.optimizer().rule()).isEqualTo(UpdateRuleConfig.Lion.USUAL);
    assertThat(config.rates().textEncoderDecay()).isEmpty();
    assertThat(config.rates().textEncoder()).hasValue(5e-6);
  }

  @Test
  void classImagesAreResizedAsTheSubjectsOnSdxl() {
    TrainingConfig config = dreambooth(PRIOR).on(ModelFamily.STABLE_DIFFUSION_XL);
    assertThat(config.prior().orElseThrow().data().transform())
        .isEqualTo(config.data().transform());
  }

  @Test
  void takesClassImagesBesideTheSubjects() {
    PriorPreservation prior = dreambooth(PRIOR).prior().orElseThrow();
    assertThat(prior.lossWeight()).isEqualTo(1);
    assertThat(prior.sampleBatchSize()).isEqualTo(4);
    assertThat(prior.precision()).isEqualTo(Precision.FP32);
    DataConfig images = prior.data();
    assertThat(images.datasetName()).isEqualTo("s3a://bucket/dogs");
    assertThat(images.prompt()).contains("a photo of dog");
    assertThat(images.maxTrainSamples()).isEqualTo(OptionalLong.of(100));
  }

  @Test
  void bringsClassImagesToSizeAsTheSubjects() {
    TrainingConfig config =
        dreambooth(
            PRIOR[0],
            PRIOR[1],
            PRIOR[2],
            "--resolution=64",
            "--center_crop",
            "--random_flip",
            "--seed=7",
            "--prior_loss_weight=0.5",
            "--num_class_images=12",
            "--sample_batch_size=2",
            "--mixed_precision=bf16",
            "--caption_dropout_rate=0.1",
            "--caption_prefix=emoji",
            "--prior_generation_precision=fp32");
    PriorPreservation prior = config.prior().orElseThrow();
    assertThat(prior.lossWeight()).isEqualTo(0.5);
    assertThat(prior.sampleBatchSize()).isEqualTo(2);
    assertThat(prior.precision()).isEqualTo(Precision.FP32);
    assertThat(prior.data().transform()).isEqualTo(config.data().transform());
    assertThat(prior.data().randomFlip()).isTrue();
    assertThat(prior.data().maxTrainSamples()).isEqualTo(OptionalLong.of(12));
    assertThat(prior.data().captionDropoutRate()).isZero();
    assertThat(prior.data().captions().changes()).isFalse();
  }

  @Test
  void trainsTheTextEncoderToo() {
    assertThat(dreambooth("--train_text_encoder").trainables().lora())
        .containsOnlyKeys(Network.UNET, Network.TEXT_ENCODER);
  }

  @Test
  void refusesEmbeddingsComputedBeforeTheEncoderIsTrained() {
    assertThat(run(REQUIRED[0], REQUIRED[1], "--pre_compute_text_embeddings")).isZero();
    assertThat(
            run(REQUIRED[0], REQUIRED[1], "--pre_compute_text_embeddings", "--train_text_encoder"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("it does not go with --train_text_encoder");
  }

  @Test
  void takesCaptionsOfTheDataWhereThereIsNoPrompt() {
    assertThat(run(REQUIRED[0], REQUIRED[1])).isZero();
    assertThat(started.get(0).data().prompt()).isEmpty();
  }

  @Test
  void namesAllThatIsMissing() {
    assertThat(run("--with_prior_preservation", "--num_class_images=0")).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "Missing --pretrained_model_name_or_path",
            "Missing --instance_data_dir: ",
            "Missing --class_data_dir: ",
            "Invalid --num_class_images: 0; it must be a whole number from 1 to 1000000");
  }

  @Test
  void drawsTheClassFromAsLongAPromptAsIsTrainedOn() {
    assertThat(pieces(dreambooth(PRIOR))).isEqualTo(1);
    String[] longer = Arrays.copyOf(PRIOR, PRIOR.length + 1);
    longer[PRIOR.length] = "--max_token_length=225";
    assertThat(pieces(dreambooth(longer))).isEqualTo(3);
  }

  private static int pieces(TrainingConfig config) {
    return config
        .prior()
        .orElseThrow()
        .drawing(config.model(), config.batch())
        .sampling()
        .reading()
        .pieces();
  }

  @Test
  void takesTheClassImagesOwnCaptionsWhereThereIsNoClassPrompt() {
    assertThat(run(REQUIRED[0], REQUIRED[1], "--with_prior_preservation", "--class_data_dir=c"))
        .isZero();
    assertThat(started.get(0).prior().orElseThrow().data().prompt()).isEmpty();
  }

  @Test
  void refusesWhatDoesNotFitThePrior() {
    assertThat(
            run(
                REQUIRED[0],
                REQUIRED[1],
                REQUIRED[2],
                PRIOR[0],
                PRIOR[1],
                PRIOR[2],
                "--enable_bucket",
                "--prior_loss_weight=-1",
                "--sample_batch_size=0",
                "--prior_generation_precision=fp8"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "Unsupported --enable_bucket with --with_prior_preservation: ",
            "Invalid --prior_loss_weight: -1.0; ",
            "Invalid --sample_batch_size: 0; ",
            "Unknown --prior_generation_precision (or no): fp8");
  }

  @Test
  void aPriorGoesWithPicturesOfOneSize() {
    assertThat(
            run(
                "--pretrained_model_name_or_path=/sd",
                "--instance_prompt=a sks cat",
                PRIOR[0],
                PRIOR[1],
                PRIOR[2],
                "--data_sets={dataset_name: /a, resolution: 768}",
                "--data_sets=/b"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("Unsupported --data_sets resolution with --with_prior_preservation: ");
  }

  @Test
  void trainsEachSubjectOfAColumn() {
    DataConfig data =
        dreambooth("--subject_column=who", "--instance_prompt=a photo of {subject}").data();
    assertThat(data.subjectColumn()).isEqualTo("who");
    assertThat(data.prompt()).contains("a photo of {subject}");
    assertThat(dreambooth().data().subjectColumn()).isEmpty();
  }

  @Test
  void refusesWhatIsForOneSubject() {
    assertThat(
            run(
                REQUIRED[0],
                REQUIRED[1],
                "--subject_column=who",
                "--validation_prompt=a dog",
                "--validation_split=0.1",
                "--max_train_samples=5",
                "--push_to_hub",
                "--hub_model_id=a/b",
                "--hub_token=hf_x",
                "--resume_from_checkpoint=checkpoint-5"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "Unsupported --validation_prompt with --subject_column: draw pictures",
            "Unsupported --validation_split with --subject_column: ",
            "Unsupported --max_train_samples with --subject_column: ",
            "Unsupported --push_to_hub with --subject_column: ",
            "Unsupported --resume_from_checkpoint FOLDER with --subject_column: ");
  }

  @Test
  void refusesASubjectsPlaceWithoutSubjects() {
    assertThat(run(REQUIRED[0], REQUIRED[1], "--instance_prompt=a {subject}")).isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid --instance_prompt: a {subject}; {subject} stands for");
  }

  @Test
  void itsPageHasEveryFlagOfTheScriptAndNoOther() throws IOException {
    List<String> script =
        Files.readAllLines(Path.of("src/test/resources/flags/train_dreambooth_lora.txt"));
    assertThat(FlagTable.rows("dreambooth.md", "| flag | here | |").keySet())
        .containsExactlyInAnyOrderElementsOf(script.subList(1, script.size()));
  }

  @Test
  void whatItsPageSaysOfAFlagHolds() throws IOException {
    CommandLine command = new CommandLine(new DreamBoothCommand(started::add));
    FlagTable.rows("dreambooth.md", "| flag | here | |")
        .forEach(
            (flag, row) -> {
              OptionSpec option = command.getCommandSpec().findOption(flag);
              assertThat(option).as(flag).isNotNull();
              assertThat(row.get(1)).as(flag).isIn("same", "changed", "refused", "no effect");
              assertThat(option.hidden()).as(flag).isEqualTo(row.get(1).equals("refused"));
              if (row.get(1).equals("changed")) {
                assertThat(row.get(2)).as(flag).isNotEmpty();
              }
            });
  }

  @Test
  void refusesWhatItsPageSaysIsRefused() {
    assertThat(
            run(
                REQUIRED[0],
                REQUIRED[1],
                "--local_rank=1",
                "--tokenizer_name=t",
                "--tokenizer_max_length=77",
                "--text_encoder_use_attention_mask",
                "--validation_images=a.png",
                "--class_labels_conditioning=timesteps"))
        .isEqualTo(2);
    assertThat(err.toString().lines().filter(line -> line.startsWith("error: "))).hasSize(6);
  }

  private TrainingConfig dreambooth(String... flags) {
    return runs.start(flags);
  }

  private int run(String... flags) {
    return runs.run(flags);
  }
}
