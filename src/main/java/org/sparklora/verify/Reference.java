package org.sparklora.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.InvalidInputException;

/**
 * A folder of reference values: {@code model/} in diffusers layout, {@code golden.safetensors},
 * {@code golden.json} and {@code adapter_start.safetensors}.
 */
final class Reference implements AutoCloseable {
  private static final String PREFIX = "unet.";
  private static final String DOWN = ".lora_A.weight";
  private static final String UP = ".lora_B.weight";
  private static final Pattern ALPHA = Pattern.compile("alpha\\s*=\\s*([0-9.]+)");

  private final ModelFolder model;
  private final SafetensorsFile tensors;
  private final SafetensorsFile adapter;
  private final JsonNode numbers;

  private Reference(
      ModelFolder model, SafetensorsFile tensors, SafetensorsFile adapter, JsonNode numbers) {
    this.model = model;
    this.tensors = tensors;
    this.adapter = adapter;
    this.numbers = numbers;
  }

  /**
   * Opens a folder.
   *
   * @throws InvalidInputException (DATA) when a file is missing or invalid
   */
  static Reference open(Path folder) {
    List<String> missing = new ArrayList<>();
    for (String name :
        List.of("model", "golden.safetensors", "golden.json", "adapter_start.safetensors")) {
      if (!Files.exists(folder.resolve(name))) {
        missing.add("Missing " + folder.resolve(name) + ": a reference folder holds it");
      }
    }
    if (!missing.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, missing);
    }
    Configuration hadoop = new Configuration();
    return new Reference(
        ModelFolder.open(folder.resolve("model").toString(), hadoop, Optional.empty()),
        SafetensorsFile.open(folder.resolve("golden.safetensors")),
        SafetensorsFile.open(folder.resolve("adapter_start.safetensors")),
        ModelFolder.open(folder.toString(), hadoop, Optional.empty()).json("golden.json"));
  }

  ModelFolder model() {
    return model;
  }

  boolean has(String name) {
    return tensors.tensors().containsKey(name);
  }

  long[] shape(String name) {
    return info(name).shape();
  }

  float[] floats(String name) {
    info(name);
    return floats(tensors.data(name));
  }

  long[] longs(String name) {
    info(name);
    ByteBuffer data = tensors.data(name);
    long[] values = new long[data.remaining() / Long.BYTES];
    data.asLongBuffer().get(values);
    return values;
  }

  /** A value of golden.json. */
  Optional<JsonNode> number(String name) {
    return Optional.ofNullable(numbers.get(name));
  }

  /** The names of golden.json that begin so. */
  List<String> numbers(String prefix) {
    List<String> names = new ArrayList<>();
    numbers.fieldNames().forEachRemaining(names::add);
    return names.stream().filter(name -> name.startsWith(prefix)).toList();
  }

  /** The starting adapter's rank, alpha and targets: the very modules it has. */
  LoraConfig loraConfig() {
    List<String> modules = new ArrayList<>();
    int rank = 0;
    for (TensorInfo tensor : adapter.tensors().values()) {
      if (tensor.name().endsWith(DOWN)) {
        modules.add(moduleName(tensor.name()));
        rank = Math.toIntExact(tensor.shape()[0]);
      }
    }
    Matcher alpha = ALPHA.matcher(adapter.metadata().toString());
    if (!alpha.find()) {
      throw InvalidInputException.data(
          "Missing alpha in the metadata of " + adapter.source() + ": expected alpha=NUMBER");
    }
    return new LoraConfig(rank, Double.parseDouble(alpha.group(1)), 0, false, modules);
  }

  /** The layout of the starting adapter in the reference's UNet. */
  AdapterLayout layout(LoraConfig config) {
    TreeMap<String, long[]> shapes = new TreeMap<>();
    model.weights("unet").tensors().forEach((name, info) -> shapes.put(name, info.shape()));
    return AdapterLayout.of(shapes, config);
  }

  float[] startingAdapter(AdapterLayout layout) {
    return flat(layout, name -> floats(adapter.data(name)));
  }

  /** An adapter among the reference tensors, under a prefix. */
  float[] adapter(AdapterLayout layout, String prefix) {
    return flat(layout, name -> floats(prefix + name));
  }

  private static float[] flat(
      AdapterLayout layout, java.util.function.Function<String, float[]> read) {
    float[] values = new float[layout.parameters()];
    for (AdapterLayout.Module module : layout.modules()) {
      float[] down = read.apply(PREFIX + module.name() + DOWN);
      float[] up = read.apply(PREFIX + module.name() + UP);
      System.arraycopy(down, 0, values, module.downOffset(), module.downSize());
      System.arraycopy(up, 0, values, module.upOffset(), module.upSize());
    }
    return values;
  }

  private TensorInfo info(String name) {
    TensorInfo info = tensors.tensors().get(name);
    if (info == null) {
      throw InvalidInputException.data("Missing tensor " + name + " in " + tensors.source());
    }
    return info;
  }

  private static String moduleName(String key) {
    return key.substring(PREFIX.length(), key.length() - DOWN.length());
  }

  private static float[] floats(ByteBuffer data) {
    float[] values = new float[data.remaining() / Float.BYTES];
    data.asFloatBuffer().get(values);
    return values;
  }

  @Override
  public void close() {
    tensors.close();
    adapter.close();
  }
}
