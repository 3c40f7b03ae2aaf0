package org.sparklora.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLWriter;
import org.sparklora.hub.HubUri;
import org.sparklora.model.folder.Locations;
import org.sparklora.report.RunReport;
import org.sparklora.util.InvalidInputException;

/** A model's folder: its params as Spark ML writes them, and a copy of its adapter. */
final class SavedModel extends MLWriter {
  static final String ADAPTER = "adapter";

  /** Files of a run that belong to its adapter. */
  private static final Pattern KEPT =
      Pattern.compile(".*\\.(safetensors|bin|pt)|adapter_config\\.json|README\\.md|samples\\.png");

  private static final String PAGE = RunReport.PAGE;

  private final LoraModel model;

  SavedModel(LoraModel model) {
    this.model = model;
  }

  /**
   * Writes the folder.
   *
   * @throws InvalidInputException when the adapter is on the hub, where it stays, or when there are
   *     several
   */
  @Override
  public void saveImpl(String path) {
    if (model.adapters() > 1) {
      throw InvalidInputException.configuration(
          "Unsupported save: the model draws with "
              + model.adapters()
              + " adapters; make one of them with the command merge");
    }
    DefaultParamsWriter.saveMetadata(model, path, sparkSession());
    Configuration hadoop = sc().hadoopConfiguration();
    Path target = new Path(path, ADAPTER);
    try {
      Path source = local(model.adapter());
      FileSystem from = source.getFileSystem(hadoop);
      FileSystem to = target.getFileSystem(hadoop);
      to.mkdirs(target);
      for (FileStatus file : from.listStatus(source)) {
        String name = file.getPath().getName();
        if (file.isFile() && (KEPT.matcher(name).matches() || name.equals(PAGE))) {
          FileUtil.copy(from, file.getPath(), to, new Path(target, name), false, hadoop);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot save the adapter to " + target, e);
    }
  }

  private static Path local(String adapter) {
    String location = Locations.input(adapter);
    if (HubUri.isHub(location)) {
      throw InvalidInputException.configuration(
          "Unsupported save: "
              + adapter
              + " is a repository of the hub; LoraModel.of names it again");
    }
    return new Path(location);
  }

  /** The report beside an adapter. */
  static Optional<String> report(String adapter, Configuration hadoop) {
    String location = Locations.input(adapter);
    if (HubUri.isHub(location)) {
      return Optional.empty();
    }
    return RunReport.read(new Path(location), hadoop);
  }
}
