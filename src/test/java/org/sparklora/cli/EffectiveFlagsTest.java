package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.RecordField;
import org.sparklora.flag.WholeNumber;
import org.sparklora.spark.run.Invocation;
import org.sparklora.spark.run.TrainingConfig;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** A flag that a command takes changes the run, or is refused, or the log says that it does not. */
@Tag("long")
class EffectiveFlagsTest {
  /** What their help says has no effect. */
  private static final List<String> WITHOUT_EFFECT =
      List.of(
          "--dataloader_num_workers",
          "--pre_compute_text_embeddings",
          "--no_safe_serialization",
          "--enable_xformers_memory_efficient_attention");

  private static final Map<String, List<String>> NEEDED =
      Map.of(
          "train", List.of(),
          "dreambooth", List.of("--instance_prompt=a dog"),
          "textual-inversion", List.of("--placeholder_token=<x>", "--initializer_token=toy"),
          "pivotal-tuning", List.of("--placeholder_tokens=<x>", "--initializer_tokens=toy"));

  private final List<String> logged = new ArrayList<>();
  private final StringWriter err = new StringWriter();
  private final Logger logger = (Logger) LogManager.getLogger(FlagLog.class);

  private final AbstractAppender listener =
      new AbstractAppender("flags", null, null, true, Property.EMPTY_ARRAY) {
        @Override
        public void append(LogEvent event) {
          logged.add(event.getMessage().getFormattedMessage());
        }
      };

  @BeforeEach
  void listen() {
    listener.start();
    logger.addAppender(listener);
  }

  @AfterEach
  void listenNoMore() {
    logger.removeAppender(listener);
    listener.stop();
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "dreambooth", "textual-inversion", "pivotal-tuning"})
  void noFlagIsIgnoredInSilence(String command) {
    TrainingConfig usual = run(command).orElseThrow();
    List<String> silent =
        line(new ArrayList<>()).getSubcommands().get(command).getCommandSpec().options().stream()
            .filter(option -> option.longestName().startsWith("--"))
            .filter(option -> !option.usageHelp() && !option.versionHelp())
            .filter(option -> values(option).noneMatch(value -> isTold(command, usual, value)))
            .map(OptionSpec::longestName)
            .toList();
    assertThat(WITHOUT_EFFECT).containsAll(silent);
  }

  /** Flags that change the configuration, and not what a run without layers does with it. */
  @ParameterizedTest
  @CsvSource({
    "--loraplus_lr_ratio=16, Unsupported --loraplus_lr_ratio in textual inversion: only the token",
    "--lr_pattern=to_q=2, Unsupported --lr_pattern in textual inversion: only the token",
    "--scale_weight_norms=1, Unsupported --scale_weight_norms in textual inversion: only the token",
    "--instance_prompt=a toy, Unsupported --instance_prompt with templates: captions are made of"
  })
  void aTokenIsNotTrainedWithSettingsOfLayersOrCaptions(String flag, String refusal) {
    assertThat(run("textual-inversion", flag)).isEmpty();
    assertThat(err.toString()).contains(refusal);
  }

  @ParameterizedTest
  @CsvSource({
    "--prodigy_d0=0.1, --prodigy_d0 has no effect with --optimizer=adamw",
    "--ema_decay=0.9, --ema_decay has no effect without --use_ema",
    "--num_class_images=5, --num_class_images has no effect without --with_prior_preservation",
    "--hub_model_id=a/b, --hub_model_id has no effect without --push_to_hub",
    "--emulate_fp16, --emulate_fp16 has no effect without fp16"
  })
  void theLogSaysWhatAFlagGoesWith(String flag, String message) {
    assertThat(run("dreambooth", flag)).isPresent();
    assertThat(logged).containsExactly(message);
  }

  /** Whether a flag, given with a value, changes something or is spoken of. */
  private boolean isTold(String command, TrainingConfig usual, String flag) {
    logged.clear();
    Optional<TrainingConfig> made = run(command, flag);
    String name = flag.replaceFirst("=.*", "");
    return made.isEmpty()
        || !made.get().equals(usual)
        || logged.stream().anyMatch(message -> message.contains(name));
  }

  /** The flag with values, at least one of which is not its default. */
  private static Stream<String> values(OptionSpec option) {
    String name = option.names()[0];
    return texts(option).map(text -> name + "=" + text);
  }

  private static Stream<String> texts(OptionSpec option) {
    Class<?> type = option.auxiliaryTypes()[0];
    if (type == boolean.class || type == Boolean.class) {
      return Stream.of("true", "false");
    }
    if (option.userObject() instanceof Field field) {
      Optional<WholeNumber> whole = RecordField.annotation(field, WholeNumber.class);
      if (whole.isPresent()) {
        return LongStream.of(3, 64, 128)
            .filter(value -> value >= whole.get().min() && value <= whole.get().max())
            .mapToObj(String::valueOf);
      }
      Optional<RealNumber> real = RecordField.annotation(field, RealNumber.class);
      if (real.isPresent()) {
        return DoubleStream.of(0.25, 0.5, 3)
            .filter(value -> value >= real.get().min() && value <= real.get().max())
            .mapToObj(String::valueOf);
      }
    }
    return option.paramLabel().contains("|")
        ? Stream.of(option.paramLabel().split("\\|"))
        : Stream.of(option.paramLabel().contains("=") ? "to_q=2" : "other");
  }

  private CommandLine line(List<TrainingConfig> made) {
    PrintWriter out = new PrintWriter(new StringWriter());
    return Application.commandLine(made::add, config -> {}, out, new PrintWriter(err, true));
  }

  private Optional<TrainingConfig> run(String command, String... flags) {
    List<String> args = new ArrayList<>(List.of(command));
    args.add("--pretrained_model_name_or_path=/m");
    args.add("--dataset_name=/d");
    args.add("--output_dir=/o");
    args.add("--train_batch_size=2");
    args.addAll(NEEDED.get(command));
    LaterFlags.add(args, flags);
    List<TrainingConfig> made = new ArrayList<>();
    line(made).execute(args.toArray(String[]::new));
    return made.stream().findFirst().map(EffectiveFlagsTest::withoutInvocation);
  }

  /** The command line itself, which the configuration holds, is always another. */
  private static TrainingConfig withoutInvocation(TrainingConfig config) {
    return new TrainingConfig(
        config.model(),
        config.data(),
        config.prior(),
        config.batch(),
        config.trainables(),
        config.descent(),
        config.checkpoints(),
        config.validation(),
        config.tracking(),
        config.places(),
        config.hub(),
        new Invocation(List.of(), List.of(), Map.of()),
        config.onXl());
  }
}
