package org.sparklora.lora.format;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.key.FileMetadata;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.lora.key.TokenTensors;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.util.InvalidInputException;

/**
 * Files with only learned tokens. In diffusers' {@code learned_embeds} a tensor has the name of its
 * token. The web UIs write {@code emb_params} or a pickled {@code string_to_param}; the token then
 * has the name of the file, or the pickle's {@code name}. A token of SDXL has {@code clip_l} for
 * the first text encoder and {@code clip_g} for the second; there the metadata's {@code name} is
 * the token.
 */
final class TextualInversionNaming implements AdapterNaming {
  private static final String WEB_UI = "emb_params";
  private static final String WEB_UI_PICKLE = "string_to_param.";
  private static final String XL_FIRST = "clip_l";
  private static final String XL_SECOND = "clip_g";
  private static final String NAME = "name";
  private static final int MOST_TOKENS = 64;

  private final AdapterFormat format;

  TextualInversionNaming(AdapterFormat format) {
    this.format = format;
  }

  /**
   * Recognises such files by shapes, and by names that no program uses, because people name tokens
   * as they like.
   */
  @Override
  public boolean recognises(AdapterSource source) {
    Map<String, TensorInfo> tensors = source.tensors().tensors();
    return !tensors.isEmpty()
        && tensors.size() <= MOST_TOKENS
        && !source.tensors().metadata().containsValue(CloneofsimoNaming.EMBED)
        && !OtherFiles.isOptimizerState(source)
        && tensors.values().stream().allMatch(TokenTensors::isToken)
        && (isXl(tensors) || areNamed(tensors));
  }

  private static boolean isXl(Map<String, TensorInfo> tensors) {
    return tensors.containsKey(XL_SECOND)
        && Set.of(XL_FIRST, XL_SECOND).containsAll(tensors.keySet());
  }

  private static boolean areNamed(Map<String, TensorInfo> tensors) {
    return tensors.values().stream().map(TokenTensors::width).distinct().count() == 1
        && tensors.keySet().stream().allMatch(key -> isUnnamed(key) || !ProgramNames.isOne(key))
        && (tensors.size() == 1
            || tensors.keySet().stream().noneMatch(key -> isOfMany(key, tensors)));
  }

  /** Whether the tensor belongs to a layer or a list, as in files of other kinds. */
  private static boolean isOfMany(String key, Map<String, TensorInfo> tensors) {
    return key.matches("\\d+")
        || (key.endsWith(".weight")
            && tensors.containsKey(key.replaceFirst("\\.weight$", ".bias")));
  }

  @Override
  public Adapter read(AdapterSource source) {
    TensorFile file = source.tensors();
    Map<String, String> metadata =
        new TreeMap<>(FileMetadata.without(file.metadata(), "format", NAME));
    boolean xl = isXl(file.tensors());
    List<LearnedToken> tokens =
        file.tensors().keySet().stream()
            .map(tensor -> xl ? ofXl(tensor, source) : ofOne(tensor, source))
            .toList();
    return new Adapter(List.of(), tokens, metadata);
  }

  private static LearnedToken ofOne(String tensor, AdapterSource source) {
    return TokenTensors.read(source.tensors(), tensor, token(tensor, source));
  }

  private static LearnedToken ofXl(String tensor, AdapterSource source) {
    String name = source.tensors().metadata().getOrDefault(NAME, source.name());
    LearnedToken token = TokenTensors.read(source.tensors(), tensor, name);
    return tensor.equals(XL_SECOND)
        ? new LearnedToken(name, Network.TEXT_ENCODER_2, token.vectors())
        : token;
  }

  private static String token(String tensor, AdapterSource source) {
    return isUnnamed(tensor)
        ? source.tensors().metadata().getOrDefault(NAME, source.name())
        : tensor;
  }

  private static boolean isUnnamed(String tensor) {
    return tensor.equals(WEB_UI) || tensor.startsWith(WEB_UI_PICKLE);
  }

  @Override
  public NamedTensors write(Adapter adapter) {
    long names = adapter.tokens().stream().map(LearnedToken::token).distinct().count();
    if (!adapter.modules().isEmpty() || names != 1) {
      throw InvalidInputException.configuration(
          "Unsupported in format "
              + format
              + ": "
              + (adapter.modules().isEmpty()
                  ? names + " learned tokens; a file is read for one"
                  : "low-rank updates, of which the adapter has " + adapter.modules().size())
              + ". Write "
              + AdapterFormat.CLONEOFSIMO
              + ", which holds updates and tokens");
    }
    NamedTensors file = new NamedTensors();
    LearnedToken token = adapter.tokens().get(0);
    if (ProgramNames.isOne(token.token())) {
      throw InvalidInputException.configuration(
          "Unsupported in format "
              + format
              + ": a learned token called "
              + token.token()
              + ", which programs use for another kind of tensor; no reader would take it for a"
              + " token");
    }
    boolean xl = adapter.tokens().stream().anyMatch(t -> t.encoder() != Network.TEXT_ENCODER);
    if (xl) {
      for (LearnedToken part : adapter.tokens()) {
        boolean first = part.encoder() == Network.TEXT_ENCODER;
        TokenTensors.add(file, first ? XL_FIRST : XL_SECOND, part);
      }
      file.metadata(NAME, token.token());
    } else {
      TokenTensors.add(file, token.token(), token);
    }
    adapter.metadata().forEach(file::metadata);
    return file.metadata("format", "pt");
  }
}
