package org.sparklora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Remembers each call of the op library: its method, and of its arguments the shapes, the types and
 * the numbers of vectors that stay on the CPU. {@code src/test/python/fake_cuda.py} makes the same
 * calls on tensors that claim to be on a GPU.
 */
public final class CallRecorder implements Ops.Observer {
  private record Tensor(List<Long> shape, String type, boolean leaf, List<Double> values) {}

  private record Call(String method, boolean recorded, List<Map<String, Object>> arguments) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<Call, Integer> calls = new LinkedHashMap<>();

  @Override
  public void begin(String method, NDList arguments, boolean recorded) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (NDArray array : arguments.subList(1, arguments.size())) {
      all.add(Map.of("argument", array.getName(), "tensor", tensor(array)));
    }
    calls.merge(new Call(method, recorded, all), 1, Integer::sum);
  }

  @Override
  public void observe(String method, NDList results, long nanoseconds) {
    // Arguments say it all.
  }

  private static Tensor tensor(NDArray array) {
    List<Long> shape = new ArrayList<>();
    for (long size : array.getShape().getShape()) {
      shape.add(size);
    }
    DataType type = array.getDataType();
    List<Double> values = new ArrayList<>();
    if (type == DataType.FLOAT64) {
      for (double value : array.toDoubleArray()) {
        values.add(value);
      }
    }
    boolean leaf = JniUtils.requiresGrad((PtNDArray) array);
    return new Tensor(shape, name(type), leaf, values);
  }

  /** DJL does not know the type of bf16 tensors. */
  private static String name(DataType type) {
    DataType known = type == DataType.UNKNOWN ? DataType.BFLOAT16 : type;
    return known.name().toLowerCase(Locale.ROOT);
  }

  /** Forgets the calls so far: what makes networks ready is no part of a step. */
  public void forget() {
    calls.clear();
  }

  /** Writes one line for each different call, with how often it was made. */
  public void write(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Map.Entry<Call, Integer> entry : calls.entrySet()) {
      lines.add(
          JSON.writeValueAsString(
              Map.of(
                  "method", entry.getKey().method(),
                  "recorded", entry.getKey().recorded(),
                  "arguments", entry.getKey().arguments(),
                  "times", entry.getValue())));
    }
    Files.write(file, lines);
  }
}
