package org.sparklora.pipeline;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.RandomModel;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.vae.Autoencoder;
import org.sparklora.pipeline.request.ImageRequest;
import org.sparklora.pipeline.request.ImageSize;
import org.sparklora.pipeline.request.SamplingConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.util.PeakMemory;
import org.sparklora.util.ProcessMemory;

/**
 * Memory of encoding a picture, of a step of drawing, and of decoding, in networks of random
 * weights. Linux alone. {@code jobs/bench drawing LAYOUT PRECISION HEIGHT WIDTH BATCH GUIDANCE
 * THREADS [SCRATCH]}
 */
final class DrawingBenchmark {
  private static final double GIB = 1L << 30;

  private DrawingBenchmark() {}

  public static void main(String[] args) throws IOException {
    Precision precision = Precision.valueOf(args[1].toUpperCase(Locale.ROOT));
    ImageSize size = new ImageSize(Integer.parseInt(args[2]), Integer.parseInt(args[3]));
    int batch = Integer.parseInt(args[4]);
    double guidance = Double.parseDouble(args[5]);
    int threads = Integer.parseInt(args[6]);
    Path model = Path.of(args[7]);
    if (!Files.exists(model)) {
      RandomModel.write(
          Path.of(args[0]), model, precision == Precision.BF16 ? TensorType.BF16 : TensorType.F32);
    }
    ModelFolder folder =
        ModelFolder.open(model.toUri().toString(), new Configuration(), Optional.empty());
    try (Ops ops = Ops.open(Device.cpu(), threads)) {
      Autoencoder vae = new NetworkLoader(folder, ops).vae(Precision.FP32);
      encode(ops, vae, new ImageSize(64, 64)); // what the first call loads
      double before = peakFromHere();
      encode(ops, vae, size);
      print("encode", size, before, ProcessMemory.PEAK.gib());
    }
    try (StableDiffusionPipeline pipeline =
        StableDiffusionPipeline.load(
            folder, Ops.open(Device.cpu(), threads), precision, AttentionKernel.DEFAULT)) {
      SamplingConfig sampling = SamplingConfig.of(2, guidance);
      List<ImageRequest> requests =
          IntStream.range(0, batch).mapToObj(i -> new ImageRequest("a red apple", "", i)).toList();
      pipeline.generate(
          requests.subList(0, 1), sampling, new ImageSize(64, 64), (step, steps) -> {});
      double[] before = {peakFromHere()};
      pipeline.generate(
          requests,
          sampling,
          size,
          (step, steps) -> {
            if (step == steps) {
              print("UNet, batch " + batch, size, before[0], ProcessMemory.PEAK.gib());
              before[0] = peakFromHere();
            }
          });
      print("decode", size, before[0], ProcessMemory.PEAK.gib());
    }
  }

  private static void encode(Ops ops, Autoencoder vae, ImageSize size) {
    try (NDManager scope = ops.manager().newSubManager()) {
      float[] picture = new float[3 * size.height() * size.width()];
      vae.encode(scope, scope.create(picture, new Shape(1, 3, size.height(), size.width())));
    }
  }

  private static double peakFromHere() {
    try {
      PeakMemory.restart();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ProcessMemory.RESIDENT.gib();
  }

  private static void print(String what, ImageSize size, double before, double peak) {
    double plane = (double) size.height() * size.width() * Float.BYTES / GIB;
    System.out.printf(
        Locale.ROOT,
        "%s %d x %d: before %.3f GiB, peak %.3f, more %.3f: %.1f values a pixel%n",
        what,
        size.height(),
        size.width(),
        before,
        peak,
        peak - before,
        (peak - before) / plane);
  }
}
