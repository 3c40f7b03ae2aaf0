package org.sparklora.spark.worker;

import java.util.Arrays;
import org.sparklora.lora.StartingWeights;
import org.sparklora.model.Network;
import org.sparklora.model.TensorAliases;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.util.InvalidInputException;

/** Reads the values from which an adapter starts from the base model's files. */
public record BaseWeights(ModelFolder base) implements StartingWeights {
  private static final String EMBEDDING = "text_model.embeddings.token_embedding.weight";

  @Override
  public float[] rowNorms(Network network, String module) {
    try (TensorFile file = base.weights(network.component())) {
      TensorInfo tensor = TensorAliases.find(file, module + ".weight").orElseThrow();
      float[] weight = TensorFloats.read(file, tensor.name());
      float[] norms = new float[Math.toIntExact(tensor.shape()[0])];
      int width = weight.length / norms.length;
      for (int row = 0; row < norms.length; row++) {
        double squares = 0;
        for (int i = row * width; i < (row + 1) * width; i++) {
          squares += (double) weight[i] * weight[i];
        }
        norms[row] = (float) Math.sqrt(squares);
      }
      return norms;
    }
  }

  @Override
  public float[] tokenRow(Network encoder, String token) {
    int id = tokenId(ClipTokenizer.load(base, encoder.tokenizer()), token);
    try (TensorFile file = base.weights(encoder.component())) {
      float[] table = TensorFloats.read(file, EMBEDDING);
      int width = Math.toIntExact(file.tensors().get(EMBEDDING).shape()[1]);
      return Arrays.copyOfRange(table, id * width, (id + 1) * width);
    }
  }

  /**
   * The id of a text that is one token.
   *
   * @throws InvalidInputException (CONFIGURATION) when the text is not exactly one token
   */
  public static int tokenId(ClipTokenizer tokenizer, String text) {
    int[] ids = tokenizer.ids(text);
    if (ids.length != 3) {
      throw InvalidInputException.configuration(
          "Invalid initializer token: \""
              + text
              + "\" is "
              + (ids.length - 2)
              + " tokens of the base model's tokenizer; give a word that is one, such as toy");
    }
    return ids[1];
  }
}
