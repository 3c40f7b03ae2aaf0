package org.sparklora.model;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.ContentHash;

/**
 * Identifies a base model by the content of the files that are read, wherever they are. Of a large
 * file only the length and {@value #PIECES} pieces spread over it are read, because further
 * training changes values everywhere in a file.
 */
public final class BaseModelIdentity {
  private static final int PIECES = 16;
  private static final int PIECE_BYTES = 1 << 16;

  private BaseModelIdentity() {}

  /** The identity, 16 hexadecimal digits. */
  public static String of(ModelConfig model, Configuration hadoop) throws IOException {
    MessageDigest digest = ContentHash.sha256();
    ModelFolder base = model.open(hadoop);
    if (base.singleFile().isPresent()) {
      Path file = new Path(model.location());
      FileSystem files = file.getFileSystem(hadoop);
      FileStatus status = files.getFileStatus(file);
      digest.update(("file " + status.getLen() + "\n").getBytes(StandardCharsets.UTF_8));
      add(digest, files, status);
      return ContentHash.hex(digest, 8);
    }
    for (String component : components(base)) {
      Path folder = new Path(model.location(), component);
      FileSystem files = folder.getFileSystem(hadoop);
      for (String used : base.usedFiles(component)) {
        FileStatus file = files.getFileStatus(new Path(folder, used));
        String name = component + "/" + used + " " + file.getLen() + "\n";
        digest.update(name.getBytes(StandardCharsets.UTF_8));
        add(digest, files, file);
      }
    }
    return ContentHash.hex(digest, 8);
  }

  private static List<String> components(ModelFolder base) {
    List<String> components = new ArrayList<>(List.of("scheduler"));
    ModelFamily.of(base).textEncoders().forEach(text -> components.add(text.component()));
    components.add(Network.UNET.component());
    return components;
  }

  private static void add(MessageDigest digest, FileSystem files, FileStatus file)
      throws IOException {
    long length = file.getLen();
    boolean whole = length <= (long) PIECES * PIECE_BYTES;
    try (FSDataInputStream in = files.open(file.getPath())) {
      for (int piece = 0; piece < (whole ? 1 : PIECES); piece++) {
        byte[] bytes = new byte[whole ? (int) length : PIECE_BYTES];
        in.readFully((length - bytes.length) * piece / (PIECES - 1), bytes);
        digest.update(bytes);
      }
    }
  }
}
