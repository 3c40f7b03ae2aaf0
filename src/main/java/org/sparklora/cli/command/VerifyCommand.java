package org.sparklora.cli.command;

import ai.djl.Device;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sparklora.cli.check.HadoopSettings;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.AttentionOptions;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.Fp16Emulation;
import org.sparklora.cli.option.HubCacheOptions;
import org.sparklora.cli.option.Version;
import org.sparklora.flag.WholeNumber;
import org.sparklora.hub.Hub;
import org.sparklora.hub.HubUri;
import org.sparklora.model.folder.Locations;
import org.sparklora.spark.settings.ThreadLimit;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.LibTorch;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;
import org.sparklora.verify.Comparison;
import org.sparklora.verify.ScheduleComparison;
import org.sparklora.verify.ScheduleVerification;
import org.sparklora.verify.Verification;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code verify}: checks whether this machine computes what diffusers computes. */
@Command(
    name = "verify",
    description = "Compares this build's arithmetic, on this machine, with reference tensors.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Version.class)
public final class VerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--reference",
      paramLabel = "PATH",
      description =
          "Folder with model/, golden.safetensors, golden.json and adapter_start.safetensors; or a"
              + " JSON file of schedulers' sampling runs, such as golden/schedulers.json. It may be"
              + " a folder of the hub.")
  private String given = "";

  @Mixin private HubCacheOptions hubCache = new HubCacheOptions();

  private Path reference;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      split = ",",
      description =
          "Types to compute in: fp32, bf16, or fp16 on GPUs; several with commas (default: fp32).")
  private List<String> precisions = new ArrayList<>(List.of("fp32"));

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the computations on a CPU (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = BatchConfig.MOST_THREADS)
  private int threads = 1;

  @Mixin private Fp16Emulation emulation = new Fp16Emulation();

  @Mixin(name = "Attention")
  private AttentionOptions attention = new AttentionOptions();

  @Override
  public Integer call() {
    Problems problems = Problems.of(spec);
    problems.missing(given.isEmpty(), "--reference", "the reference to compare with");
    List<Precision> chosen =
        precisions.stream()
            .map(name -> problems.choice("--precision", name, Precision.named(), Precision.FP32))
            .map(emulation::of)
            .toList();
    AttentionKernel kernel = attention.kernel(problems);
    Optional<String> cacheDir = hubCache.folder(problems);
    ThreadLimit.problem("--threads", threads).ifPresent(problems::add);
    problems.throwAll();
    String location = Locations.asWritten(given);
    reference =
        HubUri.isHub(location)
            ? Hub.folder(location, HadoopSettings.load(cacheDir))
            : Path.of(given);
    if (Files.isRegularFile(reference)) {
      return (print(ScheduleVerification.run(reference)) ? ExitCode.OK : ExitCode.VERIFICATION)
          .code();
    }
    Device device = LibTorch.device();
    boolean passed = true;
    for (Precision precision : chosen) {
      passed &=
          print(
              precision,
              kernel,
              device,
              Verification.run(reference, precision, kernel, device, threads));
    }
    return (passed ? ExitCode.OK : ExitCode.VERIFICATION).code();
  }

  private boolean print(
      Precision precision, AttentionKernel kernel, Device device, List<Comparison> comparisons) {
    PrintWriter out = spec.commandLine().getOut();
    String name = precision.name().toLowerCase(Locale.ROOT);
    out.printf(Locale.ROOT, "%s, %s, %s attention on %s%n", reference, name, kernel, device);
    out.printf(Locale.ROOT, "%-32s %-6s %11s %11s%n", "quantity", "error", "measured", "tolerance");
    for (Comparison row : comparisons) {
      out.printf(
          Locale.ROOT,
          "%-32s %-6s %11.2e %11.0e  %s%n",
          row.name(),
          row.measure().label(),
          row.error(),
          row.tolerance(),
          verdict(row));
    }
    long passed = comparisons.stream().filter(Comparison::passes).count();
    long undecided = comparisons.stream().filter(Comparison::isUndecided).count();
    return summary(passed, undecided, comparisons.size());
  }

  private boolean print(List<ScheduleComparison> comparisons) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%s, schedulers%n%-31s %5s  %-9s %11s %11s%n",
        reference,
        "scheduler",
        "steps",
        "timesteps",
        "measured",
        "tolerance");
    for (ScheduleComparison row : comparisons) {
      out.printf(
          Locale.ROOT,
          "%-31s %5d  %-9s %11.2e %11.0e  %s  %s%n",
          row.scheduler(),
          row.steps(),
          row.timesteps().label(),
          row.error(),
          ScheduleComparison.TOLERANCE,
          row.passes() ? "pass" : "FAIL",
          row.options());
    }
    long passed = comparisons.stream().filter(ScheduleComparison::passes).count();
    return summary(passed, 0, comparisons.size());
  }

  private static String verdict(Comparison row) {
    if (row.isUndecided()) {
      return String.format(
          Locale.ROOT,
          "undecided: with its sums in another order the reference is %.2e from itself",
          row.own().orElseThrow());
    }
    return row.passes() ? "pass" : "FAIL";
  }

  private boolean summary(long passed, long undecided, int all) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%d of %d pass%s%n%n",
        passed,
        all,
        undecided == 0 ? "" : ", " + undecided + " undecided");
    out.flush();
    return passed + undecided == all;
  }
}
