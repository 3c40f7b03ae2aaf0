package org.sparklora.train;

import java.io.IOException;
import java.io.OutputStream;

/** Writes the bytes of one file; such as {@code SafetensorsWriter::writeTo}. */
@FunctionalInterface
public interface CheckpointContent {
  void writeTo(OutputStream out) throws IOException;
}
