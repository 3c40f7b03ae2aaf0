package org.sparklora.spark.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.spark.SparkTestSession;
import org.sparklora.spark.reduce.WorkerContext;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.step.AdapterState;

/** Captions that are encoded before training. */
@Tag("long")
class CaptionEncodingTest {
  private static final String BASE = EncodedPictures.BASE;
  private static final Configuration HADOOP = new Configuration(false);
  private static final int PICTURES = 4;
  private static final int PIXELS = 64;
  private static final LoraConfig LORA =
      new LoraConfig(4, 4, 0, false, List.copyOf(LoraConfig.ATTENTION));

  @TempDir private static Path folder;

  private static String latents;
  private static String withoutEncoder;

  @BeforeAll
  static void encodeAFewPictures() throws IOException {
    latents = EncodedPictures.write(folder, PICTURES, PIXELS);
    withoutEncoder = copyWithoutEncoder().toString();
  }

  private static Path copyWithoutEncoder() throws IOException {
    Path copy = folder.resolve("model");
    try (Stream<Path> files = Files.walk(Path.of(BASE))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = copy.resolve(Path.of(BASE).relativize(file).toString());
        Files.createDirectories(to.getParent());
        if (!file.endsWith("text_encoder/model.safetensors")) {
          Files.copy(file, to);
        }
      }
    }
    return copy;
  }

  @Test
  void workersComputeTheSameWithoutATextEncoder() throws IOException {
    for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
      float[] expected = gradient(factory(BASE, precision));
      assertThatThrownBy(() -> gradient(factory(withoutEncoder, precision)))
          .hasMessageContaining("text_encoder");
      AdapterWorkerFactory prepared = prepare(factory(BASE, precision));
      assertThat(gradient(with(withoutEncoder, precision, prepared))).isEqualTo(expected);
      for (Path file : stored(prepared)) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
      assertThat(gradient(prepared)).as("from damaged files").isEqualTo(expected);
      for (Path file : stored(prepared)) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aCaptionIsEncodedOnce() throws IOException {
    AdapterWorkerFactory prepared = prepare(factory(BASE, Precision.FP32));
    List<Path> files = stored(prepared);
    assertThat(files).as("captions, and the one that is left out").hasSize(PICTURES + 1);
    Files.writeString(files.get(0), "as it was");
    Files.delete(files.get(1));
    assertThat(prepare(factory(BASE, Precision.FP32)).encodedCaptions())
        .isEqualTo(prepared.encodedCaptions());
    assertThat(files.get(0)).hasContent("as it was");
    assertThat(files.get(1)).exists();
    for (Path file : stored(prepared)) {
      Files.delete(file);
    }
  }

  private static AdapterWorkerFactory prepare(AdapterWorkerFactory factory) throws IOException {
    return CaptionEncoding.prepare(SparkTestSession.context(), factory, "base", 2);
  }

  private static List<Path> stored(AdapterWorkerFactory prepared) throws IOException {
    try (Stream<Path> files = Files.list(local(prepared.encodedCaptions().get(0)))) {
      return files.sorted().toList();
    }
  }

  private static Path local(String location) {
    return Path.of(new org.apache.hadoop.fs.Path(location).toUri().getPath());
  }

  private static AdapterWorkerFactory with(
      String model, Precision precision, AdapterWorkerFactory prepared) {
    return factory(model, precision).withCaptions(prepared.encodedCaptions().get(0));
  }

  private static AdapterWorkerFactory factory(String model, Precision precision) {
    return new AdapterWorkerFactory(
        new SerializableConfiguration(HADOOP),
        new ModelConfig(model, model, ""),
        new BatchConfig(PICTURES, 1, 1, 1, 5, precision, AttentionKernel.DEFAULT, false),
        Trainables.unet(LORA),
        0,
        AdapterWorkerFactory.Objectives.of(
            new ObjectiveConfig(Optional.empty(), OptionalDouble.empty(), 0)),
        latents,
        List.of(),
        0.3,
        CaptionConfig.AS_IS,
        List.of());
  }

  private static float[] gradient(AdapterWorkerFactory factory) {
    AdapterLayout layout =
        AdapterWorkerFactory.layout(
            ModelFolder.open(BASE, HADOOP, Optional.empty()), Trainables.unet(LORA));
    try (GradientComputer computer =
        factory.open(new WorkerContext("here", "0", Device.cpu(), 1))) {
      return computer.compute(new AdapterState(1, 1, layout.initialValues(5)), 0).values();
    }
  }
}
