package org.sparklora.store;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;

/**
 * Renames and creates as HDFS does: never over a file, and in one step. It cannot replace a file in
 * one move. Its scheme is {@code renaming}.
 */
public final class RenamingFileSystem extends RawLocalFileSystem {
  private static final String KEY = "renaming.check";
  private static final Map<String, FaultyDisk.Check> CHECKS = new ConcurrentHashMap<>();

  public static Configuration configuration() {
    Configuration hadoop = new Configuration();
    hadoop.set("fs.renaming.impl", RenamingFileSystem.class.getName());
    return hadoop;
  }

  /** Asks before every create, rename and delete. */
  public static Configuration configuration(FaultyDisk.Check check) {
    String id = UUID.randomUUID().toString();
    CHECKS.put(id, check);
    Configuration hadoop = configuration();
    hadoop.set(KEY, id);
    hadoop.setBoolean("fs.renaming.impl.disable.cache", true);
    return hadoop;
  }

  private void before(String operation, Path path) throws IOException {
    String id = getConf().get(KEY);
    if (id != null) {
      CHECKS.get(id).before(operation, path);
    }
  }

  @Override
  public URI getUri() {
    return URI.create("renaming:///");
  }

  @Override
  public String getScheme() {
    return "renaming";
  }

  @Override
  public synchronized boolean rename(Path from, Path to) throws IOException {
    before("rename", to);
    return exists(from) && !exists(to) && super.rename(from, to);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    before("delete", path);
    return super.delete(path, recursive);
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    before("create", path);
    if (!overwrite) {
      mkdirs(path.getParent());
      try {
        Files.createFile(pathToFile(path).toPath());
      } catch (FileAlreadyExistsException e) {
        throw new org.apache.hadoop.fs.FileAlreadyExistsException(path.toString());
      }
    }
    return super.create(path, true, bufferSize, replication, blockSize, progress);
  }
}
