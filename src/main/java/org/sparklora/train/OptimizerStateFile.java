package org.sparklora.train;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.sparklora.InvalidInputException;
import org.sparklora.model.SafetensorsWriter;
import org.sparklora.model.TensorFile;
import org.sparklora.model.TensorInfo;
import org.sparklora.model.TensorType;
import org.sparklora.train.optimizer.UpdateRuleState;

/**
 * An {@link OptimizerState} as safetensors: vectors as tensors, F32 or U8, counts as metadata.
 *
 * <p>Doubles are written as their shortest decimal, which reads back as the same bits.
 */
final class OptimizerStateFile {
  static final String NAME = "optimizer.safetensors";

  private static final String VALUES = "adapter";
  private static final String EMA = "ema";
  private static final String STEP = "step";
  private static final String UPDATES = "updates";
  private static final String LOSS_SCALE = "loss_scale";
  private static final String STEPS_SINCE_SCALE_CHANGE = "steps_since_scale_change";
  private static final String RULE = "optimizer.";

  private OptimizerStateFile() {}

  static void write(OptimizerState state, OutputStream out) throws IOException {
    SafetensorsWriter file =
        new SafetensorsWriter()
            .metadata(STEP, Long.toString(state.step()))
            .metadata(UPDATES, Long.toString(state.updates()))
            .metadata(LOSS_SCALE, Float.toString(state.lossScale()))
            .metadata(STEPS_SINCE_SCALE_CHANGE, Integer.toString(state.stepsSinceScaleChange()));
    add(file, VALUES, state.values());
    state.ema().ifPresent(average -> add(file, EMA, average));
    UpdateRuleState rule = state.rule();
    rule.floats().forEach((name, values) -> add(file, name, values));
    rule.codes()
        .forEach(
            (name, codes) ->
                file.add(name, TensorType.U8, new long[] {codes.length}, ByteBuffer.wrap(codes)));
    rule.numbers().forEach((name, value) -> file.metadata(RULE + name, Double.toString(value)));
    file.writeTo(out);
  }

  private static void add(SafetensorsWriter file, String name, float[] values) {
    file.add(name, new long[] {values.length}, values);
  }

  static OptimizerState read(TensorFile file) {
    SortedMap<String, float[]> floats = new TreeMap<>();
    SortedMap<String, byte[]> codes = new TreeMap<>();
    for (TensorInfo tensor : file.tensors().values()) {
      if (tensor.type() == TensorType.U8) {
        codes.put(tensor.name(), codes(file, tensor.name()));
      } else if (!tensor.name().equals(VALUES) && !tensor.name().equals(EMA)) {
        floats.put(tensor.name(), floats(file, tensor.name()));
      }
    }
    SortedMap<String, Double> numbers = new TreeMap<>();
    file.metadata()
        .forEach(
            (key, value) -> {
              if (key.startsWith(RULE)) {
                numbers.put(key.substring(RULE.length()), Double.valueOf(value));
              }
            });
    return new OptimizerState(
        Long.parseLong(number(file, STEP)),
        Long.parseLong(number(file, UPDATES)),
        floats(file, VALUES),
        new UpdateRuleState(floats, codes, numbers),
        file.tensors().containsKey(EMA) ? Optional.of(floats(file, EMA)) : Optional.empty(),
        Float.parseFloat(number(file, LOSS_SCALE)),
        Integer.parseInt(number(file, STEPS_SINCE_SCALE_CHANGE)));
  }

  private static float[] floats(TensorFile file, String name) {
    float[] values = new float[Math.toIntExact(file.data(name).remaining() / Float.BYTES)];
    file.data(name).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  private static byte[] codes(TensorFile file, String name) {
    byte[] codes = new byte[file.data(name).remaining()];
    file.data(name).get(codes);
    return codes;
  }

  private static String number(TensorFile file, String key) {
    Map<String, String> metadata = file.metadata();
    if (!metadata.containsKey(key)) {
      throw InvalidInputException.data("Missing metadata " + key + " in " + file.source() + ".");
    }
    return metadata.get(key);
  }
}
