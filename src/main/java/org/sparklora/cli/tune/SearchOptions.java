package org.sparklora.cli.tune;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.TakesMappings;
import org.sparklora.flag.WholeNumber;
import picocli.CommandLine.Option;

/** Which trials a sweep has, and how many of them are trained to the end. */
public final class SearchOptions {
  private static final String SEARCH = "--search";
  private static final String TRIALS = "--trials";
  private static final String TABLE = "--trials_table";
  private static final int MOST_TRIALS = 1000;

  @Option(
      names = SEARCH,
      paramLabel = "FLAG=VALUES",
      description =
          "A flag of train and its values, with commas (or ; where values have commas):"
              + " learning_rate=1e-4,5e-5. Each combination of values is a trial. With --trials,"
              + " also a range: learning_rate=log(1e-5,1e-3), rank=uniform(4,64). Repeatable.")
  @TakesMappings(asPairs = true)
  private List<String> search = new ArrayList<>();

  @Option(
      names = TRIALS,
      paramLabel = "N",
      description = "Draw so many trials at random (default: every combination).")
  @WholeNumber(min = 1, max = MOST_TRIALS)
  private Integer trials;

  @Option(
      names = TABLE,
      paramLabel = "FILE",
      description =
          "A CSV or Parquet file of trials instead: a column for each flag, a row for each trial."
              + " An empty cell leaves a flag as it is.")
  private String table = "";

  @Option(
      names = "--tune_seed",
      paramLabel = "SEED",
      description = "Seed of the trials that are drawn at random (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = Long.MIN_VALUE, max = Long.MAX_VALUE)
  private long seed;

  @Option(
      names = "--halving",
      paramLabel = "N",
      description =
          "Stop the worst trials early: at each rung, 1/N of them go on, and are trained for N"
              + " times as many steps (default: all are trained to the end).")
  @WholeNumber(min = 2, max = 16)
  private Integer halving;

  /** What the number of trials is divided by at each rung. */
  public OptionalInt halving() {
    return halving == null ? OptionalInt.empty() : OptionalInt.of(halving);
  }

  /** The searched flags of each trial; empty after a problem. */
  public List<Map<String, String>> trials(Problems problems, SearchedFlags flags) {
    int before = problems.count();
    problems.missing(search.isEmpty() && table.isEmpty(), SEARCH, "a flag and the values to try");
    problems.require(
        search.isEmpty() || table.isEmpty(),
        TABLE,
        table,
        "--search says which trials there are, too; give one of them");
    problems.require(
        trials == null || table.isEmpty(), TRIALS, trials, "a table has a row for each trial");
    if (problems.count() > before) {
      return List.of();
    }
    List<Map<String, String>> all =
        table.isEmpty() ? searched(problems, flags) : TrialsTable.read(problems, flags, table);
    if (problems.count() > before) {
      return List.of();
    }
    problems.require(
        all.size() <= MOST_TRIALS,
        table.isEmpty() ? SEARCH : TABLE,
        all.size() + " trials",
        "there may be at most "
            + MOST_TRIALS
            + (table.isEmpty() ? "; give fewer values, or --trials" : ""));
    return problems.count() > before ? List.of() : all;
  }

  private List<Map<String, String>> searched(Problems problems, SearchedFlags flags) {
    List<Dimension> dimensions = dimensions(problems, flags);
    if (dimensions.size() < search.size()) {
      return List.of();
    }
    SearchSpace space = new SearchSpace(dimensions);
    if (trials == null) {
      problems.missing(
          space.hasRanges(), TRIALS, "the number of trials, because --search has a range");
      problems.require(
          space.hasRanges() || space.size() <= MOST_TRIALS,
          SEARCH,
          space.size() + " trials",
          "there may be at most " + MOST_TRIALS + "; give fewer values, or --trials");
      return space.hasRanges() || space.size() > MOST_TRIALS ? List.of() : space.grid();
    }
    List<Map<String, String>> drawn = space.draw(trials, seed);
    problems.require(
        drawn.size() == trials,
        TRIALS,
        trials,
        "--search has only " + drawn.size() + " different trials");
    return drawn;
  }

  /** The flags that are searched, each by its own name, so that none is there twice. */
  private List<Dimension> dimensions(Problems problems, SearchedFlags flags) {
    Map<String, Dimension> dimensions = new LinkedHashMap<>();
    for (String pair : search) {
      String[] parts = pair.split("=", 2);
      problems.require(parts.length == 2, SEARCH, pair, "it must be FLAG=VALUES, such as rank=4,8");
      if (parts.length == 2) {
        Dimension.of(problems, flags, parts[0], parts[1])
            .ifPresent(
                dimension ->
                    problems.require(
                        dimensions.put(dimension.flag(), dimension) == null,
                        SEARCH,
                        dimension.flag(),
                        "the flag is there twice; give all its values at once"));
      }
    }
    return List.copyOf(dimensions.values());
  }
}
