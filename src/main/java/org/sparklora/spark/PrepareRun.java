package org.sparklora.spark;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.file.ApartFolder;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.model.ModelCheck;
import org.sparklora.model.ModelCheck.Part;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.spark.failure.ExecutorLibraries;
import org.sparklora.spark.prepare.EncodingMemory;
import org.sparklora.spark.prepare.JoinedPreparation;
import org.sparklora.spark.prepare.PrepareConfig;
import org.sparklora.spark.prepare.PrepareResult;
import org.sparklora.spark.run.HubInputs;
import org.sparklora.spark.run.ModelApart;
import org.sparklora.spark.settings.ExecutorMemory;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.settings.ThreadLimit;
import org.sparklora.spark.table.TableCopy;
import org.sparklora.store.FolderProbe;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.MemoryRoom;

/** The {@code prepare} command: a latent cache that training runs will find. */
public final class PrepareRun {
  private PrepareRun() {}

  /**
   * Checks the inputs, then encodes the pictures that the cache lacks.
   *
   * @throws InvalidInputException when an input cannot be used
   */
  public static PrepareResult run(PrepareConfig config) {
    SparkConf settings = SparkSettings.of(config.master());
    ThreadLimit.require("--threads_per_worker", config.threads(), settings);
    SparkSettings.shareHub(settings, config.hubCacheDir());
    SparkSettings.nameAfter(config.latentCacheDir(), settings);
    try (RunSpark cluster = RunSpark.ofItsOwn(settings)) {
      Configuration hadoop = cluster.hadoop();
      DataConfig data = data(config, cluster);
      HubInputs inputs = HubInputs.pin(config.model(), data, hadoop);
      List<ImageDataset> datasets =
          check(config, inputs, hadoop, ExecutorMemory.ofATask(cluster.settings()));
      datasets.forEach(dataset -> EncodeRoom.require(dataset, cluster.settings()));
      JavaSparkContext spark = cluster.open();
      ExecutorLibraries.require(spark, Integer.MAX_VALUE);
      return new JoinedPreparation(inputs.model(), inputs.data(), datasets, config.threads())
          .run(spark, config.latentCacheDir());
    }
  }

  /** The data set's settings, or those of a copy of its table. */
  private static DataConfig data(PrepareConfig config, RunSpark cluster) {
    return config.data().table().isEmpty()
        ? config.data()
        : TableData.copy(
                config.data(),
                Optional.empty(),
                cluster,
                config.latentCacheDir(),
                findings -> checkWithoutData(config, findings, cluster.hadoop()))
            .data();
  }

  private static void checkWithoutData(
      PrepareConfig config, Findings findings, Configuration hadoop) {
    findings
        .collect(() -> HubInputs.model(config.model(), hadoop).open(hadoop))
        .ifPresent(folder -> modelParts(folder, findings));
  }

  private static ModelCheck modelParts(ModelFolder folder, Findings findings) {
    return ModelCheck.of(folder, EnumSet.of(Part.VAE, Part.TOKENIZER), findings);
  }

  private static List<ImageDataset> check(
      PrepareConfig config, HubInputs inputs, Configuration hadoop, MemoryRoom room) {
    Findings findings = new Findings();
    ModelConfig model = inputs.model();
    Optional<ModelFolder> base = findings.collect(() -> model.open(hadoop));
    base.flatMap(folder -> modelParts(folder, findings).vae())
        .ifPresent(
            vae ->
                findings.check(
                    () -> EncodingMemory.require(vae, inputs.data().largestResolution(), room)));
    List<ImageDataset> datasets = new ArrayList<>();
    for (DataConfig set : inputs.data().sets()) {
      findings
          .collect(() -> new DatasetFolder(hadoop).open(set, apart(config, inputs.data(), set)))
          .ifPresent(datasets::add);
    }
    findings.check(() -> ModelApart.require("--latent_cache_dir", config.latentCacheDir(), model));
    findings.check(() -> FolderProbe.write("--latent_cache_dir", config.latentCacheDir(), hadoop));
    findings.throwAll();
    return datasets;
  }

  /** Folders that may lie in a data set's. */
  private static List<ApartFolder> apart(PrepareConfig config, DataConfig all, DataConfig set) {
    return TableCopy.isIn(config.latentCacheDir(), set.datasetName())
        ? List.of()
        : Stream.concat(
                Stream.of(new ApartFolder("--latent_cache_dir", config.latentCacheDir())),
                ApartFolder.otherSets(
                    all.places(),
                    set.datasetName(),
                    all.sets().stream().map(other -> other.columns().masks()).toList()))
            .toList();
  }
}
