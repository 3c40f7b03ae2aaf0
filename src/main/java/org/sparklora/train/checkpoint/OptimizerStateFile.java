package org.sparklora.train.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.train.optimizer.UpdateRuleState;
import org.sparklora.train.step.OptimizerState;
import org.sparklora.util.InvalidInputException;

/**
 * An {@link OptimizerState} as safetensors: vectors as tensors, F32 or U8, counts as metadata. If
 * there are several groups, a name begins with the group's name and a slash.
 *
 * <p>Doubles are written in their shortest decimal form, which reads back as the same bits.
 */
public final class OptimizerStateFile {
  static final String NAME = "optimizer.safetensors";

  private static final String VALUES = "adapter";
  private static final String EMA = "ema";
  private static final String STEP = "step";
  private static final String UPDATES = "updates";
  private static final String LOSS_SCALE = "loss_scale";
  private static final String STEPS_SINCE_SCALE_CHANGE = "steps_since_scale_change";
  private static final String SKIPPED = "skipped_steps";
  private static final String RULE = "optimizer.";
  private static final String RANGES = "/values";

  private OptimizerStateFile() {}

  public static void write(OptimizerState state, OutputStream out) throws IOException {
    SafetensorsWriter file =
        new SafetensorsWriter()
            .metadata(STEP, Long.toString(state.step()))
            .metadata(LOSS_SCALE, Float.toString(state.lossScale()))
            .metadata(STEPS_SINCE_SCALE_CHANGE, Integer.toString(state.stepsSinceScaleChange()));
    if (state.skippedSteps() > 0) {
      file.metadata(SKIPPED, Long.toString(state.skippedSteps()));
    }
    add(file, VALUES, state.values());
    state.ema().ifPresent(average -> add(file, EMA, average));
    for (OptimizerState.Group group : state.groups()) {
      if (state.isGrouped()) {
        file.metadata(group.name() + RANGES, group.ranges());
      }
      write(file, state.isGrouped() ? group.name() + "/" : "", group);
    }
    file.writeTo(out);
  }

  private static void write(SafetensorsWriter file, String prefix, OptimizerState.Group group) {
    file.metadata(prefix + UPDATES, Long.toString(group.updates()));
    UpdateRuleState rule = group.rule();
    rule.floats().forEach((name, values) -> add(file, prefix + name, values));
    rule.codes()
        .forEach(
            (name, codes) ->
                file.add(
                    prefix + name,
                    TensorType.U8,
                    new long[] {codes.length},
                    ByteBuffer.wrap(codes)));
    rule.numbers()
        .forEach((name, value) -> file.metadata(prefix + RULE + name, Double.toString(value)));
  }

  private static void add(SafetensorsWriter file, String name, float[] values) {
    file.add(name, new long[] {values.length}, values);
  }

  static OptimizerState read(TensorFile file) {
    float[] values = floats(file, VALUES);
    List<OptimizerState.Group> groups = new ArrayList<>();
    for (Map.Entry<String, String> entry : new TreeMap<>(file.metadata()).entrySet()) {
      if (entry.getKey().endsWith(RANGES)) {
        int end = entry.getKey().length() - RANGES.length();
        groups.add(group(file, entry.getKey().substring(0, end), entry.getValue()));
      }
    }
    if (groups.isEmpty()) {
      groups.add(group(file, "", "0-" + values.length));
    }
    return new OptimizerState(
        Long.parseLong(number(file, STEP)),
        values,
        groups,
        file.tensors().containsKey(EMA) ? Optional.of(floats(file, EMA)) : Optional.empty(),
        Float.parseFloat(number(file, LOSS_SCALE)),
        Integer.parseInt(number(file, STEPS_SINCE_SCALE_CHANGE)),
        Long.parseLong(file.metadata().getOrDefault(SKIPPED, "0")));
  }

  /** Reads a group's part. A single group has an empty name. */
  private static OptimizerState.Group group(TensorFile file, String name, String ranges) {
    String prefix = name.isEmpty() ? "" : name + "/";
    SortedMap<String, float[]> floats = new TreeMap<>();
    SortedMap<String, byte[]> codes = new TreeMap<>();
    for (TensorInfo tensor : file.tensors().values()) {
      boolean common = tensor.name().equals(VALUES) || tensor.name().equals(EMA);
      if (!common && tensor.name().startsWith(prefix)) {
        String state = tensor.name().substring(prefix.length());
        if (tensor.type() == TensorType.U8) {
          codes.put(state, codes(file, tensor.name()));
        } else {
          floats.put(state, floats(file, tensor.name()));
        }
      }
    }
    SortedMap<String, Double> numbers = new TreeMap<>();
    file.metadata()
        .forEach(
            (key, value) -> {
              if (key.startsWith(prefix + RULE)) {
                numbers.put(key.substring(prefix.length() + RULE.length()), Double.valueOf(value));
              }
            });
    return new OptimizerState.Group(
        name,
        ranges,
        Long.parseLong(number(file, prefix + UPDATES)),
        new UpdateRuleState(floats, codes, numbers));
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
