package org.sparklora.cli.target;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.model.ModelCopy;
import org.sparklora.model.OneFileCopy;
import org.sparklora.model.folder.StagedOutput;
import org.sparklora.store.StoreFile;
import org.sparklora.util.InvalidInputException;

/**
 * The place to which a model is written.
 *
 * @param oneFile whether the place is one file and not a folder
 * @param overwrite whether an existing model may be replaced
 */
public record ModelTarget(String location, boolean oneFile, boolean overwrite) {
  private static final String INDEX = "model_index.json";

  /**
   * Checks the place before any work is done.
   *
   * @throws InvalidInputException (CONFIGURATION) when the place is taken
   */
  public void check(String base, Configuration hadoop) throws IOException {
    Path path = new Path(location);
    FileSystem files = StoreFile.of(path, hadoop).fileSystem();
    if (path.equals(new Path(base)) || isInside(path, new Path(base))) {
      throw InvalidInputException.configuration(
          "Invalid "
              + flag()
              + ": "
              + Location.shown(location)
              + " is in the base model; give another place");
    }
    if (files.exists(path)) {
      if (oneFile) {
        requireReplaceableFile(path, files);
      } else {
        requireReplaceable(path, files);
      }
    }
    OutputPlace.requireWritable(flag(), location, hadoop);
  }

  private String flag() {
    return oneFile ? "--output_file" : "--output_dir";
  }

  private void requireReplaceableFile(Path path, FileSystem files) throws IOException {
    if (files.getFileStatus(path).isDirectory()) {
      throw InvalidInputException.configuration(
          "Invalid --output_file: " + Location.shown(location) + " is a folder");
    }
    if (!overwrite) {
      throw InvalidInputException.configuration(
          "Invalid --output_file: "
              + Location.shown(location)
              + " is there already; add --overwrite to replace it");
    }
  }

  private void requireReplaceable(Path path, FileSystem files) throws IOException {
    boolean empty = files.getFileStatus(path).isDirectory() && files.listStatus(path).length == 0;
    boolean model = files.exists(new Path(path, INDEX));
    if (!empty && !model) {
      throw InvalidInputException.configuration(
          "Invalid --output_dir: "
              + Location.shown(location)
              + " has something in it that is no model; give an empty or a new folder");
    }
    if (model && !overwrite) {
      throw InvalidInputException.configuration(
          "Invalid --output_dir: "
              + Location.shown(location)
              + " is a model already; add --overwrite to replace it");
    }
  }

  private static boolean isInside(Path path, Path folder) {
    for (Path at = path.getParent(); at != null; at = at.getParent()) {
      if (at.equals(folder)) {
        return true;
      }
    }
    return false;
  }

  public void write(ModelCopy copy, Consumer<String> onFile, Configuration hadoop)
      throws IOException {
    if (oneFile) {
      writeOne(copy, hadoop);
      onFile.accept(Location.shown(location));
      return;
    }
    try (StagedOutput output = StagedOutput.open(location, hadoop)) {
      copy.writeTo(output, onFile);
      output.commit();
    }
  }

  private void writeOne(ModelCopy copy, Configuration hadoop) throws IOException {
    try (OneFileCopy file = OneFileCopy.of(copy);
        StagedOutput output = StagedOutput.open(location, hadoop)) {
      try (OutputStream out = output.file()) {
        file.writeTo(out);
      }
      output.commit();
    }
  }
}
