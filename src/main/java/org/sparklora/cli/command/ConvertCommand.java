package org.sparklora.cli.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.AdapterOutputOptions;
import org.sparklora.cli.option.BaseOptions;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.HubCacheOptions;
import org.sparklora.cli.option.HubNames;
import org.sparklora.cli.option.Version;
import org.sparklora.cli.target.AdapterTarget;
import org.sparklora.cli.target.AdapterText;
import org.sparklora.cli.target.ModelTarget;
import org.sparklora.cli.target.Stores;
import org.sparklora.flag.WholeNumber;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.combine.RelativeChanges;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.model.ModelCopy;
import org.sparklora.model.folder.Locations;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.folder.WholeModel;
import org.sparklora.pipeline.AdapterCard;
import org.sparklora.util.InvalidInputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code convert}: an adapter in another format, or a base model in the other layout. */
@Command(
    name = "convert",
    description = {
      "Writes an adapter in another tool's format.",
      "A whole base model has no format: one file is written to the folder --output_dir, or a"
          + " folder as the one file --output_file."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Version.class)
public final class ConvertCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "INPUT",
      arity = "0..1",
      description =
          "The adapter, in any format, or a base model: a file or a folder, a path, a URI or an id"
              + " of the hub.")
  private String input = "";

  @Option(
      names = "--without_tokens",
      description = "Leave out learned tokens, for formats that cannot hold them.")
  private boolean withoutTokens;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "Write only this learned token, for example for textual-inversion.")
  private String token = "";

  @Option(
      names = "--rank",
      paramLabel = "R",
      description =
          "Replace each module's update by the nearest one of this rank, and say what is lost."
              + " Updates of a lower rank keep their rank.")
  @WholeNumber(min = 1, max = Integer.MAX_VALUE)
  private Integer rank;

  @Option(
      names = {"--base", "--pretrained_model_name_or_path"},
      paramLabel = "FOLDER|ID",
      description =
          "The base model, for adapters whose changes depend on its weights: GLoRA, OFT and IA3.")
  private String base = "";

  @Mixin private BaseOptions version = new BaseOptions();

  @Mixin private HubCacheOptions hubCache = new HubCacheOptions();

  @Mixin private AdapterOutputOptions output = new AdapterOutputOptions();

  @Override
  public Integer call() throws IOException {
    Problems problems = Problems.of(spec);
    problems.missing(input.isEmpty(), "INPUT", "the adapter to convert");
    problems.require(
        token.isEmpty() || !withoutTokens, "--token", token, "--without_tokens leaves it out");
    Optional<String> cacheDir = hubCache.folder(problems);
    Stores stores = Stores.load(cacheDir);
    String location = Locations.asWritten(input);
    if (!output.hasFormat() && !input.isEmpty() && WholeModel.isAt(location, stores::folder)) {
      writeModel(problems, stores);
    } else {
      writeAdapter(problems, stores, location);
    }
    return ExitCode.OK.code();
  }

  private void writeAdapter(Problems problems, Stores stores, String location) throws IOException {
    AdapterFormat format = output.format(problems, Optional.empty());
    AdapterTarget target = output.adapter(problems, format);
    version.check(problems, base);
    String model = base.isEmpty() ? "" : version.location(problems, base);
    problems.throwAll();
    target.check(stores);
    AdapterFile file = AdapterFile.read(location, stores::folder).requireFinite();
    Adapter adapter = AdapterCard.naming(file, location, stores::folder);
    out().println("read " + input + ": " + AdapterText.summary(file));
    Adapter lora = chosen(adapter);
    if (lora.relative().isEmpty()) {
      FlagLog.noEffect(
          base.isEmpty() ? List.of() : List.of("--base"),
          "with an adapter that does not depend on the base model");
    } else if (!base.isEmpty()) {
      lora = new RelativeChanges(version.open(model, stores)).on(lora);
      out().println("on the base model: " + AdapterText.content(lora));
    }
    if (rank != null && !(lora.modules().isEmpty() && lora.relative().isEmpty())) {
      lora = new Decomposition(out(), false).of(lora, rank);
    }
    target.write(lora, stores, this::printWritten);
  }

  private void writeModel(Problems problems, Stores stores) throws IOException {
    String why = "it is of adapters, and " + input + " is a base model";
    problems.require(!withoutTokens, "--without_tokens", withoutTokens, why);
    problems.require(token.isEmpty(), "--token", token, why);
    problems.require(rank == null, "--rank", rank, why);
    problems.require(base.isEmpty(), "--base", "given", why);
    ModelTarget target = output.model(problems);
    String location = HubNames.model(problems, "INPUT", input, "");
    problems.throwAll();
    ModelFolder model = version.open(location, stores);
    target.check(model.location(), stores.hadoop());
    target.write(ModelCopy.of(model), this::printWritten, stores.hadoop());
  }

  private void printWritten(String file) {
    out().println("wrote " + file);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private Adapter chosen(Adapter adapter) {
    if (withoutTokens) {
      return adapter.withoutTokens();
    }
    if (token.isEmpty()) {
      return adapter;
    }
    List<LearnedToken> only =
        adapter.tokens().stream().filter(learned -> learned.token().equals(token)).toList();
    if (only.isEmpty()) {
      throw InvalidInputException.configuration(
          "Invalid --token: "
              + token
              + "; the adapter has "
              + (adapter.tokens().isEmpty()
                  ? "no learned tokens"
                  : String.join(
                      ", ", adapter.tokens().stream().map(LearnedToken::token).toList())));
    }
    return new Adapter(List.of(), only, adapter.metadata());
  }
}
