package org.sparklora.spark.run;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.file.ApartFolder;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.data.row.Subjects;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.NewToken;
import org.sparklora.lora.Trainables;
import org.sparklora.lora.format.LycorisAdapterFile;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.model.ModelCheck;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.unet.UNetConfig;
import org.sparklora.pipeline.DrawingMemory;
import org.sparklora.pipeline.GenerationCheck;
import org.sparklora.pipeline.request.ImageSize;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.pipeline.request.ValidationConfig;
import org.sparklora.pipeline.request.ValidationPrompt;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.spark.prepare.EncodingMemory;
import org.sparklora.spark.table.TableCopy;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.spark.worker.BaseWeights;
import org.sparklora.spark.worker.InitialAdapterFile;
import org.sparklora.store.FolderProbe;
import org.sparklora.train.objective.Objective;
import org.sparklora.train.step.GroupPlan;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.MemoryRoom;

/**
 * The inputs and outputs of a run, checked before anything is computed.
 *
 * @param unet the base model's, as it was read for the checks
 * @param datasets to train on, at least one
 */
public record TrainingInputs(
    UNetConfig unet,
    List<ImageDataset> datasets,
    Optional<ImageDataset> validationDataset,
    Optional<ClassImageInputs> classImages,
    AdapterLayout layout,
    EarlierRun earlier) {
  /** What is trained for each subject, if the data set names subjects. */
  public Optional<Subjects> subjects() {
    return datasets.get(0).subjects();
  }

  /**
   * Checks the layers of text encoders that a recipe leaves out, and its objective.
   *
   * @param scheduler that of the base model, if it can be read
   */
  public static void checkObjective(
      TrainingConfig config,
      ModelCheck parts,
      Optional<SchedulerConfig> scheduler,
      Findings findings) {
    parts
        .textEncoders()
        .values()
        .forEach(
            encoder ->
                findings.check(() -> parts.requireLayers(encoder, config.trainables().clipSkip())));
    scheduler.ifPresent(
        known ->
            findings.collect(
                () -> new Objective(config.objective().snr().schedule(known), config.objective())));
  }

  /** Checks that each pattern of learning rates matches a layer. */
  public static void checkRates(TrainingConfig config, AdapterLayout layout, Findings findings) {
    findings.check(
        () ->
            new GroupPlan(
                    config.rates(), config.optimizer().learningRate(), config.schedule().over(1))
                .groups(layout));
  }

  /**
   * Checks the model's configurations, the data set's footers, the adapter's targets and the output
   * folder.
   *
   * @param room of a task that encodes or draws
   * @throws InvalidInputException with every problem found
   */
  public static TrainingInputs check(TrainingConfig config, Configuration hadoop, MemoryRoom room) {
    Findings findings = new Findings();
    Optional<ModelFolder> base = findings.collect(() -> config.model().open(hadoop));
    Optional<AdapterLayout> layout = Optional.empty();
    Optional<UNetConfig> unet = Optional.empty();
    if (base.isPresent()) {
      ModelFolder folder = base.get();
      ModelCheck parts = ModelCheck.of(folder, findings);
      unet = parts.unet();
      checkObjective(
          config,
          parts,
          findings.collect(() -> SchedulerConfig.of(folder.config("scheduler"))),
          findings);
      checkPictures(config, folder, parts, room, findings);
      layout = findings.collect(() -> AdapterWorkerFactory.layout(folder, config.trainables()));
      layout.ifPresent(known -> checkRates(config, known, findings));
      if (config.data().subjectColumn().isEmpty()) { // each subject's adapter is an executor's
        layout.ifPresent(
            known ->
                findings.check(
                    () -> DriverMemory.require(known, Runtime.getRuntime().maxMemory())));
      }
      layout.ifPresent(
          known ->
              findings.check(() -> InitialAdapterFile.check(config.trainables(), known, hadoop)));
      tokens(config.trainables(), parts.tokenizer(), layout, findings);
      layout.ifPresent(known -> findings.check(() -> requireCopy(config, known)));
      layout
          .filter(AdapterLayout::isLycoris)
          .ifPresent(
              known ->
                  findings.check(
                      new LycorisAdapterFile(known, config.trainables().unet().orElseThrow())
                          ::requireNames));
    }
    List<ImageDataset> datasets = datasets(config, hadoop, findings);
    Optional<ImageDataset> validation = validation(config, hadoop, findings);
    Optional<ClassImageInputs> classImages =
        config
            .prior()
            .flatMap(
                prior ->
                    findings.collect(() -> ClassImageInputs.check(config, prior, hadoop, room)));
    datasets.stream()
        .flatMap(dataset -> dataset.subjects().stream())
        .forEach(subjects -> findings.check(() -> SubjectFolders.of(subjects.names())));
    findings.check(() -> FolderProbe.write("--output_dir", config.outputDir(), hadoop));
    config
        .latentCacheDir()
        .ifPresent(
            folder ->
                findings.check(() -> FolderProbe.write("--latent_cache_dir", folder, hadoop)));
    if (!config.tracking().reportTo().isEmpty()) {
      findings.check(
          () -> FolderProbe.write("--logging_dir", config.tracking().loggingDir(), hadoop));
    }
    Optional<OutputContents> there = findings.collect(() -> EarlierRun.look(config, hadoop));
    findings.throwAll();
    EarlierRun earlier = EarlierRun.check(config, there.orElseThrow(), datasets, hadoop);
    return new TrainingInputs(
        unet.orElseThrow(), datasets, validation, classImages, layout.orElseThrow(), earlier);
  }

  /** The same with the data sets opened as another configuration reads them. */
  public TrainingInputs reading(TrainingConfig other, Configuration hadoop, Findings findings) {
    return new TrainingInputs(
        unet,
        datasets(other, hadoop, findings),
        validation(other, hadoop, findings),
        classImages,
        layout,
        earlier);
  }

  private static List<ImageDataset> datasets(
      TrainingConfig config, Configuration hadoop, Findings findings) {
    return config.data().sets().stream()
        .flatMap(
            set ->
                findings
                    .collect(() -> new DatasetFolder(hadoop).open(set, apart(config, set)))
                    .stream())
        .toList();
  }

  private static Optional<ImageDataset> validation(
      TrainingConfig config, Configuration hadoop, Findings findings) {
    return config
        .validation()
        .datasetName()
        .flatMap(
            name -> findings.collect(() -> new DatasetFolder(hadoop).open(config.heldOutData())));
  }

  /**
   * Checks that pictures can be encoded and drawn at the size of a configuration.
   *
   * @param room of a task
   */
  public static void checkPictures(
      TrainingConfig config,
      ModelFolder base,
      ModelCheck parts,
      MemoryRoom room,
      Findings findings) {
    findings.check(() -> requireSampling(config, base, parts, room));
    parts
        .vae()
        .ifPresent(
            vae ->
                findings.check(
                    () -> EncodingMemory.require(vae, config.data().largestResolution(), room)));
  }

  /**
   * Checks the settings for validation pictures. They are drawn late in a run, so their problems
   * are reported before it.
   */
  private static void requireSampling(
      TrainingConfig config, ModelFolder base, ModelCheck parts, MemoryRoom room) {
    ValidationConfig drawn = config.validation();
    Set<ImageSize> sizes = new HashSet<>();
    for (ValidationPrompt prompt : drawn.prompts()) {
      SamplingConfig sampling = prompt.sampling(drawn);
      ImageSize size = prompt.size(config.data().largestResolution());
      GenerationCheck.requireSampling(sampling, base, parts.family(), size);
      if (parts.unet().isPresent() && parts.vae().isPresent() && sizes.add(size)) {
        DrawingMemory.ofValidation(room)
            .require(parts.unet().get(), parts.vae().get(), sampling, size, 1);
      }
    }
  }

  /**
   * Checks that a second file for kohya can hold the adapter, which must be a single one with
   * low-rank updates.
   */
  private static void requireCopy(TrainingConfig config, AdapterLayout layout) {
    boolean one = config.data().subjectColumn().isEmpty() && !layout.modules().isEmpty();
    if (config.places().kohya().isPresent() && !one) {
      throw InvalidInputException.configuration(
          "Unsupported --output_name: "
              + config.places().kohya().get().name()
              + "; this run makes "
              + (layout.modules().isEmpty() ? "learned tokens only" : "an adapter a subject")
              + ": leave it out, and write files for the web UIs with convert --format=kohya");
    }
  }

  /** Folders of the run that may lie in a data set's. */
  private static List<ApartFolder> apart(TrainingConfig config, DataConfig set) {
    if (TableCopy.isIn(TrainingData.cacheFolder(config), set.datasetName())) {
      return List.of(); // the run's own copy of a table
    }
    List<ApartFolder> apart = new ArrayList<>();
    apart.add(new ApartFolder("--output_dir", config.outputDir()));
    apart.add(new ApartFolder("--logging_dir", config.tracking().loggingDir()));
    config.latentCacheDir().ifPresent(it -> apart.add(new ApartFolder("--latent_cache_dir", it)));
    config.hub().cacheDir().ifPresent(it -> apart.add(new ApartFolder("--cache_dir", it)));
    config
        .prior()
        .ifPresent(it -> apart.add(new ApartFolder("--class_data_dir", it.data().datasetName())));
    config
        .validation()
        .datasetName()
        .filter(it -> !it.equals(set.datasetName()))
        .ifPresent(it -> apart.add(new ApartFolder("--validation_dataset_name", it)));
    DataConfig all = config.data();
    List<String> masks = all.sets().stream().map(other -> other.columns().masks()).toList();
    ApartFolder.otherSets(all.places(), set.datasetName(), masks).forEach(apart::add);
    return apart;
  }

  /**
   * Checks that new tokens are new, that initializers are tokens, and that the file formats can
   * hold everything.
   */
  private static void tokens(
      Trainables trainables,
      Optional<CaptionTokenizer> tokenizer,
      Optional<AdapterLayout> layout,
      Findings findings) {
    if (trainables.tokens().isEmpty()) {
      return;
    }
    tokenizer.ifPresent(
        known -> {
          findings.check(() -> trainables.tokenizer(known));
          for (NewToken token : trainables.tokens()) {
            findings.check(() -> BaseWeights.tokenId(known.first(), token.initializer()));
          }
        });
    layout
        .filter(wanted -> !wanted.modules().isEmpty() && !wanted.hasSecondEncoder())
        .ifPresent(
            wanted ->
                findings.check(
                    () ->
                        AdapterFiles.WITH_TOKENS.files(
                            wanted.adapter(new float[wanted.parameters()]))));
  }
}
