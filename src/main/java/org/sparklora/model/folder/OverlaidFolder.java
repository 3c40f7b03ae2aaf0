package org.sparklora.model.folder;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/**
 * A folder in which one subfolder is replaced by another folder.
 *
 * @param name of the subfolder
 * @param prefix where its files are in the other folder: "" or a path that ends with a slash
 */
record OverlaidFolder(FolderSource base, String name, FolderSource other, String prefix)
    implements FolderSource {
  @Override
  public boolean exists() {
    return base.exists();
  }

  @Override
  public List<String> list(String folder) {
    String inside = folder.replaceFirst("/$", "");
    if (inside.equals(name) || inside.startsWith(name + "/")) {
      return other.list(prefix + inside.substring(Math.min(name.length() + 1, inside.length())));
    }
    TreeSet<String> names = new TreeSet<>(base.list(folder));
    if (folder.isEmpty()) {
      names.add(name + "/");
    }
    return List.copyOf(names);
  }

  @Override
  public Path local(String relative) {
    return relative.startsWith(name + "/")
        ? other.local(prefix + relative.substring(name.length() + 1))
        : base.local(relative);
  }
}
