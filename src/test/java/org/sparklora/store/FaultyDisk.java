package org.sparklora.store;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.nio.file.FileSystemException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.Syncable;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** A disk that asks before every operation whether that may be. */
public class FaultyDisk extends LocalDisk {
  private static final String KEY = "faulty.disk";
  private static final Map<String, Check> CHECKS = new ConcurrentHashMap<>();

  /** Asked before every operation. */
  @FunctionalInterface
  public interface Check {
    /**
     * Throws what the operation is to fail with.
     *
     * @param operation create, write, sync, close, open, delete, mkdirs, list, move, link, claim or
     *     folder
     */
    void before(String operation, Path path) throws IOException;
  }

  /** What Hadoop throws when a disk is full. */
  public static FSError full() {
    try {
      Constructor<FSError> hidden = FSError.class.getDeclaredConstructor(Throwable.class);
      hidden.setAccessible(true);
      return hidden.newInstance(new IOException("No space left on device"));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** Where paths of this machine lie on such a disk. */
  public static Configuration configuration(Check check) {
    String id = UUID.randomUUID().toString();
    CHECKS.put(id, check);
    Configuration hadoop = new Configuration();
    hadoop.set(KEY, id);
    hadoop.set("fs.file.impl", FaultyDisk.class.getName());
    hadoop.setBoolean("fs.file.impl.disable.cache", true);
    return hadoop;
  }

  /** The same disk, which cannot give a file a second name. */
  public static Configuration withoutLinks(Configuration hadoop) {
    Check check = CHECKS.get(hadoop.get(KEY));
    return configuration(
        (operation, path) -> {
          check.before(operation, path);
          if (operation.equals("link")) {
            throw new FileSystemException(path.toString(), null, "Operation not permitted");
          }
        });
  }

  private void before(String operation, Path path) throws IOException {
    CHECKS.get(getConf().get(KEY)).before(operation, path);
  }

  @Override
  public FSDataOutputStream create(
      Path path,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    before("create", path);
    FSDataOutputStream out =
        super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
    return new FSDataOutputStream(new Checked(out, path), statistics);
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
    FSDataOutputStream out =
        super.create(path, overwrite, bufferSize, replication, blockSize, progress);
    return new FSDataOutputStream(new Checked(out, path), statistics);
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    before("open", path);
    return super.open(path, bufferSize);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    before("delete", path);
    return super.delete(path, recursive);
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) throws IOException {
    before("mkdirs", path);
    return super.mkdirs(path, permission);
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    before("list", path);
    return super.listStatus(path);
  }

  @Override
  void moveOver(Path part, Path target) throws IOException {
    before("move", target);
    super.moveOver(part, target);
  }

  @Override
  void link(Path part, Path target) throws IOException {
    before("link", target);
    super.link(part, target);
  }

  @Override
  boolean claim(Path target) throws IOException {
    before("claim", target);
    return super.claim(target);
  }

  @Override
  void keepFolder(Path file) {
    try {
      before("folder", file);
    } catch (IOException e) {
      return;
    }
    super.keepFolder(file);
  }

  /** Half of what is to be written is there when a write fails. */
  private final class Checked extends OutputStream implements Syncable {
    private final FSDataOutputStream out;
    private final Path path;

    Checked(FSDataOutputStream out, Path path) {
      this.out = out;
      this.path = path;
    }

    @Override
    public void write(int one) throws IOException {
      before("write", path);
      out.write(one);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int half = length / 2;
      out.write(bytes, offset, half);
      out.flush();
      before("write", path);
      out.write(bytes, offset + half, length - half);
    }

    @Override
    public void hflush() throws IOException {
      hsync();
    }

    @Override
    public void hsync() throws IOException {
      before("sync", path);
      out.hsync();
    }

    @Override
    public void close() throws IOException {
      before("close", path);
      out.close();
    }
  }
}
