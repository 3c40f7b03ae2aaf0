package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.cli.command.TrainCommand;
import org.sparklora.flag.Flag;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RecordField;
import org.sparklora.spark.run.Recipe;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Flags, recipe and documentation speak of the same flags by the same names. */
class FlagsAgreeTest {
  private static final Path DOCS = Path.of("src/docs");

  /** What a recipe says that is not one flag. */
  private static final Set<String> NO_FLAGS =
      Set.of(
          "base model",
          "latent cache (data set, autoencoder and picture flags)",
          "num_workers x gradient_accumulation_steps");

  private static final CommandLine COMMANDS =
      Application.commandLine(
          config -> {},
          config -> {},
          new PrintWriter(new StringWriter()),
          new PrintWriter(new StringWriter()));

  private static Map<String, String> recipe(String... flags) {
    List<TrainingConfig> made = new ArrayList<>();
    List<String> args = new ArrayList<>(List.of("--pretrained_model_name_or_path=/m"));
    args.add("--dataset_name=/d");
    args.addAll(List.of(flags));
    CommandLine train = new CommandLine(new TrainCommand(made::add));
    assertThat(train.execute(args.toArray(String[]::new))).isZero();
    TrainingConfig config = made.get(0);
    return Recipe.of(config, "m", "d", Optional.empty(), config.schedule().over(7));
  }

  private static Stream<OptionSpec> flags() {
    return COMMANDS.getSubcommands().values().stream()
        .flatMap(command -> command.getCommandSpec().options().stream())
        .filter(option -> !option.hidden() && option.longestName().startsWith("--"));
  }

  private static Set<String> names() {
    return flags()
        .flatMap(option -> Arrays.stream(option.names()))
        .map(name -> name.replaceFirst("^--?", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--optimizer=adamw --noise_offset=0.1 --adaptive_noise_scale=0.1",
        "--optimizer=prodigy --learning_rate=1 --lr_scheduler=polynomial --use_ema",
        "--optimizer=adafactor --multires_noise_iterations=6 --input_perturbation=0.1",
        "--optimizer=lion --loss_type=huber --snr_gamma=5 --prediction_type=epsilon --use_dora",
        "--min_timestep=1 --max_timestep=9 --timestep_bias_strategy=later --shuffle_caption",
        "--timestep_sampling=logit_normal --rank_pattern=to_k=2 --alpha_pattern=to_k=2",
        "--lr_scheduler=warmup_stable_decay --lr_min_ratio=0.1 --v_pred_like_loss=0.1",
        "--lr_scheduler=piecewise_constant --lr_step_rules=1:10,0.1 --optimizer=adamw",
        "--lr_scheduler=inverse_sqrt --zero_terminal_snr --scale_v_pred_loss_like_noise_pred",
        "--optimizer=adamw_schedulefree --scale_weight_norms=1 --schedulefree_warmup_steps=9",
        "--optimizer=came --came_beta3=0.9",
        "--optimizer=prodigy_plus_schedulefree --prodigy_steps=9 --schedulefree_c=6",
        "--optimizer=muon --network_dropout=0.1 --rank_dropout=0.1 --module_dropout=0.1",
        "--algo=lokr --factor=4 --decompose_both --full_matrix --use_tucker",
        "--enable_wildcard --secondary_separator=; --caption_dropout_every_n_epochs=3",
        "--clip_skip=1 --loraplus_lr_ratio=16 --lr_scheduler=rex --noise_offset=0.1"
            + " --noise_offset_random_strength",
        "--debiased_estimation_loss --lr_pattern=to_k=0.5 --validation_split=0.1"
      })
  void theKeysOfARecipeAreFlags(String flags) {
    Set<String> keys = new TreeSet<>(recipe(flags.split(" ")).keySet());
    keys.removeAll(NO_FLAGS);
    assertThat(keys).hasSizeGreaterThan(15).isSubsetOf(names());
  }

  @Test
  void aFlagOfTheRecipeChangesItAndADefaultLeavesItAsItWasBeforeTheFlagExisted() {
    Map<String, String> usual = recipe();
    List<OptionSpec> inRecipe =
        COMMANDS.getSubcommands().get("train").getCommandSpec().options().stream()
            .filter(FlagsAgreeTest::isInRecipeByItself)
            .toList();
    assertThat(inRecipe).hasSizeGreaterThan(6);
    assertThat(inRecipe)
        .allSatisfy(option -> assertThat(usual).doesNotContainKey(option.names()[0].substring(2)));
    assertThat(recipe("--noise_offset=0.1", "--adaptive_noise_scale=0.5"))
        .containsEntry("adaptive_noise_scale", "0.5");
    assertThat(recipe("--loss_type=huber"))
        .containsEntry("loss_type", "huber")
        .containsEntry("huber_c", "0.1");
  }

  @Test
  void everyFlagThatARecordDeclaresIsOnACommandLine() {
    List<String> declared =
        new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("org.sparklora")
                .stream()
                .filter(JavaClass::isRecord)
                .flatMap(type -> Arrays.stream(type.reflect().getRecordComponents()))
                .flatMap(one -> RecordField.annotation(RecordField.of(one), Flag.class).stream())
                .map(flag -> flag.names()[0].substring(2))
                .distinct()
                .toList();
    assertThat(declared).hasSizeGreaterThan(100).isSubsetOf(names());
  }

  @Test
  void aFlagThatUpdateRulesShareHasOneDefault() {
    Map<String, Set<Object>> defaults = new TreeMap<>();
    for (UpdateRuleConfig rule : UpdateRuleConfig.usual()) {
      Record numbers = (Record) rule;
      for (RecordComponent one : numbers.getClass().getRecordComponents()) {
        Flag flag = RecordField.annotation(RecordField.of(one), Flag.class).orElseThrow();
        if (!flag.unset()) {
          defaults
              .computeIfAbsent(flag.names()[0], name -> new HashSet<>())
              .add(RecordField.value(numbers, one));
        }
      }
    }
    assertThat(defaults)
        .containsKey("--adam_beta1")
        .allSatisfy((flag, values) -> assertThat(values).hasSize(1));
  }

  @Test
  void theHelpNamesEveryUpdateRule() {
    OptionSpec flag =
        COMMANDS.getSubcommands().get("train").getCommandSpec().findOption("--optimizer");
    assertThat(String.join(" ", flag.description()))
        .contains(UpdateRuleConfig.usual().stream().map(UpdateRuleConfig::label).toList());
  }

  private static boolean isInRecipeByItself(OptionSpec option) {
    return option.userObject() instanceof Field field
        && RecordField.annotation(field, InRecipe.class).filter(one -> !one.always()).isPresent();
  }

  @Test
  void everyFlagIsInTheDocumentation() throws IOException {
    String docs = documentation();
    List<String> missing =
        flags()
            .filter(
                option ->
                    Arrays.stream(option.names())
                        .map(name -> name.replaceFirst("^--?", ""))
                        .noneMatch(name -> isNamed(docs, name)))
            .map(OptionSpec::longestName)
            .distinct()
            .toList();
    assertThat(missing).isEmpty();
  }

  private static boolean isNamed(String docs, String name) {
    return Pattern.compile("(?<!\\w)" + Pattern.quote(name) + "(?![\\w-])").matcher(docs).find();
  }

  private static String documentation() throws IOException {
    try (Stream<Path> pages = Files.list(DOCS)) {
      StringBuilder text = new StringBuilder(Files.readString(Path.of("README.md")));
      for (Path page : pages.filter(file -> file.toString().endsWith(".md")).sorted().toList()) {
        text.append(Files.readString(page));
      }
      return text.toString();
    }
  }
}
