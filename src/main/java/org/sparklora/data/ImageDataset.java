package org.sparklora.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.MessageType;
import org.sparklora.InvalidInputException;

/**
 * Captioned pictures in Parquet, as Hugging Face's datasets writes them. A row's id is its position
 * among all rows, the files sorted by name.
 *
 * @param rows number of rows in all files
 * @param fingerprint names, lengths and times of the files
 */
public record ImageDataset(List<Chunk> chunks, long rows, String fingerprint) {

  /**
   * A row group of a file: what one task prepares.
   *
   * @param block its position in the file
   * @param firstRow the file's row it begins with
   * @param firstId the id of that row
   */
  public record Chunk(String file, int block, long firstRow, long firstId, long rows)
      implements Serializable {}

  public ImageDataset {
    chunks = List.copyOf(chunks);
  }

  /**
   * Looks at the footers of all files.
   *
   * @throws InvalidInputException (DATA) when there is no such folder, no Parquet file or no row in
   *     it, or a column is missing or of another type
   */
  public static ImageDataset open(
      String location, String imageColumn, String captionColumn, Configuration hadoop) {
    try {
      List<FileStatus> files = files(location, hadoop);
      if (files.isEmpty()) {
        throw InvalidInputException.data(
            "Invalid data set: "
                + location
                + " has no .parquet file; give the folder that holds them, at any depth");
      }
      List<Chunk> chunks = new ArrayList<>();
      StringBuilder fingerprint = new StringBuilder();
      long id = 0;
      for (FileStatus file : files) {
        id = addChunks(file, imageColumn, captionColumn, hadoop, chunks, id);
        fingerprint
            .append(file.getPath().getName())
            .append(' ')
            .append(file.getLen())
            .append(' ')
            .append(file.getModificationTime())
            .append('\n');
      }
      if (id == 0) {
        throw InvalidInputException.data("Invalid data set: " + location + " has no rows");
      }
      return new ImageDataset(chunks, id, fingerprint.toString());
    } catch (IOException e) {
      throw InvalidInputException.data(
          "Cannot read the data set " + location + ": " + e.getMessage(), e);
    }
  }

  private static List<FileStatus> files(String location, Configuration hadoop) throws IOException {
    Path root = new Path(location);
    FileSystem fileSystem = root.getFileSystem(hadoop);
    List<FileStatus> files = new ArrayList<>();
    try {
      RemoteIterator<LocatedFileStatus> all = fileSystem.listFiles(root, true);
      while (all.hasNext()) {
        FileStatus file = all.next();
        String name = file.getPath().getName();
        if (name.endsWith(".parquet") && !name.startsWith("_") && !name.startsWith(".")) {
          files.add(file);
        }
      }
    } catch (FileNotFoundException e) {
      throw InvalidInputException.data(
          "Missing data set: " + location + "; --dataset_name takes a folder of Parquet files", e);
    }
    files.sort(Comparator.comparing(file -> file.getPath().toString()));
    return files;
  }

  private static long addChunks(
      FileStatus file,
      String imageColumn,
      String captionColumn,
      Configuration hadoop,
      List<Chunk> chunks,
      long firstId)
      throws IOException {
    long id = firstId;
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromStatus(file, hadoop))) {
      MessageType schema = reader.getFooter().getFileMetaData().getSchema();
      Optional<String> problem =
          CaptionedImages.problem(schema, imageColumn, captionColumn, file.getPath().toString());
      if (problem.isPresent()) {
        throw InvalidInputException.data(problem.get());
      }
      int block = 0;
      for (BlockMetaData rowGroup : reader.getRowGroups()) {
        long rows = rowGroup.getRowCount();
        chunks.add(new Chunk(file.getPath().toString(), block++, id - firstId, id, rows));
        id += rows;
      }
    } catch (RuntimeException e) {
      if (e instanceof InvalidInputException) {
        throw e;
      }
      throw InvalidInputException.data(
          "Invalid Parquet file " + file.getPath() + ": " + e.getMessage(), e);
    }
    return id;
  }
}
