package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.cli.Application;
import org.sparklora.cli.config.Problems;
import org.sparklora.pipeline.request.GenerationConfig;
import org.sparklora.pipeline.request.PromptReading;
import org.sparklora.pipeline.request.WeightedAdapter;
import org.sparklora.tensor.Precision;
import picocli.CommandLine;

@Tag("long")
class GenerateCommandTest {
  private static final String BASE = "--pretrained_model_name_or_path=src/quickstart/base-model";

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void hasDiffusersDefaults() {
    GenerationConfig config = config("--prompt=a cat");
    assertThat(config.base()).isEmpty();
    assertThat(config.adapters().adapters()).isEmpty();
    assertThat(config.adapters().scale()).isEqualTo(1);
    assertThat(config.precision()).isEqualTo(Precision.FP32);
    assertThat(config.sampling().scheduler()).as("the family of the base chooses").isEmpty();
    assertThat(config.sampling().numInferenceSteps()).isEqualTo(25);
    assertThat(config.sampling().guidanceScale()).isEqualTo(7.5);
    assertThat(config.sampling().guidanceRescale()).isZero();
    assertThat(config.sampling().clipSkip()).isZero();
    assertThat(config.height()).isEmpty();
    assertThat(config.width()).isEmpty();
    assertThat(config.repeats().images()).isEqualTo(1);
    assertThat(config.batchSize()).isEqualTo(1);
  }

  @Test
  void carriesEveryFlagToItsPlace() throws IOException {
    Path image = folder.resolve("a.png");
    ImageIO.write(new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB), "png", image.toFile());
    GenerationConfig config =
        config(
            "--prompt=a cat",
            "--pretrained_model_name_or_path=/models/sd",
            "--variant=fp16",
            "--adapter=/a.safetensors",
            "--adapter_weight=0.5",
            "--adapter=s3a://bucket/b",
            "--adapter_weight=-1",
            "--fuse",
            "--lora_scale=0.9",
            "--mixed_precision=bf16",
            "--threads=3",
            "--scheduler=DDIMScheduler",
            "--scheduler_config=timestep_spacing=trailing",
            "--scheduler_config=set_alpha_to_one=true",
            "--num_inference_steps=10",
            "--guidance_scale=3",
            "--guidance_rescale=0.7",
            "--clip_skip=1",
            "--max_token_length=150",
            "--weighted_prompts",
            "--height=64",
            "--image=" + image,
            "--strength=0.4",
            "--num_images_per_prompt=4",
            "--seed=-8",
            "--batch_size=2");
    assertThat(config.base().orElseThrow().location()).isEqualTo("file:///models/sd");
    assertThat(config.base().orElseThrow().variant()).contains("fp16");
    assertThat(config.adapters().adapters())
        .containsExactly(
            new WeightedAdapter("/a.safetensors", "file:///a.safetensors", 0.5),
            new WeightedAdapter("s3a://bucket/b", "s3a://bucket/b", -1));
    assertThat(config.adapters().fused()).isTrue();
    assertThat(config.adapters().scale()).isEqualTo(0.9);
    assertThat(config.precision()).isEqualTo(Precision.BF16);
    assertThat(config.threads()).isEqualTo(3);
    assertThat(config.sampling().scheduler()).isEqualTo("DDIMScheduler");
    assertThat(config.sampling().schedulerOptions())
        .containsEntry("timestep_spacing", "trailing")
        .containsEntry("set_alpha_to_one", "true");
    assertThat(config.sampling().numInferenceSteps()).isEqualTo(10);
    assertThat(config.sampling().guidanceScale()).isEqualTo(3);
    assertThat(config.sampling().guidanceRescale()).isEqualTo(0.7);
    assertThat(config.sampling().clipSkip()).isEqualTo(1);
    assertThat(config.sampling().reading()).isEqualTo(new PromptReading(2, true));
    assertThat(config.image().orElseThrow().height()).isEqualTo(64);
    assertThat(config.image().orElseThrow().width()).isEqualTo(24);
    assertThat(config.image().orElseThrow().strength()).isEqualTo(0.4);
    assertThat(config.repeats().images()).isEqualTo(4);
    assertThat(config.repeats().seed()).isEqualTo(-8);
    assertThat(config.batchSize()).isEqualTo(2);
  }

  @Test
  void reportsAllProblemsOfTheFlagsAtOnce() {
    assertThat(
            run(
                "--height=100",
                "--strength=0",
                "--adapter=a",
                "--adapter_weight=1",
                "--adapter_weight=2",
                "--num_images_per_prompt=0",
                "--mixed_precision=fp8",
                "--image=" + folder.resolve("none.png"),
                "--on_bad_prompt=ignore"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("Missing --prompt: ")
        .contains("Invalid --height: 100; it must be a positive multiple of 8")
        .contains("Invalid --strength: 0.0")
        .contains("Invalid --adapter_weight: [1.0, 2.0]; give one for each of the 1 adapters")
        .contains("Invalid --num_images_per_prompt: 0")
        .contains("Unknown --mixed_precision (or no): fp8")
        .contains("Invalid --image: ")
        .contains("Invalid --on_bad_prompt: ignore");
  }

  @Test
  void reportsAllProblemsOfModelAndAdaptersAtOnce() {
    assertThat(
            run(
                BASE,
                "--prompt=a",
                "--adapter=" + folder.resolve("none.safetensors"),
                "--clip_skip=9",
                "--scheduler=EulerScheduler",
                "--output_dir=" + folder.resolve("out")))
        .isEqualTo(3);
    assertThat(err.toString())
        .contains("Missing adapter")
        .contains("none.safetensors")
        .contains("Invalid --clip_skip: 9; the base model's text encoder has 2 layers")
        .contains("Unsupported scheduler for sampling: EulerScheduler");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void refusesSchedulerValuesThatTheSchedulerDoesNotKnow() {
    assertThat(
            run(
                BASE,
                "--prompt=a",
                "--scheduler_config=use_karas_sigmas=true",
                "--output_dir=" + folder.resolve("out")))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("Unsupported use_karas_sigmas in --scheduler_config: DPMSolverMultistepScheduler")
        .contains("did you mean use_karras_sigmas?");
    assertThat(run(BASE, "--prompt=a", "--scheduler_config=use_karras_sigmas=maybe")).isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid use_karras_sigmas in --scheduler_config: \"maybe\"");
    assertThat(run(BASE, "--prompt=a", "--scheduler=DDIMSheduler")).isEqualTo(2);
    assertThat(err.toString()).contains("did you mean DDIMScheduler?");
  }

  @Test
  void refusesATokenOfAnotherBaseModelBeforeAJobBegins() {
    String token = "src/test/resources/adapters/learned_embeds.bin";
    assertThat(run(BASE, "--prompt=a", "--adapter=" + token)).isEqualTo(3);
    assertThat(err.toString())
        .contains("Invalid --adapter: " + token + ": token <birb-style> has 768");
  }

  @Test
  void overwritesATableOfPicturesAndNothingElse() throws IOException {
    Path prompts = Files.writeString(folder.resolve("p.txt"), "a cat\n");
    Path home = Files.createDirectory(folder.resolve("home"));
    Path letter = Files.writeString(home.resolve("letter.txt"), "dear");
    String table = "--prompts=" + prompts;
    assertThat(run(BASE, table, "--overwrite", "--output_dir=" + home)).isEqualTo(2);
    assertThat(err.toString()).contains("it is no table of pictures, it holds letter.txt");
    assertThat(letter).exists();
    assertThat(run(BASE, table, "--overwrite", "--output_dir=src/quickstart")).isEqualTo(2);
    assertThat(err.toString()).contains("the base model is read from there");
  }

  @Test
  void saysWhichFlagToGiveWhereNobodyNamesABaseModel() {
    assertThat(run("--prompt=a")).isEqualTo(2);
    assertThat(err.toString()).contains("Missing --pretrained_model_name_or_path");
  }

  @Test
  void aPromptAndATableOfPromptsAreOneTooMany() {
    assertThat(run(BASE, "--prompt=a", "--prompts=b.csv")).isEqualTo(2);
    assertThat(err.toString()).contains("Invalid --prompts: ").contains("either");
  }

  @Test
  void numbersPicturesAndKeepsThoseThatAreThere() throws IOException {
    Path pictures = folder.resolve("pictures");
    String[] flags = {
      BASE,
      "--prompt=a red apple",
      "--num_inference_steps=1",
      "--num_images_per_prompt=2",
      "--output_dir=" + pictures
    };
    assertThat(run(flags)).as(err.toString()).isZero();
    byte[] first = Files.readAllBytes(pictures.resolve("00000-0.png"));
    assertThat(run(flags)).as(err.toString()).isZero();
    try (Stream<Path> files = Files.list(pictures)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("00000-0.png", "00001-1.png", "00002-0.png", "00003-1.png");
    }
    assertThat(Files.readAllBytes(pictures.resolve("00000-0.png"))).isEqualTo(first);
    assertThat(Files.readAllBytes(pictures.resolve("00002-0.png"))).isEqualTo(first);
    assertThat(out.toString()).contains(pictures.resolve("00003-1.png").toString());
    assertThat(ImageIO.read(pictures.resolve("00001-1.png").toFile()).getWidth()).isEqualTo(128);
  }

  private GenerationConfig config(String... flags) {
    GenerateCommand command = new GenerateCommand();
    new CommandLine(command).parseArgs(flags);
    Problems problems = new Problems();
    GenerationConfig config = command.config(problems);
    problems.throwAll();
    return config;
  }

  private int run(String... flags) {
    String[] args =
        Stream.concat(Stream.of("generate"), Arrays.stream(flags)).toArray(String[]::new);
    return Application.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }
}
