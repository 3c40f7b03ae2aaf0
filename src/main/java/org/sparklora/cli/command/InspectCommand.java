package org.sparklora.cli.command;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.HubCacheOptions;
import org.sparklora.cli.option.Version;
import org.sparklora.cli.target.Stores;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.model.folder.Locations;
import org.sparklora.pipeline.AdapterCard;
import org.sparklora.util.Findings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inspect}: describes adapter files. */
@Command(
    name = "inspect",
    description = "Prints an adapter's format, rank, alpha, modules, norms, base model and tokens.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Version.class)
public final class InspectCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "ADAPTER",
      arity = "0..*",
      description = "Adapters in any format: files or folders, paths, URIs or ids of the hub.")
  private List<String> adapters = new ArrayList<>();

  @Option(names = "--json", description = "Print a JSON array, one object for each adapter.")
  private boolean json;

  @Mixin private HubCacheOptions hubCache = new HubCacheOptions();

  /** Prints the adapters that can be read, then the problems of the others. */
  @Override
  public Integer call() {
    Problems problems = Problems.of(spec);
    problems.missing(adapters.isEmpty(), "ADAPTER", "the file or folder to look into");
    Optional<String> cacheDir = hubCache.folder(problems);
    problems.throwAll();
    Stores stores = Stores.load(cacheDir);
    Findings findings = new Findings();
    List<AdapterReport> reports = new ArrayList<>();
    for (String adapter : adapters) {
      findings.collect(() -> report(adapter, stores)).ifPresent(reports::add);
    }
    print(reports);
    findings.throwAll();
    return ExitCode.OK.code();
  }

  private static AdapterReport report(String adapter, Stores stores) {
    String location = Locations.asWritten(adapter);
    AdapterFile file = AdapterFile.read(location, stores::folder);
    return AdapterReport.of(adapter, file, AdapterCard.baseModel(file, location, stores::folder));
  }

  private void print(List<AdapterReport> reports) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(AdapterReportJson.of(reports));
    } else {
      reports.forEach(new AdapterReportText(out)::print);
    }
    out.flush();
  }
}
