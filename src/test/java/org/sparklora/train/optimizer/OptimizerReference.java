package org.sparklora.train.optimizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.train.Fixtures;

/** A run of an optimizer's own package, written by src/test/python/optimizer_fixtures.py. */
record OptimizerReference(SafetensorsFile file) implements AutoCloseable {
  static OptimizerReference of(String name) {
    try {
      Path path =
          Path.of(
              Objects.requireNonNull(
                      OptimizerReference.class.getResource(
                          "/train/optimizers/" + name + ".safetensors"))
                  .toURI());
      return new OptimizerReference(SafetensorsFile.open(path, name));
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  List<ParameterTensor> tensors() {
    try {
      List<ParameterTensor> tensors = new ArrayList<>();
      int offset = 0;
      for (long[] shape :
          new ObjectMapper().readValue(file.metadata().get("shapes"), long[][].class)) {
        tensors.add(new ParameterTensor(offset, shape));
        offset = tensors.get(tensors.size() - 1).end();
      }
      return tensors;
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  float[] start() {
    float[] values = new float[ParameterTensor.total(tensors())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 29 % 64 - 32) / 256f;
    }
    return values;
  }

  /** The script's gradient: a pattern of the step, or that of a bowl. */
  float[] gradient(int step, float[] parameters) {
    boolean pattern = file.metadata().get("gradients").equals("pattern");
    if (pattern && !has("state.state1")) {
      return Fixtures.gradient(step, parameters.length);
    }
    float[] gradient = new float[parameters.length];
    for (int i = 0; pattern && i < gradient.length; i++) {
      gradient[i] = ((i * 7919 + step * 4729) % 10007 - 5003) / (float) (1 << 17);
    }
    if (pattern) {
      return gradient;
    }
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = parameters[i] - (i * 53 % 128 - 64) / 128f;
    }
    return gradient;
  }

  boolean has(String name) {
    return file.tensors().containsKey(name);
  }

  float[] floats(String name) {
    ByteBuffer bytes = file.data(name).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  byte[] codes(String name) {
    byte[] codes = new byte[file.data(name).remaining()];
    file.data(name).get(codes);
    return codes;
  }

  @Override
  public void close() {
    file.close();
  }
}
