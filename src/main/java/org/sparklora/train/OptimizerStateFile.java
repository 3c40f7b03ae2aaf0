package org.sparklora.train;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteOrder;
import java.util.Map;
import org.sparklora.InvalidInputException;
import org.sparklora.model.SafetensorsWriter;
import org.sparklora.model.TensorFile;

/** An {@link OptimizerState} as safetensors: vectors as tensors, counts as metadata. */
final class OptimizerStateFile {
  static final String NAME = "optimizer.safetensors";

  private static final String VALUES = "adapter";
  private static final String FIRST_MOMENT = "exp_avg";
  private static final String SECOND_MOMENT = "exp_avg_sq";
  private static final String STEP = "step";
  private static final String UPDATES = "updates";
  private static final String LOSS_SCALE = "loss_scale";
  private static final String STEPS_SINCE_SCALE_CHANGE = "steps_since_scale_change";

  private OptimizerStateFile() {}

  static void write(OptimizerState state, OutputStream out) throws IOException {
    long[] shape = {state.values().length};
    new SafetensorsWriter()
        .metadata(STEP, Long.toString(state.step()))
        .metadata(UPDATES, Long.toString(state.updates()))
        .metadata(LOSS_SCALE, Float.toString(state.lossScale()))
        .metadata(STEPS_SINCE_SCALE_CHANGE, Integer.toString(state.stepsSinceScaleChange()))
        .add(VALUES, shape, state.values())
        .add(FIRST_MOMENT, shape, state.firstMoment())
        .add(SECOND_MOMENT, shape, state.secondMoment())
        .writeTo(out);
  }

  static OptimizerState read(TensorFile file) {
    return new OptimizerState(
        Long.parseLong(number(file, STEP)),
        Long.parseLong(number(file, UPDATES)),
        floats(file, VALUES),
        floats(file, FIRST_MOMENT),
        floats(file, SECOND_MOMENT),
        Float.parseFloat(number(file, LOSS_SCALE)),
        Integer.parseInt(number(file, STEPS_SINCE_SCALE_CHANGE)));
  }

  private static float[] floats(TensorFile file, String name) {
    float[] values = new float[Math.toIntExact(file.data(name).remaining() / Float.BYTES)];
    file.data(name).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  private static String number(TensorFile file, String key) {
    Map<String, String> metadata = file.metadata();
    if (!metadata.containsKey(key)) {
      throw InvalidInputException.data("Missing metadata " + key + " in " + file.source() + ".");
    }
    return metadata.get(key);
  }
}
