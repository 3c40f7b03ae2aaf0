package org.sparklora.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.nn.unet.AddedConditions;
import org.sparklora.nn.unet.Conditions;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.util.InvalidInputException;

/**
 * A folder of reference values: {@code model/} in diffusers layout, {@code golden.safetensors},
 * {@code golden.json}, {@code adapter_start.safetensors} and, where text encoders are trained,
 * {@code adapter_start_text.safetensors}.
 */
final class Reference implements AutoCloseable {
  private static final String SECOND_IDS = "text_2.input_ids";
  private static final String POOLED = "text_2.pooled";
  private static final String TIME_IDS = "unet.time_ids";

  private final ModelFolder model;
  private final SafetensorsFile tensors;
  private final SafetensorsFile adapter;
  private final Optional<SafetensorsFile> textAdapter;
  private final JsonNode numbers;

  private Reference(
      ModelFolder model,
      SafetensorsFile tensors,
      SafetensorsFile adapter,
      Optional<SafetensorsFile> textAdapter,
      JsonNode numbers) {
    this.model = model;
    this.tensors = tensors;
    this.adapter = adapter;
    this.textAdapter = textAdapter;
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
    JsonNode numbers =
        ModelFolder.open(folder.toString(), hadoop, Optional.empty()).json("golden.json");
    if (!numbers.isObject() || numbers.isEmpty()) {
      throw InvalidInputException.data(
          "Invalid "
              + folder.resolve("golden.json")
              + (numbers.isObject() ? ": it holds no numbers" : ": expected numbers by name")
              + "; write the reference anew");
    }
    return new Reference(
        ModelFolder.open(folder.resolve("model").toString(), hadoop, Optional.empty()),
        SafetensorsFile.open(folder.resolve("golden.safetensors")),
        SafetensorsFile.open(folder.resolve("adapter_start.safetensors")),
        Optional.of(folder.resolve("adapter_start_text.safetensors"))
            .filter(Files::exists)
            .map(SafetensorsFile::open),
        numbers);
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
    require(name, TensorType.F32);
    return floats(tensors.data(name));
  }

  long[] longs(String name) {
    require(name, TensorType.I64);
    ByteBuffer data = tensors.data(name);
    long[] values = new long[data.remaining() / Long.BYTES];
    data.asLongBuffer().get(values);
    return values;
  }

  /** The texts of the first rows, in a type, as they are given to training. */
  EncodedText text(Ops ops, NDManager scope, int[] rows, Precision precision) {
    NDArray states = ops.cast(scope, rows(scope, "unet.context", rows), precision);
    return has(POOLED)
        ? new EncodedText(
            states, Optional.of(ops.cast(scope, rows(scope, POOLED, rows), precision)))
        : EncodedText.of(states);
  }

  /** Token ids for each text encoder, one after the other, of each text. */
  List<int[]> captions() {
    long[] first = longs("text.input_ids");
    long[] second = has(SECOND_IDS) ? longs(SECOND_IDS) : new long[0];
    int rows = Math.toIntExact(shape("text.input_ids")[0]);
    return IntStream.range(0, rows)
        .mapToObj(row -> LongStream.concat(row(first, row, rows), row(second, row, rows)))
        .map(ids -> ids.mapToInt(Math::toIntExact).toArray())
        .toList();
  }

  private static LongStream row(long[] ids, int row, int rows) {
    int length = ids.length / rows;
    return Arrays.stream(ids, row * length, (row + 1) * length);
  }

  /** The UNet's conditions of the first rows. */
  Conditions conditions(Ops ops, NDManager scope, int rows, Precision precision) {
    int[] first = IntStream.range(0, rows).toArray();
    EncodedText text = text(ops, scope, first, precision);
    return new Conditions(
        text.states(),
        text.pooled().map(pooled -> new AddedConditions(pooled, rows(scope, TIME_IDS, first))));
  }

  /** The sizes of the pictures in these rows; empty if the model takes none. */
  Optional<float[]> timeIds(int[] rows) {
    return has(TIME_IDS) ? Optional.of(values(TIME_IDS, rows)) : Optional.empty();
  }

  private NDArray rows(NDManager scope, String name, int[] rows) {
    long[] shape = shape(name).clone();
    shape[0] = rows.length;
    return scope.create(values(name, rows), new Shape(shape));
  }

  private float[] values(String name, int[] rows) {
    float[] all = floats(name);
    int size = all.length / Math.toIntExact(shape(name)[0]);
    float[] chosen = new float[rows.length * size];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(all, rows[i] * size, chosen, i * size, size);
    }
    return chosen;
  }

  /** The settings of a run, in golden.json. */
  Settings settings(String name) {
    return new Settings("golden.json, " + name, numbers.path(name));
  }

  /** A number of golden.json, if it has it. */
  OptionalDouble number(String name) {
    return numbers.has(name)
        ? OptionalDouble.of(new Settings("golden.json", numbers).number(name))
        : OptionalDouble.empty();
  }

  /** The names in golden.json that begin with a prefix. */
  List<String> numbers(String prefix) {
    List<String> names = new ArrayList<>();
    numbers.fieldNames().forEachRemaining(names::add);
    return names.stream().filter(name -> name.startsWith(prefix)).toList();
  }

  /** The starting adapter on the UNet. */
  StartingAdapter start() {
    return StartingAdapter.of(adapter, model);
  }

  /** The starting adapter on all networks, where the reference has one. */
  Optional<StartingAdapter> textStart() {
    return textAdapter.map(file -> StartingAdapter.of(file, model));
  }

  /**
   * An adapter, or its gradient, among the reference tensors.
   *
   * @param prefix of the names; modules without a gradient have no tensor and stay zero
   */
  float[] adapter(AdapterLayout layout, String prefix) {
    return StartingAdapter.flat(
        layout, (name, values) -> has(prefix + name) ? floats(prefix + name) : new float[values]);
  }

  private TensorInfo info(String name) {
    TensorInfo info = tensors.tensors().get(name);
    if (info == null) {
      throw InvalidInputException.data("Missing tensor " + name + " in " + tensors.source());
    }
    return info;
  }

  private void require(String name, TensorType type) {
    TensorInfo info = info(name);
    if (info.type() != type) {
      throw InvalidInputException.data(
          "Invalid tensor " + info + " in " + tensors.source() + ": expected " + type);
    }
  }

  static float[] floats(ByteBuffer data) {
    float[] values = new float[data.remaining() / Float.BYTES];
    data.asFloatBuffer().get(values);
    return values;
  }

  @Override
  public void close() {
    tensors.close();
    adapter.close();
    textAdapter.ifPresent(SafetensorsFile::close);
  }
}
