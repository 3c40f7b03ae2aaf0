package org.sparklora.spark.generate;

import java.util.Optional;
import org.sparklora.data.TableConfig;

/**
 * The source of prompts.
 *
 * @param location {@code --prompts}: a file or folder of Parquet, CSV or text, or what {@code
 *     table} names
 * @param table what {@code --prompts_format} names, which Spark reads; otherwise empty
 * @param column {@code --prompt_column}
 * @param negativePrompt {@code --negative_prompt}, for rows without one
 * @param skipBad {@code --on_bad_prompt skip}: leave out rows that cannot be drawn
 */
public record PromptsConfig(
    String location,
    Optional<TableConfig> table,
    String column,
    String negativePrompt,
    boolean skipBad) {
  /** The place of the files that are read; empty for the name of a table, or a query. */
  Optional<String> place() {
    boolean named = table.filter(it -> TableConfig.isNamed(it.format(), it.name())).isPresent();
    return named ? Optional.empty() : Optional.of(location);
  }
}
