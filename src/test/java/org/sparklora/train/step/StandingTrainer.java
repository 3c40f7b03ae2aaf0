package org.sparklora.train.step;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TextEncoders;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.nn.unet.UNetConfig;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.AdapterGradient;
import org.sparklora.train.TextConditioner;
import org.sparklora.train.objective.NoisyBatch;
import org.sparklora.train.objective.Objective;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.util.PeakMemory;
import org.sparklora.util.ProcessMemory;

/**
 * A worker and its optimizer that make a step when a line says so: this project's half of {@code
 * jobs/bench-against-diffusers}, whose other half is {@code diffusers_steps.py}. Linux alone.
 *
 * <p>Arguments: model folder, {@code given} or {@code script}, {@code fp32} or {@code bf16}, pixels
 * of a side, rank, threads. Each line of the input ({@code load}, {@code step}) is answered with a
 * line of JSON; the input's end ends the process.
 */
final class StandingTrainer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int WORDS = 77;

  private final ModelFolder model;
  private final boolean encodesText;
  private final Precision precision;
  private final int side;
  private final float[] timeIds;
  private final LoraConfig lora;
  private final Ops ops;

  private AdapterOptimizer optimizer;
  private AdapterGradient gradient;
  private LoraAdapter adapter;
  private Objective objective;
  private EncodedText text;

  private StandingTrainer(
      Path folder, boolean encodesText, Precision precision, int pixels, int rank, int threads) {
    this.model =
        ModelFolder.open(folder.toAbsolutePath().toString(), new Configuration(), Optional.empty());
    this.encodesText = encodesText;
    this.precision = precision;
    this.timeIds = new float[] {pixels, pixels, 0, 0, pixels, pixels};
    this.side = pixels / NetworkLoader.vaeConfig(model).downscale();
    this.lora = new LoraConfig(rank, rank, 0, false, LoraConfig.ATTENTION);
    this.ops = Ops.open(Device.cpu(), threads);
  }

  public static void main(String[] args) throws IOException {
    StandingTrainer trainer =
        new StandingTrainer(
            Path.of(args[0]),
            args[1].equals("script"),
            Precision.valueOf(args[2].toUpperCase(Locale.ROOT)),
            Integer.parseInt(args[3]),
            Integer.parseInt(args[4]),
            Integer.parseInt(args[5]));
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      System.out.println(line.equals("load") ? trainer.load() : trainer.step());
    }
    System.exit(0);
  }

  private String load() throws IOException {
    double before = ProcessMemory.RESIDENT.gib();
    long began = System.nanoTime();
    NetworkLoader networks = new NetworkLoader(model, ops, AttentionKernel.DEFAULT);
    UNet2DConditionModel unet = networks.unet(precision);
    Optional<TextEncoders> textEncoder =
        encodesText ? Optional.of(networks.frozenTextEncoders()) : Optional.empty();
    double seconds = (System.nanoTime() - began) * 1e-9;
    Map<String, Double> memory = memory();
    text = textEncoder.map(this::encoded).orElseGet(this::given);
    AdapterLayout layout = layout();
    adapter = LoraAdapter.inject(ops, unet.layers(), layout, lora);
    gradient = new AdapterGradient(ops, unet, adapter, precision);
    objective =
        new Objective(
            NoiseSchedule.of(SchedulerConfig.of(model.config("scheduler"))),
            new ObjectiveConfig(Optional.empty(), OptionalDouble.empty(), 0));
    optimizer =
        new AdapterOptimizer(
            new OptimizerConfig(1e-4, 0.9, 0.999, 1e-2, 1e-8, 1),
            new LearningRateConfig(LrScheduler.CONSTANT, 0, 1000, 1, 1),
            precision,
            1,
            layout.initialValues(0));
    PeakMemory.restart(); // the peak of the steps, from here on
    memory.put("seconds", seconds);
    memory.put("before", before);
    memory.put("parameters", (double) layout.parameters());
    return JSON.writeValueAsString(memory);
  }

  private EncodedText encoded(TextEncoders encoders) {
    int[] ids = new int[WORDS * encoders.family().textEncoders().size()];
    return new TextConditioner(ops, encoders, precision, 1, 0).encode(ops.manager(), List.of(ids));
  }

  private EncodedText given() {
    UNetConfig unet = NetworkLoader.unetConfig(model);
    return new EncodedText(
        given(new Shape(1, WORDS, unet.crossAttentionDim())),
        unet.added().map(added -> given(new Shape(1, added.pooledDim()))));
  }

  private NDArray given(Shape shape) {
    NDArray values = ops.manager().create(normals(-2, (int) shape.size()), shape);
    return ops.cast(ops.manager(), values, precision);
  }

  private String step() throws IOException {
    long began = System.nanoTime();
    AdapterState state = optimizer.state();
    adapter.load(state.values());
    MicroBatchGradient computed;
    try (NDManager scope = ops.manager().newSubManager()) {
      adapter.drawDropout(scope, Network.UNET, 0, state.step(), 0);
      computed = gradient.compute(batch(state.step()), text, state.lossScale());
    }
    long updating = System.nanoTime();
    optimizer.apply(computed);
    long ended = System.nanoTime();
    Map<String, Double> measured = memory();
    measured.put("step", (ended - began) * 1e-9);
    measured.put("forward", gradient.timing().forward());
    measured.put("backward", gradient.timing().backward());
    measured.put("update", (ended - updating) * 1e-9);
    measured.put("loss", computed.loss());
    return JSON.writeValueAsString(measured);
  }

  private NoisyBatch batch(long step) {
    int channels = NetworkLoader.unetConfig(model).inChannels();
    int size = channels * side * side;
    int timestep = (int) KeyedRandom.of(0, Purpose.TIMESTEP, step, 0).below(1000);
    NoisyBatch batch =
        objective.noise(
            new long[] {channels, side, side},
            List.of(normals(-1, size)),
            List.of(normals(step, size)),
            new int[] {timestep});
    return text.pooled().isPresent() ? batch.withTimeIds(timeIds) : batch;
  }

  private AdapterLayout layout() {
    TreeMap<String, long[]> shapes = new TreeMap<>();
    try (TensorFile weights = model.weights("unet")) {
      weights.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    }
    return AdapterLayout.of(shapes, lora);
  }

  private static float[] normals(long step, int size) {
    return KeyedRandom.of(0, Purpose.NOISE, step, 0).normals(size);
  }

  private static Map<String, Double> memory() throws IOException {
    Map<String, Double> memory = new TreeMap<>();
    memory.put("resident", ProcessMemory.RESIDENT.gib());
    memory.put("peak", ProcessMemory.PEAK.gib());
    memory.put("file", ProcessMemory.MAPPED.gib());
    return memory;
  }
}
