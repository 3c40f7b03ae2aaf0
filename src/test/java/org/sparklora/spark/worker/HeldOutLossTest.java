package org.sparklora.spark.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.ReferencePython;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.lora.format.PeftAdapterFile;
import org.sparklora.model.Network;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.spark.reduce.WorkerContext;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.step.AdapterState;

/** Held-out loss on the embedded model and real pictures. */
@Tag("long")
class HeldOutLossTest {
  private static final String BASE = EncodedPictures.BASE;
  private static final Configuration HADOOP = new Configuration(false);
  private static final int PICTURES = 7;
  private static final int PIXELS = 64;
  private static final long SEED = 5;

  @TempDir private static Path folder;

  private static String latents;
  private static AdapterLayout layout;
  private static final LoraConfig LORA =
      new LoraConfig(4, 4, 0.3, false, List.copyOf(LoraConfig.ATTENTION));

  @BeforeAll
  static void encodeAFewPictures() throws IOException {
    latents = EncodedPictures.write(folder, PICTURES, PIXELS);
    layout =
        AdapterWorkerFactory.layout(
            ModelFolder.open(BASE, HADOOP, Optional.empty()), Trainables.unet(LORA));
  }

  /** An adapter whose B is not zero. */
  private static float[] adapter() {
    float[] values = layout.initialValues(SEED);
    float[] noise = KeyedRandom.of(1, Purpose.LORA_INIT, 2, 3).normals(values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] += 0.1f * noise[i];
    }
    return values;
  }

  /** Needs Python with diffusers; SPARK_LORA_PYTHON names it. */
  @Test
  void isWhatDiffusersComputesForTheSameNoiseAndTimesteps() throws Exception {
    ReferencePython.required();
    Path noise = folder.resolve("noise.safetensors");
    try (OutputStream out = Files.newOutputStream(noise)) {
      writeNoise(out);
    }
    Path adapter = Files.createDirectories(folder.resolve("adapter"));
    try (OutputStream out = Files.newOutputStream(adapter.resolve(PeftAdapterFile.NAME))) {
      // The rate is part of the file, and diffusers puts layers on that drop out.
      LoraConfig steady = new LoraConfig(4, 4, 0, false, LORA.targetModules());
      new PeftAdapterFile(layout, Map.of(Network.UNET, steady), BASE).write(adapter(), out);
    }
    String printed =
        ReferencePython.run(
            "heldout_loss.py",
            "--noise=" + noise,
            BASE,
            folder.resolve("data/pictures.parquet"),
            PIXELS,
            adapter);
    List<Double> losses =
        printed
            .lines()
            .filter(line -> line.matches(".*: [0-9.e-]+"))
            .map(line -> Double.parseDouble(line.replaceAll(".*: ", "")))
            .toList();

    assertThat(loss(layout.initialValues(SEED), 3)).isCloseTo(losses.get(0), within(5e-6));
    assertThat(loss(adapter(), 3)).isCloseTo(losses.get(1), within(5e-6));
    assertThat(losses.get(1)).isNotCloseTo(losses.get(0), within(1e-3));
  }

  private static void writeNoise(OutputStream out) throws IOException {
    int numbers = 4 * (PIXELS / 8) * (PIXELS / 8);
    float[] noise = new float[PICTURES * numbers];
    ByteBuffer timesteps =
        ByteBuffer.allocate(PICTURES * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < PICTURES; i++) {
      KeyedRandom random = KeyedRandom.of(SEED, Purpose.HELD_OUT, 0, i);
      timesteps.putLong(random.below(1000));
      System.arraycopy(random.normals(numbers), 0, noise, i * numbers, numbers);
    }
    new SafetensorsWriter()
        .add("noise", new long[] {PICTURES, 4, PIXELS / 8, PIXELS / 8}, noise)
        .add("timesteps", TensorType.I64, new long[] {PICTURES}, timesteps.flip())
        .writeTo(out);
  }

  @Test
  void trainingInBetweenWithDropoutChangesNothing() {
    try (GradientComputer computer = open(3)) {
      AdapterState state = new AdapterState(4, 1, adapter());
      double before = computer.heldOutLoss(state, 0);
      computer.compute(state, 0);
      assertThat(computer.heldOutLoss(state, 0)).isEqualTo(before);
      assertThat(computer.heldOutLoss(new AdapterState(5, 1, layout.initialValues(SEED)), 0))
          .isNotEqualTo(before);
    }
  }

  private static double loss(float[] values, int batch) {
    double sum = 0;
    try (GradientComputer computer = open(batch)) {
      for (int i = 0; i * batch < PICTURES; i++) {
        sum += computer.heldOutLoss(new AdapterState(0, 1, values), i);
      }
    }
    return sum / PICTURES;
  }

  private static GradientComputer open(int batch) {
    return new AdapterWorkerFactory(
            new SerializableConfiguration(HADOOP),
            new ModelConfig(BASE, BASE, ""),
            new BatchConfig(batch, 1, 1, 1, SEED, Precision.FP32, AttentionKernel.DEFAULT, false),
            Trainables.unet(LORA),
            0,
            AdapterWorkerFactory.Objectives.of(
                new ObjectiveConfig(Optional.empty(), OptionalDouble.of(5), 0.1)),
            latents,
            List.of(),
            0,
            CaptionConfig.AS_IS,
            List.of(new HeldOut(latents, 0)))
        .open(new WorkerContext("here", "0", Device.cpu(), 1));
  }
}
