package org.sparklora.spark.prepare;

import java.util.Optional;
import org.sparklora.data.DataConfig;
import org.sparklora.model.folder.ModelConfig;

/**
 * The settings of the {@code prepare} command.
 *
 * @param threads {@code --threads_per_worker}
 * @param latentCacheDir {@code --latent_cache_dir}: a path or a {@code file:}, {@code hdfs:},
 *     {@code s3a:} URI
 * @param master {@code --master}; empty under spark-submit
 * @param hubCacheDir {@code --cache_dir}; empty for each machine's own
 */
public record PrepareConfig(
    ModelConfig model,
    DataConfig data,
    int threads,
    String latentCacheDir,
    Optional<String> master,
    Optional<String> hubCacheDir) {}
