package org.sparklora.cli.command;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.AdapterOutputOptions;
import org.sparklora.cli.option.BaseOptions;
import org.sparklora.cli.option.ExitCode;
import org.sparklora.cli.option.HubCacheOptions;
import org.sparklora.cli.option.Version;
import org.sparklora.cli.option.WeightedAdapterOptions;
import org.sparklora.cli.option.WeightedAdapterOptions.Weighted;
import org.sparklora.cli.target.AdapterTarget;
import org.sparklora.cli.target.AdapterText;
import org.sparklora.cli.target.Location;
import org.sparklora.cli.target.ModelTarget;
import org.sparklora.cli.target.Stores;
import org.sparklora.flag.WholeNumber;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.combine.AdapterSum;
import org.sparklora.lora.combine.FusedModel;
import org.sparklora.lora.combine.RelativeChanges;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.model.ModelCopy;
import org.sparklora.model.folder.ModelFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code merge}: merges adapters into one, or into the base model. */
@Command(
    name = "merge",
    description = {
      "Adds adapters up, each with a weight, into one adapter or into a base model.",
      "Without --rank the sum is exact, and its rank is the sum of the adapters' ranks. With --base"
          + " the result is a complete model with the base model's types: a folder, or with"
          + " --output_file one file in the original names.",
      "With --base and no adapter the model is only written in the other layout."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    versionProvider = Version.class)
public final class MergeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private WeightedAdapterOptions adapters = new WeightedAdapterOptions();

  @Option(
      names = "--rank",
      paramLabel = "R",
      description =
          "Replace each module's update by the nearest one of this rank (by its singular values)."
              + " Updates of a lower rank keep their rank.")
  @WholeNumber(min = 1, max = Integer.MAX_VALUE)
  private Integer rank;

  @Option(
      names = "--show_modules",
      description =
          "With --rank, print how much of its norm each module keeps, not only the total.")
  private boolean showModules;

  @Option(
      names = {"--base", "--pretrained_model_name_or_path"},
      paramLabel = "FOLDER|ID",
      description =
          "Write this base model with the adapters in its weights, to --output_dir or"
              + " --output_file.")
  private String base = "";

  @Mixin private BaseOptions version = new BaseOptions();

  @Mixin private HubCacheOptions hubCache = new HubCacheOptions();

  @Mixin private AdapterOutputOptions output = new AdapterOutputOptions();

  @Override
  public Integer call() throws IOException {
    Problems problems = Problems.of(spec);
    problems.missing(adapters.isEmpty() && base.isEmpty(), "--adapter", "the adapters to merge");
    adapters.check(problems);
    version.check(problems, base);
    Optional<String> cacheDir = hubCache.folder(problems);
    if (base.isEmpty()) {
      AdapterFormat format = output.format(problems, Optional.of(AdapterFormat.DIFFUSERS));
      AdapterTarget target = output.adapter(problems, format);
      problems.throwAll();
      mergeTogether(target, cacheDir);
    } else {
      ModelTarget target = output.model(problems);
      String location = version.location(problems, base);
      problems.throwAll();
      mergeInto(target, location, cacheDir);
    }
    return ExitCode.OK.code();
  }

  private void mergeTogether(AdapterTarget target, Optional<String> cacheDir) throws IOException {
    Stores stores = Stores.load(cacheDir);
    target.check(stores);
    List<Weighted> read = read(stores);
    Adapter sum = reduced(sum(read));
    Map<String, String> metadata = Recipe.metadata(read, Optional.ofNullable(rank));
    metadata.putAll(sum.metadata());
    target.write(sum.withMetadata(metadata), stores, this::printWritten);
  }

  private void mergeInto(ModelTarget target, String location, Optional<String> cacheDir)
      throws IOException {
    Stores stores = Stores.load(cacheDir);
    ModelFolder model = version.open(location, stores);
    target.check(model.location(), stores.hadoop());
    if (adapters.isEmpty()) {
      target.write(ModelCopy.of(model), this::printWritten, stores.hadoop());
      return;
    }
    List<Weighted> read = ofRank(read(stores), model);
    Map<String, String> recipe = Recipe.metadata(read, Optional.ofNullable(rank));
    Adapter sum = sum(read);
    FusedModel.of(model, sum, recipe);
    target.write(FusedModel.of(model, reduced(sum), recipe), this::printWritten, stores.hadoop());
    out().println("the model is in " + Location.shown(target.location()));
  }

  /** What depends on the model becomes B A, if the rank is to be lowered. */
  private List<Weighted> ofRank(List<Weighted> read, ModelFolder model) {
    if (rank == null) {
      return read;
    }
    RelativeChanges changes = new RelativeChanges(model);
    return read.stream()
        .map(
            one ->
                new Weighted(
                    one.location(),
                    one.file().with(changes.on(one.file().adapter())),
                    one.weight()))
        .toList();
  }

  private List<Weighted> read(Stores stores) {
    List<Weighted> read = adapters.read(stores);
    TreeSet<String> bases = new TreeSet<>();
    for (Weighted one : read) {
      out()
          .printf(
              Locale.ROOT,
              "%s x %s: %s%n",
              one.weight(),
              one.location(),
              AdapterText.summary(one.file()));
      one.file().baseModel().ifPresent(bases::add);
    }
    if (bases.size() > 1) {
      out().println("note: they say that they were made for " + String.join(" and ", bases));
    }
    return read;
  }

  private Adapter sum(List<Weighted> read) {
    Adapter sum =
        AdapterSum.of(
            read.stream()
                .map(one -> new AdapterSum.Part(one.location(), one.file().adapter(), one.weight()))
                .toList());
    out().println("sum: " + AdapterText.content(sum));
    return sum;
  }

  private Adapter reduced(Adapter sum) {
    if (rank == null || (sum.modules().isEmpty() && sum.relative().isEmpty())) {
      return sum;
    }
    return new Decomposition(out(), showModules).of(sum, rank);
  }

  private void printWritten(String file) {
    out().println("wrote " + file);
    out().flush();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** Apart from the command, so that help needs no Jackson. */
  private static final class Recipe {
    /**
     * Says how the merged file came about, for its metadata. Adapters have their own names, without
     * the folders of this machine.
     */
    static Map<String, String> metadata(List<Weighted> adapters, Optional<Integer> rank) {
      ArrayNode parts = JSON.createArrayNode();
      adapters.forEach(
          one -> parts.addObject().put("adapter", one.shortName()).put("weight", one.weight()));
      Map<String, String> metadata = new TreeMap<>();
      metadata.put("merged_adapters", parts.toString());
      rank.ifPresent(given -> metadata.put("merged_rank", given.toString()));
      return metadata;
    }
  }
}
