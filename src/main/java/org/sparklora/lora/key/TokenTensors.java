package org.sparklora.lora.key;

import java.util.Arrays;
import org.sparklora.lora.LearnedToken;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.util.InvalidInputException;

/** A learned token as a tensor: {@code [width]}, or {@code [vectors, width]}. */
public final class TokenTensors {
  /** Text encoders of Stable Diffusion are 768 to 1280 wide. */
  private static final long MOST_WIDTH = 8192;

  private TokenTensors() {}

  public static boolean isToken(TensorInfo tensor) {
    long[] shape = tensor.shape();
    return (shape.length == 1 || shape.length == 2)
        && tensor.elements() > 0
        && shape[shape.length - 1] <= MOST_WIDTH;
  }

  public static long width(TensorInfo tensor) {
    return tensor.shape()[tensor.shape().length - 1];
  }

  public static LearnedToken read(TensorFile file, String tensor, String token) {
    TensorInfo info = file.tensors().get(tensor);
    if (!isToken(info)) {
      throw InvalidInputException.data(
          "Invalid learned token in "
              + file.source()
              + ": "
              + info
              + " is not one row of the token embedding or several");
    }
    float[] values = TensorFloats.read(file, tensor);
    int rows = info.shape().length == 1 ? 1 : Math.toIntExact(info.shape()[0]);
    int width = values.length / rows;
    float[][] vectors = new float[rows][];
    for (int i = 0; i < rows; i++) {
      vectors[i] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
    }
    return new LearnedToken(token, vectors);
  }

  public static void add(NamedTensors file, String name, LearnedToken token) {
    int width = token.vectors()[0].length;
    int rows = token.vectors().length;
    float[] values = new float[rows * width];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(token.vectors()[i], 0, values, i * width, width);
    }
    file.add(name, rows == 1 ? new long[] {width} : new long[] {rows, width}, values);
  }
}
