package org.sparklora.model.file;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Opens a file of tensors; its first bytes tell the kind. */
public final class TensorFiles {
  private static final int ZIP = 0x04034b50;

  private TensorFiles() {}

  /**
   * Opens a file.
   *
   * @param source name of the file in messages
   * @throws org.sparklora.util.InvalidInputException (DATA) when it is neither safetensors nor
   *     torch, or damaged
   */
  public static TensorFile open(Path path, String source) {
    return read(TensorFileMapping.open(path, source), source);
  }

  /** Reads a file that is in memory already. */
  public static TensorFile read(ByteBuffer bytes, String source) {
    return read(TensorFileMapping.of(bytes, source), source);
  }

  static TensorFile read(TensorFileMapping file, String source) {
    return isTorch(file) ? TorchFile.read(file, source) : SafetensorsFile.read(file, source);
  }

  /**
   * Whether a file is a zip, or the pickle or tar of an old torch version. {@link TorchFile}
   * refuses the latter two with a message that names them. The first byte of a pickle is 0x80 and
   * its second the protocol. A safetensors file that happens to begin with these bytes is
   * recognised by a brace after eight bytes.
   */
  private static boolean isTorch(TensorFileMapping file) {
    if (file.size() < 9) {
      return false;
    }
    int start = file.map(0, 4, "the first bytes").getInt(0);
    boolean json = file.map(8, 1, "the first bytes").get(0) == '{';
    return start == ZIP || (!json && ((start & 0xFF) == 0x80 || TorchFile.isTar(file)));
  }
}
