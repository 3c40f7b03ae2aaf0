package org.sparklora.model.folder;

import java.util.function.Function;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFiles;
import org.sparklora.model.single.SingleFile;

/** Tells base models from adapters, which also are folders and files of tensors. */
public final class WholeModel {
  private WholeModel() {}

  /**
   * Whether there is a base model at a location: a folder with {@code model_index.json}, or one
   * file with a UNet in the original names.
   *
   * @param folders opens a folder anywhere
   */
  public static boolean isAt(String location, Function<String, FolderSource> folders) {
    if (!SingleFile.isOne(location)) {
      FolderSource folder = folders.apply(location);
      return folder.exists() && folder.list("").contains("model_index.json");
    }
    int slash = location.lastIndexOf('/');
    FolderSource parent = folders.apply(slash < 0 ? "." : location.substring(0, slash + 1));
    String name = location.substring(slash + 1);
    if (!parent.exists() || !parent.list("").contains(name)) {
      return false;
    }
    try (TensorFile file = TensorFiles.open(parent.local(name), location)) {
      return SingleFile.hasUNet(file);
    }
  }
}
