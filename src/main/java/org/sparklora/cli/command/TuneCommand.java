package org.sparklora.cli.command;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.sparklora.cli.check.Numbers;
import org.sparklora.cli.config.ConfigurationOptions;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.cli.tune.SearchOptions;
import org.sparklora.cli.tune.SearchedFlags;
import org.sparklora.cli.tune.TrialConfigs;
import org.sparklora.data.BadImages;
import org.sparklora.data.DataConfig;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.tune.Sweep;
import org.sparklora.spark.tune.Trial;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tune}: many recipes of {@code train} in one run, of which the best is kept. */
@Command(
    name = "tune",
    description = {
      "Tries recipes: trains an adapter with each combination of the flags of --search, each in one"
          + " task of the same run, and keeps the one with the lowest loss of held-out pictures."
          + " All other flags are those of train."
    })
public final class TuneCommand extends LoraCommand {
  @Spec private CommandSpec command;

  @Mixin(name = "Search")
  private SearchOptions search = new SearchOptions();

  private final BiConsumer<TrainingConfig, Sweep> job;
  private List<Trial> trials = List.of();

  /**
   * @param job gets what the trials have in common, and the trials
   */
  public TuneCommand(BiConsumer<TrainingConfig, Sweep> job) {
    super(TrainingDefaults.TEXT_TO_IMAGE, config -> {});
    this.job = job;
  }

  @Override
  public Integer call() {
    TrainingConfig config = config();
    job.accept(config, new Sweep(trials, search.halving()));
    return ExitCode.OK.code();
  }

  @Override
  TrainingConfig finish(Problems problems, TrainingConfig common) {
    problems.missing(
        common.validation().split() == 0 && common.validation().datasetName().isEmpty(),
        "--validation_split",
        "trials are compared by the loss of held-out pictures; give 0.1, or"
            + " --validation_dataset_name");
    problems.unsupported(
        common.places().kohya().isPresent(),
        "--output_name with tune",
        "write files for the web UIs afterwards, with convert --format=kohya");
    problems.missing(
        search.halving().isPresent() && common.length().maxTrainSteps().isEmpty(),
        "--max_train_steps",
        "--halving compares trials at the same steps");
    problems.require(
        common
            .checkpoints()
            .resumeFromCheckpoint()
            .filter(from -> !from.equals("latest"))
            .isEmpty(),
        "--resume_from_checkpoint",
        common.checkpoints().resumeFromCheckpoint().orElse(""),
        "each trial has checkpoints of its own; give latest");
    int before = problems.count();
    CommandLine train = train(new AtomicReference<>());
    List<Map<String, String>> searched =
        search.trials(problems, new SearchedFlags(train.getCommandSpec()));
    problems.require(
        search.halving().isEmpty()
            || searched.stream().noneMatch(flags -> flags.containsKey("max_train_steps")),
        "--halving",
        search.halving().orElse(0),
        "max_train_steps is searched, and trials are compared at the same steps; leave one of them"
            + " out");
    if (problems.count() == before && before == 0) {
      trials =
          new TrialConfigs(
                  command.commandLine().getParseResult(), ownFlags(train), TuneCommand::configured)
              .of(problems, searched);
    }
    requireSameHeldOut(problems, searched);
    requireOwnCaptions(problems, common, searched);
    return common;
  }

  /**
   * Pictures are sorted by size, and those of each size are split by themselves. A row whose
   * caption is missing may be left out.
   */
  private void requireSameHeldOut(Problems problems, List<Map<String, String>> searched) {
    boolean several = trials.stream().anyMatch(t -> t.config().data().hasSeveralResolutions());
    List<List<List<Object>>> sorted =
        trials.stream()
            .filter(trial -> trial.config().validation().split() > 0)
            .map(trial -> trial.config().data().sets().stream())
            .map(sets -> sets.map(set -> sorting(set, several)).toList())
            .distinct()
            .toList();
    problems.unsupported(
        sorted.size() > 1,
        "--validation_split",
        "the trials sort pictures into other sizes, and so would hold out other pictures; give"
            + " --validation_dataset_name");
    if (trials.stream().anyMatch(t -> t.config().data().onBadImage() == BadImages.SKIP)) {
      refuse(
          List.of("caption_column", "caption_extension"),
          problems,
          searched,
          " with --on_bad_image=skip, because trials would leave out other pictures");
    }
  }

  private static List<Object> sorting(DataConfig set, boolean several) {
    return several || set.buckets().enabled()
        ? List.of(set.resolution(), set.pictures().resolutionIsDefault(), set.buckets())
        : List.of();
  }

  /** A table's copy has the captions of one column. */
  private static void requireOwnCaptions(
      Problems problems, TrainingConfig common, List<Map<String, String>> searched) {
    if (common.data().table().isPresent()) {
      refuse(
          List.of("caption_column", "instance_prompt"),
          problems,
          searched,
          " with --dataset_format, because a table is copied with the captions of one column");
    }
  }

  /** Refuses to search over flags that trials must share. */
  private static void refuse(
      List<String> flags, Problems problems, List<Map<String, String>> searched, String why) {
    for (String flag : flags) {
      problems.unsupported(
          searched.stream().anyMatch(values -> values.containsKey(flag)),
          "--search",
          flag + why + "; run tune once for each value");
    }
  }

  /** Flags of this command that {@code train} does not have. */
  private Set<String> ownFlags(CommandLine train) {
    Set<String> own = new HashSet<>();
    command.options().stream()
        .filter(option -> train.getCommandSpec().findOption(option.longestName()) == null)
        .forEach(option -> own.add(option.longestName().replaceFirst("^--", "")));
    return own;
  }

  private static TrainingConfig configured(List<String> arguments) {
    AtomicReference<TrainingConfig> made = new AtomicReference<>();
    CommandLine train = train(made);
    train.parseArgs(arguments.toArray(String[]::new));
    TrainCommand unused = (TrainCommand) train.getCommandSpec().userObject();
    unused.call();
    return made.get();
  }

  private static CommandLine train(AtomicReference<TrainingConfig> made) {
    CommandLine train = new CommandLine(new TrainCommand(made::set));
    Numbers.register(train);
    train.getCommandSpec().parser().collectErrors(true);
    ConfigurationOptions.of(train.getCommandSpec()).ifPresent(ConfigurationOptions::ignoreSettings);
    return train.setOverwrittenOptionsAllowed(true).setExpandAtFiles(false);
  }
}
