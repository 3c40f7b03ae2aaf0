package org.sparklora.lora.combine;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.model.ModelCopy;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.model.TensorAliases;
import org.sparklora.model.WeightChange;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.tokenizer.AddedTokenFiles;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.util.InvalidInputException;

/**
 * A base model with an adapter in its weights: {@code W + alpha / r * B A}. With DoRA the rows of
 * that sum are scaled to their magnitudes.
 */
public final class FusedModel {
  private static final String EMBEDDING = "text_model.embeddings.token_embedding.weight";

  private final ModelFolder base;
  private final Map<String, Map<String, WeightChange>> changes = new TreeMap<>();
  private final Map<String, byte[]> files = new TreeMap<>();

  private FusedModel(ModelFolder base) {
    this.base = base;
  }

  /**
   * Checks that an adapter fits a base model, and collects the changes.
   *
   * @param metadata added to that of each changed weight file
   * @throws InvalidInputException (DATA) when a module or a learned token does not fit
   */
  public static ModelCopy of(ModelFolder base, Adapter adapter, Map<String, String> metadata) {
    FusedModel fused = new FusedModel(base);
    fused.fuse(adapter.modules());
    for (Network encoder : Network.values()) {
      List<LearnedToken> own =
          adapter.tokens().stream().filter(token -> token.encoder() == encoder).toList();
      if (!own.isEmpty()) {
        fused.learn(encoder, own);
      }
    }
    return new ModelCopy(base, fused.changes, fused.files, metadata);
  }

  private void fuse(List<AdaptedModule> modules) {
    UnfitModules strangers = new UnfitModules();
    for (Network network : Network.values()) {
      List<AdaptedModule> own = modules.stream().filter(m -> m.network() == network).toList();
      if (own.isEmpty()) {
        continue;
      }
      if (network == Network.TEXT_ENCODER_2 && !base.has(network.component())) {
        own.forEach(strangers::add);
        continue;
      }
      Map<String, WeightChange> component = new TreeMap<>();
      try (TensorFile file = base.weights(network.component())) {
        for (AdaptedModule module : own) {
          Optional<TensorInfo> weight =
              TensorAliases.find(file, module.name() + ".weight").filter(w -> fits(module, w));
          weight.ifPresentOrElse(
              stored ->
                  component.put(
                      stored.name(),
                      new WeightChange.Rows((row, index) -> add(module, row, index))),
              () -> strangers.add(module));
        }
      }
      changes.put(network.component(), component);
    }
    strangers.check(modules, ModelFamily.of(base));
  }

  private static boolean fits(AdaptedModule module, TensorInfo weight) {
    long[] shape = weight.shape();
    return shape.length > 1 && module.fits(shape[0], weight.elements() / shape[0]);
  }

  /**
   * Adds row {@code index} of {@code scale B A}. With DoRA it then scales the row to its length.
   */
  private static void add(AdaptedModule module, double[] row, int index) {
    int rank = module.rank();
    float[] down = module.down();
    float[] up = module.up();
    for (int r = 0; r < rank; r++) {
      double factor = module.scale() * up[index * rank + r];
      int start = r * row.length;
      for (int i = 0; i < row.length; i++) {
        row[i] += factor * down[start + i];
      }
    }
    module.magnitude().ifPresent(lengths -> scaleTo(lengths[index], row));
  }

  private static void scaleTo(double length, double[] row) {
    double squares = 0;
    for (double value : row) {
      squares += value * value;
    }
    double factor = length / Math.sqrt(squares);
    for (int i = 0; i < row.length; i++) {
      row[i] *= factor;
    }
  }

  private void learn(Network encoder, List<LearnedToken> tokens) {
    List<String> names = new ArrayList<>();
    List<float[]> vectors = new ArrayList<>();
    for (LearnedToken token : tokens) {
      names.addAll(token.names());
      vectors.addAll(List.of(token.vectors()));
    }
    ClipTokenizer tokenizer = ClipTokenizer.load(base, encoder.tokenizer());
    tokenizer.withTokens(names);
    try (TensorFile file = base.weights(encoder.component())) {
      TensorInfo embedding =
          TensorAliases.find(file, EMBEDDING)
              .orElseThrow(
                  () ->
                      InvalidInputException.data(
                          "Missing tensor " + EMBEDDING + " in " + file.source()));
      checkFits(tokens, embedding, tokenizer.size());
      changes
          .computeIfAbsent(encoder.component(), component -> new TreeMap<>())
          .put(embedding.name(), new WeightChange.MoreRows(vectors.toArray(new float[0][])));
    }
    files.putAll(AddedTokenFiles.of(base, encoder.tokenizer(), names, tokenizer.size()));
    files.put(
        encoder.component() + "/config.json", config(encoder, tokenizer.size() + names.size()));
  }

  private void checkFits(List<LearnedToken> tokens, TensorInfo embedding, int known) {
    List<String> problems = new ArrayList<>();
    if (embedding.shape()[0] != known) {
      problems.add(
          "Cannot add learned tokens to "
              + base.location()
              + ": its text encoder embeds "
              + embedding.shape()[0]
              + " tokens but its tokenizer has "
              + known
              + "; merge only the adapters without tokens");
    }
    for (LearnedToken token : tokens) {
      for (float[] vector : token.vectors()) {
        if (vector.length != embedding.shape()[1]) {
          problems.add(
              "Invalid token embedding: "
                  + token.token()
                  + " has "
                  + vector.length
                  + " values a vector, the base model's text encoder "
                  + embedding.shape()[1]
                  + "; it was made for another base model");
          break;
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
  }

  private byte[] config(Network encoder, int vocabulary) {
    try {
      ObjectNode config = base.config(encoder.component()).deepCopy();
      return JSON.writerWithDefaultPrettyPrinter()
          .writeValueAsBytes(config.put("vocab_size", vocabulary));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can be written", e);
    }
  }
}
