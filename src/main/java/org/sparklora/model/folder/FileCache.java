package org.sparklora.model.folder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.sparklora.util.ContentHash;
import org.sparklora.util.StarterProcess;

/**
 * Local copies of remote files. A copy's name is made of the remote path, the length and the
 * modification time, so a changed file is copied again. It gets its name in one atomic move, so
 * several executors on one machine may share the folder.
 *
 * @param folder of the copies
 */
record FileCache(Path folder) {
  /** The Hadoop setting for the folder; by default one per user under the temporary folder. */
  static final String FOLDER = "sparklora.model.cache.dir";

  static FileCache of(Configuration hadoop) {
    Path byDefault =
        Path.of(
            StarterProcess.sharedFolder(), "spark-lora-models-" + System.getProperty("user.name"));
    return new FileCache(Path.of(hadoop.get(FOLDER, byDefault.toString())));
  }

  Path local(FileSystem files, FileStatus remote) throws IOException {
    String key = remote.getPath() + "\n" + remote.getLen() + "\n" + remote.getModificationTime();
    Path copy = folder.resolve(digest(key) + "-" + remote.getPath().getName());
    if (!Files.exists(copy)) {
      copy(files, remote, copy);
    }
    return copy;
  }

  private void copy(FileSystem files, FileStatus remote, Path copy) throws IOException {
    Files.createDirectories(folder);
    Path part = Files.createTempFile(folder, "copying-", ".part");
    try {
      long copied;
      try (InputStream in = files.open(remote.getPath())) {
        copied = Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
      }
      if (copied != remote.getLen()) {
        throw new IOException(
            "read " + copied + " bytes of " + remote.getLen() + "; the file changed meanwhile");
      }
      Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static String digest(String key) {
    MessageDigest digest = ContentHash.sha256();
    digest.update(key.getBytes(StandardCharsets.UTF_8));
    return ContentHash.hex(digest, 16);
  }
}
