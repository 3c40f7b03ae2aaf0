package org.sparklora.spark.generate;

/**
 * The source of prompts.
 *
 * @param location {@code --prompts}: a file or folder of Parquet, CSV or text
 * @param column {@code --prompt_column}
 * @param negativePrompt {@code --negative_prompt}, for rows without one
 * @param skipBad {@code --on_bad_prompt skip}: leave out rows that cannot be drawn
 */
public record PromptsConfig(
    String location, String column, String negativePrompt, boolean skipBad) {}
