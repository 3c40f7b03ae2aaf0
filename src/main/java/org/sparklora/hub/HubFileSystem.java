package org.sparklora.hub;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileChecksum;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.sparklora.store.LocalCopies;

/**
 * The hub as a file system that can be read, see {@link HubUri}. When a file is opened, it is
 * downloaded as a whole into this machine's cache, unless it is there. This holds for executors and
 * for the driver.
 */
public final class HubFileSystem extends FileSystem implements LocalCopies {
  private static final long BLOCK = 128L << 20;

  private URI uri;
  private Hub hub;

  @Override
  public void initialize(URI name, Configuration hadoop) throws IOException {
    super.initialize(name, hadoop);
    setConf(hadoop);
    uri = URI.create(HubUri.SCHEME + "://" + name.getRawAuthority());
    try {
      hub = Hub.of(hadoop);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public String getScheme() {
    return HubUri.SCHEME;
  }

  @Override
  public URI getUri() {
    return uri;
  }

  @Override
  public java.nio.file.Path local(Path path) throws IOException {
    HubUri place = place(path);
    return hub.snapshot(place).local(place.path());
  }

  @Override
  public FSDataInputStream open(Path path, int bufferSize) throws IOException {
    Path local = new Path(local(path).toUri());
    FileSystem files = LocalFileSystem.getLocal(getConf()).getRawFileSystem();
    return files.open(local, bufferSize);
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    HubUri place = place(path);
    HubSnapshot snapshot = hub.snapshot(place);
    if (!place.path().isEmpty()) {
      Optional<HubFile> file = snapshot.file(place.path());
      if (file.isPresent()) {
        return status(qualified(path), file.get());
      }
    }
    if (!place.path().isEmpty() && below(snapshot, place).isEmpty()) {
      throw new FileNotFoundException("Missing file or folder " + path);
    }
    return folder(qualified(path));
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    FileStatus itself = getFileStatus(path);
    if (itself.isFile()) {
      return new FileStatus[] {itself};
    }
    HubUri place = place(path);
    Map<String, FileStatus> children = new TreeMap<>();
    int start = place.path().isEmpty() ? 0 : place.path().length() + 1;
    for (HubFile file : below(hub.snapshot(place), place).values()) {
      String rest = file.path().substring(start);
      int slash = rest.indexOf('/');
      String child = slash < 0 ? rest : rest.substring(0, slash);
      Path at = new Path(itself.getPath(), child);
      children.put(child, slash < 0 ? status(at, file) : folder(at));
    }
    return children.values().toArray(new FileStatus[0]);
  }

  private static NavigableMap<String, HubFile> below(HubSnapshot snapshot, HubUri place)
      throws IOException {
    NavigableMap<String, HubFile> all = snapshot.files();
    return place.path().isEmpty()
        ? all
        : all.subMap(place.path() + "/", true, place.path() + "0", false);
  }

  /**
   * The SHA-256 of a file that the hub keeps as a large one. Small files have none; they can be
   * read instead.
   */
  @Override
  public FileChecksum getFileChecksum(Path path) throws IOException {
    HubUri place = place(path);
    return hub.snapshot(place)
        .file(place.path())
        .flatMap(HubFile::sha256)
        .map(Sha256Checksum::new)
        .orElse(null);
  }

  private static HubUri place(Path path) throws IOException {
    try {
      return HubUri.parse(path.toUri());
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private Path qualified(Path path) {
    return path.makeQualified(uri, null);
  }

  private static FileStatus status(Path path, HubFile file) {
    return new FileStatus(file.size(), false, 1, BLOCK, 0, path);
  }

  private static FileStatus folder(Path path) {
    return new FileStatus(0, true, 1, BLOCK, 0, path);
  }

  @Override
  public Path getWorkingDirectory() {
    return new Path(uri + "/");
  }

  @Override
  public void setWorkingDirectory(Path path) {
    // Its paths are absolute.
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
    throw readOnly(path);
  }

  @Override
  public FSDataOutputStream append(Path path, int bufferSize, Progressable progress)
      throws IOException {
    throw readOnly(path);
  }

  @Override
  public boolean rename(Path from, Path to) throws IOException {
    throw readOnly(to);
  }

  @Override
  public boolean delete(Path path, boolean recursive) throws IOException {
    throw readOnly(path);
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) throws IOException {
    throw readOnly(path);
  }

  private static IOException readOnly(Path path) {
    return new IOException(
        "Cannot write to " + path + ": the hub is only read; publish with --push_to_hub or push");
  }
}
