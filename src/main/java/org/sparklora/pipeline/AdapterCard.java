package org.sparklora.pipeline;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.model.folder.FolderSource;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.PlainJson;

/** Reads the base model from the model card beside an adapter. */
public final class AdapterCard {
  private static final String NAME = "README.md";
  private static final String FENCE = "---";
  private static final String KEY = "base_model:";
  private static final String ITEM = "- ";

  private AdapterCard() {}

  /**
   * The base model for which an adapter was made, from its metadata or else from the card beside
   * it.
   *
   * @param folders opens a folder at a location
   */
  public static Optional<String> baseModel(
      AdapterFile file, String location, Function<String, FolderSource> folders) {
    return file.baseModel().or(() -> baseModel(location, folders));
  }

  /**
   * The adapter with its base model in the metadata, even if so far only the card beside it names
   * the model. A copy of the adapter elsewhere then still names its base model.
   */
  public static Adapter naming(
      AdapterFile file, String location, Function<String, FolderSource> folders) {
    Adapter adapter = file.adapter();
    Map<String, String> metadata = new TreeMap<>(adapter.metadata());
    if (file.baseModel().isEmpty()) {
      baseModel(location, folders).ifPresent(base -> metadata.put("base_model", base));
    }
    return adapter.withMetadata(metadata);
  }

  /**
   * {@code base_model} of the front matter, or the first of a list there.
   *
   * @param location the adapter's file or folder
   */
  private static Optional<String> baseModel(
      String location, Function<String, FolderSource> folders) {
    FolderSource folder = folders.apply(location);
    if (!folder.exists()) {
      int slash = location.lastIndexOf('/');
      folder = folders.apply(slash < 0 ? "." : location.substring(0, slash + 1));
    }
    if (!folder.list("").contains(NAME)) {
      return Optional.empty();
    }
    try {
      byte[] bytes = folder.read(NAME);
      return ofFrontMatter(new String(bytes, StandardCharsets.UTF_8).lines().toList());
    } catch (IOException e) {
      throw InvalidInputException.data(
          "Cannot read the model card of " + location + ": " + e.getMessage(), e);
    }
  }

  static Optional<String> ofFrontMatter(List<String> lines) {
    if (lines.isEmpty() || !lines.get(0).strip().equals(FENCE)) {
      return Optional.empty();
    }
    for (int i = 1; i < lines.size() && !lines.get(i).strip().equals(FENCE); i++) {
      if (lines.get(i).startsWith(KEY)) {
        String value = lines.get(i).substring(KEY.length()).strip();
        String next = i + 1 < lines.size() ? lines.get(i + 1).strip() : "";
        boolean list = value.isEmpty() && next.startsWith(ITEM);
        return Optional.of(scalar(list ? next.substring(ITEM.length()).strip() : value))
            .filter(name -> !name.isBlank());
      }
    }
    return Optional.empty();
  }

  /** A YAML scalar: plain, or quoted in either way. */
  private static String scalar(String text) {
    if (text.length() > 1 && text.startsWith("'") && text.endsWith("'")) {
      return text.substring(1, text.length() - 1).replace("''", "'");
    }
    if (text.startsWith("\"")) {
      try {
        return PlainJson.text(PlainJson.read(text)).orElse("");
      } catch (IOException e) {
        return "";
      }
    }
    return text.replaceFirst("\\s+#.*$", "");
  }
}
