package org.sparklora.model.folder;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.single.SingleFile;
import org.sparklora.util.InvalidInputException;

/**
 * A base model in diffusers' layout: {@code model_index.json} and a folder for each component
 * ({@code unet}, {@code vae}, {@code text_encoder}, {@code tokenizer}, {@code scheduler}).
 */
public final class ModelFolder {
  private static final String CONFIG = "config.json";
  private static final String VAE = "vae";

  /** Files that are read beside weights. */
  private static final Set<String> SMALL_FILES =
      Set.of(
          CONFIG,
          "model_index.json",
          "scheduler_config.json",
          "vocab.json",
          "merges.txt",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json");

  private final String location;
  private final FolderSource source;
  private final Optional<String> variant;
  private final int textPieces;

  private ModelFolder(String location, FolderSource source, Optional<String> variant) {
    this(location, source, variant, 1);
  }

  private ModelFolder(
      String location, FolderSource source, Optional<String> variant, int textPieces) {
    this.location = location;
    this.source = source;
    this.variant = variant;
    this.textPieces = textPieces;
  }

  /** The same model, whose text encoders read so many pieces of a caption. */
  ModelFolder reading(int pieces) {
    return new ModelFolder(location, source, variant, pieces);
  }

  /** How many pieces of a caption its text encoders read, one after the other. */
  public int textPieces() {
    return textPieces;
  }

  /**
   * Opens a folder, or one file that holds a whole model.
   *
   * @param location a path on this machine, or a URI ({@code file:}, {@code hdfs:}, {@code s3a:}).
   *     Remote files are copied to this machine when they are first used, to the folder of the
   *     Hadoop setting {@code sparklora.model.cache.dir}
   * @param variant {@code --variant}: weights are in files such as {@code
   *     diffusion_pytorch_model.fp16.safetensors}
   * @throws InvalidInputException (DATA) when there is no such folder
   */
  public static ModelFolder open(String location, Configuration hadoop, Optional<String> variant) {
    FolderSource source = FolderSource.of(location, hadoop);
    if (!source.exists() && SingleFile.isOne(location)) {
      return new ModelFolder(location, single(location, hadoop), variant);
    }
    if (!source.exists()) {
      throw InvalidInputException.data(
          "Missing model folder: "
              + location
              + "; give the folder that holds model_index.json, unet and the other components");
    }
    return new ModelFolder(location, source, variant);
  }

  private static FolderSource single(String location, Configuration hadoop) {
    int slash = location.lastIndexOf('/');
    FolderSource parent =
        FolderSource.of(slash < 0 ? "." : location.substring(0, slash + 1), hadoop);
    String name = location.substring(slash + 1);
    if (!parent.list("").contains(name)) {
      throw InvalidInputException.data("Missing model file: there is no " + location);
    }
    return new SingleFileFolder(parent.local(name), location);
  }

  /**
   * The one file on this machine that holds the whole model; empty where the model is a folder.
   * Parts of the model, such as the autoencoder, may still come from another folder.
   */
  public Optional<Path> singleFile() {
    return singleSource().map(SingleFileFolder::file);
  }

  private Optional<SingleFileFolder> singleSource() {
    FolderSource own = source instanceof OverlaidFolder overlaid ? overlaid.base() : source;
    return own instanceof SingleFileFolder single ? Optional.of(single) : Optional.empty();
  }

  /**
   * Returns the single file if it holds the component's weights; empty for the weights of a
   * replaced autoencoder.
   */
  private Optional<SingleFileFolder> singleSource(String component) {
    boolean other = source instanceof OverlaidFolder overlaid && overlaid.name().equals(component);
    return other ? Optional.empty() : singleSource().filter(single -> has(component));
  }

  /**
   * The same model with another autoencoder.
   *
   * @param vae location of a folder with the autoencoder's files, or with a folder {@code vae} of
   *     them
   * @throws InvalidInputException (DATA) when there is no such folder
   */
  ModelFolder withVae(String vae, Configuration hadoop) {
    FolderSource other = FolderSource.of(vae, hadoop);
    if (!other.exists()) {
      throw InvalidInputException.data(
          "Missing autoencoder folder: "
              + vae
              + " (--pretrained_vae_model_name_or_path); give the folder that holds its"
              + " config.json, or a model's that holds vae");
    }
    String prefix = other.list(VAE).isEmpty() ? "" : VAE + "/";
    return new ModelFolder(location, new OverlaidFolder(source, VAE, other, prefix), variant);
  }

  /** The folder, as it was given. */
  public String location() {
    return location;
  }

  /** Whether the component's folder is there and not empty. */
  public boolean has(String component) {
    return !source.list(component).isEmpty();
  }

  /** A component's {@code config.json}; {@code scheduler_config.json} of the scheduler. */
  public JsonNode config(String component) {
    return json(configName(component));
  }

  /** A component's configuration, to be read field by field. */
  public ConfigReader configReader(String component) {
    return new ConfigReader(config(component), describe(configName(component)));
  }

  /** A component's weights, from any of the usual files. */
  public TensorFile weights(String component) {
    Optional<SingleFileFolder> single = singleSource(component);
    return single.isPresent()
        ? single.get().weights(component)
        : componentWeights(component).open(names(component));
  }

  /** The names of the files that {@link #weights} reads: one, or an index and its shards. */
  public List<String> weightFiles(String component) {
    return componentWeights(component).files(names(component));
  }

  /** One of the files of {@link #weightFiles}. */
  public TensorFile weightFile(String component, String name) {
    Optional<SingleFileFolder> single = singleSource(component);
    return single.isPresent()
        ? single.get().weights(component)
        : componentWeights(component).openFile(component + "/" + name);
  }

  /**
   * The existing files of a component that are read, sorted: its configuration, its weights and a
   * tokenizer's files.
   */
  public List<String> usedFiles(String component) {
    List<String> there = source.list(component);
    TreeSet<String> used = new TreeSet<>(SMALL_FILES);
    used.retainAll(there);
    if (used.contains(CONFIG)) {
      used.addAll(weightFiles(component));
    }
    return List.copyOf(used);
  }

  private ComponentWeights componentWeights(String component) {
    return new ComponentWeights(this, component, variant);
  }

  /** The names in a folder, subfolders with a slash at the end; "" is the model folder itself. */
  public List<String> list(String folder) {
    return source.list(folder);
  }

  /** Whether a file such as {@code tokenizer/added_tokens.json} is there. */
  public boolean hasFile(String relative) {
    return source.list(folderOf(relative)).contains(nameOf(relative));
  }

  /** A local copy of any file, such as {@code tokenizer/merges.txt}. */
  public Path file(String relative) {
    if (!hasFile(relative)) {
      throw InvalidInputException.data(
          "Missing file " + describe(relative) + "; there is " + contents(folderOf(relative)));
    }
    return source.local(relative);
  }

  /** Reads a JSON file. */
  public JsonNode json(String relative) {
    return JsonFile.read(file(relative), describe(relative));
  }

  /** A file's full name, for messages. */
  public String describe(String relative) {
    return location + (location.endsWith("/") ? "" : "/") + relative;
  }

  /** Lists a folder's content, for messages. */
  String contents(String folder) {
    List<String> names = source.list(folder);
    String what = folder.isEmpty() ? "in this folder" : "in " + folder;
    return names.isEmpty() ? "nothing " + what : String.join(", ", names) + " " + what;
  }

  private List<String> names(String component) {
    List<String> names = source.list(component);
    if (names.isEmpty()) {
      throw InvalidInputException.data(
          "Missing component " + component + " in " + location + "; there is " + contents(""));
    }
    return names;
  }

  private static String folderOf(String relative) {
    return relative.substring(0, Math.max(relative.lastIndexOf('/'), 0));
  }

  private static String nameOf(String relative) {
    return relative.substring(relative.lastIndexOf('/') + 1);
  }

  private static String configName(String component) {
    return component.equals("scheduler")
        ? "scheduler/scheduler_config.json"
        : component + "/config.json";
  }
}
