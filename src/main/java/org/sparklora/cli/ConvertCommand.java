package org.sparklora.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.format.AdapterFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code convert}: an adapter in another format. */
@Command(
    name = "convert",
    description = "Writes an adapter in another tool's format.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Version.class)
final class ConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "INPUT",
      arity = "0..1",
      description = "The adapter, in any format: a file or a folder, a path or a URI.")
  private String input = "";

  @Mixin private AdapterOutputOptions output = new AdapterOutputOptions();

  @Override
  public Integer call() throws IOException {
    Problems problems = new Problems();
    problems.missing(input.isEmpty(), "INPUT", "the adapter to convert");
    AdapterFormat format = output.format(problems, Optional.empty());
    AdapterTarget target = output.adapter(problems, format);
    problems.throwAll();
    Configuration hadoop = HadoopSettings.load();
    target.check(hadoop);
    AdapterFile file = AdapterFile.read(input, hadoop);
    PrintWriter out = spec.commandLine().getOut();
    out.println("read " + input + ": " + AdapterText.summary(file));
    target.write(file.adapter(), hadoop, written -> out.println("wrote " + written));
    return ExitCode.OK.code();
  }
}
