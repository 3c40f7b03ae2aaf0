package org.sparklora.cli.command;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.kohya.CarriedOver;
import org.sparklora.cli.kohya.KohyaFolder;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.Version;
import org.sparklora.util.Count;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code config from-kohya}: a configuration of kohya's sd-scripts as one of this program. */
@Command(
    name = "from-kohya",
    description = {
      "Prints a configuration file with the meaning of a configuration of kohya's"
          + " train_network.py. For each setting that has no equal here it gives the reason and"
          + " what to do. It reads the folders that the configuration names, if they exist, and"
          + " writes nothing."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Version.class)
public final class FromKohyaCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "CONFIG.toml",
      description =
          "Their --config_file, a shell script that runs train_network.py, or a folder with one"
              + " such script.")
  private Path config;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DATASET.toml",
      description = "Their --dataset_config (default: what CONFIG names).")
  private Path dataset;

  @Override
  public Integer call() {
    Problems problems = Problems.of(spec);
    problems.missing(config == null, "CONFIG.toml", "the configuration to carry over");
    problems.throwAll();
    CarriedOver result = KohyaFolder.read(config, Optional.ofNullable(dataset));
    PrintWriter out = spec.commandLine().getOut();
    out.print(KohyaFolder.yaml(result, config));
    out.flush();
    spec.commandLine()
        .getErr()
        .printf(
            Locale.ROOT,
            "%s for train; without an equal here: %d, different: %d; see the end of the file%n",
            Count.of(result.values().size(), "setting"),
            result.missing().size(),
            result.changed().size());
    return ExitCode.OK.code();
  }
}
