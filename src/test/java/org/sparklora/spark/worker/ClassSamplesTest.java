package org.sparklora.spark.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.DataConfig;
import org.sparklora.data.DatasetFolder;
import org.sparklora.data.SetUse;
import org.sparklora.data.TestDataset;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.data.row.ImageRow;
import org.sparklora.data.row.ImageRows;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.spark.SparkTestSession;
import org.sparklora.spark.prepare.JoinedPreparation;
import org.sparklora.spark.prepare.LatentPreparation;
import org.sparklora.spark.reduce.WorkerContext;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.objective.LossConfig;
import org.sparklora.train.objective.NoiseConfig;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.objective.SnrConfig;
import org.sparklora.train.objective.TimestepConfig;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;

/** A micro-batch of a subject's samples and as many of its class, on the embedded model. */
@Tag("long")
class ClassSamplesTest {
  private static final String BASE = "src/quickstart/base-model";
  private static final Configuration HADOOP = new Configuration(false);
  private static final int PIXELS = 64;
  private static final int SUBJECTS = 3;
  private static final int IMAGES_OF_CLASS = 5;
  private static final LoraConfig LORA =
      new LoraConfig(4, 4, 0.3, false, List.copyOf(LoraConfig.ATTENTION));

  @TempDir private static Path folder;

  private static String subject;
  private static String ofClass;
  private static float[] adapter;

  @BeforeAll
  static void encodeAFewPictures() throws IOException {
    List<ImageRow> rows = new ArrayList<>();
    var range =
        new DatasetFolder(HADOOP)
            .open(TestDataset.config("src/quickstart/noto", PIXELS))
            .ranges()
            .get(0);
    try (ImageRows reader = range.open(HADOOP)) {
      while (rows.size() < SUBJECTS + IMAGES_OF_CLASS) {
        rows.add(reader.next().orElseThrow());
      }
    }
    subject = encode("subject", rows.subList(0, SUBJECTS));
    ofClass = encode("class", rows.subList(SUBJECTS, rows.size()));
    AdapterLayout layout =
        AdapterWorkerFactory.layout(
            ModelFolder.open(BASE, HADOOP, Optional.empty()), Trainables.unet(LORA));
    adapter = layout.initialValues(1);
    float[] noise = KeyedRandom.of(1, Purpose.LORA_INIT, 2, 3).normals(adapter.length);
    for (int i = 0; i < adapter.length; i++) {
      adapter[i] += 0.1f * noise[i];
    }
  }

  /** As files, each with its caption beside it. */
  private static String encode(String name, List<ImageRow> rows) throws IOException {
    Path data = Files.createDirectories(folder.resolve(name));
    for (ImageRow row : rows) {
      Files.write(data.resolve(row.id() + ".png"), row.image().orElseThrow());
      Files.writeString(data.resolve(row.id() + ".txt"), row.captions().get(0));
    }
    DataConfig config = TestDataset.config(data.toString(), PIXELS);
    return new LatentPreparation(
            new ModelConfig(BASE, BASE, ""), config, new DatasetFolder(HADOOP).open(config), 1)
        .run(SparkTestSession.context(), folder.resolve("latents").toString())
        .location();
  }

  @Test
  void aClassWithoutWeightLeavesTheSubjectsLossAndGradient() {
    // The longer of the two sets gives the order: the same subjects come where it is the subject's.
    MicroBatchGradient alone = compute(List.of());
    MicroBatchGradient beside = compute(prior(0, SUBJECTS));
    assertThat(beside.loss()).isCloseTo(alone.loss(), within(1e-6));
    requireClose(beside.values(), alone.values());
  }

  @Test
  void lossAndGradientGrowWithTheWeightOfTheClass() {
    MicroBatchGradient none = compute(prior(0, IMAGES_OF_CLASS));
    MicroBatchGradient half = compute(prior(0.5, IMAGES_OF_CLASS));
    MicroBatchGradient whole = compute(prior(1, IMAGES_OF_CLASS));
    assertThat(whole.loss()).isGreaterThan(none.loss() + 1e-3);
    assertThat(half.loss()).isCloseTo((none.loss() + whole.loss()) / 2, within(1e-6));
    requireClose(half.values(), mean(none.values(), whole.values()));
    assertThat(norm(difference(whole.values(), none.values()))).isGreaterThan(1e-4);
  }

  /** A data set for regularisation beside the subject's, in one cache. */
  @Test
  void aDataSetForRegularisationHasTheWeightOfTheClass() {
    String both = joined();
    MicroBatchGradient none = compute(both, 0);
    MicroBatchGradient half = compute(both, 0.5);
    MicroBatchGradient whole = compute(both, 1);
    assertThat(whole.loss()).isGreaterThan(none.loss() + 1e-3);
    assertThat(half.loss()).isCloseTo((none.loss() + whole.loss()) / 2, within(1e-6));
    requireClose(half.values(), mean(none.values(), whole.values()));
    assertThat(norm(difference(whole.values(), none.values()))).isGreaterThan(1e-4);
  }

  private static String joined() {
    DataConfig subjects = TestDataset.config(folder.resolve("subject").toString(), PIXELS);
    DataConfig images =
        subjects.set(
            folder.resolve("class").toString(),
            subjects.split(),
            subjects.columns(),
            subjects.maxTrainSamples(),
            subjects.pictures(),
            new SetUse(1, true));
    DatasetFolder datasets = new DatasetFolder(HADOOP);
    return new JoinedPreparation(
            new ModelConfig(BASE, BASE, ""),
            DataConfig.of(List.of(subjects, images)),
            List.of(datasets.open(subjects), datasets.open(images)),
            1)
        .run(SparkTestSession.context(), folder.resolve("latents").toString())
        .location();
  }

  private static List<ClassLatents> prior(double lossWeight, int images) {
    return List.of(new ClassLatents(ofClass, images, lossWeight));
  }

  private static MicroBatchGradient compute(List<ClassLatents> prior) {
    return compute(subject, prior, 1);
  }

  private static MicroBatchGradient compute(String latents, double priorWeight) {
    return compute(latents, List.of(), priorWeight);
  }

  private static MicroBatchGradient compute(
      String latents, List<ClassLatents> prior, double priorWeight) {
    ObjectiveConfig objective =
        new ObjectiveConfig(
            Optional.empty(),
            OptionalDouble.empty(),
            false,
            SnrConfig.PLAIN,
            LossConfig.squared(priorWeight),
            NoiseConfig.offset(0),
            TimestepConfig.ALL);
    BatchConfig batch =
        new BatchConfig(2, 1, 2, 1, 9, Precision.FP32, AttentionKernel.DEFAULT, false);
    AdapterWorkerFactory factory =
        new AdapterWorkerFactory(
            new SerializableConfiguration(HADOOP),
            new ModelConfig(BASE, BASE, ""),
            batch,
            Trainables.unet(LORA),
            0,
            AdapterWorkerFactory.Objectives.of(objective),
            latents,
            prior,
            0,
            CaptionConfig.AS_IS,
            List.of());
    try (GradientComputer computer =
        factory.open(new WorkerContext("here", "0", Device.cpu(), 1))) {
      return computer.compute(new AdapterState(3, 1, adapter), 1);
    }
  }

  private static float[] mean(float[] a, float[] b) {
    float[] mean = new float[a.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (a[i] + b[i]) / 2;
    }
    return mean;
  }

  private static void requireClose(float[] actual, float[] expected) {
    assertThat(norm(difference(actual, expected)) / norm(expected)).isLessThan(1e-5);
  }

  private static float[] difference(float[] a, float[] b) {
    float[] difference = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      difference[i] = a[i] - b[i];
    }
    return difference;
  }

  private static double norm(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }
}
