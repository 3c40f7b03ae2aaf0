package org.sparklora.spark.generate;

import java.util.Optional;
import org.sparklora.pipeline.request.GenerationConfig;

/**
 * The settings of a generation job.
 *
 * @param outputDir {@code --output_dir}: folder of the table of pictures
 * @param overwrite {@code --overwrite}: whether it may replace a table
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
