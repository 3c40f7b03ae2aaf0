package org.sparklora.lora.format;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.combine.FiniteValues;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.FolderSource;
import org.sparklora.util.InvalidInputException;

/**
 * An adapter that was read from a file, or from a folder that holds one.
 *
 * @param name the file's or folder's name without its ending, for tables and file names
 * @param bytes size of the file, or of the adapter's files in the folder
 * @param types of the stored numbers, the widest first
 */
public record AdapterFile(
    AdapterFormat format, Adapter adapter, String name, long bytes, List<TensorType> types) {
  public AdapterFile {
    types = types.stream().distinct().sorted().toList();
  }

  /**
   * Reads an adapter on this machine, in any format.
   *
   * @param fileOrFolder a file; or a folder that PEFT saved or that holds {@code
   *     pytorch_lora_weights.safetensors}
   * @throws InvalidInputException (DATA) naming what is wrong or not supported
   */
  public static AdapterFile read(Path fileOrFolder) {
    FolderSource folder = FolderSource.of(fileOrFolder);
    if (folder.exists()) {
      return AdapterFolder.read(folder, fileOrFolder.toString());
    }
    Path absolute = fileOrFolder.toAbsolutePath();
    return AdapterFolder.readFile(
        FolderSource.of(absolute.getParent()),
        absolute.getFileName().toString(),
        fileOrFolder.getParent() == null ? "" : fileOrFolder.getParent().toString());
  }

  /**
   * Reads an adapter in any format.
   *
   * @param location a path on this machine, or a URI ({@code file:}, {@code hdfs:}, {@code s3a:}),
   *     of a file or folder; remote files are copied to this machine first
   * @throws InvalidInputException (DATA) naming what is wrong or not supported
   */
  public static AdapterFile read(String location, Configuration hadoop) {
    return read(location, folder -> FolderSource.of(folder, hadoop));
  }

  /**
   * Reads an adapter in any format.
   *
   * @param location of a file or folder
   * @param folders opens a folder at a location
   * @throws InvalidInputException (DATA) naming what is wrong or not supported
   */
  public static AdapterFile read(String location, Function<String, FolderSource> folders) {
    FolderSource folder = folders.apply(location);
    if (folder.exists()) {
      return AdapterFolder.read(folder, location);
    }
    int slash = location.lastIndexOf('/');
    String parent = slash < 0 ? "." : location.substring(0, slash + 1);
    return AdapterFolder.readFile(
        folders.apply(parent), location.substring(slash + 1), slash < 0 ? "" : parent);
  }

  /**
   * The same file, for use.
   *
   * @throws InvalidInputException (DATA) when it has values that are not finite
   */
  public AdapterFile requireFinite() {
    FiniteValues.check(name, adapter);
    return this;
  }

  /** The same file with another adapter. */
  public AdapterFile with(Adapter other) {
    return new AdapterFile(format, other, name, bytes, types);
  }

  /** The base model as the file's metadata names it. */
  public Optional<String> baseModel() {
    return baseModel(adapter);
  }

  static Optional<String> baseModel(Adapter adapter) {
    return Stream.of("base_model", PeftNaming.BASE_MODEL, "ss_sd_model_name", "sd_checkpoint_name")
        .map(adapter.metadata()::get)
        .filter(value -> value != null && !value.isBlank() && !value.equals("None"))
        .findFirst();
  }
}
