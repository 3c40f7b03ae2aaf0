package org.sparklora.spark.generate;

import java.util.Optional;
import org.sparklora.pipeline.GenerationConfig;

/**
 * Everything a generation job is told.
 *
 * @param outputDir {@code --output_dir}: where the table of pictures goes
 * @param overwrite {@code --overwrite}: whether it may replace one
 * @param master {@code --master}; empty under spark-submit
 * @param hubCacheDir {@code --cache_dir}; empty for each machine's own
 */
public record GenerationJobConfig(
    GenerationConfig generation,
    PromptsConfig prompts,
    String outputDir,
    boolean overwrite,
    Optional<String> master,
    Optional<String> hubCacheDir) {}
