package org.sparklora.spark.prepare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.data.cache.LatentEncoder;
import org.sparklora.data.cache.LatentEncoderFactory;
import org.sparklora.data.cache.VaeLatentEncoder;
import org.sparklora.data.file.FileIdentity;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.spark.settings.GpuAssignment;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Opens the base model's autoencoder and tokenizer on a task's device. */
public record VaeEncoderFactory(
    SerializableConfiguration hadoop, ModelConfig model, int threads, String identity)
    implements LatentEncoderFactory {
  /** Where each sample lies in its picture is kept, too. */
  private static final String FRAMES = "frames";

  private static final String VAE = "vae";

  /** A factory whose identity is the names and contents of the files it reads. */
  public static VaeEncoderFactory of(Configuration hadoop, ModelConfig model, int threads) {
    List<String> files = new ArrayList<>();
    ModelFolder base = model.open(hadoop);
    try {
      if (base.singleFile().isPresent()) {
        Path single = new Path(model.location());
        FileSystem fileSystem = single.getFileSystem(hadoop);
        files.add(FileIdentity.of(fileSystem, fileSystem.getFileStatus(single)));
      }
      for (String component : components(model, base)) {
        Path folder = folder(model, component, hadoop);
        FileSystem fileSystem = folder.getFileSystem(hadoop);
        for (String used : base.usedFiles(component)) {
          FileStatus file = fileSystem.getFileStatus(new Path(folder, used));
          files.add(used + " " + FileIdentity.of(fileSystem, file));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + model.location(), e);
    }
    if (ModelFamily.of(base).hasAddedConditions()) {
      files.add(FRAMES);
    }
    if (model.textPieces() > 1) {
      files.add("captions in pieces: " + model.textPieces());
    }
    Collections.sort(files);
    String identity =
        String.format(
            Locale.ROOT, "%d threads, variant %s, %s", threads, model.variant().orElse(""), files);
    return new VaeEncoderFactory(new SerializableConfiguration(hadoop), model, threads, identity);
  }

  private static Path folder(ModelConfig model, String component, Configuration hadoop)
      throws IOException {
    if (!component.equals(VAE) || model.vaeLocation().isEmpty()) {
      return new Path(model.location(), component);
    }
    Path own = new Path(model.vaeLocation());
    Path inModel = new Path(own, VAE);
    return own.getFileSystem(hadoop).exists(inModel) ? inModel : own;
  }

  /** What is read of folders: of a model in one file, only another autoencoder. */
  private static List<String> components(ModelConfig model, ModelFolder base) {
    if (base.singleFile().isPresent()) {
      return model.vaeLocation().isEmpty() ? List.of() : List.of(VAE);
    }
    List<String> components = new ArrayList<>(List.of(VAE));
    ModelFamily.of(base).textEncoders().forEach(text -> components.add(text.tokenizer()));
    return components;
  }

  @Override
  public LatentEncoder open() {
    ModelFolder base = model.open(hadoop.value());
    Ops ops = Ops.open(GpuAssignment.device(TaskContext.get()), threads);
    return new VaeLatentEncoder(
        ops,
        new NetworkLoader(base, ops).vae(Precision.FP32),
        CaptionTokenizer.load(base),
        ModelFamily.of(base).hasAddedConditions());
  }
}
