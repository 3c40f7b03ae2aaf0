package org.sparklora.model.folder;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFiles;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.ViewedTensorFile;
import org.sparklora.model.single.SingleFile;
import org.sparklora.util.InvalidInputException;

/**
 * Presents a whole model in one file as a folder in diffusers' layout. Weights are read in place.
 * Another file of the folder is written to this machine when it is first needed.
 */
final class SingleFileFolder implements FolderSource {
  private static final String WEIGHTS = ".safetensors";

  private final Path file;
  private final String source;
  private final SingleFile model;
  private final Map<String, Path> written = new HashMap<>();

  /**
   * @param file on this machine
   * @param source where it is, for messages
   */
  SingleFileFolder(Path file, String source) {
    this.file = file;
    this.source = source;
    try (TensorFile tensors = TensorFiles.open(file, source)) {
      this.model = SingleFile.of(tensors);
    }
  }

  @Override
  public boolean exists() {
    return true;
  }

  @Override
  public List<String> list(String folder) {
    String inside = folder.isEmpty() || folder.endsWith("/") ? folder : folder + "/";
    TreeSet<String> names = new TreeSet<>();
    TreeSet<String> all = new TreeSet<>(model.files().keySet());
    model.components().forEach(component -> all.add(weightFile(component)));
    for (String name : all) {
      if (name.startsWith(inside)) {
        names.add(name.substring(inside.length()).replaceFirst("/.*", "/"));
      }
    }
    return List.copyOf(names);
  }

  static String weightFile(String component) {
    return component
        + (component.startsWith("text_encoder") ? "/model" : "/diffusion_pytorch_model")
        + WEIGHTS;
  }

  /** A component's weights, where they lie. */
  TensorFile weights(String component) {
    return new ViewedTensorFile(TensorFiles.open(file, source), model.tensors(component));
  }

  /** The file itself, on this machine. */
  Path file() {
    return file;
  }

  @Override
  public synchronized Path local(String relative) {
    return written.computeIfAbsent(relative, this::write);
  }

  private Path write(String relative) {
    try {
      Path target = Files.createTempDirectory("spark-lora-model").resolve("file");
      target.toFile().deleteOnExit();
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target))) {
        if (relative.endsWith(WEIGHTS)) {
          writeWeights(relative.substring(0, relative.indexOf('/')), out);
        } else {
          out.write(model.files().get(relative));
        }
      }
      return target;
    } catch (IOException e) {
      throw InvalidInputException.data(
          "Cannot write " + relative + " of " + source + " to this machine: " + e.getMessage(), e);
    }
  }

  private void writeWeights(String component, OutputStream out) throws IOException {
    try (TensorFile tensors = weights(component)) {
      SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
      for (TensorInfo tensor : tensors.tensors().values()) {
        writer.add(
            tensor, channel -> SafetensorsWriter.writeFully(tensors.data(tensor.name()), channel));
      }
      writer.writeTo(out);
    }
  }
}
