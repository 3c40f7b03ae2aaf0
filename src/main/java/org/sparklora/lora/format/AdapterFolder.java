package org.sparklora.lora.format;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.relative.RelativeModule;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFiles;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.FolderSource;
import org.sparklora.util.ForeignFile;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.PlainJson;

/**
 * Finds the adapter in a folder and recognises its format by content. Learned tokens beside
 * low-rank updates belong to the same adapter.
 */
final class AdapterFolder {
  /**
   * The files that diffusers and PEFT look for in a folder. For each tool, safetensors comes before
   * torch's format.
   */
  private static final List<String> USUAL =
      List.of(
          "pytorch_lora_weights.safetensors",
          "pytorch_lora_weights.bin",
          PeftFolder.TENSORS,
          "adapter_model.bin");

  private AdapterFolder() {}

  static AdapterFile read(FolderSource folder, String location) {
    List<String> names = folder.list("");
    List<String> peft = peftParts(folder);
    List<String> files = new ArrayList<>(peft);
    if (files.isEmpty()) {
      USUAL.stream().filter(names::contains).limit(1).forEach(files::add);
    }
    files.addAll(LearnedTokenFiles.in(names));
    if (files.isEmpty()) {
      files.add(only(names, location));
    }
    List<AdapterFile> parts = files.stream().map(file -> readFile(folder, file, location)).toList();
    return peft.isEmpty() && parts.size() == 1 ? parts.get(0) : joined(parts, location);
  }

  private static String only(List<String> names, String location) {
    List<String> candidates =
        names.stream().filter(name -> name.matches(".*\\.(safetensors|bin|pt)")).toList();
    if (candidates.size() == 1) {
      return candidates.get(0);
    }
    throw InvalidInputException.data(
        "Missing adapter in folder "
            + location
            + ": "
            + (names.contains("model_index.json")
                ? "it is a whole model, not an adapter; give it as the base model"
                : candidates.isEmpty()
                    ? "it has no adapter file" + insteadIn(names)
                    : "it has " + String.join(", ", candidates) + "; name the file"));
  }

  /** A hint for a run that is not finished: its adapter is in its last checkpoint. */
  private static String insteadIn(List<String> names) {
    return names.stream()
        .filter(name -> name.matches("checkpoint-\\d{1,18}/?"))
        .max(Comparator.comparingLong(name -> Long.parseLong(name.replaceAll("\\D", ""))))
        .map(
            last ->
                "; the run is not finished, its last checkpoint is "
                    + last.replace("/", "")
                    + ": give that")
        .orElseGet(
            () ->
                names.isEmpty()
                    ? ": it is empty"
                    : ", but " + String.join(", ", names.stream().sorted().limit(6).toList()));
  }

  /**
   * The files of a folder that PEFT wrote, or of a folder that holds such a folder for each
   * network.
   */
  private static List<String> peftParts(FolderSource folder) {
    List<String> parts = new ArrayList<>();
    for (String subfolder : List.of("", "unet", "text_encoder", "text_encoder_2")) {
      List<String> names = folder.list(subfolder);
      if (names.contains(PeftNaming.CONFIG)) {
        Stream.of(PeftFolder.TENSORS, "adapter_model.bin")
            .filter(names::contains)
            .limit(1)
            .forEach(name -> parts.add(subfolder.isEmpty() ? name : subfolder + "/" + name));
      }
    }
    return parts;
  }

  private static AdapterFile joined(List<AdapterFile> parts, String location) {
    List<AdaptedModule> modules = new ArrayList<>();
    List<RelativeModule> relative = new ArrayList<>();
    List<LearnedToken> tokens = new ArrayList<>();
    Map<String, String> metadata = new TreeMap<>();
    for (AdapterFile part : parts) {
      modules.addAll(part.adapter().modules());
      relative.addAll(part.adapter().relative());
      tokens.addAll(part.adapter().tokens());
      metadata.putAll(part.adapter().metadata());
    }
    return new AdapterFile(
        parts.get(0).format(),
        new Adapter(modules, relative, tokens, metadata),
        lastName(location),
        parts.stream().mapToLong(AdapterFile::bytes).sum(),
        parts.stream().flatMap(part -> part.types().stream()).toList());
  }

  /**
   * Reads a file in a folder.
   *
   * @param location of the folder, for messages
   */
  static AdapterFile readFile(FolderSource folder, String file, String location) {
    int slash = file.lastIndexOf('/');
    String subfolder = file.substring(0, Math.max(slash, 0));
    List<String> beside = folder.list(subfolder);
    String source = location + (location.isEmpty() || location.endsWith("/") ? "" : "/") + file;
    String name = file.substring(slash + 1);
    if (!beside.contains(name)) {
      throw InvalidInputException.data("Missing adapter: there is no file or folder " + source);
    }
    Path local = folder.local(file);
    Optional<JsonElement> peft =
        beside.contains(PeftNaming.CONFIG)
            ? Optional.of(peftConfig(folder, subfolder, source))
            : Optional.empty();
    try (TensorFile tensors = TensorFiles.open(local, source)) {
      AdapterFile read =
          read(new AdapterSource(tensors, withoutEnding(name), peft), Files.size(local));
      return peft.isPresent() && subfolder.equals(Network.TEXT_ENCODER_2.component())
          ? read.with(ofSecondEncoder(read.adapter()))
          : read;
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot read " + source + ": " + e.getMessage(), e);
    }
  }

  /**
   * Moves modules from the first text encoder to the second. PEFT's keys do not name the text
   * encoder, but its folder does.
   */
  private static Adapter ofSecondEncoder(Adapter adapter) {
    return new Adapter(
        adapter.modules().stream().map(module -> module.in(Network.TEXT_ENCODER_2)).toList(),
        adapter.relative().stream().map(module -> module.in(Network.TEXT_ENCODER_2)).toList(),
        adapter.tokens(),
        adapter.metadata());
  }

  static AdapterFile read(AdapterSource source, long bytes) {
    AdapterFormat format = Recognition.of(source);
    return new AdapterFile(
        format,
        format.naming().read(source),
        source.name(),
        bytes,
        source.tensors().tensors().values().stream().map(TensorInfo::type).toList());
  }

  private static JsonElement peftConfig(FolderSource folder, String subfolder, String source) {
    String file = (subfolder.isEmpty() ? "" : subfolder + "/") + PeftNaming.CONFIG;
    String name = PeftNaming.CONFIG + " beside " + source;
    byte[] content;
    try {
      content = folder.read(file);
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot read " + name + ": " + e.getMessage(), e);
    }
    ForeignFile.of(content)
        .ifPresent(
            foreign -> {
              throw InvalidInputException.data("Invalid " + name + ": " + foreign.text());
            });
    try {
      return PlainJson.read(new String(content, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw InvalidInputException.data(
          "Invalid " + name + ": not valid JSON: " + e.getMessage(), e);
    }
  }

  private static String withoutEnding(String file) {
    return file.replaceFirst("(?<=.)\\.[^.]+$", "");
  }

  private static String lastName(String location) {
    return location.replaceFirst("/+$", "").replaceFirst("^.*/", "");
  }
}
