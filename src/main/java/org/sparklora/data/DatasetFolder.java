package org.sparklora.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.caption.Captions;
import org.sparklora.data.container.ContainerForm;
import org.sparklora.data.file.ApartFolder;
import org.sparklora.data.file.ConfiguredFiles;
import org.sparklora.data.file.FolderFiles;
import org.sparklora.data.file.FoundFile;
import org.sparklora.data.file.HiddenNames;
import org.sparklora.data.file.OtherForms;
import org.sparklora.data.file.OwnOutput;
import org.sparklora.data.file.PassedOver;
import org.sparklora.data.file.SplitChoice;
import org.sparklora.data.file.SplitFiles;
import org.sparklora.data.file.TableFormat;
import org.sparklora.data.parquet.ImageColumns;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.util.Count;
import org.sparklora.util.InvalidInputException;

/** Opens data sets: finds their files, Parquet or pictures, and checks what can be checked. */
public final class DatasetFolder {
  private static final Logger LOG = LoggerFactory.getLogger(DatasetFolder.class);

  private final Configuration configuration;

  public DatasetFolder(Configuration configuration) {
    this.configuration = configuration;
  }

  /**
   * Opens the data set of a configuration.
   *
   * @throws InvalidInputException naming every problem, when there is no folder, no file, no row,
   *     no such column or no caption, or when it cannot be read
   */
  public ImageDataset open(DataConfig config) {
    return open(config, List.of());
  }

  /**
   * As {@link #open(DataConfig)}.
   *
   * @param apart folders whose files do not belong to the data set
   */
  public ImageDataset open(DataConfig config, List<ApartFolder> apart) {
    String location = config.datasetName();
    ConfiguredFiles configured = configured(location, config.split());
    Path root = configured.root();
    FolderFiles found = files(root, withMasks(config, apart));
    Optional<ContainerForm> container = ContainerForm.of(found.files());
    if (container.isPresent()) {
      return opened(containers(config, container.get(), configured, found));
    }
    FolderFiles folder = found.without(ContainerForm::besideOthers);
    List<FoundFile> all = folder.matching(file -> file.isParquet() || file.isPicture());
    List<FoundFile> wanted = configured.of(all);
    List<FoundFile> pictures = wanted.stream().filter(FoundFile::isPicture).toList();
    List<FoundFile> parquet =
        wanted.stream()
            .filter(file -> file.isParquet() && (pictures.isEmpty() || !MetadataFile.isOne(file)))
            .toList();
    if (!parquet.isEmpty() && !pictures.isEmpty()) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Invalid data set: mixed, %s has %s and %s; give a folder of" + " either",
              root,
              Count.of(parquet.size(), "Parquet file"),
              Count.of(pictures.size(), "picture")));
    }
    if (parquet.isEmpty() && pictures.isEmpty()) {
      OtherForms.refusal(root.toString(), folder.files())
          .ifPresent(
              refusal -> {
                throw InvalidInputException.data(refusal);
              });
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Invalid data set: empty, %s has no %s files and no pictures (%s)%s",
              root,
              FoundFile.PARQUET_SUFFIX,
              String.join(", ", FoundFile.DECODED_PICTURES),
              PassedOver.remarks(location, folder.passedOver()).stream()
                  .map(". "::concat)
                  .collect(Collectors.joining())));
    }
    if (!pictures.isEmpty() && !config.subjectColumn().isEmpty()) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Unsupported --subject_column: %s with a folder of pictures, %s; give Parquet files"
                  + " that have this column",
              config.subjectColumn(),
              root));
    }
    if (pictures.isEmpty() && !config.columns().masks().isEmpty()) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Unsupported %s: %s with Parquet files, %s; give a folder of pictures, or put the"
                  + " masks into the pictures' alpha channels and give --alpha_mask",
              MaskFiles.FLAG,
              config.columns().masks(),
              root));
    }
    List<FoundFile> data = pictures.isEmpty() ? parquet : pictures;
    SplitFiles split =
        data.get(0).status().getPath().equals(root)
            ? new SplitFiles(data, List.of())
            : configured.split(location, data, all, config.split());
    ImageDataset dataset =
        pictures.isEmpty()
            ? new ParquetFiles(config, columns(config), configuration)
                .open(location, split.with(PassedOver.remarks(location, folder.passedOver())))
            : new PictureFiles(config, masks(config), configuration).open(location, folder, split);
    return opened(dataset);
  }

  private static ImageDataset opened(ImageDataset dataset) {
    dataset.remarks().forEach(LOG::info);
    return dataset;
  }

  /** Opens a data set of files that hold many pictures. */
  private ImageDataset containers(
      DataConfig config, ContainerForm form, ConfiguredFiles configured, FolderFiles folder) {
    String location = config.datasetName();
    for (String flag : unsupported(config)) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Unsupported %s with %s, %s; write the data as Parquet, or as a folder of pictures",
              flag,
              form.many(),
              configured.root()));
    }
    List<FoundFile> all = form.data(folder.files(), configuration);
    List<FoundFile> data = configured.of(all);
    FolderFiles left = folder.without(file -> form.reason(file, all));
    SplitFiles split =
        data.isEmpty()
            ? new SplitFiles(data, List.of())
            : data.get(0).status().getPath().equals(configured.root())
                ? new SplitFiles(data, List.of())
                : form.splits(folder.files(), data)
                    .map(splits -> SplitFiles.of(location, data, splits, config.split()))
                    .orElseGet(() -> configured.split(location, data, all, config.split()));
    return new ContainerFiles(config, form, configuration)
        .open(location, split.with(PassedOver.remarks(location, left.passedOver())));
  }

  /** The flags that need another form of data. */
  private static List<String> unsupported(DataConfig config) {
    List<String> flags = new ArrayList<>();
    if (!config.subjectColumn().isEmpty()) {
      flags.add("--subject_column: " + config.subjectColumn());
    }
    if (!config.columns().masks().isEmpty()) {
      flags.add(MaskFiles.FLAG + ": " + config.columns().masks());
    }
    return flags;
  }

  /** Masks do not belong to the data set, even if they lie in its folder. */
  private static List<ApartFolder> withMasks(DataConfig config, List<ApartFolder> apart) {
    List<ApartFolder> all = new ArrayList<>(apart);
    all.add(new ApartFolder(MaskFiles.FLAG, config.columns().masks()));
    return all;
  }

  private Optional<MaskFiles> masks(DataConfig config) {
    if (config.columns().masks().isEmpty()) {
      return Optional.empty();
    }
    List<FoundFile> files = found(config.columns().masks(), FolderFiles::listEveryName);
    if (files.stream().noneMatch(FoundFile::isPicture)) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Invalid %s: %s; it holds no pictures; each picture needs a mask of its name there",
              MaskFiles.FLAG,
              config.columns().masks()));
    }
    return Optional.of(MaskFiles.of(files));
  }

  /** Whether a folder holds Parquet files. */
  public boolean isParquet(String location) {
    return found(location).stream().anyMatch(FoundFile::isParquet);
  }

  /**
   * The names of the picture files below a folder; empty if there is no folder.
   *
   * @throws InvalidInputException when it cannot be read
   */
  public List<String> pictures(String location) {
    return found(location).stream().filter(FoundFile::isPicture).map(FoundFile::name).toList();
  }

  /** Lists a folder. */
  private interface Listing {
    FolderFiles of(FileSystem fileSystem, Path root) throws IOException;
  }

  private List<FoundFile> found(String location) {
    return found(location, FolderFiles::list);
  }

  /** All visible files of a folder that may not be there. */
  private List<FoundFile> found(String location, Listing listing) {
    Path root = qualified(location);
    try {
      return list(root, List.of(), listing).files();
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw unreadable(location, e);
    }
  }

  /**
   * Reads the configurations of README.md, except if every picture is wanted: diffusers' scripts do
   * not read README.md then.
   */
  private ConfiguredFiles configured(String location, SplitChoice split) {
    Path root = qualified(location);
    if (split.everyPicture()) {
      return ConfiguredFiles.all(root);
    }
    try {
      return ConfiguredFiles.of(root.getFileSystem(configuration), root);
    } catch (IOException e) {
      throw unreadable(location, e);
    }
  }

  private static ImageColumns columns(DataConfig config) {
    Captions captions =
        config
            .prompt()
            .<Captions>map(prompt -> new Captions.Known(List.of(prompt)))
            .orElseGet(() -> new Captions.Column(config.captionColumn()));
    return new ImageColumns(config.imageColumn(), captions, config.subjectColumn());
  }

  private Path qualified(String location) {
    try {
      Path path = new Path(location);
      return path.getFileSystem(configuration).makeQualified(path);
    } catch (IOException | IllegalArgumentException e) {
      throw unreadable(location, e);
    }
  }

  private static InvalidInputException unreadable(String location, Exception cause) {
    return InvalidInputException.data(
        String.format(Locale.ROOT, "Cannot read data set: %s: %s", location, cause.getMessage()),
        cause);
  }

  private FolderFiles files(Path root, List<ApartFolder> apart) {
    try {
      return list(root, apart, FolderFiles::list);
    } catch (FileNotFoundException e) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Missing data set: %s does not exist; --dataset_name takes a folder of Parquet"
                  + " files, of pictures, of tars or of Arrow files",
              root),
          e);
    } catch (IOException e) {
      throw unreadable(root.toString(), e);
    }
  }

  private FolderFiles list(Path root, List<ApartFolder> apart, Listing listing) throws IOException {
    FileSystem fileSystem = root.getFileSystem(configuration);
    apart.forEach(folder -> folder.requireApart(fileSystem, root));
    FolderFiles all = listing.of(fileSystem, root);
    TableFormat.refuse(
        "data set", fileSystem, root, all.files().stream().map(FoundFile::name).toList());
    FolderFiles left = all.without(HiddenNames::reason).without(OwnOutput.in(all.files())::reason);
    for (ApartFolder folder : apart) {
      left = left.without(file -> folder.reason(fileSystem, file));
    }
    return left;
  }
}
