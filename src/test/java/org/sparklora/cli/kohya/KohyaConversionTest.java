package org.sparklora.cli.kohya;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.cli.check.Numbers;
import org.sparklora.cli.command.DreamBoothCommand;
import org.sparklora.cli.command.TrainCommand;
import org.sparklora.data.DataConfig;
import org.sparklora.lora.InnerDropout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.format.SavePrecision;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.LycorisConfig;
import org.sparklora.spark.run.KohyaCopy;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.util.InvalidInputException;
import picocli.CommandLine;

class KohyaConversionTest {
  private static final String DATA =
      """
      [general]
      caption_extension = '.txt'
      keep_tokens = 1
      shuffle_caption = true

      [[datasets]]
      resolution = [640, 640]
      batch_size = 3
      enable_bucket = true
      max_bucket_reso = 896
      bucket_no_upscale = true

        [[datasets.subsets]]
        image_dir = '/pictures/ohwx'
        num_repeats = 4
        flip_aug = true
      """;

  @TempDir private Path folder;

  private CarriedOver convert(String config, String dataset) throws IOException {
    Path file = Files.writeString(folder.resolve("config.toml"), config);
    Path data = Files.writeString(folder.resolve("data.toml"), dataset);
    return KohyaFolder.read(file, Optional.of(data));
  }

  private CarriedOver script(String name, String text) throws IOException {
    return KohyaFolder.read(Files.writeString(folder.resolve(name), text), Optional.empty());
  }

  /** What the command makes of the printed file. */
  private TrainingConfig trained(CarriedOver result) throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("own.yaml"), KohyaFolder.yaml(result, Path.of("config.toml")));
    List<TrainingConfig> made = new ArrayList<>();
    Object command =
        result.command().equals("train")
            ? new TrainCommand(made::add)
            : new DreamBoothCommand(made::add);
    CommandLine line = new CommandLine(command);
    Numbers.register(line);
    assertThat(line.execute("--config=" + yaml)).as(Files.readString(yaml)).isZero();
    return made.get(0);
  }

  @Test
  void aConfigurationMeansTheSameHere() throws IOException {
    CarriedOver result =
        convert(
            """
            pretrained_model_name_or_path = "/models/sd15"
            [network]
            network_module = "networks.lora"
            network_dim = 32
            network_alpha = 16
            network_args = ["conv_dim=8", "conv_alpha=4", "rank_dropout=0.2", "module_dropout=0.1"]
            network_dropout = 0.3
            [learning]
            unet_lr = 2e-4
            text_encoder_lr = 5e-5
            optimizer_type = "AdamW8bit"
            optimizer_args = ["weight_decay=0.1", "betas=0.9,0.99"]
            lr_scheduler = "cosine_with_restarts"
            lr_scheduler_num_cycles = 3
            lr_warmup_steps = 0.1
            max_train_steps = 2000
            max_grad_norm = 0
            min_snr_gamma = 5
            noise_offset = 0.0357
            [output]
            output_dir = "/out"
            output_name = "ohwx"
            save_precision = "fp16"
            seed = 7
            """,
            DATA);
    TrainingConfig config = trained(result);
    assertThat(config.data().datasetName()).endsWith("/pictures/ohwx");
    assertThat(config.data().resolution()).isEqualTo(640);
    assertThat(config.data().buckets().ownSteps()).isEqualTo(64);
    assertThat(config.data().centerCrop()).isTrue();
    assertThat(config.data().randomFlip()).isTrue();
    assertThat(config.data().captions().keepTokens()).isEqualTo(1);
    assertThat(config.data().prompt()).isEmpty();
    assertThat(config.batch().trainBatchSize()).isEqualTo(3);
    assertThat(config.batch().seed()).isEqualTo(7);
    assertThat(config.trainables().unet())
        .hasValueSatisfying(
            unet -> {
              assertThat(unet.rank()).isEqualTo(32);
              assertThat(unet.alpha()).isEqualTo(16);
              assertThat(unet.rank("down_blocks.0.resnets.0.conv1")).isEqualTo(8);
              assertThat(unet.alpha("down_blocks.0.resnets.0.conv1")).isEqualTo(4);
              assertThat(unet.targetModules()).contains("ff.net.2", "proj_in");
              assertThat(unet.inner()).isEqualTo(new InnerDropout(0.3, 0.2, 0.1));
            });
    assertThat(config.rates().textEncoder()).hasValue(5e-5);
    assertThat(config.optimizer().learningRate()).isEqualTo(2e-4);
    assertThat(config.optimizer().rule())
        .isEqualTo(new UpdateRuleConfig.AdamW8bit(0.9, 0.99, 0.1, 1e-8));
    assertThat(config.optimizer().maxGradNorm()).isInfinite();
    assertThat(config.schedule().scheduler()).isEqualTo(LrScheduler.COSINE_WITH_RESTARTS);
    assertThat(config.schedule().over(2000).warmupSteps()).isEqualTo(200);
    assertThat(config.length().maxTrainSteps()).hasValue(2000);
    assertThat(config.outputDir()).endsWith("/out/ohwx");
    assertThat(config.places().kohya()).contains(new KohyaCopy("ohwx", SavePrecision.FP16));
    assertThat(result.missing()).isEmpty();
  }

  /** Their defaults are others: alpha 1, the text encoder trained, a batch of one, 1,600 steps. */
  @Test
  void whatIsNotSaidHasTheirDefault() throws IOException {
    CarriedOver result =
        convert(
            "pretrained_model_name_or_path = '/m'\noutput_dir = '/o'\n",
            "[[datasets]]\n[[datasets.subsets]]\nimage_dir = '/d'\n");
    assertThat(result.values())
        .containsEntry("rank", "4")
        .containsEntry("lora_alpha", "1")
        .containsEntry("train_text_encoder", "true")
        .containsEntry("train_batch_size", "1")
        .containsEntry("max_train_steps", "1600")
        .containsEntry("learning_rate", "2e-06")
        .containsEntry("lr_warmup_steps", "0")
        .containsEntry("center_crop", "true")
        .containsEntry("caption_extension", ".caption");
    assertThat(trained(result).optimizer().learningRate()).isEqualTo(2e-6);
  }

  @ParameterizedTest
  @CsvSource({
    "AdamW, adamw",
    "PagedAdamW8bit, adamw8bit",
    "Lion, lion",
    "Lion8bit, lion",
    "Prodigy, prodigy",
    "AdamWScheduleFree, adamw_schedulefree",
    "prodigyplus.ProdigyPlusScheduleFree, prodigy_plus_schedulefree",
    "CAME, came",
    "torch.optim.Muon, muon",
    "AdaFactor, adafactor"
  })
  void optimizersByTheirNames(String theirs, String ours) throws IOException {
    CarriedOver result =
        convert(
            "pretrained_model_name_or_path = '/m'\noutput_dir = '/o'\nlearning_rate = 1.0\n"
                + "optimizer_type = '"
                + theirs
                + "'\n",
            DATA);
    assertThat(result.values()).containsEntry("optimizer", ours);
    assertThat(result.missing()).isEmpty();
    trained(result);
  }

  @ParameterizedTest
  @CsvSource({
    "lr_scheduler = 'inverse_sqrt', lr_scheduler_timescale = 50, INVERSE_SQRT",
    "lr_scheduler = 'cosine_with_min_lr', lr_scheduler_min_lr_ratio = 0.1, COSINE_WITH_MIN_LR",
    "lr_scheduler = 'warmup_stable_decay', lr_decay_steps = 0.25, WARMUP_STABLE_DECAY",
    "lr_scheduler_type = 'pytorch_optimizer.REXScheduler', lr_warmup_steps = 0, REX"
  })
  void schedulesByTheirNames(String scheduler, String number, LrScheduler ours) throws IOException {
    CarriedOver result =
        convert("pretrained_model_name_or_path = '/m'\n" + scheduler + "\n" + number + "\n", DATA);
    assertThat(result.missing()).isEmpty();
    TrainingConfig config = trained(result);
    assertThat(config.schedule().scheduler()).isEqualTo(ours);
    if (ours == LrScheduler.WARMUP_STABLE_DECAY) {
      assertThat(config.schedule().over(1600).decay().steps()).isEqualTo(400);
    }
  }

  @Test
  void argumentsOfOptimizersCarryOver() throws IOException {
    String model = "pretrained_model_name_or_path = '/m'\nscale_weight_norms = 1.0\n";
    TrainingConfig free =
        trained(
            convert(
                model
                    + "optimizer_type = 'AdamWScheduleFree'\n"
                    + "optimizer_args = ['betas=(0.95,0.99)', 'warmup_steps=10', 'eps=1e-7']\n",
                DATA));
    assertThat(free.optimizer().rule())
        .isEqualTo(new UpdateRuleConfig.ScheduleFree(0.95, 0.99, 0, 1e-7, 10));
    assertThat(free.optimizer().weightNorm()).hasValue(1.0);
    TrainingConfig came =
        trained(
            convert(
                model + "optimizer_type = 'CAME'\noptimizer_args = ['betas=0.8,0.99,0.999']\n",
                DATA));
    assertThat(came.optimizer().rule()).isEqualTo(new UpdateRuleConfig.Came(0.8, 0.99, 0.999, 0));
  }

  @Test
  void argumentsOfProdigyPlusScheduleFreeCarryOver() throws IOException {
    CarriedOver result =
        convert(
            """
            pretrained_model_name_or_path = '/m'
            learning_rate = 1.0
            optimizer_type = 'prodigyplus.ProdigyPlusScheduleFree'
            optimizer_args = ['betas=(0.95,0.98)', 'd_coef=0.8', 'd0=1e-5', 'd_limiter=False',
              'prodigy_steps=400', 'schedulefree_c=8', 'eps=1e-7', 'weight_decay=0.02',
              'factored=False', 'use_stableadamw=False', 'split_groups=True', 'use_speed=True',
              'stochastic_rounding=True', 'use_cautious=False', 'beta3=None']
            """,
            DATA);
    assertThat(trained(result).optimizer().rule())
        .isEqualTo(
            new UpdateRuleConfig.ProdigyPlus(
                0.95, 0.98, Math.sqrt(0.98), 0.02, 1e-7, 1e-5, 0.8, false, 400, 8, false, false));
    assertThat(result.missing())
        .extracting(CarriedOver.Remark::setting)
        .containsExactly("optimizer_args use_speed = True");
    assertThat(result.needless())
        .extracting(CarriedOver.Remark::setting)
        .contains("optimizer_args stochastic_rounding = True");
  }

  @Test
  void weightsOfTheVelocityAndThePureNoiseAtTheEndKeepTheirNames() throws IOException {
    TrainingConfig config =
        trained(
            convert(
                """
                pretrained_model_name_or_path = '/m'
                v_parameterization = true
                clip_skip = 2
                zero_terminal_snr = true
                scale_v_pred_loss_like_noise_pred = true
                noise_offset = 0.1
                noise_offset_random_strength = true
                """,
                DATA));
    assertThat(config.objective().snr().zeroTerminal()).isTrue();
    assertThat(config.trainables().clipSkip()).isEqualTo(1);
    assertThat(config.objective().snr().velocityAsNoise()).isTrue();
    assertThat(config.objective().noise().offsetRandomStrength()).isTrue();
  }

  @Test
  void picturesAreRepeatedAsOftenInAnEpoch() throws IOException {
    CarriedOver result =
        convert("pretrained_model_name_or_path = '/m'\nmax_train_epochs = 5\n", DATA);
    assertThat(result.values()).containsEntry("num_train_epochs", "5");
    assertThat(result.values()).doesNotContainKeys("max_train_steps", "dataset_name");
    assertThat(result.missing()).isEmpty();
    assertThat(trained(result).data().repeats()).containsExactly(4);
  }

  @Test
  void subsetsBecomeDataSetsWithTheirOwnSettings() throws IOException {
    CarriedOver result =
        convert(
            "pretrained_model_name_or_path = '/m'\n",
            DATA
                + """

                    [[datasets.subsets]]
                    image_dir = '/pictures/b: c'
                    num_repeats = 2
                    class_tokens = 'a "dog", red'
                    caption_extension = '.caption'
                    random_crop = true
                    flip_aug = false
                    keep_tokens = 3
                """);
    DataConfig data = trained(result).data();
    assertThat(data.places()).containsExactly("file:///pictures/ohwx", "file:///pictures/b: c");
    assertThat(data.repeats()).containsExactly(4, 2);
    DataConfig other = data.sets().get(1);
    assertThat(other.captionExtension()).isEqualTo(".caption");
    assertThat(other.centerCrop()).isFalse();
    assertThat(data.centerCrop()).isTrue();
    assertThat(other.randomFlip()).isFalse();
    assertThat(data.randomFlip()).isTrue();
    assertThat(result.missing())
        .extracting(CarriedOver.Remark::setting)
        .containsExactly("keep_tokens = 3");
  }

  @Test
  void masksAndRulesOfStepsCarryOver() throws IOException {
    String config =
        """
        pretrained_model_name_or_path = "/m"
        masked_loss = true
        lr_scheduler = "piecewise_constant"
        lr_scheduler_args = ["step_rules=1:10,0.1:20,0.01", "last_epoch=-1"]
        """;
    CarriedOver result =
        convert(config, DATA.replace("num_repeats = 4", "conditioning_data_dir = '/masks'"));
    TrainingConfig trained = trained(result);
    assertThat(trained.data().columns().masks()).isEqualTo("file:///masks");
    assertThat(trained.data().alphaMask()).isFalse();
    assertThat(trained.schedule().scheduler()).isEqualTo(LrScheduler.PIECEWISE_CONSTANT);
    assertThat(trained.schedule().stepRules()).contains("1:10,0.1:20,0.01");
    assertThat(result.missing())
        .extracting(CarriedOver.Remark::setting)
        .containsExactly("lr_scheduler_args last_epoch = -1");
    assertThat(trained(convert(config, DATA)).data().alphaMask()).isTrue();
    String several =
        DATA.replace("num_repeats = 4", "num_repeats = 4\n    conditioning_data_dir = '/masks'");
    assertThat(trained(convert(config, several)).data().sets())
        .extracting(set -> set.columns().masks())
        .containsExactly("file:///masks");
  }

  private static String lycoris(String... args) {
    return """
    pretrained_model_name_or_path = "/m"
    network_module = "lycoris.kohya"
    network_dim = 8
    network_alpha = 4
    network_args = [%s]
    """
        .formatted("\"" + String.join("\", \"", args) + "\"");
  }

  @Test
  void lokrCarriesOverWithTheLayersThatLycorisAdapts() throws IOException {
    CarriedOver result =
        convert(
            lycoris(
                "algo=lokr", "factor=8", "decompose_both=True", "full_matrix=False", "use_cp=True"),
            DATA);
    assertThat(result.missing()).isEmpty();
    LoraConfig lora = trained(result).trainables().unet().orElseThrow();
    assertThat(lora.lycoris()).isEqualTo(new LycorisConfig(Algo.LOKR, 8, true, false, true));
    assertThat(lora.rank("down_blocks.0.resnets.0.conv1")).isEqualTo(8);
    assertThat(lora.alpha("down_blocks.0.resnets.0.conv1")).isEqualTo(4);
    assertThat(lora.targetModules())
        .contains("to_q", "ff.net.2", "proj_in", "conv_in", "time_embedding.linear_2");
    assertThat(trained(result).trainables().textEncoder().orElseThrow().lycoris())
        .isEqualTo(lora.lycoris());
  }

  @Test
  void aRankThatNoLayerHasMeansWholeMatrices() throws IOException {
    String huge = lycoris("algo=lokr", "factor=8").replace("dim = 8", "dim = 100000");
    CarriedOver result = convert(huge, DATA);
    assertThat(result.missing()).isEmpty();
    LoraConfig lora = trained(result).trainables().unet().orElseThrow();
    assertThat(lora.lycoris()).isEqualTo(new LycorisConfig(Algo.LOKR, 8, false, true, false));
    String apart =
        lycoris("algo=lokr", "conv_dim=4").replace("dim = 8\nnetwork", "dim = 100000\nnetwork");
    LoraConfig some = trained(convert(apart, DATA)).trainables().unet().orElseThrow();
    assertThat(some.lycoris().fullMatrix()).isFalse();
    assertThat(some.rank("down_blocks.0.resnets.0.conv1")).isEqualTo(4);
    assertThat(some.lycoris().factors(new long[] {320, 768}, some.rank("to_q")))
        .hasValueSatisfying(factors -> assertThat(factors.isScaled()).isFalse());
    LoraConfig convolutions =
        trained(convert(lycoris("algo=lokr", "conv_dim=100000"), DATA))
            .trainables()
            .unet()
            .orElseThrow();
    assertThat(convolutions.rank("to_q")).isEqualTo(8);
    assertThat(convolutions.rank("down_blocks.0.resnets.0.conv1")).isEqualTo(65_536);
  }

  @Test
  void lohaCarriesOverAndSaysWhatItHasNot() throws IOException {
    CarriedOver result =
        convert(
            lycoris("algo=LoHa", "conv_dim=2", "conv_alpha=1", "dora_wd=True", "factor=4")
                + "network_dropout = 0.1\nscale_weight_norms = 1\n",
            DATA);
    assertThat(result.missing())
        .extracting(CarriedOver.Remark::setting)
        .containsExactlyInAnyOrder(
            "network_args dora_wd = True", "network_dropout = 0.1", "scale_weight_norms = 1");
    assertThat(result.needless())
        .extracting(CarriedOver.Remark::setting)
        .contains("network_args factor = 4");
    LoraConfig lora = trained(result).trainables().unet().orElseThrow();
    assertThat(lora.lycoris()).isEqualTo(new LycorisConfig(Algo.LOHA, -1, false, false, false));
    assertThat(lora.rank("conv_in")).isEqualTo(2);
    assertThat(lora.alpha("conv_out")).isEqualTo(1);
    assertThat(lora.rank("time_embedding.linear_1")).isEqualTo(8);
  }

  @Test
  void aRankOfZeroLeavesConvolutionsOutAndAnAlphaOfZeroIsTheRank() throws IOException {
    CarriedOver none = convert(lycoris("algo=lokr", "conv_dim=0"), DATA);
    assertThat(none.values()).doesNotContainKeys("conv_rank", "conv_alpha");
    assertThat(trained(none).trainables().unet().orElseThrow().targetModules())
        .contains("time_embedding.linear_1")
        .doesNotContain("conv_in", "conv_out");
    assertThat(none.changed())
        .extracting(CarriedOver.Remark::setting)
        .contains("network_args conv_dim = 0");
    CarriedOver alpha = convert(lycoris("algo=lokr", "conv_dim=4", "conv_alpha=0"), DATA);
    assertThat(alpha.values()).containsEntry("conv_alpha", "4");
  }

  @Test
  void presetsOfLycorisChooseLayers() throws IOException {
    CarriedOver attention = convert(lycoris("algo=lora", "preset=attn-only"), DATA);
    TrainingConfig trained = trained(attention);
    assertThat(trained.trainables().unet().orElseThrow().targetModules())
        .isEqualTo(LoraConfig.ATTENTION);
    assertThat(trained.trainables().textEncoder().orElseThrow().targetModules())
        .isEqualTo(LoraConfig.CLIP_ATTENTION);
    CarriedOver unet = convert(lycoris("algo=loha", "preset=unet-transformer-only"), DATA);
    assertThat(trained(unet).trainables().textEncoder()).isEmpty();
    assertThat(unet.values()).doesNotContainKey("conv_rank");
    CarriedOver other = convert(lycoris("algo=loha", "preset=mine.toml"), DATA);
    assertThat(other.missing())
        .extracting(CarriedOver.Remark::setting)
        .containsExactly("network_args preset = mine.toml");
  }

  @Test
  void whatHasNoEqualIsNamedWithTheReason() throws IOException {
    CarriedOver result =
        convert(
            """
            pretrained_model_name_or_path = "/m"
            network_module = "lycoris.kohya"
            network_args = ["algo=full", "bypass_mode=true"]
            color_aug = true
            vae = ""
            clip_skip = 1
            optimizer_type = "DAdaptAdam"
            netwrk_dim = 4
            """,
            DATA);
    Map<String, String> missing = new TreeMap<>();
    result.missing().forEach(remark -> missing.put(remark.setting(), remark.why()));
    assertThat(missing.keySet())
        .containsExactly(
            "color_aug = true",
            "network_args bypass_mode = true",
            "network_module = lycoris.kohya algo=full",
            "netwrk_dim = 4",
            "optimizer_type = DAdaptAdam");
    assertThat(missing.get("netwrk_dim = 4")).contains("did you mean network_dim?");
  }

  @Test
  void regularisationIsDreamBoothsPrior() throws IOException {
    CarriedOver result =
        convert(
            "pretrained_model_name_or_path = '/m'\nprior_loss_weight = 0.5\n",
            """
            [[datasets]]
            resolution = 512
              [[datasets.subsets]]
              image_dir = '/ohwx'
              class_tokens = 'ohwx dog'
              [[datasets.subsets]]
              is_reg = true
              image_dir = '/dogs'
              class_tokens = 'dog'
            """);
    assertThat(result.command()).isEqualTo("dreambooth");
    TrainingConfig config = trained(result);
    assertThat(config.data().prompt()).contains("ohwx dog");
    assertThat(config.prior())
        .hasValueSatisfying(
            prior -> {
              assertThat(prior.lossWeight()).isEqualTo(0.5);
              assertThat(prior.data().datasetName()).endsWith("/dogs");
            });
  }

  @Test
  void aScriptOfAShellIsReadLikewise() throws IOException {
    Files.writeString(folder.resolve("data.toml"), DATA);
    CarriedOver result =
        script(
            "train.sh",
            """
            #!/bin/bash
            MODEL="/models/my sd"
            export RANK=8
            accelerate launch --num_cpu_threads_per_process 1 sd-scripts/train_network.py \\
              --pretrained_model_name_or_path="$MODEL" --dataset_config data.toml \\
              --network_dim $RANK --network_train_unet_only --output_dir=/o \\
              --network_args "conv_dim=4" "conv_alpha=2" --cache_latents > log.txt 2>&1
            """);
    assertThat(result.values())
        .containsEntry("pretrained_model_name_or_path", "/models/my sd")
        .containsEntry("rank", "8")
        .containsEntry("conv_rank", "4")
        .containsEntry("conv_alpha", "2")
        .containsEntry("output_dir", "/o")
        .doesNotContainKey("train_text_encoder");
    assertThat(result.needless())
        .extracting(CarriedOver.Remark::setting)
        .containsExactly("cache_latents = true");
    trained(result);
    assertThat(KohyaFolder.read(folder, Optional.empty()).values()).isEqualTo(result.values());
  }

  @Test
  void aScriptForWindowsIsReadLikewise() throws IOException {
    Path pictures = Files.createDirectories(folder.resolve("train/10_ohwx dog"));
    CarriedOver result =
        script(
            "train.bat",
            "set DIM=16\r\npython train_network.py ^\r\n --network_dim=%DIM% ^\r\n"
                + " --pretrained_model_name_or_path=/m --max_train_epochs=3 --train_data_dir="
                + pictures.getParent()
                + "\r\n");
    assertThat(result.values())
        .containsEntry("rank", "16")
        .containsEntry(
            "data_sets",
            List.of(
                Map.of(
                    "dataset_name",
                    pictures.toString(),
                    "num_repeats",
                    "10",
                    "instance_prompt",
                    "ohwx dog")))
        .containsEntry("num_train_epochs", "3");
    assertThat(trained(result).data().prompt()).contains("ohwx dog");
  }

  @Test
  void promptsAreReadFromTheirFile() throws IOException {
    Path prompts =
        Files.writeString(
            folder.resolve("prompts.txt"),
            "# two\na cat in snow --n blurry --w 512 --h 512 --d 1 --l 7.5 --s 28\na dog\n");
    CarriedOver result =
        convert(
            "pretrained_model_name_or_path = '/m'\nsample_every_n_steps = 50\nsample_prompts = '"
                + prompts
                + "'\n",
            DATA);
    assertThat(result.values())
        .containsEntry("validation_prompt", List.of("a cat in snow", "a dog"))
        .containsEntry("validation_steps", "50")
        .containsEntry("num_inference_steps", "28")
        .containsEntry("guidance_scale", "7.5");
    assertThat(result.changed())
        .extracting(CarriedOver.Remark::setting)
        .contains("sample_prompts --n = blurry", "sample_prompts --s = 28");
    trained(result);
  }

  @Test
  void aFileThatIsNoTomlIsNamedWithTheLine() {
    assertThatThrownBy(() -> convert("a = 1\nb = = 2\n", DATA))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("config.toml:2 cannot be read");
    assertThatThrownBy(() -> convert("network_dim = 4\n", "[general]\n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("has no [[datasets]]");
    assertThatThrownBy(() -> script("x.sh", "echo hello\n"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("runs no train_network.py");
  }
}
