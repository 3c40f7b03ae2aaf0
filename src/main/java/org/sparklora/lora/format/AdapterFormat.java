package org.sparklora.lora.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.key.NamedTensors;
import org.sparklora.store.FileContent;
import org.sparklora.store.LocalFile;
import org.sparklora.util.InvalidInputException;

/** A format of adapter files. It is recognised by content, not by the file's name. */
public enum AdapterFormat {
  /** {@code pytorch_lora_weights.safetensors} as diffusers writes it since version 0.22. */
  DIFFUSERS("diffusers", "pytorch_lora_weights.safetensors", Container.SAFETENSORS),
  /** The same keys in a torch file, which has no place for alphas. */
  DIFFUSERS_BIN("diffusers-bin", "pytorch_lora_weights.bin", Container.TORCH),
  /** diffusers until version 0.21: {@code attn1.processor.to_q_lora.down.weight}. */
  DIFFUSERS_OLD("diffusers-old", "pytorch_lora_weights.safetensors", Container.SAFETENSORS),
  DIFFUSERS_OLD_BIN("diffusers-old-bin", "pytorch_lora_weights.bin", Container.TORCH),
  /** kohya's scripts and the web UIs: {@code lora_unet_..., lora_down, lora_up, alpha}. */
  KOHYA("kohya", "lora.safetensors", Container.SAFETENSORS),
  KOHYA_PT("kohya-pt", "lora.pt", Container.TORCH),
  /** cloneofsimo/lora: numbered modules, with learned tokens. */
  CLONEOFSIMO("cloneofsimo", "lora.safetensors", Container.SAFETENSORS),
  /** cloneofsimo/lora's list of one network. */
  CLONEOFSIMO_PT("cloneofsimo-pt", "lora_weight.pt", Container.TORCH_LIST),
  /** A folder of PEFT's {@code save_pretrained}; for two networks, one folder for each. */
  PEFT("peft", PeftFolder.TENSORS, Container.SAFETENSORS),
  /** One learned token. */
  TEXTUAL_INVERSION("textual-inversion", "learned_embeds.safetensors", Container.SAFETENSORS),
  TEXTUAL_INVERSION_BIN("textual-inversion-bin", "learned_embeds.bin", Container.TORCH);

  /** The kind of file that holds the tensors. */
  enum Container {
    SAFETENSORS,
    TORCH,
    TORCH_LIST
  }

  private final String label;
  private final String fileName;
  private final Container container;

  AdapterFormat(String label, String fileName, Container container) {
    this.label = label;
    this.fileName = fileName;
    this.container = container;
  }

  /** The file name that its tools use. */
  public String fileName() {
    return fileName;
  }

  /** Whether an adapter is a folder of several files. */
  public boolean isFolder() {
    return this == PEFT;
  }

  Container container() {
    return container;
  }

  AdapterNaming naming() {
    return switch (this) {
      case DIFFUSERS -> new DiffusersNaming();
      case DIFFUSERS_BIN -> new DiffusersBinNaming();
      case DIFFUSERS_OLD, DIFFUSERS_OLD_BIN -> new DiffusersOldNaming(this);
      case KOHYA, KOHYA_PT -> new KohyaNaming(this);
      case CLONEOFSIMO -> new CloneofsimoNaming();
      case CLONEOFSIMO_PT -> new CloneofsimoListNaming();
      case PEFT -> new PeftNaming();
      case TEXTUAL_INVERSION, TEXTUAL_INVERSION_BIN -> new TextualInversionNaming(this);
    };
  }

  /**
   * Returns the content of the adapter's files by name. The bytes depend on the adapter alone.
   *
   * @throws org.sparklora.util.InvalidInputException (CONFIGURATION) naming what the format cannot
   *     express and a format that can
   */
  public Map<String, FileContent> files(Adapter adapter) {
    Unsupported.relative(adapter);
    if (this == PEFT) {
      return PeftFolder.files(adapter);
    }
    if (this == DIFFUSERS && !adapter.tokens().isEmpty() && !adapter.modules().isEmpty()) {
      return withTokens(adapter);
    }
    NamedTensors tensors = naming().write(adapter);
    FileContent content =
        switch (container) {
          case SAFETENSORS -> tensors::writeSafetensors;
          case TORCH -> tensors::writeTorchDictionary;
          case TORCH_LIST -> tensors::writeTorchList;
        };
    return new TreeMap<>(Map.of(fileName, content));
  }

  /**
   * Returns the files with values of another precision.
   *
   * @throws org.sparklora.util.InvalidInputException (CONFIGURATION) as {@link #files(Adapter)};
   *     also when another precision than fp32 is asked for and the format stores only fp32, or the
   *     adapter has learned tokens. Writing a file fails if a value is beyond the precision's range
   */
  public Map<String, FileContent> files(Adapter adapter, SavePrecision precision) {
    if (precision == SavePrecision.FP32) {
      return files(adapter);
    }
    Unsupported.relative(adapter);
    if (container != Container.SAFETENSORS || this == PEFT || !adapter.tokens().isEmpty()) {
      throw InvalidInputException.configuration(
          "Unsupported --save_precision "
              + precision.name().toLowerCase(Locale.ROOT)
              + " in format "
              + this
              + (adapter.tokens().isEmpty() ? "" : " with learned tokens")
              + ": it is for adapters without tokens in diffusers, diffusers-old, kohya or"
              + " cloneofsimo");
    }
    NamedTensors tensors = naming().write(adapter);
    return new TreeMap<>(Map.of(fileName, out -> tensors.writeSafetensors(out, precision.type())));
  }

  /** Adds a file for each learned token, because diffusers reads one token a file. */
  private Map<String, FileContent> withTokens(Adapter adapter) {
    Map<String, FileContent> files =
        new TreeMap<>(
            LearnedTokenFiles.of(adapter.tokens(), List.of(TEXTUAL_INVERSION), adapter.metadata()));
    files.putAll(files(new Adapter(adapter.modules(), List.of(), adapter.metadata())));
    return files;
  }

  /**
   * Writes an adapter to this machine. A file appears under its name only when it is complete.
   *
   * @param target the file; or the folder that gets files of the usual names, if there is such a
   *     folder or the format is one
   * @throws org.sparklora.util.InvalidInputException (CONFIGURATION) naming what the format cannot
   *     express, before anything is written
   */
  public void write(Adapter adapter, Path target) throws IOException {
    Map<String, FileContent> files = files(adapter);
    if (isFolder() || Files.isDirectory(target)) {
      for (Map.Entry<String, FileContent> file : files.entrySet()) {
        LocalFile.replace(target.resolve(file.getKey()), file.getValue());
      }
    } else {
      LocalFile.replace(target, theOnly(files));
    }
  }

  /**
   * The content of the only file.
   *
   * @throws org.sparklora.util.InvalidInputException (CONFIGURATION) when there are more
   */
  public FileContent theOnly(Map<String, FileContent> files) {
    if (files.size() != 1) {
      throw InvalidInputException.configuration(
          "Unsupported in format "
              + label
              + ": one file for what becomes "
              + String.join(" and ", files.keySet())
              + "; give a folder, or write "
              + CLONEOFSIMO
              + ", which holds updates and tokens");
    }
    return files.values().iterator().next();
  }

  /** The label on the command line. */
  @Override
  public String toString() {
    return label;
  }
}
